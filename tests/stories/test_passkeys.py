"""Passkeys as a further second factor: added from a fresh sign-in, used for one sign-in each, told, ended."""

import json

import pytest

from accounts.models import AuditEvent, Login
from tests.factories import desk, finish, give_password, person
from tests.stories.carried import given_number
from tests.stories.ways import events, is_in, login_of, sign_out, text
from tests.stories.webauthn import (
    ADD,
    BACKED_UP,
    ELIGIBLE,
    MADE,
    PAGE,
    PRESENT,
    VERIFIED,
    VERIFY,
    Keyholder,
    add_passkey,
    answer,
    by_passkey,
    options_at,
)
from twofactor import passkeys
from twofactor.models import Passkey
from twofactor.models.passkey import can_be_used_here, place
from twofactor.protocol.webauthn import Used
from twofactor.views import passkeys as passkeys_at_the_desk

# --- Adding one ---


def test_whoever_has_only_a_password_adds_one_and_goes_on_with_it(here, mara):
    give_password(here, mara)
    other = desk()
    give_password(other, mara)
    add_passkey(here)
    assert is_in(here)
    assert not is_in(other)
    assert "Laptop" in text(here.get(PAGE))
    assert events("passkey.add") == [("ok", "")]


def test_it_asks_for_what_makes_it_useless_elsewhere(here, mara, settings):
    """R-12: this host, a person who is recognised, no attestation, and a challenge of 32 bytes that is not the last."""
    give_password(here, mara)
    options = options_at(here)
    assert options["rp"]["id"] == "localhost"
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert options["attestation"] == "none"
    assert len(options["challenge"]) == 43
    assert options == options_at(here)
    holder = add_passkey(here)
    after = options_at(here)
    assert after["challenge"] != options["challenge"]
    assert [each["id"] for each in after["excludeCredentials"]] == [Passkey.objects.get().credential_id]
    assert after["user"]["id"] == options["user"]["id"] == holder.handle
    assert mara.username.encode().hex() not in after["user"]["id"]


def test_what_was_made_is_kept_once(here, mara):
    give_password(here, mara)
    sent = {"answer": json.dumps(Keyholder().make(options_at(here))), "label": "Laptop"}
    assert here.post(ADD, sent).status_code == 302
    again = here.post(ADD, sent)
    assert again.status_code == 422
    assert Passkey.objects.count() == 1


def test_the_same_passkey_is_nobody_elses(here, mara):
    """An id that is known is refused, whoever has it."""
    give_password(here, mara)
    holder = add_passkey(here)
    theirs = desk()
    give_password(theirs, person("eli"))
    refused = theirs.post(ADD, {"answer": json.dumps(holder.make(options_at(theirs))), "label": "Mine"})
    assert "This passkey is here already." in text(refused)


WRONG = {
    "another origin": {"client": {"origin": "https://portal.example.evil"}},
    "another port": {"client": {"origin": "http://localhost:1"}},
    "a frame": {"client": {"crossOrigin": True}},
    "a frame of": {"client": {"topOrigin": "https://evil.example"}},
    "another use": {"client": {"type": "webauthn.payment"}},
    "another challenge": {"client": {"challenge": "A" * 43}},
    "another host": {"rp_id": "evil.example"},
    "nobody recognised": {"flags": PRESENT | MADE},
    "nobody there": {"flags": VERIFIED | MADE},
}


@pytest.mark.parametrize("wrong", WRONG)
def test_nothing_made_elsewhere_or_for_something_else_is_kept(here, mara, wrong):
    give_password(here, mara)
    made = Keyholder().make(options_at(here), **WRONG[wrong])
    refused = here.post(ADD, {"answer": json.dumps(made), "label": "Laptop"})
    assert refused.status_code == 422
    assert "did not fit this page" in text(refused)
    assert not Passkey.objects.exists()


