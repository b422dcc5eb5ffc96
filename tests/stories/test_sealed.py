"""A temporary password on its way from the desk's button to the one phone that opens it (A12, R-40, R-41)."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.hashers import check_password
from django.utils import timezone

from accounts.models import AuditEvent, TemporaryPassword
from tests.factories import PIN, desk, give_password, person
from tests.pocket import Problem, b64, unb64
from tests.stories.carried import carry, messages
from tests.stories.sealing import grown, opened, send, staff, waiting
from tests.stories.ways import WRONG_PIN, activated, dump, events, sign_in
from twofactor import carrying, policy, sealed
from twofactor.models import Message, PortalKey

NEW = "four entirely different words"
# Of the curve P-256 (SP 800-186).
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
FORM = re.compile(r"([2-9A-HJ-NP-Z]{4}-){3}[2-9A-HJ-NP-Z]{4}")


@pytest.fixture(autouse=True)
def old_enough(mara, pocket):
    grown(mara)


def refused(pocket, message, pin=PIN, /, **changed):
    with pytest.raises(Problem) as problem:
        pocket.fetch(message, pin, **changed)
    return problem.value


# --- Sending ---


def test_the_phone_opens_what_staff_have_sent_and_nobody_else_has_read(mara, pocket):
    """R-40: sealed for the phone; the row keeps a hash of 80 bits, and both say who sent it and why."""
    message = send(mara)
    listed = waiting(pocket)
    assert listed == message.as_listed()
    assert set(listed) == {"id", "kid", "kind", "title", "created", "expires", "question"}
    said = pocket.open(listed, PIN)
    assert FORM.fullmatch(said["password"])
    row = TemporaryPassword.objects.get()
    assert (row.state, row.by, row.message) == ("awake", staff(), message)
    assert check_password(said["password"], row.hash)
    assert row.hash.startswith("argon2$argon2id$")
    assert said["expires"] == listed["expires"] == int(row.expires.timestamp())
    sent = AuditEvent.objects.get(kind="sealed.send")
    assert (sent.user, sent.facts["why"], sent.facts["staff"]) == (mara, "forgot it", staff().pk)
    assert events("sealed.open") == [("ok", "")]


def test_no_two_are_alike(mara, pocket):
    assert len({(send(mara), opened(pocket))[1] for _ in range(3)}) == 3


def test_the_fourth_within_a_day_is_refused(mara, clock):
    """R-41."""
    for _ in range(3):
        send(mara)
    with pytest.raises(sealed.RateLimited):
        send(mara)
    clock.shift(86_401)
    assert send(mara)


def test_a_key_younger_than_a_day_gets_none(mara, pocket):
    """P-34, R-36."""
    added = timezone.now() - timedelta(hours=23)
    PortalKey.objects.update(activated_at=added)
    with pytest.raises(sealed.TooYoung) as refusal:
        send(mara)
    assert refusal.value.until == added + timedelta(hours=24)
    assert not TemporaryPassword.objects.exists()


def test_who_has_no_phone_that_answers_gets_none(mara, pocket):
    for nobody in (person("eli"), person("dana", is_active=False)):
        with pytest.raises(sealed.NoKey):
            send(nobody)
    pocket.revoke()
    with pytest.raises(sealed.NoKey):
        send(mara)


def test_a_newer_one_ends_the_older(mara, pocket):
    send(mara)
    first = waiting(pocket)
    send(mara)
    assert waiting(pocket)["id"] != first["id"]
    assert refused(pocket, first).code == "expired"
    assert opened(pocket)
    assert set(TemporaryPassword.objects.values_list("state", flat=True)) == {"awake", "over"}


@pytest.mark.parametrize("ends", ["epoch", "surrender", "deactivation", "password", "not me"])
def test_whatever_changes_how_the_person_signs_in_ends_it(mara, pocket, known, ends):
    if ends in ("deactivation", "password"):
        sign_in(known, mara, pocket)
    send(mara)
    if ends == "epoch":
        mara.bump_epoch()
    elif ends == "surrender":
        pocket.revoke()
    elif ends == "deactivation":
        known.post("/security/key/deactivate/")
    elif ends == "password":
        known.post("/security/password/", {"password": NEW, "again": NEW})
    else:
        opened(pocket)
        give_password(desk(), mara)
        pocket.not_me(pocket.challenge())
    assert TemporaryPassword.objects.get().state == "over"
    assert not Message.objects.readable().filter(kind=Message.PASSWORD).exists()


# --- Opening ---


def test_it_wants_the_pin(mara, pocket):
    send(mara)
    message = waiting(pocket)
    with pytest.raises(Problem) as problem:
        pocket.fetch(message)
    assert problem.value.code == "malformed"
    wrong = refused(pocket, message, WRONG_PIN)
    assert (wrong.status, wrong.code, wrong.body["attempts_left"]) == (422, "wrong-pin", policy.PIN_LOCKS - 1)
    assert PortalKey.objects.get().pin_failures == 1
    assert TemporaryPassword.objects.get().state == "dormant"
    assert pocket.open(message, PIN)
    assert PortalKey.objects.get().pin_failures == 0
    assert events("sealed.open") == [("refused", "wrong"), ("ok", "")]


def test_wrong_pins_make_it_wait_and_lock_the_key(mara, pocket, clock):
    """P-33: counted like any PIN, whatever it opens."""
    send(mara)
    message = waiting(pocket)
    assert [refused(pocket, message, WRONG_PIN).code for _ in range(5)] == ["wrong-pin"] * 5
    waits = refused(pocket, message)
    assert (waits.code, waits.status) == ("slow-down", 429)
    for _ in range(4):
        clock.shift(31)
        assert refused(pocket, message, WRONG_PIN).code == "wrong-pin"
    clock.shift(31)
    assert refused(pocket, message, WRONG_PIN).code == "locked"
    assert refused(pocket, message).code == "key-inactive"
    assert (PortalKey.objects.get().state, TemporaryPassword.objects.get().state) == ("locked", "over")


def test_a_wrong_clock_is_no_wrong_pin(mara, pocket):
    send(mara)
    message = waiting(pocket)
    pocket.learns, pocket.ahead = False, 0
    response = pocket.response(message["kid"], PIN, message["question"], pocket.now() + 3600)
    wrong = refused(pocket, message, response=response)
    assert (wrong.code, wrong.body["clock_off_by"]) == ("wrong-pin", 60)
    assert "ahead" in wrong.body["detail"]
    assert PortalKey.objects.get().pin_failures == 0


def test_opened_again_it_is_the_same_and_no_longer(mara, pocket, one_clock):
    """Protocol section 11: after a lost answer, or in another window; its life has begun with the sending."""
    send(mara)
    message = waiting(pocket)
    one_clock.shift(600)
    first = pocket.fetch(message, PIN)
    one_clock.shift(200)
    assert pocket.fetch(message, PIN) == first
    assert waiting(pocket)["opened"]
    one_clock.shift(101)
    late = refused(pocket, message)
    assert (late.status, late.code) == (410, "expired")
    assert [one["kind"] for one in pocket.messages()] == ["notice"]
    assert events("sealed.open") == [("ok", ""), ("ok", "again")]


# --- Who may not open it (AT-114) ---


def test_another_phone_learns_not_even_that_it_exists(mara, pocket):
    eli = person("eli")
    theirs = activated(desk(), eli)
    message = send(mara).as_listed()
    assert [one for one in theirs.messages() if one["kind"] == "temporary-password"] == []
    stolen = {**message, "kid": next(iter(theirs.keys))}
    assert refused(theirs, stolen).code == "not-found"
    assert refused(theirs, {**stolen, "id": "A" * 22}).code == "not-found"
    assert TemporaryPassword.objects.get().state == "dormant"


def _twin(signature):
    raw = unb64(signature)
    return b64(raw[:32] + (ORDER - int.from_bytes(raw[32:])).to_bytes(32))


def test_unsigned_copied_or_meant_for_another_it_is_refused(mara, pocket):
    send(mara)
    message, said = waiting(pocket), []
    post = pocket._post
    pocket._post = lambda path, body: (said.append((path, body)), post(path, body))[1]
    assert pocket.fetch(message, PIN)
    path, body = said[0]
    head, claims, _signature = body["statement"].split(".")
    api = path.removeprefix("/authenticator/api")
    copies = {
        f"{head}.{claims}.": "bad-signature",
        f"{head}.{claims}.{'A' * 86}": "bad-signature",
        # Somebody's copy of the very same: a phone signs anew.
        body["statement"]: "bad-signature",
        # And its twin: with (r, s) holds (r, n - s) as well.
        f"{head}.{claims}.{_twin(_signature)}": "bad-signature",
    }
    for statement, code in copies.items():
        with pytest.raises(Problem) as problem:
            pocket.post(api, {"statement": statement})
        assert problem.value.code == code
    assert refused(pocket, message, message="B" * 22).code == "bad-signature"


def test_a_key_that_was_switched_off_opens_nothing(mara, pocket):
    message = send(mara).as_listed()
    pocket.revoke()
    assert refused(pocket, message).code == "key-inactive"


def test_wire_and_rows_hold_only_what_the_phone_can_open(mara, pocket):
    send(mara)
    message = waiting(pocket)
    jwe = pocket.fetch(message, PIN)
    password = pocket.open(message, PIN)["password"]
    rows = repr(dump(without=set()))
    assert jwe in rows
    for form in (password, password.replace("-", ""), password.lower()):
        assert form not in rows + jwe
    with pytest.raises(ValueError, match="another place"):
        pocket.unseal(message["kid"], "another message", jwe)


# --- Notices in the inbox ---


def test_a_notice_waits_in_the_inbox_and_is_read_without_a_pin(mara, pocket, known):
    """Protocol section 11: without a question nothing is to be proved; what it says is sealed all the same."""
    before = {one["id"] for one in pocket.messages()}
    sign_in(known, mara, pocket)
    known.post("/security/password/", {"password": NEW, "again": NEW})
    (told,) = [one for one in pocket.messages() if one["id"] not in before]
    assert (told["kind"], told["title"], "question" in told) == ("notice", "Your password was changed", False)
    said = pocket.open(told)
    assert said["lang"] == "en"
    assert "your password was changed" in said["text"]
    (told,) = [one for one in pocket.messages() if one["id"] == told["id"]]
    assert told["opened"]
    assert said["text"] not in repr(dump(without=set()))


def test_sending_one_is_told_by_mail_and_not_twice_on_the_phone(mara, handset, pocket):
    """R-41: whoever did not ask for it hears of it."""
    before = len(pocket.messages())
    send(mara)
    carry()
    assert len(pocket.messages()) == before + 1
    (mail,) = [each for each in messages(mara.email, "mail") if "temporary password" in each.text]
    assert "do not know it" in mail.text


def test_the_inbox_lists_the_newest_first(mara, pocket):
    for number in range(policy.MESSAGES_LISTED + 5):
        says = {"lang": "en", "text": f"{number}"}
        life = timezone.now() + timedelta(days=1)
        Message.seal(PortalKey.objects.get(user=mara), kind="notice", title=f"Number {number}", says=says, expires=life)
    listed = [one["title"] for one in pocket.messages()]
    assert listed == [f"Number {number}" for number in reversed(range(5, policy.MESSAGES_LISTED + 5))]


def test_whoever_repeats_a_change_a_hundred_times_hides_no_other(mara, pocket):
    """AT-115, R-96: neither another notice nor a temporary password that waits."""
    carrying.notice(mara, "key-ended")
    send(mara)
    for _ in range(50):
        carrying.notice(mara, "texts-on")
        carrying.notice(mara, "texts-off")
    kinds = [one["title"] for one in pocket.messages()]
    assert kinds.count("Codes by text were switched on") == policy.MESSAGES_ALIKE
    assert "A phone was switched off" in kinds
    assert waiting(pocket)
