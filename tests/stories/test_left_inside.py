"""What a claim leaves behind, whatever approved it: its events, notices and marks, and by what the session is verified.

Devices are rows here, for what is looked at is the claim; the roads on which people come by them are other stories.
"""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_otp import DEVICE_ID_SESSION_KEY

from accounts import limits
from accounts.models import Login, OpenSession, TemporaryPassword
from tests.factories import desk, give_password, person
from tests.stories.carried import given_number
from tests.stories.ways import is_in, login_of, sign_out, text
from tests.stories.witness import counted, ended, event, visit
from twofactor import carrying, policy, signin
from twofactor.models import Delivery, Factors, Passcode, Passkey, Phone, PortalKey, RecoverySheet, Totp
from twofactor.models.factors import KEY, PASSCODE, PASSKEY, RECOVERY, TEXT, TOTP

THERE = "198.51.100.7"
SAFER = "is the safer way"


def app_of(user):
    app = Totp.begin(user)
    app.move("prove", confirmed=True, added_at=timezone.now())
    return app


def passkey_of(user):
    return Passkey.objects.create(
        user=user, name="Laptop", credential_id=f"of {user.pk}", public_key="", user_handle=""
    )


@pytest.fixture
def devices(mara, login, asked, handset):
    """Mara has all there is; by what approves."""
    return {
        KEY: asked.key,
        PASSKEY: passkey_of(mara),
        TOTP: app_of(mara),
        TEXT: given_number(mara),
        RECOVERY: RecoverySheet.objects.create(user=mara, name="sheet", state="active"),
        PASSCODE: Passcode.fresh(login, staff=person("sam"), second=None, why="lost it"),
    }


def approved(browser, user, factor, device=None):
    """A sign-in of this browser that this has approved a moment ago."""
    give_password(browser, user)
    login = login_of(browser)
    # It has begun where a text was sent, if that is what it was approved by.
    assert login.approve(factor=factor, device_id=device.persistent_id if device else "")
    return login


def finish(browser):
    """From another address than the sign-in was begun at."""
    return browser.post("/sign-in/finish/", REMOTE_ADDR=THERE)


def told():
    """The notices since the last look: what they say, which way, and about what."""
    rows = Delivery.objects.exclude(kind="sign-in").order_by("kind", "way")
    found = [(row.kind, row.way, row.facts) for row in rows if row.way in ("mail", "text")]
    Delivery.objects.all().delete()
    return found


# By what, whether something stronger is there, and what the next page says.
CLAIMS = [
    (KEY, False, ""),
    (PASSKEY, False, ""),
    (TOTP, True, "with a code from your app. A passkey or Portal Key " + SAFER),
    (TEXT, True, "with a code by text. Portal Key " + SAFER),
    (RECOVERY, True, ""),
    (PASSCODE, True, ""),
]


def test_each_factor_opens_a_session_that_says_by_what(witness, mara, devices, abroad):
    """R-61, R-63."""
    for factor, weaker, words in CLAIMS:
        login = approved(abroad, mara, factor, devices[factor])
        if factor == TEXT:
            # From where it came is not known of everybody.
            login.touch(address=None)
        witness.recorded(), witness.heard(), told()
        assert finish(abroad).status_code == 302
        kinds = ["login.claim", *(["factor.weaker"] if weaker else [])]
        assert witness.recorded() == [event(kind, of=login, address=THERE, by=factor) for kind in kinds]
        assert witness.heard().count(f"desk.{login.pk}") == 1, factor
        session = OpenSession.objects.get(session_key=abroad.session.session_key)
        assert (session.factor, session.weaker, "weaker" in abroad.session) == (factor, weaker, weaker)
        assert abroad.session[DEVICE_ID_SESSION_KEY] == devices[factor].persistent_id
        notice = {"browser": login.browser, "address": login.address or "", "by": factor}
        assert told() == ([("weaker", "mail", notice)] if words else []), factor
        page = text(abroad.get("/"))
        assert words in page
        assert (SAFER in page) == bool(words)
        sign_out(abroad)


def test_what_is_the_strongest_that_there_is_opens_everything(witness, handset, abroad):
    """A text or an app alone, and a text beside an app; one line each that is weaker or not."""
    number, app, both = person("ann"), person("ben"), person("cem")
    kept = {each: given_number(each) for each in (number, both)}
    apps = {each: app_of(each) for each in (app, both)}
    cases = [(number, TEXT, kept, False), (app, TOTP, apps, False), (both, TOTP, apps, False), (both, TEXT, kept, True)]
    for user, factor, held, weaker in cases:
        if (user, factor) == (both, TEXT):
            Phone.objects.filter(user=both).update(texts="on")
        approved(abroad, user, factor, held[user])
        witness.recorded()
        finish(abroad)
        kinds = [kind for kind, *_rest in witness.recorded()]
        assert ("factor.weaker" in kinds) == weaker, (user, factor)
        assert OpenSession.objects.get(session_key=abroad.session.session_key).weaker == weaker
        assert ("what else you have is safer" in text(abroad.get("/"))) == weaker
        sign_out(abroad)


