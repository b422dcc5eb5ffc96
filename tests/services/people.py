"""A person with a desk and a phone, who come from an address of their own and reach either process."""

import itertools
import json
import re
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.contrib.auth.hashers import make_password
from websockets import Origin
from websockets.sync.client import ClientConnection, connect

from tests.factories import ANDROID, FIREFOX, PASSWORD, PIN, SALT
from tests.pocket import Pocket
from tests.services.cluster import Cluster, Server
from tests.services.talk import Answer, Message

# Seconds from an answer at one process to the frame at the other. A slow machine may take most of them; without a bell
# it would be many more (policy.SOCKET_LOOKS), and a process that ends by force takes more as well (policy.DRAIN).
SOON = 5
_numbers = itertools.count(1)
# What a phone is told in place of an answer when its message is only written and not sent.
_UNSENT: dict[str, Any] = {"kid": "", "state": "unsent", "account": {}, "jwe": "", "push": "", "challenge": ""}


def fresh_address() -> str:
    """An address that nobody has come from yet, out of those that are for examples (RFC 2544)."""
    number = next(_numbers)
    return f"198.18.{number >> 8}.{number & 255}"


class Desk:
    """A browser: it keeps its cookies and follows no redirect."""

    def __init__(self, cluster: Cluster, cookies: Mapping[str, str] | None = None, address: str = "") -> None:
        self.cluster = cluster
        self.cookies = dict(cookies or {})
        self.address = address or fresh_address()
        self.page = ""

    def message(self, method: str, path: str, **fields: str) -> Message:
        """Write a message with the cookies of now. The forgery token may be given as the cookie has it."""
        base_url = self.cluster.address
        headers = {
            "Host": urlsplit(base_url).netloc,
            "User-Agent": FIREFOX,
            "X-Forwarded-For": self.address,
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
        }
        if method == "GET":
            return Message(method, path, headers)
        headers |= {"Origin": base_url, "Content-Type": "application/x-www-form-urlencoded"}
        token = self.cookies.get("csrftoken", "")
        return Message(method, path, headers, urlencode({**fields, "csrfmiddlewaretoken": token}).encode())

    def get(self, path: str, at: Server | None = None) -> Answer:
        return self.take(self.cluster.send(self.message("GET", path), at))

    def post(self, path: str, at: Server | None = None, **fields: str) -> Answer:
        return self.take(self.cluster.send(self.message("POST", path, **fields), at))

    def take(self, answer: Answer) -> Answer:
        self.page = answer.text
        self.cookies |= answer.cookies
        return answer

    def give_password(self, username: str, password: str = PASSWORD, at: Server | None = None) -> Answer:
        if "csrftoken" not in self.cookies:
            self.get("/sign-in/", at)
        return self.post("/sign-in/", at, username=username, password=password)

    def find(self, pattern: str) -> str:
        found = re.search(pattern, self.page)
        assert found, f"{pattern} is not on the page: {self.page[-500:]}"
        return "".join(found.groups())

    def state(self, at: Server | None = None) -> str:
        """How the sign-in stands for the page that waits."""
        return str(self.get("/sign-in/status/", at).json["state"])

    def is_in(self) -> bool:
        """Whether this browser is signed in: home opens."""
        return self.get("/").status == 200

    def copy(self) -> "Desk":
        """The same browser before its next answer."""
        return Desk(self.cluster, self.cookies, self.address)

    @contextmanager
    def watch(self, at: Server) -> Iterator[ClientConnection]:
        """The socket of the waiting page, with the ticket that it got a moment ago."""
        with self.socket("/ws/sign-in/", self.get("/sign-in/status/", at).json["ticket"], at) as watching:
            yield watching

    @contextmanager
    def socket(self, path: str, ticket: str, at: Server) -> Iterator[ClientConnection]:
        base_url = self.cluster.address
        address = f"{base_url.replace('http', 'ws', 1)}{path}?ticket={ticket}"
        line = socket.create_connection(("127.0.0.1", at.port))
        with connect(address, sock=line, origin=Origin(base_url)) as watching:
            yield watching


