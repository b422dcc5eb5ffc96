"""What the portal says leads to the section that helps: nothing without one, and no section that is not there."""

import ast
import re

import pytest
from django.conf import settings
from django.utils import translation

from portal.help.reasons import AT_THE_AUTHENTICATOR, AT_THE_DESK, section
from tests.factories import desk
from tests.stories.test_help import Parts, read
from twofactor.views import shell

ROOT = settings.BASE_DIR
TEMPLATES = ROOT / "templates"
# What staff alone see is explained in docs/operating.md.
STAFFS = {"twofactor/views/desk.py", "twofactor/views/deeds.py", "twofactor/views/proposals.py", "twofactor/admin.py"}
# Ends after which there is nothing to look up: what was wanted has happened, or the screen has a link of its own.
NEEDS_NO_HELP = {
    "approved", "approved-test", "approved-action", "approved-caller", "pin-changed", "biometrics-removed", "activated",
    "confirm", "cannot", "biometrics-on", "biometrics-off", "offer-again", "cancel-caller",
    "approved-application", "cancel-application",
}  # fmt: skip

pytestmark = pytest.mark.django_db


def calls():
    """Every call in the code that is run for clients, with the name of what is called."""
    for part in ("accounts", "twofactor", "applications", "portal"):
        for path in (ROOT / part).rglob("*.py"):
            name = str(path.relative_to(ROOT))
            if name in STAFFS or "demo" in path.parts or path.parent.name.endswith("migrations"):
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name):
                    yield name, node, ast.unparse(node.func)


def strings(node):
    """The words that an argument may be: its own, or one of two."""
    if isinstance(node, ast.IfExp):
        return strings(node.body) | strings(node.orelse)
    return {each.value for each in ast.walk(node) if isinstance(each, ast.Constant) and isinstance(each.value, str)}


def coded():
    """The codes that views give to what they say; where a code is worked out, the words it is chosen from."""
    found = set()
    for _path, call, name in calls():
        if name == "refuse" and len(call.args) == 4:
            found |= strings(call.args[2])
        found |= {code for each in call.keywords if each.arg == "extra_tags" for code in strings(each.value)}
    return found


def tagged():
    used = [re.findall(r'\{% help_for "([\w-]+)" %\}', path.read_text()) for path in TEMPLATES.rglob("*.html")]
    return {code for codes in used for code in codes}


def ends():
    """The ends that the authenticator shows: sentences with a text below them."""
    words = "".join(path.read_text() for path in (TEMPLATES / "authenticator" / "words").glob("*.html"))
    ends_named = set(re.findall(r'data-word="([\w-]+)\.text"', words))
    shown = "".join(path.read_text() for path in (ROOT / "static" / "authenticator").rglob("*.js"))
    return {name for name in ends_named if f'"{name}"' in shown or name in of_outcomes()}


def of_outcomes():
    """Names that outcomes.js puts together: a verdict, and what it is about."""
    source = (ROOT / "static/authenticator/outcomes.js").read_text()
    verdicts = set(re.findall(r'of\("([\w-]+)"', source)) | set(re.findall(r'words: "([\w-]+)"', source))
    return {
        f"{verdict}{about}" for verdict in verdicts for about in ("", "-action", "-application", "-caller", "-test")
    }


def test_every_refusal_to_a_client_has_a_code():
    said = [each for each in calls() if each[2] in ("messages.error", "messages.warning")]
    bare = [each for each in said if not any(keyword.arg == "extra_tags" for keyword in each[1].keywords)]
    bare += [each for each in calls() if each[2].endswith(".add_error") and each[0] != "accounts/forms.py"]
    assert [(path, call.lineno) for path, call, _name in bare] == []


def test_every_code_has_a_section():
    assert {code for code in coded() | tagged() if code not in AT_THE_DESK} == set()


def test_no_code_is_left_over():
    source = "".join(
        path.read_text() for part in ("accounts", "twofactor", "applications") for path in (ROOT / part).rglob("*.py")
    )
    assert {code for code in AT_THE_DESK if code not in tagged() and f'"{code}"' not in source} == set()


def test_every_end_at_the_authenticator_has_a_section():
    assert ends() - set(AT_THE_AUTHENTICATOR) - NEEDS_NO_HELP == set()
    assert set(AT_THE_AUTHENTICATOR) - ends() == set()


@pytest.mark.parametrize("language", ["en", "zh-hant"])
def test_every_section_is_there(here, language):
    places = {}
    for where in {*AT_THE_DESK.values(), *AT_THE_AUTHENTICATOR.values()}:
        slug, _, place = where.partition("#")
        places.setdefault(slug, Parts(read(here, slug, language)).every("id"))
        assert place in places[slug], where


@pytest.mark.parametrize("page", ["400", "403", "403_csrf", "404", "405", "429", "500", "503"])
def test_every_page_of_an_error_leads_to_what_it_means(page):
    source = (TEMPLATES / f"{page}.html").read_text()
    assert re.search(r'"help-article" "errors" %}#[\w-]+">', source)


def test_a_refusal_stands_beside_its_link_in_the_readers_language(here):
    given = {"username": "nobody", "password": "wrong wrong wrong"}
    for language, heading in (("en", "If the page refuses you"), ("zh-hant", "如果頁面拒絕您")):
        page = here.post("/sign-in/", given, headers={"accept-language": language}).content.decode()
        assert f'<a href="/help/signing-in/#refused">{heading}</a>' in page


def test_a_link_to_a_step_does_not_number_it():
    with translation.override("en"):
        assert section("texts#restart")[1] == "Restart the phone"


def test_a_page_that_is_missing_leads_to_what_that_means(here):
    assert 'href="/help/errors/#missing"' in here.get("/no-such-page/").content.decode()


def test_a_field_that_was_left_empty_needs_no_article(db):
    page = desk().post("/sign-in/", {"username": "", "password": ""}).content.decode()
    assert 'id="id_username_error"' in page
    assert "#refused" not in page


def test_the_authenticator_knows_the_addresses_without_a_network():
    words = shell.rendered("later", "zh-hant")
    assert 'data-word="locked.help">/help/pin/#locked<' in words
    assert 'data-word="locked.more">金鑰鎖定時<' in words
