"""AT-101: staff open every page that there is, and search for everything; no secret stands anywhere, in no spelling."""

import re

import pytest
from django.contrib import admin
from django.contrib.sessions.models import Session

from accounts.models import TemporaryPassword, User
from tests.factories import desk, give_password
from tests.stories.carried import NUMBER, OTHER, ask_number, by_key, code_to, given_number
from tests.stories.desks import officer, page, press, root, staff
from tests.stories.recovering import new_sheet
from tests.stories.sealing import grown
from tests.stories.test_canary import forms_of, spellings_of
from tests.stories.ways import login_of, new_code
from twofactor.models import (
    Activation,
    Challenge,
    Code,
    Message,
    Passcode,
    Permit,
    Phone,
    PortalKey,
    RecoverySheet,
    Subscription,
)
from twofactor.views.deeds import DEEDS


@pytest.fixture
def mara_with_everything(handset, mara, pocket):
    """Mara, one of each secret of hers alive, and a caller of hers who waits."""
    phone = given_number(mara)
    Phone.objects.filter(pk=phone.pk).update(texts="off")
    key, browser, waiting = mara.portal_keys.get(), desk(), desk()
    Subscription.objects.create(key=key, state="works", host="push.example", sealed="v1.test.anaddresstowakeaphone")
    by_key(browser, mara, pocket)
    ask_number(browser, OTHER)
    new_sheet(browser)
    new_code(browser)
    grown(mara)
    sol = staff("first")
    press(sol, mara, "password")
    give_password(waiting, mara)
    press(sol, mara, "passcode", login_of(waiting).pk)
    press(sol, mara, "propose-phone")
    press(sol, mara, "check")
    Permit.fresh(User.objects.get(username="first"))
    return mara, login_of(waiting)


def secrets_of(mara):
    """Whatever rows hold or lead to and nobody at the desk may see, by name."""
    found: dict[str, list[str]] = {"number": [*spellings_of(NUMBER), *spellings_of(OTHER)], "password": []}
    found["hashes"] = [mara.password, *TemporaryPassword.objects.values_list("hash", flat=True)]
    found["sealed"] = [*Message.objects.values_list("jwe", flat=True), "v1.test.anaddresstowakeaphone"]
    found["code"] = [code_to(OTHER), *Code.objects.values_list("salt", flat=True)]
    for row in (*PortalKey.objects.all(), *Phone.objects.all(), *Activation.objects.all()):
        names = {
            "sealed_response_key",
            "install",
            "sealed_number",
            "fingerprint",
            "seal_id",
            "salt",
            "code_digest",
            "nonce",
        }
        found[str(row)] = [str(value) for name in names if (value := getattr(row, name, ""))]
    for activation in Activation.objects.filter(state="fresh"):
        found["activation"] = [activation.code, "-".join(re.findall("....", activation.code))]
    sheet, passcode = RecoverySheet.objects.get(user=mara), Passcode.objects.get(user=mara)
    found["recovery"] = [sheet.salt, *sheet.printed, *sheet.codes.values_list("fingerprint", flat=True)]
    found["passcode"] = [passcode.shown, "-".join(re.findall("....", passcode.shown)), passcode.salt]
    found["permit"] = [each for permit in Permit.objects.filter(state="fresh") for each in (permit.code, permit.salt)]
    found["sessions"] = list(Session.objects.values_list("session_key", flat=True))
    found["nonces"] = list(Challenge.objects.filter(state="pending").values_list("nonce", flat=True))
    return found


def addresses(mara, login):
    """Every address of the administration that a row gives, and every page of the desk."""
    yield from (
        "/admin/",
        "/admin/traffic/",
        "/admin/service/",
        "/admin/accounts/",
        "/admin/twofactor/",
        "/admin/auth/",
        page(mara),
    )
    for deed in DEEDS.values():
        row = mara.proposals.get().pk if deed.name in ("approve", "withdraw") else login.pk
        yield page(mara, deed.name, row if deed.needs_row else "")
    for model in admin.site._registry:
        base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        yield from (base, f"{base}add/")
        for row in model._default_manager.order_by("-pk")[:12]:
            yield from (f"{base}{row.pk}/{name}/" for name in ("change", "history", "delete"))


def leaks(shown, secrets):
    """What stands in `shown` of the secrets, in any alphabet. Six digits inside more digits are another number."""
    hits = []
    for name, values in secrets.items():
        for form in {form for value in values if value for form in forms_of(value)}:
            pattern = rf"(?<![0-9.:]){re.escape(form)}(?![0-9])" if form.isdigit() else re.escape(form)
            if form in shown and re.search(pattern, shown):
                hits.append((name, form))
    return hits


@pytest.mark.parametrize(("role", "least"), [("support", 60), ("officer", 90), ("root", 100)])
def test_no_page_of_the_administration_shows_a_secret(mara_with_everything, role, least):
    mara, login = mara_with_everything
    browser = {"support": staff, "officer": officer, "root": root}[role]()
    secrets = secrets_of(mara)
    assert all(any(values) or name == "password" for name, values in secrets.items())
    opened, found = 0, []
    for path in sorted(set(addresses(mara, login))):
        answer = browser.get(path)
        assert answer.status_code in (200, 302, 403, 404), path
        opened += answer.status_code == 200
        shown = answer.content.decode()
        own = browser.session.session_key
        found += [(path, *leak) for leak in leaks(shown, secrets) if leak[1] != own]
    assert found == []
    assert opened >= least


def test_no_search_finds_a_row_by_a_secret(mara_with_everything):
    mara, _login = mara_with_everything
    browser, secrets = root(), secrets_of(mara)
    tried = 0
    for model, model_admin in admin.site._registry.items():
        if not model_admin.search_fields:
            continue
        base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        for value in (values[0] for values in secrets.values() if values and values[0]):
            answer = browser.get(base, {"q": value})
            assert answer.context["cl"].result_count == 0, (base, value)
            tried += 1
    assert tried > 50


def test_the_walk_would_see_a_leak():
    """Or the tests above prove nothing."""
    secrets = {"number": [NUMBER], "passcode": ["ABCD2345EFGH6789"], "code": ["482913"]}
    said = [f"<td>{NUMBER}</td>", "passcode ABCD2345EFGH6789.", "a code: 482913", b"ABCD2345EFGH6789".hex()]
    assert all(leaks(each, secrets) for each in said)
    assert leaks("+852 •••• 67, 2026-11-22 12:00:00.482914", secrets) == []


def test_the_delete_page_of_a_person_names_no_secret(mara_with_everything):
    """It lists every row that would go with them, by what each calls itself."""
    mara, _login = mara_with_everything
    shown = root().get(f"/admin/accounts/user/{mara.pk}/delete/")
    assert shown.status_code == 200
    assert leaks(shown.content.decode(), secrets_of(mara)) == []
