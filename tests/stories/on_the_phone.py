"""What a carrier is given for the virtual phone, and what has become of it there."""

from datetime import datetime

from twofactor.gateways import Call, Message, Report, demo

ELI, DANA = "+85251234567", "+85261234567"
CODE = "246810"
DELIVERED, UNANSWERED = Report("delivered"), Report("failed", "unanswered")


def text(
    name: str = "one", to: str = ELI, said: str = f"{CODE} is your security code.", expires: datetime | None = None
) -> Message:
    return Message(id=name, way="text", to=to, language="en", text=said, expires=expires)


def mail(name: str = "mail", said: str = "Not you? http://localhost/stop/x/") -> Message:
    return Message(id=name, way="mail", to="eli@client.example", language="en", text=said, subject="Changed")


def call(name: str = "call", to: str = ELI) -> Message:
    said = Call("Hello.", "Press any key.", "Your code is:", tuple(CODE), "Again:", "Goodbye.", "No key was pressed.")
    return Message(id=name, way="call", to=to, language="en", text="", call=said)


def state(name: str = "call") -> str | None:
    carried = demo.handset.get(name)
    return carried and carried.state
