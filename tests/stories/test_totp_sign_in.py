"""A code of an authenticator app as the second factor: used once, counted, closed when too many were wrong."""

import pytest

from accounts.models import Login
from tests.factories import desk, finish, give_password
from tests.stories.app_codes import PAGE, VERIFY, secret_at, shown, type_app
from tests.stories.carried import carry, mails
from tests.stories.ways import events, is_in, login_of, sign_out, text
from twofactor import activity, policy
from twofactor.models import Delivery, Totp


def test_a_code_of_the_app_signs_in(app, here, mara):
    assert give_password(here, mara)["Location"] == VERIFY
    assert type_app(here, shown(app)).status_code == 302
    assert is_in(here)
    assert Login.objects.filter(state="consumed", factor="totp").count() == 1


@pytest.mark.parametrize(("steps", "fits"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_step_to_each_side_is_for_clocks_that_differ(app, here, mara, steps, fits):
    """AT-037 for an app."""
    give_password(here, mara)
    type_app(here, shown(app, steps))
    assert is_in(here) is fits


def test_a_code_works_once_in_whatever_sign_in(app, here, mara):
    """R-19, AT-023: neither again nor an earlier one, and not the one that has set it up."""
    later, now = shown(app, 1), shown(app)
    give_password(here, mara)
    type_app(here, later)
    assert is_in(here)
    other = desk()
    give_password(other, mara)
    for code in (later, now):
        assert "does not fit" in text(type_app(other, code))
    assert login_of(other).state == "pending"


def test_of_two_hands_on_one_code_one_takes_it(app):
    """R-19: the marker is one conditional UPDATE, whatever each of them has read before."""
    one, other = (Totp.objects.get() for _ in range(2))
    code = shown(app)
    assert (one.take(code), other.take(code)) == (True, False)


def test_the_code_of_the_setup_signs_nobody_in(one_clock, here, mara):
    """R-19."""
    give_password(here, mara)
    here.post(f"{PAGE}make/")
    code = shown(secret_at(here))
    here.post(f"{PAGE}prove/", {"code": code})
    sign_out(here)
    give_password(here, mara)
    type_app(here, code)
    assert not is_in(here)


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "٠١٢٣٤٥", "1e5000", "+12345", "1" * 9000])
def test_what_has_not_six_digits_is_not_compared_and_costs_nothing(app, here, mara, typed):
    """R-20."""
    give_password(here, mara)
    answer = type_app(here, typed)
    assert answer.status_code == 200
    assert not events("totp.check")
    assert Totp.objects.get().failures == 0


def test_spaces_do_not_matter(app, here, mara):
    give_password(here, mara)
    code = shown(app)
    type_app(here, f" {code[:3]} {code[3:]} ")
    assert is_in(here)


def test_wrong_codes_take_from_the_budget_of_every_factor(app, here, mara):
    """AT-030, AT-025: five, and then not even the right one is compared."""
    give_password(here, mara)
    wrong = f"{(int(shown(app)) + 1) % 10**6:06d}"
    for _ in range(5):
        type_app(here, wrong)
    refused = type_app(here, shown(app))
    assert (refused.status_code, refused["Retry-After"]) == (429, "300")
    assert (Totp.objects.get().failures, login_of(here).state) == (5, "pending")


def test_where_no_code_is_compared_there_is_no_field_for_one(app, one_clock, here, mara):
    """Before it is pressed in vain, and until the time that the page names."""
    give_password(here, mara)
    wrong = f"{(int(shown(app)) + 1) % 10**6:06d}"
    told = [text(type_app(here, wrong)) for _ in range(5)]
    assert "does not fit" in told[3]
    for page in (told[4], text(here.get(VERIFY)), text(type_app(here, wrong))):
        assert "Too many wrong codes. Try again at" in page
        assert "Code from your app" not in page
        assert "I can't use any of these" in page
    one_clock.shift(301)
    assert "Code from your app" in text(here.get(VERIFY))


def test_fifty_wrong_codes_in_a_row_close_it(app, here, mara):
    """P-23. A right one ends the row; after fifty not even that one is compared."""
    Totp.objects.update(failures=policy.TOTP_LOCKS - 1)
    give_password(here, mara)
    type_app(here, shown(app))
    assert (is_in(here), Totp.objects.get().failures) == (True, 0)
    sign_out(here)
    Totp.objects.update(failures=policy.TOTP_LOCKS)
    stranger = desk()
    give_password(stranger, mara)
    assert "has to be set up again" in text(type_app(stranger, shown(app, 1)))
    assert "Code from your app" not in text(stranger.get(VERIFY))
    assert not is_in(stranger)


@pytest.mark.parametrize("locks", Totp.CLOSES)
def test_its_owner_hears_that_it_was_closed(app, handset, here, mara, locks):
    """R-96: to strangers, and to all; of each once."""
    give_password(here, mara)
    Totp.objects.update(failures=locks - 2)
    Login.objects.update(known_browser=True)
    wrong = f"{(int(shown(app)) + 1) % 10**6:06d}"
    for told in ([], ["totp-closed"], ["totp-closed"]):
        type_app(here, wrong)
        assert list(Delivery.objects.values_list("kind", flat=True)) == told
    assert events("totp.close") == [("ok", "")]
    assert "was closed after too many wrong codes" in str([told["what"] for told in activity.latest(mara)])
    carry()
    assert "somebody knows your password" in mails()[-1]


def test_whoever_knows_the_password_closes_the_app_to_no_browser_that_is_known(app, here, mara):
    """R-50: it has as many tries again, which makes a hundred at most (P-23)."""
    give_password(here, mara)
    type_app(here, shown(app))
    sign_out(here)
    Totp.objects.update(failures=2 * policy.TOTP_LOCKS - 1)
    give_password(here, mara)
    type_app(here, shown(app, 1))
    assert (is_in(here), Totp.objects.get().failures) == (True, 0)
    sign_out(here)
    Totp.objects.update(failures=2 * policy.TOTP_LOCKS)
    give_password(here, mara)
    assert "has to be set up again" in text(type_app(here, shown(app, 1)))
    assert not is_in(here)


def test_the_password_alone_is_not_enough_any_more(app, here, mara):
    give_password(here, mara)
    finish(here)
    assert not is_in(here)
