"""Staff, and what they send sealed."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from tests.factories import PIN, person
from tests.pocket import Pocket
from twofactor import sealed
from twofactor.models import Message, PortalKey


def grown(user: User) -> None:
    """The key of this person has been there for longer than a day."""
    PortalKey.objects.filter(user=user).update(activated_at=timezone.now() - timedelta(days=2))


def staff() -> User:
    return User.objects.filter(username="sam").first() or person("sam", is_staff=True)


def send(user: User, **more: Any) -> Message:
    """Staff press the button."""
    return sealed.send_password(user, staff=staff(), reason="forgot it", **more)


def waiting(pocket: Pocket) -> dict[str, Any]:
    """The one temporary password in the phone's inbox."""
    (found,) = [one for one in pocket.messages() if one["kind"] == "temporary-password"]
    return found


def opened(pocket: Pocket, pin: str = PIN) -> str:
    """What the phone reads, with its PIN, of the one that waits."""
    password: str = pocket.open(waiting(pocket), pin)["password"]
    return password
