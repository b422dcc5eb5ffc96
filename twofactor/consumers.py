"""Sockets tell, they never decide. They know no session: a desk shows a signed ticket, an authenticator its statements.

A consumer joins its group first and reads the rows second, so no change slips between; what the group says is only
"look again".
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import parse_qs

from django.conf import settings
from django.utils import timezone

from twofactor import contexts, hosts, live, policy
from twofactor.models import Challenge, Inactive, KeyStanding, Message, PortalKey, Standing, Subscription
from twofactor.models.key import ACTIVE, SPEAKS
from twofactor.protocol import statements
from twofactor.rounds import GONE, rounds
from twofactor.sockets import (
    REFUSED,
    TOO_LATE,
    TOO_MANY,
    Limited,
    is_at_authenticators,
    network,
    openings,
    origin,
    reading,
)
from twofactor.together import Together


def _first(shown: Sequence[tuple[str, str]]) -> list[Standing | None]:
    """How the sign-ins of these tickets stand; None for each ticket that opens nothing.

    SECURITY: used up before anything is read with them (R-65).
    """
    are_fresh = live.use_up([ticket for ticket, _name in shown])
    names = [name for (_ticket, name), is_fresh in zip(shown, are_fresh, strict=True) if is_fresh]
    found = iter(Standing.of_all(names))
    return [next(found) if is_fresh else None for is_fresh in are_fresh]


_BEAT = "{}"
# In a storm of pages one statement for many of them.
_tickets = Together(live.use_up)
_standings = Together(Standing.of_all)
_firsts = Together(_first, rest=policy.SOCKETS_GATHER)


class Told(Protocol):
    """How what is watched stands."""

    @property
    def state(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def look_at(self) -> datetime | None: ...
    @property
    def over(self) -> bool: ...


class Watch(Limited):
    """A page that waits: the present state on joining, then again whenever the bell rings or a life ends."""

    kind: str
    _name = ""

    async def connect(self) -> None:
        async with self.turn:
            told = await self._let_in()
            if told is None:
                # One refusal for all reasons.
                await self.shut(REFUSED)
                return
            await self.accept()
            await self.show(told)

    async def _let_in(self) -> Told | None:
        """How what may be watched with the ticket that was shown stands, or None."""
        where = network(self.scope)
        # SECURITY: scheme, host and port must be the desk's own; a missing Origin is not a browser page of ours.
        ours = origin(self.scope) == settings.PORTAL_BASE_URL and not is_at_authenticators(self.scope)
        if not ours or not openings.takes(where):
            return None
        given = parse_qs(self.scope["query_string"].decode("latin-1")).get("ticket", [""])[0]
        name = live.read_ticket(self.kind, given)
        if name is None or not self.enter(f"page:{name}", policy.SOCKETS_PAGE):
            return None
        if not self.enter(f"address:{where}", policy.SOCKETS_ADDRESS):
            return None
        self._name = name
        self.hear(self.group(name))
        return await self.first(given, name)

    async def first(self, ticket: str, name: str) -> Told | None:
        """SECURITY: the ticket is used up before anything is read with it (R-65)."""
        return await self.read(name) if await _tickets.of(ticket) else None

    async def look(self) -> None:
        told = await self.read(self._name)
        if told is None:
            await self.close(REFUSED)
            return
        await self.show(told)

    async def show(self, told: Told) -> None:
        await self.tell(told)
        if told.over:
            await self.close()
            return
        # Time passing is a change too: look once more when the life of what is waited for ends.
        left = (told.look_at - timezone.now()).total_seconds() if told.look_at else policy.SOCKET_LOOKS
        self.look_again(told, max(0.0, left) + 0.2)

    async def tell(self, told: Any) -> None:
        await self.send_json({"state": told.state, "version": told.version})

    def look_again(self, told: Any, seconds: float) -> None:
        """And now and then in any case: a bell may be lost (R-69)."""
        self.look_in(min(seconds, policy.SOCKET_LOOKS))

    def group(self, name: str) -> str:
        raise NotImplementedError

    async def read(self, name: str) -> Told | None:
        raise NotImplementedError


class SignInStatus(Watch):
    """The desk that waits for an approval."""

    kind = live.DESK
    seen = place = version = 0

    @property
    def login_id(self) -> str:
        return self._name

    def look_again(self, told: Standing, seconds: float) -> None:
        """With all others that wait here, unless something is due before that."""
        self.seen, self.version = told.row, told.version
        self.look_in(seconds if seconds < policy.SOCKET_LOOKS else None)
        rounds.here().join(self)

    async def told(self, word: str) -> None:
        """An approval is what people wait for, so they are told before anybody looks. The claim looks, and decides."""
        if word != live.APPROVED:
            await self.look()
            return
        await self.send_json({"state": word, "version": self.version})

    async def still(self) -> None:
        """The page hears from us, so it knows that it would."""
        await self.send(_BEAT)

    async def disconnect(self, code: int) -> None:
        self.place = GONE

    def group(self, name: str) -> str:
        return live.desk_group(name)

    async def first(self, ticket: str, name: str) -> Standing | None:
        return await _firsts.of((ticket, name))

    async def read(self, name: str) -> Standing | None:
        return await _standings.of(name)


class KeyStatus(Watch):
    """The pages about a person's key: a code that is claimed, a key that is activated, a test that is answered."""

    kind = live.PERSON

    def group(self, name: str) -> str:
        return live.person_group(int(name.partition(":")[0]))

    async def read(self, name: str) -> KeyStanding | None:
        return await reading(KeyStanding.named, name)


