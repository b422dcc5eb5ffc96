"""AT-091: asking for a link to a new password tells nobody anything, and nobody is kept from it for long."""

import re
from collections import Counter

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import policy
from accounts.models import Tally, User
from tests.factories import desk, give_password, person
from tests.stories.carried import carry, mails, messages
from tests.stories.forgetting import ask, choose, links
from tests.stories.ways import RECORDS, dump, events, text
from twofactor.gateways import demo
from twofactor.models import Delivery

REFUSED = ["unknown", "inactive", "unusable", "nowhere"]


@pytest.fixture(autouse=True)
def mail(handset, one_clock):
    """A portal that sends mail, and its clock."""
    return one_clock


@pytest.fixture
def people(db):
    person("known")
    User.objects.filter(pk=person("inactive").pk).update(is_active=False)
    unusable = person("unusable")
    unusable.set_unusable_password()
    unusable.save()
    person("nowhere", email="")


def bare(response, name):
    body = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", response.content.decode())
    return re.sub(r'data-now="[^"]*"', "", body).replace(name, "somebody")


def test_every_answer_is_the_same(people):
    """AT-091, over 200 tries: status, headers, cookies, page, and the statements that the database is given."""
    answers, work = Counter(), set()
    for _ in range(40):
        Tally.objects.all().delete()
        for name in ("known", *REFUSED):
            browser = desk()
            with CaptureQueriesContext(connection) as queries:
                response = ask(browser, name)
            page = browser.get(response["Location"])
            cookies = tuple(sorted((key, bool(cookie["max-age"])) for key, cookie in browser.cookies.items()))
            headers = tuple(sorted((key, value) for key, value in response.headers.items() if key != "X-Request-ID"))
            answers[response.status_code, headers, cookies, bare(page, name)] += 1
            work.add(tuple(kind_of(query["sql"]) for query in queries))
    assert list(answers.values()) == [200]
    assert "If there is an account of this name" in next(iter(answers))[3]
    assert len(work) == 1


def kind_of(statement):
    """What a statement does and to which table. A row that is taken back and one that stays cost one statement each."""
    words = re.sub(r"ROLLBACK TO SAVEPOINT|RELEASE SAVEPOINT", "END", statement).split()
    return words[0], next((word for word in words if word.startswith(('"accounts', '"twofactor', "accounts"))), "")


def test_only_somebody_with_an_address_gets_a_mail(mail, people):
    for name in ("known", *REFUSED):
        ask(desk(), name)
    mail.shift(3)
    carry()
    assert [message.to for message in messages(way="mail")] == ["known@client.example"]
    assert Delivery.objects.count() == 1


def test_a_carrier_that_is_broken_changes_no_answer(mail, people, handset):
    handset.refuse("unreachable")
    answers = {ask(desk(), name)["Location"] for name in ("known", "unknown")}
    mail.shift(3)
    carry()
    assert answers == {"/password/forgotten/?sent=1"}
    assert Delivery.objects.get().state == "queued"


def test_a_refusal_leaves_nothing_but_counts_and_the_record(people):
    without = RECORDS | {"accounts_tally"}
    before = dump(without=without)
    for name in REFUSED:
        ask(desk(), name)
    assert dump(without=without) == before
    assert events("password.forgotten") == [("refused", "nobody")] * len(REFUSED)


def test_a_portal_without_mail_names_the_support_desk(mara, settings):
    settings.PORTAL_CARRIERS = []
    assert "support desk" in text(desk().get("/password/forgotten/"))
    assert "support desk" in text(ask(desk(), "mara"))
    assert not Delivery.objects.exists()


# --- How often ---


def test_somebody_who_is_refused_has_a_link_that_still_works(mail, mara):
    """Whoever asks in another's name leaves them a good link; and a browser that they know has a count of its own."""
    known = desk()
    give_password(known, mara)
    for _ in range(policy.FORGOTTEN_NAME[0].count):
        assert ask(desk(), "mara").status_code == 302
    refused = ask(desk(), "mara")
    assert refused.status_code == 429
    assert "Look for the e-mail that was sent before" in text(refused)
    assert 'value="mara"' in refused.content.decode()
    assert ask(known, "mara").status_code == 302
    assert choose(desk(), links(mail)[0]).status_code == 302


def test_an_unknown_name_is_refused_after_as_many(mail, mara):
    for _ in range(policy.FORGOTTEN_NAME[0].count):
        assert ask(desk(), "nobody").status_code == 302
    assert ask(desk(), "nobody").status_code == 429
    assert ask(desk(), "mara").status_code == 302


def test_one_address_and_the_site_have_limits_of_their_own(mail, mara, monkeypatch):
    for turn in range(policy.FORGOTTEN_ADDRESS[0].count):
        assert ask(desk(), f"name-{turn}").status_code == 302
    assert ask(desk(), "mara").status_code == 429
    elsewhere = desk()
    assert elsewhere.post("/password/forgotten/", {"username": "mara"}, REMOTE_ADDR="203.0.113.9").status_code == 302
    monkeypatch.setattr(policy, "FORGOTTEN_SITE", (policy.Limit("forgotten-site/1h", 1, 3600),))
    assert elsewhere.post("/password/forgotten/", {"username": "x"}, REMOTE_ADDR="203.0.113.8").status_code == 429


def test_the_link_stands_below_the_form_of_the_sign_in(db):
    page = desk().get("/sign-in/").content.decode()
    assert page.index("</form>") < page.index("Forgotten password?")


def test_the_mail_names_nothing_that_was_typed(mail, mara):
    """R-23."""
    ask(desk(), " MARA ")
    mail.shift(3)
    carry()
    (told,) = mails("mara@client.example")
    assert "MARA" not in told
    assert "mara" not in told.partition("http")[0].lower()
    assert demo.handset.all()[0].message.subject == "Choose a new password"
