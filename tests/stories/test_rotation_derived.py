"""FI-21: the secret key and the pepper change while people sign in; what they signed and derived goes on holding."""

from io import StringIO

import pytest
from django.core.management import call_command

from accounts import checking
from accounts.models import KnownBrowser, OpenSession
from tests.factories import desk, finish, give_password, person, phone
from tests.pocket import Problem
from tests.stories.carried import (
    NUMBER,
    again,
    ask_number,
    by_key,
    code_to,
    codes_to,
    text_in,
    type_code,
    verify_number,
)
from tests.stories.recovering import issued, recovered, sheet_of, type_passcode
from tests.stories.ways import approve, code_at, code_state, is_in, new_code, sign_in, sign_out
from twofactor import checks
from twofactor.models import Phone

NEW_KEY, NEW_PEPPER = "another secret key, which is long enough", b"another pepper, which is long enough"


def change_key(settings):
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = NEW_KEY, [settings.SECRET_KEY]


def change_pepper(settings):
    settings.PORTAL_PEPPER, settings.PORTAL_PEPPER_FALLBACKS = NEW_PEPPER, [settings.PORTAL_PEPPER]


def rotate():
    said = StringIO()
    call_command("rotate_keys", stdout=said)
    return said.getvalue()


# --- The secret key ---


def test_a_session_goes_on_under_its_id(settings, mara, pocket, here):
    sign_in(here, mara, pocket)
    before = here.session.session_key
    change_key(settings)
    assert is_in(here)
    assert here.session.session_key == before
    assert OpenSession.objects.filter(session_key=before).exists()
    # It was signed anew on the way: the earlier key may leave.
    settings.SECRET_KEY_FALLBACKS = []
    assert is_in(here)


def test_a_sign_in_in_progress_is_finished(settings, mara, pocket, here):
    give_password(here, mara)
    change_key(settings)
    approve(here, pocket)
    finish(here)
    assert is_in(here)


def test_a_change_of_factors_from_such_a_session_goes_on(settings, mara, pocket, here):
    """Whoever asks whether a session is alive asks under the earlier key, too."""
    sign_in(here, mara, pocket)
    change_key(settings)
    assert sheet_of(here)


def test_a_browser_stays_known(settings, mara, pocket, known):
    change_key(settings)
    give_password(known, mara)
    assert KnownBrowser.objects.get(user=mara)
    assert pocket.challenges()[0]["mode"] == "tap"


def test_without_the_earlier_key_everybody_signs_in_again(settings, mara, pocket, here):
    sign_in(here, mara, pocket)
    settings.SECRET_KEY = NEW_KEY
    assert not is_in(here)


# --- The pepper ---


def test_the_record_can_be_checked_over_the_change(settings, mara, pocket, here, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        sign_in(here, mara, pocket)
    change_pepper(settings)
    with django_capture_on_commit_callbacks(execute=True):
        sign_out(here)
        rotate()
    assert checking.check().findings == []
    # Who has not kept the earlier one cannot tell what is of its time.
    settings.PORTAL_PEPPER_FALLBACKS = []
    assert checking.check().findings != []


def test_recovery_codes_on_paper_stay_good_and_are_used_once(settings, eli, both, here):
    """R-59: under an earlier pepper like under this one."""
    by_key(here, eli, both)
    codes = sheet_of(here)
    sign_out(here)
    change_pepper(settings)
    recovered(desk(), eli, codes[3])
    again_with_it = desk()
    with pytest.raises(AssertionError):
        recovered(again_with_it, eli, codes[3])
    settings.PORTAL_PEPPER_FALLBACKS = []
    with pytest.raises(AssertionError):
        recovered(desk(), eli, codes[4])


def test_a_passcode_stays_good(settings, mara, pocket, here):
    code = issued(here, mara, person("sol", is_staff=True))
    change_pepper(settings)
    type_passcode(here, code)
    assert is_in(here)


def test_a_number_is_known_again(settings, eli, here):
    """The same number is the same, and counts as one in every budget."""
    text_in(here, eli)
    change_pepper(settings)
    before = Phone.objects.get().fingerprint
    assert "numbers: 1 fingerprinted anew." in rotate()
    assert Phone.objects.get().fingerprint == Phone.print_of(NUMBER) != before
    assert "numbers: 0 fingerprinted anew." in rotate()
    ask_number(here, NUMBER)
    assert Phone.objects.count() == 1


def test_a_code_on_its_way_ends_and_the_next_one_is_right(settings, one_clock, eli, here):
    """FI-21: it may die; the way on is on the page."""
    give_password(here, eli)
    sent = code_to(NUMBER)
    change_pepper(settings)
    assert "Send" in type_code(here, sent).content.decode()
    assert not is_in(here)
    one_clock.shift(61)
    again(here)
    assert codes_to(NUMBER)[-1] != sent
    type_code(here, codes_to(NUMBER)[-1])
    assert is_in(here)


def test_the_command_says_that_another_pepper_needs_it(settings, eli, here):
    """As docs/operating.md does: without it numbers would not be known again."""
    assert "PORTAL_PEPPER_FALLBACKS, then run this command once more" in rotate()
    assert "need no command" not in rotate()


def test_an_activation_code_ends_and_the_page_says_so(settings, mara, here):
    give_password(here, mara)
    shown = code_at(here)
    change_pepper(settings)
    assert "activation codes: 1 ended." in rotate()
    assert code_state(here) == "burned"
    with pytest.raises(Problem) as refusal:
        phone().claim(shown)
    assert refusal.value.code == "code-unknown"
    new_code(here)
    phone().claim(code_at(here))


def test_a_number_that_is_verified_later_is_under_the_new_one(settings, handset, mara, here):
    change_pepper(settings)
    give_password(here, mara)
    verify_number(here)
    assert Phone.objects.get().fingerprint == Phone.print_of(NUMBER)


@pytest.mark.parametrize(
    ("name", "value"), [("PORTAL_PEPPER_FALLBACKS", [b"short"]), ("SECRET_KEY_FALLBACKS", ["short"])]
)
def test_an_earlier_secret_that_is_too_short_does_not_start(name, value, settings):
    """R-92, and one sentence that says which."""
    setattr(settings, name, value)
    said = [error.msg for error in checks.settings_are_safe(None) if error.id == "portal.E03"]
    assert said == [f"{'PORTAL_' if name.startswith('SECRET') else ''}{name} must have at least 32 characters."]
