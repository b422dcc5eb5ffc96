"""AT-125, R-88: whatever breaks while a factor is checked: nobody is in, nothing is told, what was counted stays."""

import json

import pytest
from django.db.models import Sum

from accounts.models import AuditEvent, Login, OpenSession, Tally
from tests.factories import PASSWORD, PIN, desk, finish, give_password, person, phone
from tests.pocket import Problem
from tests.stories.carried import NUMBER, ask_number, code_to, confirm, given_number, type_code
from tests.stories.recovering import issued, sheet_of, type_passcode, type_recovery
from tests.stories.test_totp import set_up, shown, type_app
from tests.stories.ways import approve, code_at, is_in, question_at, respond, sign_in, sign_out
from tests.stories.webauthn import VERIFY, add_passkey, options_at
from twofactor.models import Activation, Phone, PortalKey

WORDS = "a secret in the middle of an accident"


class Accident(Exception):
    pass


def breaks(*_given, **_more):
    raise Accident(WORDS)


def counted():
    return Tally.objects.aggregate(sum=Sum("count"))["sum"] or 0


def assert_nobody_is_in(browser, user, answer, *, status=500):
    """What every accident has in common, the audit line included."""
    assert answer.status_code == status
    page = answer.content.decode()
    assert WORDS not in page
    assert "Accident" not in page
    assert "Traceback" not in page
    assert not is_in(browser)
    assert not OpenSession.objects.filter(user=user).exists()
    assert Login.objects.filter(user=user).latest("created").state in ("pending", "failed")


def blamed():
    return list(AuditEvent.objects.filter(kind="portal.accident").values_list("outcome", "reason", "facts__door"))


@pytest.fixture
def here():
    browser = desk()
    browser.raise_request_exception = False
    return browser


# --- What is typed at the desk ---


