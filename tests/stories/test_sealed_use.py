"""AT-112: what a temporary password opens, and for how long: the page for a new password, after the second factor."""

import pytest
from django.core.management import call_command

from accounts.models import Login, TemporaryPassword, User
from tests.doors.addresses import CLOSED
from tests.factories import PASSWORD, PIN, desk, finish, give_password
from tests.stories.carried import carry, messages
from tests.stories.sealing import grown, opened, send, waiting
from tests.stories.ways import approve, events, is_in, sign_in, sign_out, text
from twofactor.models import Challenge, Message, PortalKey

NEW = "four entirely different words"


@pytest.fixture(autouse=True)
def old_enough(mara, pocket):
    grown(mara)


@pytest.fixture
def password(mara, pocket):
    """A temporary password of Mara, open on her phone."""
    send(mara)
    return opened(pocket)


def arrive(browser, user, pocket, password):
    """The whole sign-in with it; the answer of its last step."""
    give_password(browser, user, password)
    approve(browser, pocket)
    return finish(browser)


def choose(browser, new):
    return browser.post("/security/password/", {"password": new, "again": new})


def test_it_leads_through_the_second_factor_to_a_new_password_and_home(mara, pocket, here, password):
    assert give_password(here, mara, password)["Location"] == "/sign-in/verify/"
    assert not is_in(here)
    approve(here, pocket)
    assert finish(here).status_code == 302
    assert here.get("/")["Location"] == "/security/password/"
    page = here.get("/security/password/")
    assert "You signed in with a temporary password" in text(page)
    assert "old-password" not in page.content.decode()
    assert choose(here, NEW)["Location"] == "/"
    assert is_in(here)
    sign_out(here)
    assert "not right" in text(give_password(here, mara, PASSWORD))
    arrive(here, mara, pocket, NEW)
    assert is_in(here)
    assert events("sealed.use") == [("ok", "")]


def test_no_other_door_opens(mara, pocket, here, password):
    """Every address, whatever is asked for; only the way out is open besides."""
    arrive(here, mara, pocket, password)
    passed = set()
    for name, path in CLOSED:
        if name in ("sign-out", "password-change", "password-due"):
            continue
        for method in ("get", "post"):
            response = getattr(here, method)(path)
            if response.status_code != 302 or response["Location"] != "/security/password/":
                passed.add((name, method, response.status_code))
    assert passed == set()
    assert here.get("/security/password/").status_code == 200


@pytest.mark.parametrize(
    "typed", [str.lower, lambda known: known.replace("-", " "), lambda known: known.replace("-", "")]
)
def test_it_may_be_typed_as_people_type(mara, pocket, here, password, typed):
    arrive(here, mara, pocket, typed(password))
    assert here.get("/security/password/").status_code == 200


def test_asleep_it_is_a_wrong_password(mara, pocket, here):
    """It is good only once the phone has opened it: what staff or a copy of the row could know is worth nothing."""
    message = send(mara)
    said = pocket.unseal(message.key.kid, message.pk, message.jwe)
    known = said.decode().partition('"password": "')[2][:19]
    assert "not right" in text(give_password(here, mara, known))
    opened(pocket)
    assert give_password(here, mara, known)["Location"] == "/sign-in/verify/"


def test_the_new_one_may_not_be_it(mara, pocket, here, password):
    arrive(here, mara, pocket, password)
    for same in (password, password.lower(), password.replace("-", " ")):
        answer = choose(here, same)
        assert answer.status_code == 200
        assert "Choose another one" in text(answer)
    assert not User.objects.get(pk=mara.pk).check_password(password)
    assert choose(here, NEW)["Location"] == "/"


def test_it_works_once(mara, pocket, here, password):
    """AT-028: of many sign-ins that are open with it, one becomes a session."""
    others = [desk(), desk()]
    for browser in others:
        give_password(browser, mara, password)
    arrive(here, mara, pocket, password)
    for browser in others:
        for challenge in pocket.challenges():
            pocket.approve(challenge, PIN, number=Challenge.objects.get(pk=challenge["id"]).question)
        finish(browser)
        assert not is_in(browser)
        assert browser.get("/security/password/").status_code == 302
    assert Login.objects.filter(state="consumed", temporary__isnull=False).count() == 1
    assert "not right" in text(give_password(desk(), mara, password))
    assert TemporaryPassword.objects.get().state == "used"


