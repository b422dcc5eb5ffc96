"""Whatever a session in wrong hands does to the factors, the earlier number undoes within a day (AT-048, R-96)."""

import pytest

from tests.factories import PASSWORD, desk, finish, give_password
from tests.stories.carried import (
    DAY,
    NUMBER,
    OTHER,
    add_key,
    ask_number,
    by_key,
    carry,
    change_number,
    code_to,
    codes_to,
    confirm,
    mails,
    press,
    stop_links,
    switch_texts,
    text_in,
    texts,
    type_code,
    verify_number,
)
from tests.stories.forgetting import NEW, new_password
from tests.stories.ways import approve, events, is_in, sign_out, text
from twofactor.models import Factors, Phone, PortalKey

DECOYS = ["+85261000001", "+85261000002", "+85261000003", "+85261000004"]


def key_state():
    return PortalKey.objects.latest("pk").state


def asks_for_a_code(user):
    """Whether the password alone is not enough: a code goes to the owner's number."""
    before = len(codes_to(NUMBER))
    browser = desk()
    give_password(browser, user)
    return len(codes_to(NUMBER)) == before + 1 and not is_in(browser)


# --- A key, activated from a session that a text opened ---


def test_the_number_is_told_of_a_first_key_and_can_undo_it(eli, thief):
    add_key(thief)
    (link,) = stop_links(NUMBER)
    assert "takes the place of codes by text" in texts(NUMBER)[-1]
    assert desk().get(link).context["what"] == "activated"
    assert press(link)["Location"] == "/password/forgotten/"
    assert key_state() == "revoked"
    assert not is_in(thief)
    assert asks_for_a_code(eli)


def test_the_thief_of_a_session_is_left_with_the_password_alone(eli, thief):
    """A number and a key of their own, in this order or the other: nothing of it outlives the stop."""
    add_key(thief)
    ask_number(thief, OTHER)
    confirm(thief, code_to(OTHER))
    press(stop_links(NUMBER)[-1])
    assert key_state() == "revoked"
    assert Factors.of(eli).kinds == ["text"]
    assert Phone.objects.verified(eli).ending == "67"
    assert asks_for_a_code(eli)


def test_a_key_after_a_change_of_number_is_undone_with_it(eli, thief):
    change_number(thief, OTHER)
    links = stop_links(NUMBER)
    add_key(thief)
    press(links[-1])
    assert key_state() == "revoked"
    assert Factors.of(eli).kinds == ["text"]
    assert asks_for_a_code(eli)


def test_a_key_that_took_the_place_of_another_stays(eli, here):
    """Only who had the earlier key could do that; the number is weaker than it and undoes nothing of it."""
    text_in(here, eli)
    old = add_key(here)
    sign_out(here)
    by_key(here, eli, old)
    new = add_key(here, old)
    change_number(here, OTHER)
    # As if the first had come long ago.
    PortalKey.objects.filter(state="replaced").update(over_texts=False)
    press(stop_links(NUMBER)[-1])
    assert PortalKey.objects.filter(state="active").count() == 1
    assert Phone.objects.verified(eli).ending == "67"
    give_password(here, eli)
    approve(here, new)
    assert finish(here).status_code == 302


def test_whoever_has_a_key_already_gets_no_link_by_text_about_another(eli, here, one_clock):
    text_in(here, eli)
    old = add_key(here)
    links = stop_links(NUMBER)
    sign_out(here)
    by_key(here, eli, old)
    add_key(here, old)
    carry()
    assert "was activated on a phone" in mails(eli.email)[-1]
    assert stop_links(NUMBER) == links


def test_the_link_about_a_key_works_for_a_day(eli, thief, one_clock):
    add_key(thief)
    (link,) = stop_links(NUMBER)
    one_clock.shift(DAY + 1)
    assert press(link).status_code == 410
    assert key_state() == "active"


def test_a_key_that_ends_is_told_to_the_number(eli, thief):
    add_key(thief)
    thief.post("/security/key/deactivate/")
    carry()
    assert "Portal Key was switched off" in texts(NUMBER)[-1]


# --- Texts off ---


def test_texts_off_is_told_to_the_number_and_undone(eli, thief):
    switch_texts(thief, False)
    (link,) = stop_links(NUMBER)
    assert desk().get(link).context["what"] == "off"
    press(link)
    assert Factors.of(eli).kinds == ["text"]
    assert not is_in(thief)
    assert press(link).status_code == 410


def test_texts_off_and_then_another_number_does_not_take_the_factor_off(eli, thief):
    switch_texts(thief, False)
    change_number(thief, OTHER)
    press(stop_links(NUMBER)[-1])
    assert Phone.objects.verified(eli).ending == "67"
    assert asks_for_a_code(eli)


def test_beside_a_key_it_is_a_choice_and_no_loss(eli, here):
    text_in(here, eli)
    pocket = add_key(here)
    sign_out(here)
    by_key(here, eli, pocket)
    switch_texts(here, True)
    before = stop_links(NUMBER)
    switch_texts(here, False)
    assert stop_links(NUMBER) == before


# --- Decoys ---