def test_a_session_that_is_not_fresh_is_shown_nothing_to_make_one_over(one_clock, here, mara):
    """AT-047, P-42."""
    give_password(here, mara)
    made = Keyholder().make(options_at(here))
    one_clock.shift(301)
    assert here.get(PAGE).context["options"] == ""
    assert here.post(ADD, {"answer": json.dumps(made), "label": "Laptop"})["Location"].startswith("/sign-in/?again=1")
    assert not Passkey.objects.exists()


def test_a_challenge_of_another_session_is_worth_nothing(here, mara):
    give_password(here, mara)
    made = Keyholder().make(options_at(here))
    other = desk()
    give_password(other, mara)
    assert other.post(ADD, {"answer": json.dumps(made), "label": "Laptop"}).status_code == 422


def test_there_are_five_at_most(here, mara):
    give_password(here, mara)
    for number in range(5):
        add_passkey(here, label=f"Number {number}")
    assert here.get(PAGE).context["options"] == ""
    refused = here.post(ADD, {"answer": json.dumps({"id": "AA"}), "label": "Sixth"})
    assert "as many passkeys as there can be" in text(refused)
    assert Passkey.objects.count() == 5


def test_what_is_wrong_keeps_the_name_that_was_typed(here, mara):
    give_password(here, mara)
    refused = here.post(ADD, {"answer": "", "label": "My own laptop"})
    assert refused.status_code == 422
    assert 'value="My own laptop"' in refused.content.decode()


def test_one_without_a_name_is_kept_and_gets_one(here, mara):
    """The device holds it already: refused for its name, it would stay there as a passkey that opens nothing."""
    give_password(here, mara)
    add_passkey(here, label=" ")
    assert Passkey.objects.get().name == "Passkey"


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://portal.example", "https://portal.example"),
        ("https://portal.example:443", "https://portal.example"),
        ("https://portal.example:8443", "https://portal.example:8443"),
        ("http://portal.example", ""),
        ("https://192.0.2.7", ""),
        ("https://[2001:db8::7]", ""),
    ],
)
def test_browsers_have_passkeys_for_a_name_with_a_certificate(settings, address, origin):
    settings.PORTAL_BASE_URL, settings.PORTAL_ON_LOOPBACK = address, False
    assert can_be_used_here() == bool(origin)
    assert not origin or place().origin == origin


def test_where_they_have_none_the_pages_say_so(laptop, here, mara, monkeypatch):
    monkeypatch.setattr(passkeys_at_the_desk, "can_be_used_here", lambda: False)
    monkeypatch.setattr(passkeys, "can_be_used_here", lambda: False)
    give_password(here, mara)
    assert "with a name and a certificate" in text(here.get(VERIFY))
    give_password(here, person("eli"))
    assert "with a name and a certificate" in text(here.get(PAGE))


# --- Signing in ---


def test_it_signs_in_where_it_is_the_only_one(laptop, here, mara):
    assert give_password(here, mara)["Location"] == VERIFY
    assert here.get("/sign-in/verify/")["Location"] == VERIFY
    assert answer(here, laptop).status_code == 302
    assert is_in(here)
    assert events("passkey.use") == [("ok", "")]
    assert Login.objects.filter(state="consumed", factor="passkey").count() == 1
    assert Passkey.objects.get().last_used_at


def test_the_password_alone_is_not_enough_any_more(laptop, here, mara):
    give_password(here, mara)
    finish(here)
    assert not is_in(here)


def test_an_answer_is_good_for_one_sign_in(laptop, mara):
    """AT-005, R-10: neither for a second one in the same browser, nor for one that waits elsewhere."""
    one, other = desk(), desk()
    give_password(one, mara)
    give_password(other, mara)
    said = {"answer": json.dumps(laptop.use(options_at(one, VERIFY)))}
    assert other.post(VERIFY, said).status_code == 200
    assert not is_in(other)
    assert one.post(VERIFY, said).status_code == 302
    assert is_in(one)
    give_password(one, mara)
    assert login_of(one).state == "pending"
    one.post(VERIFY, said)
    assert login_of(one).state == "pending"


