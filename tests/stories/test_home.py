"""The first page, and the overview of security: how an account stands, in one line, and the one thing to do next."""

import re

import pytest

from portal import safety
from tests.factories import desk, give_password
from tests.stories.carried import verify_number
from tests.stories.recovering import sheet_of
from tests.stories.ways import sign_in, text


def home(browser):
    return text(browser.get("/"))


def tone(browser):
    return re.findall(r'class="standing (\w+)"', browser.get("/").content.decode())


def steps(browser):
    """What the page calls for: the headings below how the account stands."""
    found = re.findall(r'<div class="next">\s*<div>\s*<h2>(.*?)</h2>', browser.get("/").content.decode(), re.DOTALL)
    return [words.strip() for words in found]


def groups(browser):
    """The headings of the overview with the names that stand below each."""
    parts = re.split(r'<h2 id="(?:weak|protects|open|sessions)">(.*?)</h2>', browser.get("/security/").content.decode())
    return {name: re.findall(r"<h3>(.*?)</h3>", rows) for name, rows in zip(parts[1::2], parts[2::2], strict=True)}


def test_a_new_person_reads_what_is_missing_and_finds_the_code_below(here, mara):
    give_password(here, mara)
    shown = home(here)
    assert tone(here) == ["warn"]
    assert "Your account is protected by your password alone." in shown
    assert "1 thing needs your attention." in shown
    assert "Activation code" in shown
    assert steps(here) == []


def test_one_thing_is_called_for_at_a_time_and_then_nothing(known, mara, pocket):
    sign_in(known, mara, pocket)
    assert steps(known) == ["Make recovery codes"]
    sheet_of(known)
    assert steps(known) == ["Confirm your phone number"]
    assert tone(known) == ["good"]
    assert "Nothing needs your attention." in home(known)


def test_a_key_that_was_never_used_is_to_be_tried(mara, pocket, here):
    give_password(here, mara)
    known = safety.of(mara)
    assert known["key"].last_used_at is None
    assert safety.next_step(known, elsewhere=False, invited=False, held=False) == "try"


def test_the_last_sign_ins_say_where_and_how_and_can_be_disowned(known, mara, pocket):
    sign_in(known, mara, pocket)
    lately = home(known).partition("Your last sign-ins")[2]
    assert re.search(r"with Portal Key\. Firefox on Windows, 127\.0\.0\.1 [\d-]+ [\d:]+ UTC This was not me", lately)
    assert "You approved" not in lately


def test_a_try_from_elsewhere_comes_before_everything_else(known, mara, pocket):
    give_password(desk(**{"user-agent": "Mozilla/5.0 (Macintosh) Version/17.0 Safari/605.1"}), mara, "a wrong one")
    sign_in(known, mara, pocket)
    assert steps(known) == ["Was that you?"]
    assert "tried to sign in as you from Safari on macOS, 127.0.0.1" in home(known)
    sheet_of(known)
    assert tone(known) == ["warn"]
    assert "Nothing needs your attention." not in home(known)
    # What stood there last time has been seen.
    sign_in(known, mara, pocket)
    sign_in(known, mara, pocket)
    assert steps(known) == ["Confirm your phone number"]
    assert tone(known) == ["good"]


def test_a_slip_of_ones_own_is_no_try_from_elsewhere(known, mara, pocket):
    give_password(known, mara, "a wrong one")
    sign_in(known, mara, pocket)
    assert steps(known) == ["Make recovery codes"]


def test_the_overview_begins_with_the_weakest_point(here, mara):
    give_password(here, mara)
    assert list(groups(here).items())[:2] == [
        ("Needs your attention", ["Portal Key"]),
        ("What protects you", ["Password"]),
    ]


def test_the_overview_of_somebody_with_a_key_names_what_is_missing_first(known, mara, pocket):
    sign_in(known, mara, pocket)
    assert groups(known)["Needs your attention"] == ["Recovery codes"]
    assert groups(known)["What protects you"] == ["Portal Key", "Password"]
    sheet_of(known)
    assert "Needs your attention" not in groups(known)
    assert groups(known)["What protects you"] == ["Portal Key", "Recovery codes", "Password"]


def test_nobody_is_sent_to_change_what_is_held(known, mara, pocket):
    sign_in(known, mara, pocket)
    assert safety.next_step(safety.of(mara), elsewhere=False, invited=False, held=True) == ""


@pytest.mark.usefixtures("handset")
def test_a_passkey_is_the_last_thing_that_is_offered(known, mara, pocket):
    sign_in(known, mara, pocket)
    sheet_of(known)
    verify_number(known)
    assert steps(known) == ["Add a passkey"]
