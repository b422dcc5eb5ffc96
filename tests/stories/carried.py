"""What a person holds in their hand: the messages that the demo's carrier took over, read as they read them.

Codes are read here and nowhere else. No test looks into a row for one.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db.models.functions import Now
from django.test import Client
from django.utils import timezone

from accounts.models import User
from tests.factories import PIN, desk, finish, give_password, phone
from tests.pocket import Pocket
from tests.stories.ways import approve, code_at, is_in, move_code, new_code
from twofactor import tasks
from twofactor.gateways import DeliveryFailed, Message, demo
from twofactor.models import Delivery, Phone
from twofactor.models.phone import ON
from twofactor.numbers import known

# Mobile numbers of Hong Kong, and one of the United Kingdom.
NUMBER, OTHER, BRITISH = "+85251234567", "+85261234568", "+447400123456"
THIRD = "+85291234569"
# For so many seconds after a change the number before it gets the codes (P-47).
DAY = 86_400
_CODE = re.compile(r"#(\d{6})$")


# --- What has been carried ---


def carry() -> int:
    """Let the outbox be carried until nothing is due; says how many were."""
    return sum(iter(tasks.deliver_due, 0))


def carry_at_once() -> None:
    """The same for what is to wait a moment yet."""
    Delivery.objects.filter(state="queued").update(next_at=Now())
    carry()


def given_to_the_broker() -> None:
    """Go on once every errand that was asked for has been given to the broker, or refused by it."""
    tasks.publisher.join()


def forget(handset: demo.Handset, clock: Any) -> None:
    """A day later: every budget has room again, and nothing is left on the phone."""
    carry()
    clock.shift(86_401)
    handset.__init__()  # type: ignore[misc]


def messages(to: str = "", way: str = "") -> list[Message]:
    """What was handed over to this number or address, oldest first."""
    kept = [each.message for each in reversed(demo.handset.all())]
    return [each for each in kept if to in ("", each.to) and way in ("", each.way)]


def texts(to: str = "") -> list[str]:
    return [message.text for message in messages(to, "text")]


def mails(to: str = "") -> list[str]:
    return [message.text for message in messages(to, "mail")]


def codes_to(number: str = NUMBER) -> list[str]:
    """Every code that came to this number by text, oldest first, once all that is due has been carried."""
    carry()
    return [found[1] for text in texts(number) if (found := _CODE.search(text))]


def code_to(number: str = NUMBER) -> str:
    """The code in the newest text to this number that has one; empty when none came."""
    return (codes_to(number) or [""])[-1]


def wrong_code(number: str = NUMBER) -> str:
    """Six digits that no text to this number has carried."""
    known = codes_to(number)
    return next(digits for digits in ("000000", "111111", "222222", "333333") if digits not in known)


def code_by_call(number: str = NUMBER) -> str:
    """Take the newest call to this number, press a key, and write down what the voice says."""
    carry()
    call = messages(number, "call")[-1]
    assert demo.handset.move(call.id, "answer")
    assert demo.handset.move(call.id, "press")
    assert call.call is not None
    return "".join(call.call.digits)


def stop_links(to: str) -> list[str]:
    """The paths of the stop links in what came to this number or address, oldest first."""
    carry()
    found = [re.search(r"https?://[^/\s]+(/stop/\S+/)", message.text) for message in messages(to)]
    return [link[1] for link in found if link]


# --- Carriers of one's own ---


class Carrier:
    """A carrier of which every answer is given beforehand: the name of the message, or why it was not taken."""

    WAYS = ("text", "call", "mail")
    IDEMPOTENT = False

    def __init__(self, *answers: str | DeliveryFailed | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[Message] = []
        self.during: Callable[[Message], object] = lambda _message: None

    def configured(self, _way: str) -> bool:
        return True

    def reports(self) -> bool:
        return True

    def send(self, message: Message) -> str:
        self.asked.append(message)
        self.during(message)
        answer = self.answers.pop(0) if self.answers else "theirs"
        if isinstance(answer, Exception):
            raise answer
        return answer


def failing(
    reason: str = "unreachable", *, permanent: bool = False, after: int = 0, unknown: bool = False
) -> DeliveryFailed:
    wait = timedelta(seconds=after) if after else None
    return DeliveryFailed(reason, permanent=permanent, retry_after=wait, unknown=unknown)


# --- What people do ---


def ask_number(browser: Client, number: str = NUMBER, country: str = "HK", **extra: Any) -> Any:
    """Type a number, and press "Send confirmation number"."""
    return browser.post("/security/phone/", {"country": country, "number": number}, **extra)


def confirm(browser: Client, code: str, **extra: Any) -> Any:
    return browser.post("/security/phone/confirm/", {"code": code}, **extra)


def given_number(user: User, number: str = NUMBER) -> Phone:
    """A number as `verify_number` leaves it, an hour ago and in no time: most stories begin after it."""
    phone = Phone.fresh(user, known(number, "HK"))
    phone.move("verify", verified_at=timezone.now() - timedelta(hours=1), confirmed=True, texts=ON)
    return phone


def verify_number(browser: Client, number: str = NUMBER) -> None:
    """From a browser that is signed in, the whole road to a confirmed number."""
    ask_number(browser, number)
    assert confirm(browser, code_to(number)).status_code == 302


def change_number(browser: Client, number: str = OTHER) -> None:
    """Type another number and confirm it; everybody who is told of it has been."""
    ask_number(browser, number)
    confirm(browser, code_to(number))
    carry()


def remove_number(browser: Client) -> None:
    assert browser.post("/security/phone/remove/").status_code == 302
    carry()


def switch_texts(browser: Client, on: bool) -> Any:
    return browser.post("/security/phone/texts/", {"texts": "on" if on else "off"})


def type_code(browser: Client, code: str, **extra: Any) -> Any:
    """Type a code on the page of the waiting sign-in."""
    return browser.post("/sign-in/verify/code/", {"code": code}, **extra)


def again(browser: Client, **extra: Any) -> Any:
    return browser.post("/sign-in/verify/code/again/", **extra)


def call(browser: Client, **extra: Any) -> Any:
    return browser.post("/sign-in/verify/code/call/", **extra)


def choose(browser: Client, kind: str) -> Any:
    """ "Select second factor device"."""
    return browser.post("/sign-in/verify/choose/", {"kind": kind})


def text_in(browser: Client, user: User, number: str = NUMBER) -> None:
    """The whole road with a text: password, code, session."""
    give_password(browser, user)
    type_code(browser, code_to(number))
    assert is_in(browser)


def add_key(browser: Client, old: Pocket | None = None) -> Pocket:
    """Activate a key from a browser that is signed in; gives the phone that holds it. An `old` one approves it."""
    if old is None:
        new_code(browser)
    else:
        move_code(browser, old)
    pocket = phone()
    pocket.claim(code_at(browser))
    pocket.activate(PIN, label="Pixel", platform="android")
    return pocket


def by_key(browser: Client, user: User, pocket: Pocket) -> None:
    """Sign in with the key, choosing it where texts come first."""
    give_password(browser, user)
    if not pocket.challenges():
        choose(browser, "key")
    approve(browser, pocket)
    finish(browser)
    assert is_in(browser)


def by_text(browser: Client, user: User, number: str = NUMBER) -> None:
    """Sign in with a text, choosing it where the key comes first."""
    give_password(browser, user)
    if not browser.get("/sign-in/verify/code/").context["live"]:
        choose(browser, "text")
    type_code(browser, code_to(number))
    assert is_in(browser)


def press(link: str) -> Any:
    """Press the button of the page behind a stop link, as somebody who is signed in nowhere."""
    return desk().post(link)


def chooser(browser: Client, path: str = "/sign-in/verify/code/") -> Any:
    """What the list box of this page offers, and what it shows as chosen; None: there is none."""
    form = browser.get(path).context["chooser"]
    return form and (sorted(kind for kind, _words in form.fields["kind"].choices), form.initial["kind"])


def serving(user: User) -> list[str]:
    """To which number the code of a sign-in that begins now is sent."""
    before = {number: len(codes_to(number)) for number in (NUMBER, OTHER, THIRD)}
    give_password(desk(), user)
    return [number for number, count in before.items() if len(codes_to(number)) > count]


# --- Rows ---


def states() -> list[tuple[str, str]]:
    """Every number there has been, oldest first: its last digits, and how it stands."""
    return [(phone.ending, phone.state) for phone in Phone.objects.order_by("pk")]


def sent(**fields: Any) -> list[tuple[str, str, str]]:
    """What the outbox holds, oldest first: kind, way and state."""
    rows = Delivery.objects.filter(**fields).order_by("created", "pk")
    return list(rows.values_list("kind", "way", "state"))
