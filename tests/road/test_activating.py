"""Story 2 over the API: a code is claimed once, a key is proved, and everything else is refused in one voice."""

from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.utils import timezone

from tests import factories
from tests.factories import PIN, give_password, new_code, shown_code, with_key
from tests.pocket import Problem, b64, public
from tests.stories.ways import move_code
from twofactor.models import Activation, PortalKey
from twofactor.protocol import activation


def refusal(act, *args, **kwargs):
    with pytest.raises(Problem) as problem:
        act(*args, **kwargs)
    return problem.value


@pytest.fixture
def code(mara, desk):
    give_password(desk, mara)
    return shown_code(desk)


@pytest.fixture
def new():
    """A phone without any key."""
    return factories.phone()


def test_a_claim_tells_whose_account_it_is_and_not_the_whole_name(code, new):
    told = new.claim(code)
    assert told["account"] == {"name": "Mara Lee", "username": "m***a"}
    assert told["portal"] == {"name": "Client Portal", "origin": new.base_url}
    assert len(told["pin_question"]) == 6
    assert timezone.now().timestamp() < told["expires"] <= timezone.now().timestamp() + 600


def test_an_activated_phone_holds_the_one_active_key(mara, code, new):
    new.claim(code)
    kid = new.activate(PIN, label="Mara's Pixel", platform="android")
    key = PortalKey.objects.get(user=mara, state="active")
    assert (key.kid, key.label, key.platform) == (kid, "Mara's Pixel", "android")
    assert new.keys[kid].account["name"] == "Mara Lee"
    assert new.challenges() == []


def test_the_response_key_is_not_readable_in_the_row(mara, code, new):
    new.claim(code)
    kid = new.activate(PIN)
    row = PortalKey.objects.filter(kid=kid).values().get()
    secret = new.response_key(kid, PIN)
    assert not [value for value in row.values() if secret.hex() in str(value) or b64(secret) in str(value)]


def test_a_code_is_used_up_by_the_first_claim(code, new):
    new.claim(code)
    assert refusal(factories.phone().claim, code).code == "code-unknown"


@pytest.mark.parametrize("typed", ["", "K7QF-9M2X-4TB", "K7QF-9M2X-4TBD", "UUUU-UUUU-UUUU", "%00", "K" * 64])
def test_a_code_nobody_was_shown_is_unknown(new, typed):
    problem = refusal(new.claim, typed)
    assert (problem.status, problem.code) == (404, "code-unknown")


def test_every_dead_code_is_unknown_in_the_same_words(mara, desk, new):
    give_password(desk, mara)
    codes = {"replaced": shown_code(desk)}
    codes["expired"] = new_code(desk)
    Activation.objects.filter(state="fresh").update(expires=timezone.now() - timedelta(seconds=1))
    codes["used"] = new_code(desk)
    new.claim(codes["used"])
    new.activate(PIN)
    codes["never"] = activation.spaced(activation.code_from(bytes(8)))
    told = []
    for code in codes.values():
        body = refusal(factories.phone().claim, code).body
        body.pop("server_time")
        told.append(body)
    assert len(codes) == len(set(codes.values())) == 4
    assert all(body == told[0] for body in told)


def test_a_code_dies_with_the_session_that_shows_it(desk, code, new):
    desk.post("/sign-out/")
    assert refusal(new.claim, code).code == "code-unknown"


def test_guessing_codes_ends_in_a_wait(code, new):
    for _ in range(20):
        assert refusal(new.claim, "0000-0000-0000").code == "code-unknown"
    problem = refusal(new.claim, code)
    assert (problem.status, problem.code) == (429, "slow-down")
    assert int(problem.headers["Retry-After"]) > 0
    assert problem.body["retry_at"] > problem.body["server_time"]


@pytest.mark.parametrize("name", ["nonce", "activation", "enc", "response_key", "label", "platform", "response"])
def test_a_claim_that_is_missing_is_malformed(code, new, name):
    new.claim(code)
    assert refusal(new.activate, PIN, **{name: None}).code == "malformed"


def test_a_statement_for_another_activation_or_portal_is_refused(code, new):
    new.claim(code)
    for changed in ({"nonce": "other"}, {"activation": "other"}, {"aud": "https://evil.example"}, {"iat": 1}):
        assert refusal(new.activate, PIN, **changed).code == "bad-signature"
    assert new.activate(PIN)


@pytest.mark.parametrize(
    "enc", [{}, {"kty": "EC"}, {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}], ids=["empty", "half", "short"]
)
def test_a_sealing_key_that_is_none_is_malformed(code, new, enc):
    new.claim(code)
    assert refusal(new.activate, PIN, enc=enc).code == "malformed"


