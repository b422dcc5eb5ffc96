"""The outbox of a portal that runs: it carries by itself, and a test does not wait for when."""

from tests.stories.carried import carry
from twofactor.models import Delivery


def carry_all() -> None:
    """Until all that is due is with the carrier, whoever brings it there."""
    while Delivery.objects.filter(state__in=("queued", "sending")).exists():
        carry()
