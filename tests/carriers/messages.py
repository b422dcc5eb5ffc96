"""What is handed to every carrier, how a failure looks, and how anybody may post to our doors."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.http import HttpResponse
from django.test import Client

from tests.carriers.server import Behaviour, Server
from twofactor import gateways
from twofactor.gateways import Call, DeliveryFailed, Message
from twofactor.models import Delivery

NUMBER = "+85291234567"
CODE = "482913"
TOKEN = "a bearer that nobody may read"
SECRET = "a secret that signs reports"
ACCOUNT = "AC0123456789abcdef0123456789abcdef"
# None of these, in no spelling, belongs into a log or an exception.
TOLD_NOBODY = (NUMBER, NUMBER[1:], CODE, " ".join(CODE), TOKEN, SECRET, ACCOUNT, "Tell it to nobody")

SCRIPT = Call(
    greeting="Hello. This is the portal.",
    prompt="Press any key to hear the code.",
    intro="Your code is:",
    digits=tuple(CODE),
    again="Once more:",
    goodbye="Tell it to nobody. Goodbye.",
    nobody="No key was pressed. Goodbye.",
)


def text(**changes) -> Message:
    words = f"{CODE} is your security code. Tell it to nobody.\n\n@portal.example #{CODE}"
    told = {"id": "delivery-of-a-text_001", "way": "text", "to": NUMBER, "language": "en", "text": words}
    return Message(**told | changes)


def a_call(**changes) -> Message:
    return text(**{"id": "delivery-of-a-call_001", "way": "call", "text": "", "call": SCRIPT} | changes)


def refused(send: Callable[[], object]) -> DeliveryFailed:
    """Why it was not carried."""
    with pytest.raises(DeliveryFailed) as caught:
        send()
    failed = caught.value
    # What hangs on to an exception is printed with it, and these know the message.
    assert failed.__cause__ is None
    assert failed.__context__ is None
    assert str(failed) == failed.reason
    return failed


@dataclass
class Road:
    """One way of one carrier that speaks HTTP, and the server at its end."""

    carrier: str
    message: Message
    server: Server
    # A refusal that blames the number, in this carrier's own words.
    blames_number: Behaviour

    def send(self) -> str:
        return gateways.send(self.carrier, self.message)

    def refused(self, *answers: Behaviour) -> DeliveryFailed:
        """Send with the server answering so, and return why it was not carried."""
        self.server.answers = list(answers) or self.server.answers
        return refused(self.send)


def post(
    path: str, body: bytes | str, kind: str, headers: dict[str, str], host: str = "portal.example"
) -> HttpResponse:
    """As anybody on the network may: without a session, and with headers of their choice."""
    return Client(enforce_csrf_checks=True).post(path, body, kind, headers={"host": host, **headers})


def unmoved(delivery: Delivery, answer: HttpResponse, status: int = 403) -> bool:
    """Whether nothing has changed. The answer says nothing either."""
    assert (answer.status_code, answer.content) == (status, b"")
    delivery.refresh_from_db()
    return delivery.state == "handed"
