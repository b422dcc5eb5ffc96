"""Whatever strangers do, and whoever has stolen the password: the owner gets in (AT-096, R-50)."""

import math
import time

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from accounts import limits, policy
from accounts.models import Tally, User
from tests.factories import PIN, desk, finish, give_password
from tests.fuzz.much import tries
from tests.stories.ways import WRONG_PIN, is_in, question_at, send_again
from twofactor.models import Challenge, PortalKey
from twofactor.policy import DESK_LOCKS, NOTIFICATIONS

# The owner's own network too: an office, a train, a carrier that puts thousands behind one address.
HOME = "203.0.113.5"
places = st.sampled_from((HOME, "198.51.100.1", "2001:db8::1"))
some = st.integers(1, 6)
deeds = st.one_of(
    st.tuples(st.just("guess"), places, some),
    st.tuples(st.just("spray"), places, some),
    st.tuples(st.just("begin"), places, st.just(1)),
    st.tuples(st.just("answer"), places, some),
    st.tuples(st.just("fill"), places, st.just(1)),
    st.tuples(st.just("wait"), places, st.sampled_from((1, 31, 301, 901, 3601))),
)


class Thief:
    """Somebody with the right password, and with as many browsers and addresses as it takes; no phone."""

    def __init__(self, mara, pocket, clock):
        self.mara, self.pocket, self.clock = mara, pocket, clock

    def guess(self, place, count):
        """Wrong passwords for Mara."""
        for _ in range(count):
            desk().post("/sign-in/", {"username": "mara", "password": "wrong"}, REMOTE_ADDR=place)

    def spray(self, place, count):
        """Wrong passwords for names that nobody has."""
        for number in range(count):
            desk().post("/sign-in/", {"username": f"nobody{number}", "password": "wrong"}, REMOTE_ADDR=place)

    def begin(self, place, _count):
        """A sign-in of Mara's, left to ring on her phone."""
        browser = desk()
        sent = {"username": "mara", "password": "correct horse battery staple"}
        browser.post("/sign-in/", sent, REMOTE_ADDR=place)
        return browser

    def answer(self, place, count):
        """... and responses typed at it, with the question on the page and a PIN that is not hers."""
        browser = self.begin(place, 1)
        for _ in range(count):
            sent = {"response": self.pocket.respond(question_at(browser) or "000000", WRONG_PIN)}
            browser.post("/sign-in/verify/manual/", sent, REMOTE_ADDR=place)
            send_again(browser, then="verify-manual")

    def fill(self, place, _count):
        """As if all of that had been done without a pause, from everywhere: what strangers reach is full."""
        where = limits.network(place)
        for most, who in (
            (policy.PASSWORD_SITE, ("site",)),
            (policy.PASSWORD_ADDRESS, (where,)),
            (policy.STARTS, (self.mara.pk, "any")),
            (policy.FACTOR_PERSON, (self.mara.pk,)),
            (policy.FACTOR_ADDRESS, (where,)),
            (NOTIFICATIONS, (self.mara.pk,)),
        ):
            for limit in most:
                limits.clear((limit,), *who)
                limits.charge((limit,), *who, amount=limit.count)
        PortalKey.objects.filter(user=self.mara).update(desk_failures=DESK_LOCKS)

    def wait(self, _place, seconds):
        self.clock.shift(seconds)


@pytest.fixture
def thief(mara, pocket, known, one_clock):
    return Thief(mara, pocket, one_clock)


def gets_in(browser, user, pocket):
    """The whole road at this browser, from home: password, phone, claim."""
    sent = {"username": user.username, "password": "correct horse battery staple"}
    first = browser.post("/sign-in/", sent, REMOTE_ADDR=HOME)
    assert first.status_code == 302, "the password was not looked at"
    login = browser.session["login"]
    asked = [each for each in pocket.challenges() if each["id"] in _questions(login)]
    assert asked, "the owner's own phone was not asked"
    pocket.approve(asked[0], PIN, number=question_at(browser))
    finish(browser)
    assert is_in(browser)


def _questions(login):
    return set(Challenge.objects.filter(login_id=login).values_list("pk", flat=True))


def test_the_owner_gets_in_at_once_at_a_browser_that_is_known(thief, known, mara, pocket, one_clock):
    begins, cookies = time.time(), dict(known.cookies)

    @tries(5, 1000)
    @given(st.lists(deeds, min_size=1, max_size=8))
    def attack(done):
        begun = transaction.savepoint()
        one_clock.move_to(begins)
        try:
            for what, place, count in done:
                getattr(thief, what)(place, count)
            gets_in(known, User.objects.get(pk=mara.pk), pocket)
        finally:
            transaction.savepoint_rollback(begun)
            known.cookies.clear()
            known.cookies.update(cookies)

    attack()


def test_when_everything_is_full_the_owner_gets_in_all_the_same(thief, known, mara, pocket):
    """... and by hand, where nobody has typed wrong responses for a day."""
    thief.fill(HOME, 1)
    gets_in(known, mara, pocket)
    known.post("/sign-out/")
    thief.fill(HOME, 1)
    PortalKey.objects.update(desk_failures=0)
    give_password(known, mara)
    sent = {"response": pocket.respond(question_at(known), PIN)}
    known.post("/sign-in/verify/manual/", sent, REMOTE_ADDR=HOME)
    assert is_in(known)


def test_from_a_new_browser_the_owner_waits_a_quarter_of_an_hour_at_most(thief, mara, pocket, one_clock):
    """P-25: the longest wait is 900 s, however long strangers have kept on."""
    for _ in range(40):
        thief.guess("198.51.100.1", 1)
        one_clock.shift(901)
    thief.guess("198.51.100.1", 20)
    opens = Tally.objects.get(name=policy.PASSWORD.name, subject=f"{mara.pk}:any").opens
    assert 0 < opens.timestamp() - time.time() <= 900
    one_clock.move_to(math.ceil(opens.timestamp()))
    gets_in(desk(), mara, pocket)


def test_a_known_browser_guesses_at_one_name_only_and_is_counted_there(thief, known, mara):
    """It takes no room from the site or from its network, and none from others by taking their names."""
    shared = Tally.objects.filter(name__startswith="password-")
    before = list(shared.values("name", "subject", "count"))
    wrong = [give_password(known, mara, "wrong").status_code for _ in range(6)]
    assert wrong == [200] * 5 + [429]
    assert list(shared.values("name", "subject", "count")) == before
    known.post("/sign-in/", {"username": "somebody-else", "password": "wrong"})
    assert shared.filter(count=1, subject="site").exists()
