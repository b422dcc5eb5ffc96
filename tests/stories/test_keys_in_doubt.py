"""A session in wrong hands gets no key that outlives its stop, whatever it does on the way (AT-048, R-61)."""

import pytest

from tests.factories import desk, finish, give_password
from tests.stories.carried import (
    DAY,
    NUMBER,
    add_key,
    press,
    remove_number,
    stop_links,
    switch_texts,
)
from tests.stories.lost import NEW, choose_password, has, way
from tests.stories.test_totp import set_up, shown, type_app
from tests.stories.ways import approve, sign_in, sign_out
from tests.stories.webauthn import add_passkey, by_passkey
from twofactor.models import PortalKey


def is_shut_out(user, pocket):
    """Whether this phone and the password of before choose no new one."""
    browser = desk()
    give_password(browser, user)
    if pocket.keys and PortalKey.objects.active(user) is not None:
        approve(browser, pocket)
        finish(browser)
    choose_password(browser)
    return not has(user, NEW)


STEPS = {
    "passkey": add_passkey,
    "app": set_up,
    "number removed": remove_number,
    "texts off": lambda browser: switch_texts(browser, False),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_key_that_follows_another_change_goes_with_it(eli, thief, one_clock, step):
    """Else the link in the notice about that change would leave the thief with a key that chooses the new password."""
    STEPS[step](thief)
    links = stop_links(NUMBER)
    theirs = add_key(thief)
    press(links[-1])
    assert PortalKey.objects.get().state == "revoked"
    assert is_shut_out(eli, theirs)


def test_a_key_over_an_app_is_told_with_a_link_that_undoes_it(handset, one_clock, here, mara):
    """One code of an app can be asked for by a look-alike, like one by text."""
    give_password(here, mara)
    secret = set_up(here)
    sign_out(here)
    one_clock.shift(60)
    give_password(here, mara)
    type_app(here, shown(secret))
    theirs = add_key(here)
    link = stop_links(mara.email)[-1]
    assert desk().get(link).context["what"] == "activated"
    press(link)
    assert PortalKey.objects.get().state == "revoked"
    assert is_shut_out(mara, theirs)


def test_a_passkey_of_today_moves_no_key_by_itself(mara, pocket, here, one_clock):
    """Whoever relays a sign-in adds one, and comes back with it: the old phone is asked all the same."""
    sign_in(here, mara, pocket)
    laptop = add_passkey(here)
    sign_out(here)
    by_passkey(here, mara, laptop)
    assert way(here) == "ask"
    one_clock.shift(DAY + 1)
    by_passkey(here, mara, laptop)
    assert way(here) == "proved"


def test_a_key_that_was_given_up_makes_no_room_for_another_unasked(mara, pocket, here, handset):
    """A sign-in that was relayed is no approval of a move, also when the old key is given up before."""
    sign_in(here, mara, pocket)
    here.post("/security/key/deactivate/")
    theirs = add_key(here)
    mara.refresh_from_db()
    assert mara.held_until is not None
    press(stop_links(mara.email)[-1])
    assert is_shut_out(mara, theirs)