class Inbox(Limited):
    """The device's channel (protocol section 5). After a reconnect the device attaches again and gets everything."""

    longest = policy.BODY_LONGEST
    _attaching: asyncio.TimerHandle | None = None
    _task: asyncio.Task[None] | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.nonce = statements.b64url(secrets.token_bytes(policy.NONCE_BYTES))
        self.kids: set[str] = set()
        self.sent: dict[str, datetime | None] = {}
        self.push: dict[str, str] = {}
        self.listed: dict[str, datetime | None] = {}

    async def connect(self) -> None:
        self._where = f"address:{network(self.scope)}"
        if not self._may_open() or not self.enter(self._where, policy.SOCKETS_ADDRESS):
            await self.close(REFUSED)
            return
        await self.accept()
        wait = policy.ATTACH_WITHIN.total_seconds()
        self._attaching = asyncio.get_running_loop().call_later(wait, self._give_up)
        await self.tell({"type": "hello", "nonce": self.nonce})

    def _may_open(self) -> bool:
        if not openings.takes(self._where) or (hosts.are_two() and not is_at_authenticators(self.scope)):
            return False
        # SECURITY: a page of another site has no business here. A device that is no web page sends no Origin; it has
        # no cookies that could be misused either, only statements that it must sign over our nonce.
        return origin(self.scope) in {settings.PORTAL_AUTHENTICATOR_URL, None}

    def _give_up(self) -> None:
        """Nobody has attached a key: whoever needs the channel does so at once."""
        # Held here: the loop itself keeps only a weak hold of a task.
        self._task = asyncio.get_running_loop().create_task(self.shut(TOO_LATE))

    async def disconnect(self, code: int) -> None:
        if self._attaching:
            self._attaching.cancel()

    async def heard(self, text: str) -> None:
        await self.receive_json(await self.decode_json(text))

    @classmethod
    async def decode_json(cls, text_data: str) -> Any:
        try:
            return await super().decode_json(text_data)
        except (ValueError, RecursionError):
            return None

    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        """The one thing a device may say. Anything else is ignored: nothing can be decided over a socket."""
        given = content.get("statements") if isinstance(content, dict) and content.get("type") == "attach" else None
        if not isinstance(given, list) or not 0 < len(given) <= policy.KEYS_AN_AUTHENTICATOR:
            return
        async with self.turn:
            await self._attach(given)

    async def _attach(self, given: list[Any]) -> None:
        kids, refused = await reading(self.read_statements, given)
        for kid in set(kids) - self.kids:
            if not self.enter(f"key:{kid}", policy.SOCKETS_KEY):
                await self.shut(TOO_MANY)
                return
            self._is_known()
            self.hear(live.key_group(kid))
        # A device that gains a key attaches again on the same socket.
        self.kids |= set(kids)
        await self.tell({"type": "attached", "kids": kids, "refused": refused})
        challenges, messages, _gone, self.push = await reading(self.read_inbox)
        self.sent = {challenge.pk: challenge.notified_at for challenge in challenges}
        asked = [challenge.as_asked() for challenge in challenges]
        self.listed = {message.pk: message.opened_at for message in messages}
        listed = [message.as_listed() for message in messages]
        told = {"challenges": asked, "messages": listed, "push": self.push, "contexts": contexts.keys()}
        await self.tell({"type": "inbox", **told})

    def _is_known(self) -> None:
        """It speaks for a key: from now on it counts for that, and waits for as long as it likes."""
        if self._attaching and not self.kids:
            self._attaching.cancel()
        if self._where in self._places:
            self.leave(self._where)

    def read_statements(self, given: list[Any]) -> tuple[list[str], list[str]]:
        kids, refused = [], []
        for statement in given:
            try:
                key, _claims = PortalKey.objects.speaking(statement, statements.ATTACH, nonce=self.nonce)
                kids.append(key.kid)
            except Inactive as inactive:
                refused.append(str(inactive))
            except statements.Refused:
                refused += self.named(statement)
        return kids, refused

    @staticmethod
    def named(statement: Any) -> list[str]:
        try:
            return [statements.read_kid(statement)]
        except statements.Refused:
            return []

    async def look(self) -> None:
        """Compare with what was told before, and tell the difference as the protocol's events."""
        challenges, messages, gone, push = await reading(self.read_inbox)
        for kid in gone:
            self.kids.discard(kid)
            self.unhear(live.key_group(kid))
            why = await reading(self.read_why, kid)
            await self.tell({"type": "revoked", "kid": kid, **why})
        now = {challenge.pk: challenge for challenge in challenges}
        for ended in set(self.sent) - set(now):
            state = await reading(self.read_state, ended)
            await self.tell({"type": "settled", "id": ended, "state": state})
        for challenge in reversed(challenges):
            if self.sent.get(challenge.pk) != challenge.notified_at:
                await self.tell({"type": "challenge", "challenge": challenge.as_asked()})
        self.sent = {pk: challenge.notified_at for pk, challenge in now.items()}
        for message in reversed(messages):
            if self.listed.get(message.pk, message) != message.opened_at:
                await self.tell({"type": "message", "message": message.as_listed()})
        self.listed = {message.pk: message.opened_at for message in messages}
        changed = push.items() - self.push.items()
        self.push = push
        if changed:
            await self.tell({"type": "push", "push": dict(changed)})
        self.look_in(None)

    def read_inbox(self) -> tuple[list[Challenge], list[Message], set[str], dict[str, str]]:
        """What waits, which keys are gone, and how the pushes of the others stand: in one go, for each bell asks it."""
        keys = list(PortalKey.objects.filter(kid__in=self.kids, state=ACTIVE).filter(SPEAKS))
        gone = self.kids - {key.kid for key in keys}
        return Challenge.objects.inbox(keys), Message.objects.inbox(keys), gone, Subscription.states(keys)

    @staticmethod
    def read_why(kid: str) -> dict[str, str]:
        """Only to a device that has spoken for this key: to all others there is one answer for all reasons."""
        return {"why": "moved"} if PortalKey.objects.filter(kid=kid, state="replaced").exists() else {}

    @staticmethod
    def read_state(pk: str) -> str:
        challenge = Challenge.objects.filter(pk=pk).first()
        return challenge.standing if challenge else "expired"

    async def tell(self, message: dict[str, Any]) -> None:
        await self.send_json({**message, "server_time": int(timezone.now().timestamp())})


class Nowhere(Limited):
    """Every other socket address: closed before it opens (R-06)."""

    async def connect(self) -> None:
        await self.close(REFUSED)