def test_a_key_sent_with_its_private_part_is_refused(code, new):
    new.claim(code)
    leaked = {**public(ec.generate_private_key(ec.SECP256R1())), "d": "AA"}
    assert refusal(new.activate, PIN, enc=leaked).code == "malformed"


def test_a_phone_that_computes_otherwise_is_told_so_three_times(mara, code, new):
    new.claim(code)
    left = [refusal(new.activate, PIN, response="00000000").body.get("attempts_left") for _ in range(3)]
    assert left == [2, 1, 0]
    assert refusal(new.activate, PIN).code == "code-unknown"
    assert not PortalKey.objects.filter(user=mara, state="active").exists()


def test_a_new_phone_ends_the_key_of_the_old_one(mara, phone, desk, new):
    give_password(desk, mara)
    phone.approve(phone.challenge(), PIN, number=factories.number(desk))
    factories.finish(desk)
    new.claim(move_code(desk, phone))
    new.activate(PIN)
    assert PortalKey.objects.get(user=mara, state="active").kid in new.keys
    assert refusal(phone.inbox).code == "key-inactive"
    assert desk.get("/").status_code == 200, "the session that changed the key goes on"


def test_a_second_user_gives_the_pin_of_the_first(phone, eli, desk):
    give_password(desk, eli)
    phone.claim(shown_code(desk))
    problem = refusal(phone.activate, "9z9z")
    assert (problem.code, problem.body["attempts_left"]) == ("wrong-pin", 2)
    phone.activate(PIN)
    assert len(phone.inbox()["kids"]) == 2


def test_the_same_phone_is_not_enrolled_twice_for_one_user(mara, phone, desk):
    give_password(desk, mara)
    phone.approve(phone.challenge(), PIN, number=factories.number(desk))
    factories.finish(desk)
    phone.claim(move_code(desk, phone))
    problem = refusal(phone.activate, PIN)
    assert (problem.status, problem.code) == (409, "already-enrolled")
    assert phone.challenges() == []


def test_a_companion_of_another_phone_proves_nothing(phone, eli, desk):
    stranger = factories.phone()
    third = factories.person("dana")
    browser = factories.desk()
    give_password(browser, third)
    stranger.claim(shown_code(browser))
    borrowed = {"kid": next(iter(phone.keys)), "response": "00000000"}
    assert refusal(stranger.activate, PIN, companion=borrowed).code == "wrong-pin"
    assert refusal(stranger.activate, PIN, companion={"kid": "nobody", "response": "00000000"}).code == "key-inactive"
    assert refusal(stranger.activate, PIN, companion="text").code == "malformed"


def test_every_other_session_of_the_person_ends_with_the_activation(mara, new):
    elsewhere, here = factories.desk(), factories.desk()
    for browser in (elsewhere, here):
        give_password(browser, mara)
    new.claim(shown_code(here))
    new.activate(PIN)
    assert here.get("/").status_code == 200
    assert elsewhere.get("/").headers["Location"].startswith("/sign-in/")


def test_with_confirmation_the_key_waits_for_the_phones_number(settings, mara, desk, new):
    settings.PORTAL_ACTIVATION_CONFIRM = True
    give_password(desk, mara)
    new.claim(shown_code(desk))
    kid = new.activate(PIN)
    assert new.keys[kid].state == "confirm"
    assert refusal(new.inbox).code == "key-inactive"
    number = new.keys[kid].confirm_code
    desk.post("/security/key/confirm/", {"code": f"{(int(number) + 1) % 10**6:06d}"})
    assert refusal(new.inbox).code == "key-inactive"
    desk.post("/security/key/confirm/", {"code": f"{number[:3]} {number[3:]}"})
    assert new.challenges() == []
    assert PortalKey.objects.get(user=mara, state="active").kid == kid


def test_this_was_not_me_takes_the_key_back(mara, desk, new, code):
    new.claim(code)
    new.activate(PIN)
    desk.post("/security/key/not-me/")
    assert refusal(new.inbox).code == "key-inactive"
    assert not PortalKey.objects.filter(user=mara, state="active").exists()


def test_a_phone_renames_itself_and_gives_itself_up(mara, phone):
    assert phone.rename("  Mara's \u202enew phone ")["label"] == "Mara's new phone"
    assert PortalKey.objects.get(user=mara).label == "Mara's new phone"
    assert refusal(phone.rename, "\u202e").code == "malformed"
    phone.revoke()
    assert refusal(phone.inbox).code == "key-inactive"


def test_one_key_does_not_rename_or_revoke_another(phone, eli):
    other = with_key(eli)
    kid, foreign = next(iter(phone.keys)), next(iter(other.keys))
    statement = phone._signed(phone.keys[kid], "revoke", {})
    assert refusal(phone.post, f"/keys/{foreign}/revoke", {"statement": statement}).code == "bad-signature"
    assert other.challenges() == []