def test_it_ends_after_fifteen_minutes_however_late_it_was_opened(mara, pocket, here, one_clock):
    send(mara)
    one_clock.shift(890)
    password = opened(pocket)
    assert give_password(here, mara, password)["Location"] == "/sign-in/verify/"
    one_clock.shift(11)
    assert "not right" in text(give_password(desk(), mara, password))
    # Whoever was in time at the first page has the time of every sign-in for the second.
    approve(here, pocket)
    finish(here)
    assert here.get("/security/password/").status_code == 200


def test_there_is_time_to_think_of_a_new_one(mara, pocket, here, password, clock):
    """Longer than the five minutes of other changes: nothing else is open, and nothing could be begun again."""
    arrive(here, mara, pocket, password)
    clock.shift(600)
    assert choose(here, NEW)["Location"] == "/"


def test_the_old_one_stays_good_beside_it(mara, pocket, here, password):
    """R-42."""
    sign_in(here, mara, pocket)
    assert is_in(here)
    assert TemporaryPassword.objects.get().state == "awake"


def test_a_compromised_one_fits_nothing_and_may_not_come_back(mara, pocket, known, here):
    sign_in(known, mara, pocket)
    send(mara, compromised=True)
    assert not is_in(known)
    assert "not right" in text(give_password(here, mara, PASSWORD))
    assert PortalKey.objects.get().state == "active"
    arrive(here, mara, pocket, opened(pocket))
    assert "Choose another one" in text(choose(here, PASSWORD))
    assert choose(here, NEW)["Location"] == "/"
    assert is_in(here)


def test_a_wrong_one_costs_what_every_wrong_password_costs(mara, pocket, here, password):
    wrong = "ABCD-EFGH-JKLM-NPQR"
    for _ in range(5):
        assert "not right" in text(give_password(here, mara, wrong))
    assert give_password(here, mara, password).status_code == 429


def test_an_own_password_of_that_form_goes_on_working(mara, pocket, here):
    """Only while a temporary one is awake is what has its form compared with that: one comparison each time."""
    own = "base bare deck safe"
    mara.set_password(own)
    mara.save()
    send(mara)
    assert give_password(here, mara, own)["Location"] == "/sign-in/verify/"
    opened(pocket)
    assert "not right" in text(give_password(desk(), mara, own))


def test_the_owner_is_told_that_it_was_used(mara, handset, pocket, here):
    send(mara)
    arrive(here, mara, pocket, opened(pocket))
    carry()
    assert [mail.subject for mail in messages(mara.email, "mail") if "temporary" in mail.subject] == [
        "A temporary password was sent to your phone",
        "A temporary password was used",
    ]
    assert "A temporary password was used" in [one["title"] for one in pocket.messages()]
    assert [one for one in pocket.messages() if one["kind"] == "temporary-password"] == []


def test_whoever_it_was_read_to_is_stopped_by_not_me(mara, pocket, here, password):
    give_password(here, mara, password)
    pocket.not_me(pocket.challenge())
    assert "not right" in text(give_password(desk(), mara, password))


def test_a_waiting_one_is_listed_until_it_is_used(mara, pocket, here):
    send(mara)
    password = opened(pocket)
    assert waiting(pocket)["opened"]
    arrive(here, mara, pocket, password)
    assert all(one["kind"] == "notice" for one in pocket.messages())


def test_tidying_takes_what_was_sealed_and_leaves_the_record(mara, pocket, here, password, one_clock):
    arrive(here, mara, pocket, password)
    one_clock.shift(901)
    call_command("tidy")
    assert not Message.objects.filter(kind=Message.PASSWORD).exists()
    assert TemporaryPassword.objects.get().state == "used"
    one_clock.shift(31 * 86_400)
    call_command("tidy")
    assert TemporaryPassword.objects.get().hash == ""
    assert not Message.objects.exists()
    assert events("sealed.use") == [("ok", "")]
