"""Numbers that are changed, confirmed, given up and switched at once: one verified number, one way to read the rows."""

import pytest

from tests.factories import PIN
from tests.services.people import Desk
from tests.services.subscribers import PHONE_PAGE, Subscriber, fresh_number, national

NUMBERS = "SELECT count(*) FROM twofactor_phone WHERE user_id = %s AND state = %s"
LIVE = "SELECT count(*) FROM twofactor_code WHERE user_id = %s AND state = 'live'"
KEYS = "SELECT count(*) FROM twofactor_portalkey WHERE user_id = %s AND state = 'active'"
LISTED = "SELECT count(*) FROM accounts_opensession WHERE user_id = %s"


def phones(mara: Subscriber, *states: str) -> list[int]:
    """How many of their numbers are in each of these states."""
    return [mara.cluster.one(NUMBERS, mara.pk, state) for state in states]


def asked(desk: Desk, number: str):
    return desk.message("POST", PHONE_PAGE, country="HK", number=national(number))


def switch(desk: Desk, texts: str):
    return desk.message("POST", f"{PHONE_PAGE}texts/", texts=texts)


def activation(mara: Subscriber):
    """What a phone sends that has claimed the code which the desk shows: from then on there is a key."""
    phone = mara.new_phone()
    mara.desk.post("/security/key/new-code/")
    phone.claim(mara.shown_code())
    return mara.written(phone, lambda: phone.activate(PIN))


@pytest.fixture
def anew(grown_mara):
    """Somebody whose one number is verified and signs them in, at a desk that has just signed in."""

    def scene():
        mara = grown_mara()
        mara.begin_anew()
        return mara

    return scene


def test_of_two_desks_that_confirm_a_new_number_at_once_one_changes_it(cluster, moments, anew):
    """RC-18."""

    def scene():
        mara = anew()
        there = mara.sign_in(Desk(cluster))
        mara.forget()
        new = fresh_number()
        mara.ask(new)
        return mara, mara.desk, there, mara.next_code(new)

    for mara, here, there, code in moments(scene, 2):
        answers = cluster.race([mara.confirmation(code, desk) for desk in (here, there)] * 5)
        assert {answer.status for answer in answers} <= {200, 302, 429}
        assert phones(mara, "verified", "unverified", "retired") == [1, 0, 1]
        assert mara.recorded("phone.verify") == 1
        for desk, answer in zip([here, there] * 5, answers, strict=True):
            desk.take(answer)
        # Whose confirmation counted goes on; the other desk stood on the old number.
        assert [desk.is_in() for desk in (here, there)].count(True) == cluster.one(LISTED, mara.pk) == 1
        mara.settle()
        sent = [kind for _way, kind, *_ in mara.deliveries]
        assert [sent.count(kind) for kind in ("phone-asked", "phone-changed", "test")] == [1, 1, 1]


def test_two_desks_that_ask_for_different_numbers_leave_one_to_confirm(cluster, moments, anew):
    """RC-18."""

    def scene():
        mara = anew()
        there = mara.sign_in(Desk(cluster))
        mara.forget()
        return mara, mara.desk, there

    for mara, *desks in moments(scene, 2):
        answers = cluster.race([asked(desk, fresh_number()) for desk in desks])
        assert {answer.status for answer in answers} <= {302, 429}
        assert phones(mara, "verified", "unverified") == [1, 1]
        assert cluster.one(LIVE, mara.pk) == 1


def test_a_number_that_is_confirmed_while_another_is_asked_for_is_confirmed_or_given_up(cluster, moments, anew):
    """RC-18."""

    def scene():
        mara = anew()
        there = mara.sign_in(Desk(cluster))
        first = fresh_number()
        mara.ask(first)
        return mara, there, mara.next_code(first)

    for mara, there, code in moments(scene, 2):
        second = asked(there, fresh_number())
        answers = cluster.race([mara.confirmation(code), second] * 2)
        # 400: what it would have said belongs into a session that has become another one meanwhile.
        assert {answer.status for answer in answers} <= {200, 302, 400, 429}
        confirmed = mara.recorded("phone.verify")
        assert phones(mara, "verified", "retired", "dropped") == [1, confirmed, 1 - confirmed]
        assert phones(mara, "unverified") == [cluster.one(LIVE, mara.pk)]


def test_confirming_and_giving_up_at_once_end_in_one_of_both(cluster, moments, anew):
    """RC-18."""

    def scene():
        mara = anew()
        new = fresh_number()
        mara.ask(new)
        return mara, mara.next_code(new)

    for mara, code in moments(scene, 3):
        confirm = mara.confirmation(code)
        drop = mara.desk.message("POST", f"{PHONE_PAGE}drop/")
        cluster.race([confirm, drop] * 2)
        confirmed = mara.recorded("phone.verify")
        assert phones(mara, "verified", "unverified") == [1, 0]
        assert phones(mara, "retired", "dropped") == [confirmed, 1 - confirmed]
        assert cluster.one(LIVE, mara.pk) == 0


def test_texts_switched_off_and_a_key_activated_at_once(cluster, rounds_by_text):
    for mara in rounds_by_text(2):
        mara.begin_anew()
        done, *_ = cluster.race([activation(mara), *[switch(mara.desk, "off")] * 2])
        keys, off = cluster.one(KEYS, mara.pk), mara.recorded("texts.off")
        # Whoever was second may find a desk that stands on what was true before.
        assert done.status == (201 if keys else 404)
        assert keys or off
        assert mara.phones == [("verified", "off" if off else "rests")]


def test_texts_switched_on_and_a_key_activated_at_once(cluster, rounds_by_text):
    for mara in rounds_by_text(2):
        mara.begin_anew(texts="off")
        done, *_ = cluster.race([activation(mara), *[switch(mara.desk, "on")] * 2])
        keys, on = cluster.one(KEYS, mara.pk), mara.recorded("texts.on")
        assert done.status == (201 if keys else 404)
        assert keys or on
        ((state, texts),) = mara.phones
        assert state == "verified"
        # Switched on before the key, they rest for it; after it, they stand beside it.
        assert texts in ({"on", "rests"} if keys else {"on"} if on else {"off"})
        assert on or texts == "off"