def hear(watching: ClientConnection, state: str, within: float) -> dict[str, Any]:
    """The next frame that says `state`; TimeoutError when none comes in so many seconds."""
    while True:
        frame: dict[str, Any] = json.loads(watching.recv(timeout=within))
        # An empty one says that the line is alive.
        if frame and frame["state"] == state:
            return frame


@cache
def _hash() -> str:
    """One hash for all: they share the password, and nobody looks for it here."""
    return make_password(PASSWORD)


class Owner:
    """Somebody with a password, a desk that is known, and a phone with the key."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.username = f"owner{next(_numbers)}"
        self.pk = cluster.one(
            "INSERT INTO accounts_user (username, name, email, language, reads, password, is_active, is_staff,"
            " is_superuser, created, factor_due_from, auth_epoch, password_change_required, lock_reason)"
            " VALUES (%s, %s, '', '', '', %s, true, false, false, now(), now(), 1, false, '') RETURNING id",
            self.username,
            self.username.title(),
            _hash(),
        )
        # The last event of another day: the record is only added to.
        self.since = 0
        self.desk = Desk(cluster)
        self.phone = self.new_phone()

    def new_phone(self) -> Pocket:
        address = fresh_address()

        def post(path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any], Mapping[str, str]]:
            answer = self.cluster.send(self._by_phone(path, body, address))
            return answer.status, answer.json, answer.headers

        return Pocket(self.cluster.address, post, salt=SALT)

    def _by_phone(self, path: str, body: dict[str, Any], address: str) -> Message:
        headers = {
            "Host": urlsplit(self.cluster.address).netloc,
            "User-Agent": ANDROID,
            "X-Forwarded-For": address,
            "Content-Type": "application/json",
        }
        return Message("POST", path, headers, json.dumps(body).encode())

    def written(self, phone: Pocket, act: Callable[[], object]) -> Message:
        """What a phone would send for `act`, signed and not sent."""
        messages = []

        def post(path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any], Mapping[str, str]]:
            messages.append(self._by_phone(path, body, self.desk.address))
            return 200, dict(_UNSENT), {}

        sending, phone._post = phone._post, post
        try:
            act()
        finally:
            phone._post = sending
            phone.keys.pop("", None)
        (message,) = messages
        return message

    def stranger(self, address: str, act: Callable[[Pocket], object]) -> Message:
        """What a phone that nobody knows would send from this address."""
        phone = self.new_phone()
        message = self.written(phone, lambda: act(phone))
        return Message(message.method, message.path, {**message.headers, "X-Forwarded-For": address}, message.body)

    # --- The road ---

    def activate(self) -> None:
        """From a password to a key, and once through a whole sign-in, so that the desk is known."""
        assert self.desk.give_password(self.username).leads_to == "/"
        self.phone.claim(self.shown_code())
        self.phone.activate(PIN, label="A phone", platform="android")
        self.sign_in()

    def shown_code(self) -> str:
        self.desk.get("/security/key/")
        return self.desk.find(r"\b([0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4})\b")

    def new_code(self) -> str:
        """A code for another phone. The old one's approval stands in its row: most of these phones keep no key."""
        asked = "UPDATE twofactor_challenge SET state = 'approved', decided_at = now() WHERE purpose = 'action'"
        mine = "(SELECT id FROM twofactor_portalkey WHERE user_id = %s)"
        self.cluster.write("DELETE FROM accounts_tally WHERE name LIKE 'action/%%' AND subject = %s", str(self.pk))
        self.desk.post("/security/key/move/")
        self.cluster.write(f"{asked} AND state = 'pending' AND key_id IN {mine}", self.pk)
        assert self.desk.post("/security/key/move/").leads_to == "/security/key/move/"
        return self.shown_code()

    def begin(self, desk: Desk | None = None) -> str:
        """Give the password at a desk; the id of the sign-in that now waits for the phone."""
        answer = (desk or self.desk).give_password(self.username)
        assert answer.leads_to == "/sign-in/verify/", f"{answer} {answer.text[-500:]}"
        return self.newest_login

    @property
    def newest_login(self) -> str:
        newest = "SELECT id FROM accounts_login WHERE user_id = %s ORDER BY created DESC LIMIT 1"
        return str(self.cluster.one(newest, self.pk))

    def question(self, challenge: dict[str, Any]) -> str:
        """The six digits, which the person may have to carry."""
        return str(self.cluster.one("SELECT question FROM twofactor_challenge WHERE id = %s", challenge["id"]))

    def approve(self, challenge: dict[str, Any]) -> dict[str, Any]:
        return self.phone.approve(challenge, PIN, number=self.question(challenge))

    def approval(self, challenge: dict[str, Any], pin: str = PIN) -> Message:
        number = self.question(challenge)
        return self.written(self.phone, lambda: self.phone.approve(challenge, pin, number=number))

    def refusal(self, challenge: dict[str, Any], verdict: str = "cancel") -> Message:
        return self.written(self.phone, lambda: self.phone.answer(challenge, verdict))

    def answer_at(self, server: Server) -> Answer:
        """The phone approves what waits, at this process."""
        return self.cluster.send(self.approval(self.phone.challenge()), server)

    def sign_in(self, desk: Desk | None = None) -> Desk:
        desk = desk or self.desk
        self.begin(desk)
        self.approve(self.phone.challenge())
        assert desk.post("/sign-in/finish/").leads_to == "/"
        return desk

    # --- The record ---

    def recorded(self, kind: str, *, ok: bool = True) -> int:
        """How often this happened since the last `forget`."""
        return int(
            self.cluster.one(
                "SELECT count(*) FROM accounts_auditevent"
                " WHERE user_id = %s AND id > %s AND kind = %s AND outcome = %s",
                self.pk,
                self.since,
                kind,
                "ok" if ok else "refused",
            )
        )

    def refused(self, kind: str, reason: str) -> int:
        """How often it was refused for this reason."""
        asked = "SELECT count(*) FROM accounts_auditevent WHERE user_id = %s AND id > %s AND kind = %s AND reason = %s"
        return int(self.cluster.one(asked, self.pk, self.since, kind, reason))

    def counted(self, name: str, subject: object = None) -> int:
        """What the counter of a limit says about this person, or about another subject."""
        found = self.cluster.rows(
            "SELECT count FROM accounts_tally WHERE name = %s AND subject = %s", name, str(subject or self.pk)
        )
        return int(found[0][0]) if found else 0

    def counted_for_all(self, name: str) -> int:
        """What all counters of this limit say together, whosever they are."""
        asked = "SELECT coalesce(sum(count), 0) FROM accounts_tally WHERE name = %s"
        return int(self.cluster.one(asked, name))

    def rest(self) -> None:
        """Go on once nothing is on its way to this person: what waits does not leave, and what was leaving has left."""
        stop = "UPDATE twofactor_delivery SET state = 'failed' WHERE user_id = %s AND state = 'queued'"
        self.cluster.write(stop, self.pk)
        going = "SELECT FROM twofactor_delivery WHERE user_id = %s AND state = 'sending'"
        self.cluster.wait_for(f"SELECT NOT EXISTS ({going})", self.pk)

    def forget(self) -> None:
        """Another day: what happened before is in no counter and no list, and nothing is open. The record goes on."""
        write = self.cluster.write
        write("DELETE FROM accounts_tally")
        self.since = self.cluster.one("SELECT coalesce(max(id), 0) FROM accounts_auditevent")
        write("DELETE FROM accounts_refusedorigin WHERE user_id = %s", self.pk)
        write(
            "DELETE FROM twofactor_challenge WHERE key_id IN (SELECT id FROM twofactor_portalkey WHERE user_id = %s)",
            self.pk,
        )
        write("DELETE FROM accounts_login WHERE user_id = %s", self.pk)
        write("UPDATE accounts_user SET password_change_required = false WHERE id = %s", self.pk)
        write(
            "UPDATE twofactor_portalkey SET pin_failures = 0, desk_failures = 0, wait_until = NULL WHERE user_id = %s",
            self.pk,
        )