@pytest.mark.parametrize("which", [0, -1])
def test_numbers_asked_for_in_between_make_no_link_worthless(eli, thief, one_clock, which):
    for number in DECOYS[:2]:
        ask_number(thief, number)
    ask_number(thief, OTHER)
    confirm(thief, code_to(OTHER))
    link = stop_links(NUMBER)[which]
    assert desk().get(link).context["what"] == "changed"
    press(link)
    assert Phone.objects.verified(eli).ending == "67"
    assert all(press(each).status_code == 410 for each in stop_links(NUMBER))


def test_nobody_asks_for_one_number_after_another(eli, thief):
    """Each of them is a warning to the owner; too many would bury the one that counts."""
    for number in DECOYS[:3]:
        assert ask_number(thief, number).status_code == 302
    thief.defaults["REMOTE_ADDR"] = "203.0.113.8"
    refused = ask_number(thief, OTHER)
    assert refused.status_code == 429
    assert OTHER[-4:] in text(refused) or OTHER in refused.content.decode()
    assert Phone.objects.unverified(eli).ending == "03"


def test_a_second_press_is_told_that_nothing_is_left(eli, thief):
    change_number(thief)
    link = stop_links(NUMBER)[-1]
    press(link)
    page = press(link)
    assert (page.status_code, page.context["what"]) == (410, "over")
    assert "Nothing is left to stop" in text(page)


def test_the_password_is_what_the_owner_chooses_anew(eli, thief, here):
    add_key(thief)
    press(stop_links(NUMBER)[-1])
    give_password(here, eli, PASSWORD)
    type_code(here, code_to(NUMBER))
    assert here.get("/")["Location"] == "/security/password/due/"
    assert events("phone.stop") == [("ok", "activated")]


# --- Who has nothing yet ---


def test_a_first_key_of_somebody_without_texts_is_told_without_a_link(mara, here, handset):
    """By a link in a mail whoever reads the mail and has the password could take it off again."""
    give_password(here, mara)
    add_key(here)
    assert "was activated on a phone" in (carry(), mails(mara.email))[1][-1]
    assert stop_links(mara.email) == []


def test_a_number_waits_a_quarter_of_an_hour_and_no_longer(one_clock, handset, mara, here):
    """A session is trusted to begin a change, not to finish it hours later (P-42)."""
    give_password(here, mara)
    ask_number(here)
    one_clock.shift(14 * 60)
    here.post("/security/phone/again/")
    code = code_to(NUMBER)
    one_clock.shift(61)
    confirm(here, code)
    assert Phone.objects.verified(mara) is None
    sent = len(texts(NUMBER))
    here.post("/security/phone/again/")
    here.post("/security/phone/call/")
    carry()
    assert len(texts(NUMBER)) == sent
    give_password(here, mara)
    verify_number(here)
    assert Phone.objects.verified(mara) is not None


def test_a_link_about_texts_undoes_nothing_that_its_owner_does_afterwards(one_clock, eli, thief, here):
    switch_texts(thief, False)
    (link,) = stop_links(NUMBER)
    press(link)
    new_password(one_clock, eli)
    give_password(here, eli, NEW)
    type_code(here, code_to(NUMBER))
    ask_number(here, OTHER)
    assert press(link).status_code == 410
    assert is_in(here)


# --- More than one step ---


def test_a_second_key_does_not_save_the_first(eli, thief):
    """The links about the first key go on working when it has been replaced, and end both."""
    first = add_key(thief)
    links = stop_links(NUMBER) + stop_links(eli.email)
    sign_out(thief)
    by_key(thief, eli, first)
    add_key(thief, first)
    assert all(desk().get(link).status_code == 200 for link in links)
    press(links[0])
    assert not PortalKey.objects.filter(state__in=("active", "locked")).exists()
    assert asks_for_a_code(eli)


def test_a_stop_never_leaves_the_password_alone_where_there_is_a_number(eli, here, one_clock):
    """Texts had been off for long; a first key is taken off again by a link in a mail: the number protects then."""
    text_in(here, eli)
    switch_texts(here, False)
    carry()
    one_clock.shift(2 * DAY)
    give_password(here, eli)
    ask_number(here, OTHER)
    press(stop_links(eli.email)[-1])
    assert Factors.of(eli).kinds == ["text"]


def test_a_key_that_was_given_up_for_a_new_phone_was_a_key_all_the_same(eli, here):
    """Deactivate, activate: what the number may undo is a key that came where texts were the strongest."""
    text_in(here, eli)
    old = add_key(here)
    PortalKey.objects.update(over_texts=False)
    sign_out(here)
    by_key(here, eli, old)
    links = stop_links(NUMBER)
    here.post("/security/key/deactivate/")
    add_key(here)
    assert stop_links(NUMBER) == links
    assert not PortalKey.objects.get(state="active").over_texts


def test_a_link_that_was_used_undoes_nothing_that_comes_after_it(one_clock, eli, thief, here):
    change_number(thief)
    link = stop_links(NUMBER)[-1]
    press(link)
    new_password(one_clock, eli)
    give_password(here, eli, NEW)
    type_code(here, code_to(NUMBER))
    add_key(here)
    assert press(link).status_code == 410
    assert key_state() == "active"
