"""The stop link: whoever had the number before undoes what was done to it within a day, without a sign-in (AT-048)."""

from tests.factories import PASSWORD, desk, give_password
from tests.stories.carried import (
    DAY,
    NUMBER,
    OTHER,
    THIRD,
    ask_number,
    carry,
    change_number,
    code_to,
    confirm,
    mails,
    press,
    remove_number,
    serving,
    states,
    stop_links,
    texts,
    type_code,
)
from tests.stories.forgetting import NEW, new_password
from tests.stories.ways import dump, events, is_in, state
from twofactor.models import Phone

# --- What it says ---


def test_the_page_says_what_it_would_undo_and_until_when(eli, thief):
    ask_number(thief, OTHER)
    page = desk().get(stop_links(NUMBER)[-1])
    assert page.status_code == 200
    assert (page.context["what"], page.context["old"]) == ("asked", "+852 •••• 67")
    assert page.context["new"] == "+852 •••• 68"
    confirm(thief, code_to(OTHER))
    page = desk().get(stop_links(NUMBER)[-1])
    assert page.context["what"] == "changed"
    change_number(thief, THIRD)
    remove_number(thief)
    assert stop_links(THIRD) == []
    page = desk().get(stop_links(NUMBER)[-1])
    assert (page.context["what"], page.context["new"]) == ("removed", "")
    assert 0 < (page.context["until"] - Phone.objects.latest("pk").retired_at).total_seconds() <= DAY


def test_opening_it_changes_nothing(eli, thief):
    """R-72: links in texts are opened by previews and filters before anybody reads them."""
    change_number(thief)
    links = stop_links(NUMBER) + stop_links(eli.email)
    assert len(links) == 4
    before = dump()
    for link in links:
        for read in (desk().get, desk().head):
            assert read(link, headers={"user-agent": "Preview/1.1", "purpose": "prefetch"}).status_code == 200
    assert dump() == before
    assert is_in(thief)


def test_only_a_press_of_the_button_counts(eli, thief):
    change_number(thief)
    link = stop_links(NUMBER)[-1]
    for method in ("put", "patch", "delete"):
        assert getattr(desk(), method)(link).status_code == 405
    strict = desk()
    strict.handler.enforce_csrf_checks = True
    assert strict.post(link).status_code == 403
    assert states() == [("67", "retired"), ("68", "verified")]


# --- What it does ---


def test_what_was_only_asked_for_is_called_off(eli, thief):
    ask_number(thief, OTHER)
    code = code_to(OTHER)
    assert press(stop_links(NUMBER)[0])["Location"] == "/password/forgotten/"
    assert states() == [("67", "verified"), ("68", "dropped")]
    confirm(thief, code)
    assert states() == [("67", "verified"), ("68", "dropped")]
    assert not is_in(thief)


def test_the_old_number_stands_again_at_once_and_without_a_hold(eli, thief):
    change_number(thief)
    press(stop_links(NUMBER)[-1])
    assert states() == [("67", "verified"), ("68", "retired")]
    assert not Phone.objects.get(state="verified").is_held
    assert serving(eli) == [NUMBER]


def test_every_session_and_every_sign_in_on_the_way_ends(one_clock, eli, thief):
    change_number(thief)
    waiting = desk()
    give_password(waiting, eli)
    code = code_to(NUMBER)
    press(stop_links(eli.email)[-1])
    # Not even the page for a new password opens: that is for whoever signs in from now on.
    assert thief.get("/security/password/")["Location"].startswith("/sign-in/")
    assert state(waiting) == "failed"
    type_code(waiting, code)
    assert waiting.get("/security/password/")["Location"].startswith("/sign-in/")


def test_the_next_sign_in_leads_to_a_new_password_and_nowhere_else(one_clock, eli, thief, here):
    """Whoever made the change knew the old one, and a text let them in: the link by mail is what they have not."""
    change_number(thief)
    press(stop_links(NUMBER)[-1])
    give_password(here, eli)
    type_code(here, code_to(NUMBER))
    for path in ("/", "/security/", "/security/phone/", "/security/key/"):
        assert here.get(path)["Location"] == "/security/password/due/"
    new_password(one_clock, eli)
    give_password(here, eli, NEW)
    type_code(here, code_to(NUMBER))
    assert is_in(here)
    give_password(thief, eli, PASSWORD)
    assert not is_in(thief)


def test_the_owner_is_told_that_it_was_done(eli, thief):
    change_number(thief)
    press(stop_links(NUMBER)[-1])
    carry()
    assert "what was changed about how you sign in was undone" in mails(eli.email)[-1]
    assert events("phone.stop") == [("ok", "changed")]


def test_a_removal_is_undone_by_the_link_in_its_last_text(eli, thief):
    remove_number(thief)
    assert "your number was removed" in texts(NUMBER)[-1]
    assert serving(eli) == []
    press(stop_links(NUMBER)[-1])
    assert states() == [("67", "verified")]
    assert serving(eli) == [NUMBER]


# --- Once, and for a day ---


def test_it_works_once(eli, thief):
    change_number(thief)
    links = stop_links(NUMBER) + stop_links(eli.email)
    assert press(links[-1]).status_code == 302
    before = dump()
    for link in links:
        page = press(link)
        assert (page.status_code, page.context["what"]) == (410, "over")
    assert dump() == before


def test_it_works_for_a_day(one_clock, eli, thief):
    change_number(thief)
    link = stop_links(NUMBER)[-1]
    one_clock.shift(DAY + 1)
    assert press(link).status_code == 410
    assert states() == [("67", "retired"), ("68", "verified")]


def test_to_the_end_of_that_day(one_clock, eli, thief):
    change_number(thief)
    link = stop_links(NUMBER)[-1]
    one_clock.shift(DAY - 5)
    assert press(link).status_code == 302
    assert states() == [("67", "verified"), ("68", "retired")]


def test_a_number_that_was_given_up_tells_of_a_thief_all_the_same(eli, thief):
    """Whoever asked for it is still in the account, so the link still ends their session."""
    ask_number(thief, OTHER)
    link = stop_links(NUMBER)[0]
    thief.post("/security/phone/drop/")
    assert press(link).status_code == 302
    assert not is_in(thief)
    assert press(link).status_code == 410


def test_what_is_done_afterwards_is_not_undone_by_an_old_link(one_clock, eli, thief, here):
    """The owner has stopped it, and then changes the number as they please."""
    change_number(thief)
    links = stop_links(NUMBER)
    press(links[-1])
    new_password(one_clock, eli)
    give_password(here, eli, NEW)
    type_code(here, code_to(NUMBER))
    change_number(here, THIRD)
    before = states()
    for link in links:
        assert press(link).status_code == 410
    assert states() == before
    assert is_in(here)
