"""R-96: a key that approves nothing any more is told at every address, whoever has brought it there."""

import pytest

from tests.pocket import Problem
from tests.stories.carried import NUMBER, carry, mails, messages, texts
from tests.stories.ways import events
from twofactor.models import PortalKey
from twofactor.policy import PIN_LOCKS


@pytest.fixture
def told(eli, both):
    """What Eli reads after the key's last news, at his number and in his mail."""

    def since():
        carry()
        return texts(NUMBER)[-1], mails()[-1]

    carry()
    return since


def test_one_that_wrong_pins_have_locked_is_told_by_text_and_by_mail(eli, both, told):
    PortalKey.objects.update(pin_failures=PIN_LOCKS - 1)
    asked = both.ask_pins()
    with pytest.raises(Problem) as refusal:
        both.change_pin("0000", None, asked)
    assert refusal.value.code == "locked"
    assert all("locked after too many wrong PINs" in each for each in told())


def test_it_is_told_once(eli, both, told):
    PortalKey.objects.update(pin_failures=PIN_LOCKS - 1)
    asked = both.ask_pins()
    for _ in range(2):
        with pytest.raises(Problem):
            both.change_pin("0000", None, asked)
    carry()
    assert sum("wrong PINs" in each for each in texts(NUMBER)) == 1
    assert events("key.lock") == [("ok", "pin")]


def test_one_that_its_phone_gives_up_is_told_too(eli, both, told):
    both.revoke()
    assert all("at the phone itself" in each for each in told())


def test_the_notice_names_nothing_that_opens_anything(eli, both, told):
    both.revoke()
    told()
    notice = messages(NUMBER)[-1].text
    assert "http" not in notice