@pytest.mark.parametrize("where", ["accounts.hashing.BoundedArgon2.verify", "accounts.pending.begin"])
def test_the_password(where, mara, here, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(where, breaks)
        answer = give_password(here, mara)
    assert answer.status_code == 500
    assert WORDS not in answer.content.decode()
    assert not is_in(here)
    assert blamed() == [("refused", "Accident", "sign-in")]


BY_HAND = ["twofactor.models.PortalKey.compare", "twofactor.receipts.audit.record", "accounts.models.Login.approve"]


@pytest.mark.parametrize("where", BY_HAND)
def test_the_response_typed_by_hand(where, mara, pocket, here, monkeypatch):
    OpenSession.objects.all().delete()
    give_password(here, mara)
    response, before = pocket.respond(question_at(here), PIN), counted()
    with monkeypatch.context() as broken:
        broken.setattr(where, breaks)
        answer = respond(here, response)
        assert_nobody_is_in(here, mara, answer)
    assert counted() >= before
    finish(here)
    assert not is_in(here)


TYPED = ["twofactor.carrying.constant_time_compare", "twofactor.models.Code.use", "accounts.models.Login.approve",
         "twofactor.carrying.audit.record", "twofactor.models.Code.try_once"]  # fmt: skip


@pytest.mark.parametrize("where", TYPED)
def test_the_code_of_a_text(where, handset, mara, here, monkeypatch):
    given_number(mara)
    give_password(here, mara)
    code, before = code_to(), counted()
    with monkeypatch.context() as broken:
        broken.setattr(where, breaks)
        assert_nobody_is_in(here, mara, type_code(here, code))
    # It was counted before it was looked at, and nothing has given it back.
    assert counted() >= before + 2
    finish(here)
    assert not is_in(here)
    type_code(here, code)
    assert is_in(here)


@pytest.mark.parametrize("where", ["twofactor.models.RecoveryCode.typed", "twofactor.models.RecoveryCode.burn",
                                   "twofactor.recovery.audit.record"])  # fmt: skip
def test_a_recovery_code(where, one_clock, mara, pocket, here, monkeypatch):
    browser = desk()
    sign_in(browser, mara, pocket)
    codes = sheet_of(browser)
    sign_out(browser)
    give_password(here, mara)
    before = counted()
    with monkeypatch.context() as broken:
        broken.setattr(where, breaks)
        assert_nobody_is_in(here, mara, type_recovery(here, codes[3]))
    assert counted() >= before + 2
    finish(here)
    assert not is_in(here)
    # The code was not used up either.
    type_recovery(here, codes[3])
    assert is_in(here)


@pytest.mark.parametrize("where", ["twofactor.models.Passcode.fits", "twofactor.models.Passcode.use"])
def test_a_passcode(where, mara, pocket, here, monkeypatch):
    OpenSession.objects.all().delete()
    code = issued(here, mara, person("sol", is_staff=True))
    with monkeypatch.context() as broken:
        broken.setattr(where, breaks)
        assert_nobody_is_in(here, mara, type_passcode(here, code))
    finish(here)
    assert not is_in(here)


@pytest.mark.parametrize("where", ["twofactor.models.Totp.take", "twofactor.totp.audit.record"])
def test_the_code_of_an_app(where, one_clock, mara, here, monkeypatch):
    browser = desk()
    give_password(browser, mara)
    secret = set_up(browser)
    sign_out(browser)
    one_clock.shift(60)
    give_password(here, mara)
    before = counted()
    with monkeypatch.context() as broken:
        broken.setattr(where, breaks)
        assert_nobody_is_in(here, mara, type_app(here, shown(secret)))
    assert counted() >= before + 2
    finish(here)
    assert not is_in(here)


@pytest.mark.parametrize("where", ["twofactor.models.Passkey.read", "twofactor.models.Passkey.count_on",
                                   "twofactor.passkeys.audit.record"])  # fmt: skip
def test_a_passkey(where, mara, here, monkeypatch):
    browser = desk()
    give_password(browser, mara)
    holder = add_passkey(browser)
    sign_out(browser)
    give_password(here, mara)
    sent = json.dumps(holder.use(options_at(here, VERIFY)))
    with monkeypatch.context() as broken:
        broken.setattr(where, breaks)
        assert_nobody_is_in(here, mara, here.post(VERIFY, {"answer": sent}))
    finish(here)
    assert not is_in(here)


# --- On the phone, and the claim ---


PHONE = [
    *("twofactor.protocol.statements.verify", "twofactor.models.PortalKey.compare", "accounts.models.Login.approve"),
    *("twofactor.receipts.audit.record", "twofactor.models.Challenge.try_once"),
]


@pytest.mark.parametrize("where", PHONE)
def test_the_approval_on_the_phone(where, mara, pocket, here, monkeypatch):
    """The API answers with its own words, and the desk goes on waiting."""
    OpenSession.objects.all().delete()
    give_password(here, mara)
    with monkeypatch.context() as broken:
        broken.setattr(where, breaks)
        with pytest.raises(Problem) as refusal:
            approve(here, pocket)
    assert (refusal.value.status, refusal.value.code) == (500, "unavailable")
    assert WORDS not in json.dumps(refusal.value.body)
    # Or the record itself is what is broken.
    assert ("refused", "Accident") in [line[:2] for line in blamed()] or "audit" in where
    assert_nobody_is_in(here, mara, finish(here), status=302)


CLAIM = ["accounts.pending.open_session", "accounts.sessions.note", "accounts.pending.audit.record", "django_otp.login",
         "accounts.pending.limits.clear"]  # fmt: skip


@pytest.mark.parametrize("where", CLAIM)
def test_the_claim(where, mara, pocket, here, monkeypatch):
    """Approved, and broken on the last step: no cookie of a session leaves, and no second try finds one open."""
    give_password(here, mara)
    approve(here, pocket)
    with monkeypatch.context() as broken:
        broken.setattr(where, breaks)
        answer = finish(here)
    assert answer.status_code == 500
    assert WORDS not in answer.content.decode()
    assert not is_in(here)


# --- Setting a factor up ---


@pytest.mark.parametrize("where", ["twofactor.models.Activation.claim", "twofactor.enrolment.audit.record"])
def test_an_activation_code(where, mara, here, monkeypatch):
    give_password(here, mara)
    code = code_at(here)
    with monkeypatch.context() as broken:
        broken.setattr(where, breaks)
        with pytest.raises(Problem) as refusal:
            phone().claim(code)
    assert refusal.value.code == "unavailable"
    assert WORDS not in json.dumps(refusal.value.body)
    assert not PortalKey.objects.exists()


@pytest.mark.parametrize(
    "where", ["twofactor.models.PortalKey.seal_response_key", "twofactor.protocol.statements.verify"]
)
def test_the_last_step_of_an_activation(where, mara, here, monkeypatch):
    give_password(here, mara)
    new = phone()
    new.claim(code_at(here))
    with monkeypatch.context() as broken:
        broken.setattr(where, breaks)
        with pytest.raises(Problem) as refusal:
            new.activate(PIN)
    assert refusal.value.code == "unavailable"
    assert not PortalKey.objects.exclude(state="revoked").exists()
    assert Activation.objects.get().state in ("claimed", "burned")


def test_a_number_that_is_confirmed(handset, mara, here, monkeypatch):
    give_password(here, mara)
    ask_number(here, NUMBER)
    code = code_to(NUMBER)
    with monkeypatch.context() as broken:
        broken.setattr("twofactor.models.Code.use", breaks)
        answer = confirm(here, code)
    assert answer.status_code == 500
    assert WORDS not in answer.content.decode()
    assert Phone.objects.get().state == "unverified"


# --- The page itself ---


@pytest.mark.parametrize("path", ["/sign-in/verify/", "/sign-in/verify/manual/", "/sign-in/", "/sign-in/status/"])
def test_a_page_that_cannot_be_made(path, mara, pocket, here, monkeypatch):
    """The page that says so needs nothing of what may be broken."""
    give_password(here, mara)
    with monkeypatch.context() as broken:
        broken.setattr("portal.context.portal", breaks)
        broken.setattr("twofactor.views.signin.Standing", breaks)
        answer = here.get(path)
    assert answer.status_code in (200, 500)
    assert WORDS not in answer.content.decode()
    assert not is_in(here)


def test_an_accident_that_cannot_be_recorded_is_an_accident_all_the_same(mara, here, monkeypatch, caplog):
    """R-88: the refusal stands; the log has the line that the record has not."""
    with monkeypatch.context() as broken:
        broken.setattr("accounts.audit.record", breaks)
        answer = here.post("/sign-in/", {"username": mara.username, "password": PASSWORD})
    assert answer.status_code == 500
    assert blamed() == []
    said = [each.getMessage() for each in caplog.records]
    assert "ALERT portal.accident door=sign-in reason=Accident" in said
    assert "an accident could not be recorded" in said