@pytest.mark.parametrize("wrong", [*WRONG, "somebody else's handle"])
def test_an_answer_from_elsewhere_approves_nothing(laptop, here, mara, wrong):
    changed = dict(WRONG.get(wrong, {"handle": "QUFB"}))
    if "flags" in changed:
        changed["flags"] &= ~MADE
    give_password(here, mara)
    assert "does not fit" in text(answer(here, laptop, **changed))
    assert (login_of(here).state, events("passkey.use")) == ("pending", [("refused", "wrong")])


def test_another_persons_passkey_approves_nothing(laptop, here, mara):
    """AT-001 for passkeys."""
    theirs, eli = desk(), person("eli")
    give_password(theirs, eli)
    foreign = add_passkey(theirs)
    give_password(here, mara)
    assert "does not fit" in text(answer(here, foreign))
    laptop.credential_id = foreign.credential_id
    assert "does not fit" in text(answer(here, laptop))
    assert login_of(here).state == "pending"


def test_wrong_answers_take_from_the_budget_of_every_factor(laptop, here, mara):
    """AT-030, R-48: counted before anything is looked at."""
    give_password(here, mara)
    for _ in range(5):
        answer(here, laptop, rp_id="evil.example")
    refused = answer(here, laptop)
    assert refused.status_code == 429
    for page in (refused, here.get(VERIFY)):
        assert "Too many wrong answers" in text(page)
        assert "Continue with a passkey" not in text(page)
        assert "I can't use any of these" in text(page)
    assert login_of(here).state == "pending"


def test_what_is_no_answer_at_all_is_refused_like_a_wrong_one(laptop, here, mara):
    give_password(here, mara)
    for said in ("{}", "no json", "[]", '{"id":"AA","clientDataJSON":"e30"}', "\x00"):
        assert here.post(VERIFY, {"answer": said}).status_code in (200, 429)
    assert login_of(here).state == "pending"


def test_a_counter_that_goes_back_locks_the_passkey_and_is_told(handset, here, mara):
    """WebAuthn 6.1.1: somebody may have a copy. The lock lets nobody in by less."""
    give_password(here, mara)
    security_key = add_passkey(here, Keyholder(count=7))
    sign_out(here)
    security_key.count = 5
    give_password(here, mara)
    assert "may have been copied" in text(answer(here, security_key))
    assert Passkey.objects.get().state == "locked"
    assert AuditEvent.objects.filter(kind="passkey.copied", reason="alert").exists()
    security_key.count = 50
    give_password(here, mara)
    assert "Your passkeys are locked" in text(here.get(VERIFY))
    assert here.post(VERIFY, {"answer": "{}"})["Location"] == "/sign-in/verify/"
    assert not is_in(here)


def test_of_two_hands_on_one_count_one_wins(laptop):
    one, other = (Passkey.objects.get() for _ in range(2))
    said = Used(counter=one.counter + 1, backed_up=False)
    assert (one.count_on(said), other.count_on(said)) == (True, False)


def test_a_keychain_that_does_not_count_is_fine(here, mara):
    give_password(here, mara)
    keychain = add_passkey(here, Keyholder(counts=False, flags=PRESENT | VERIFIED | ELIGIBLE | BACKED_UP))
    assert Passkey.objects.get().backed_up
    for _ in range(2):
        sign_out(here)
        by_passkey(here, mara, keychain)


def test_a_sign_in_that_was_cancelled_takes_no_answer(laptop, here, mara):
    """AT-009."""
    give_password(here, mara)
    options = options_at(here, VERIFY)
    here.post("/sign-in/cancel/")
    assert "has ended" in text(here.post(VERIFY, {"answer": json.dumps(laptop.use(options))}))
    assert not is_in(here)


def test_a_passkey_that_ends_between_approval_and_claim_opens_nothing(laptop, here, mara):
    """R-04, RC-07."""
    give_password(here, mara)
    login_of(here).approve(factor="passkey", device_id=Passkey.objects.get().persistent_id)
    Passkey.objects.get().move("end")
    person_with_app = Passkey.objects.get().user
    given_number(person_with_app)
    finish(here)
    assert not is_in(here)