def test_nobody_is_let_in_by_what_is_another_persons_or_no_more(witness, mara, devices, others, abroad):
    """R-04: whatever stands in the row of the sign-in."""
    (of_another,) = PortalKey.objects.filter(kid=next(iter(others.keys)))
    cases = [(factor, of_another) for factor in devices] + [("password", None), (KEY, None)]
    for factor, device in cases:
        login = approved(abroad, mara, factor, device)
        witness.recorded(), witness.heard()
        finish(abroad)
        refused = event("login.claim", "failed", of=login, address=THERE)
        assert witness.recorded() == [refused], factor
        assert witness.heard() == [f"desk.{login.pk}"]
        assert ended(login) == ("failed", "changed")
        assert not is_in(abroad)


def test_nobody_is_let_in_by_what_was_locked_meanwhile(mara, devices, abroad):
    for factor in (KEY, PASSKEY):
        approved(abroad, mara, factor, devices[factor])
        type(devices[factor]).objects.filter(pk=devices[factor].pk).update(state="locked")
        finish(abroad)
        assert not is_in(abroad), factor


def test_nothing_is_claimed_that_is_not_approved(witness, abroad, login):
    finish(abroad)
    assert ended(login) == ("pending", "")
    assert witness.recorded() == []
    assert signin.finish(visit(), login) is None
    finish(desk())
    assert not is_in(abroad)


def test_a_claim_by_the_key_gives_the_notifications_back_and_no_other_does(mara, known, pocket):
    (key,) = PortalKey.objects.all()
    passkey, rule = passkey_of(mara), policy.NOTIFICATIONS[:1]
    for factor, device, left in ((PASSKEY, passkey, {"": 1, ":known": 2}), (KEY, key, {})):
        limits.clear(policy.NOTIFICATIONS, mara.pk)
        limits.clear(policy.NOTIFICATIONS, mara.pk, "known")
        login = approved(known, mara, factor, device)
        assert login.known_browser
        for who in ((mara.pk,), (mara.pk, "known")):
            limits.clear(policy.NOTIFICATIONS, *who)
            limits.charge(rule, *who, amount=len(who))
        finish(known)
        assert is_in(known)
        assert counted("notify/") == {f"notify/:{mara.pk}{who}": count for who, count in left.items()}
        sign_out(known)


def test_a_claim_with_a_temporary_password_is_told_wherever_the_owner_hears(witness, mara, devices, abroad):
    """AT-112."""
    login = approved(abroad, mara, KEY, devices[KEY])
    expires = timezone.now() + timedelta(minutes=5)
    temporary = TemporaryPassword.objects.create(user=mara, state="awake", hash="", expires=expires)
    Login.objects.filter(pk=login.pk).update(temporary=temporary)
    witness.recorded(), told()
    finish(abroad)
    assert witness.recorded() == [
        event("login.claim", of=login, address=THERE, by=KEY),
        event("sealed.use", of=login, address=THERE),
    ]
    facts = {"browser": login.browser}
    assert told() == [("sealed-used", "mail", facts), ("sealed-used", "text", facts)]
    temporary.refresh_from_db()
    assert temporary.state == "used"


def test_a_passcode_after_its_full_days_says_so_on_the_next_page(mara, devices, abroad):
    for over in (False, True):
        if over:
            Passcode.objects.update(full_until=timezone.now())
        approved(abroad, mara, PASSCODE, devices[PASSCODE])
        finish(abroad)
        assert ("restricted" in abroad.session) == over
        assert ("The full days of your passcode are over" in text(abroad.get("/", follow=True))) == over
        sign_out(abroad)


# --- What a sign-in begins with ---


def texting(number, errands, refusal):
    """A carrier's office that takes every errand down, or refuses it."""

    def send(_request, errand, way="text"):
        errands.append((errand.user, errand.phone, errand.login, way))
        if refusal is not None:
            raise refusal

    return send


REFUSALS = [
    (None, None),
    (carrying.NotCarried("country"), "country"),
    (limits.RateLimited(timezone.now(), "text-number/10m"), "text-number/10m"),
]


@pytest.mark.parametrize(("refusal", "reason"), REFUSALS, ids=["sent", "not carried", "not yet"])
def test_a_sign_in_by_text_is_open_whether_it_could_be_sent_or_not(witness, eli, abroad, monkeypatch, refusal, reason):
    errands = []
    monkeypatch.setattr(carrying, "send", texting(Factors.of(eli).phone, errands, refusal))
    give_password(abroad, eli)
    login = login_of(abroad)
    assert errands == [(eli, Phone.objects.signing_in(eli), login, "text")]
    refused = [event("code.send", reason, of=login, way="text")] if reason else []
    assert [each for each in witness.recorded() if each[0] == "code.send"] == refused
    assert ended(login) == ("pending", "")


def test_only_what_comes_first_is_asked(witness, mara, devices, login, asked, abroad, monkeypatch):
    """E10: each kind in its turn, though Mara has them all."""
    errands, before = [], asked.key.challenges.count()
    monkeypatch.setattr(carrying, "send", texting(devices[TEXT], errands, None))
    for factor, texts, questions in ((PASSKEY, 0, 0), (TEXT, 1, 0), (TOTP, 1, 0), (KEY, 1, 1)):
        Login.objects.filter(pk=login.pk).update(state="consumed", factor=factor)
        give_password(desk(), mara)
        assert (len(errands), asked.key.challenges.count() - before) == (texts, questions), factor
