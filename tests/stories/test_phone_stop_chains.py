"""Stopping what was done in several steps within a day, and links that stop nothing (AT-048)."""

import pytest
from django.core import signing

from tests.factories import desk, person
from tests.stories.carried import (
    NUMBER,
    OTHER,
    THIRD,
    ask_number,
    carry,
    change_number,
    press,
    remove_number,
    serving,
    states,
    stop_links,
    switch_texts,
    text_in,
    texts,
)
from tests.stories.ways import dump, is_in, sign_out, text
from twofactor.models import Phone

# --- Whatever was done in between ---


@pytest.mark.parametrize("way", ["first", "last"])
def test_a_chain_of_changes_is_undone_as_a_whole(eli, thief, way):
    """A, B, C within a day: every link of it leads back to A."""
    change_number(thief, OTHER)
    change_number(thief, THIRD)
    links = stop_links(NUMBER)
    press(links[1] if way == "first" else stop_links(eli.email)[-1])
    assert states() == [("67", "verified"), ("68", "retired"), ("69", "retired")]
    assert serving(eli) == [NUMBER]
    assert all(press(link).status_code == 410 for link in links + stop_links(OTHER) + stop_links(THIRD))


def test_a_change_that_was_followed_by_a_removal_is_undone(eli, thief):
    change_number(thief, OTHER)
    remove_number(thief)
    press(stop_links(NUMBER)[-1])
    assert states() == [("67", "verified"), ("68", "retired")]
    assert serving(eli) == [NUMBER]


def test_a_removal_that_was_followed_by_another_number_is_undone(eli, thief):
    remove_number(thief)
    change_number(thief, OTHER)
    press(stop_links(NUMBER)[0])
    assert states() == [("67", "verified"), ("68", "retired")]
    assert serving(eli) == [NUMBER]


def test_a_long_chain_of_removals_and_numbers_is_undone(eli, thief):
    change_number(thief, OTHER)
    remove_number(thief)
    change_number(thief, THIRD)
    links = stop_links(NUMBER)
    assert links
    press(links[0])
    assert serving(eli) == [NUMBER]


def test_switching_texts_off_after_a_change_does_not_keep_them_off(eli, thief):
    """The number that is restored is as it was."""
    change_number(thief, OTHER)
    switch_texts(thief, False)
    press(stop_links(NUMBER)[-1])
    assert serving(eli) == [NUMBER]


# --- Links that are none ---


def test_a_forged_link_does_nothing(eli, thief):
    change_number(thief)
    link = stop_links(NUMBER)[-1]
    signed = link.removeprefix("/stop/").removesuffix("/")
    other = person("dana")
    forged = [
        "x",
        "1:x:y",
        signed[:-1] + ("A" if signed[-1] != "A" else "B"),
        signed.replace(":", "::", 1),
        signing.dumps(Phone.objects.get(state="verified").pk),
        signing.dumps(Phone.objects.get(state="verified").pk, salt="twofactor.something-else"),
        signing.dumps(other.pk, salt="twofactor.live"),
        "A" * 2_000,
    ]
    before = dump()
    for given in forged:
        for ask in (desk().get, desk().post):
            assert ask(f"/stop/{given}/").status_code in (404, 410), given
    assert dump() == before
    assert is_in(thief)


def test_the_link_names_the_portal_and_not_the_host_that_was_asked(eli, settings):
    """R-35."""
    browser = desk()
    text_in(browser, eli)
    browser.post("/security/phone/", {"country": "HK", "number": OTHER}, headers={"x-forwarded-host": "evil.example"})
    carry()
    assert settings.PORTAL_BASE_URL + "/stop/" in texts(NUMBER)[-1]


def test_a_stranger_learns_nothing_from_a_link_that_is_over(eli, thief):
    ask_number(thief, OTHER)
    link = stop_links(NUMBER)[0]
    press(link)
    over, forged = desk().get(link), desk().get("/stop/forged/")
    assert over.status_code == forged.status_code == 410
    assert "••••" not in text(over)
    sign_out(thief)
