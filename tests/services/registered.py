"""Applications of a running portal: written down as staff do, and what their own servers send."""

import base64
import json
import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from applications.models import Application
from applications.models.application import secret_digest
from tests.services.cluster import Cluster
from tests.services.people import fresh_address
from tests.services.talk import Answer, Message

DEVICE, PHONE = Application.GRANT_DEVICE_CODE, Application.GRANT_BACKCHANNEL
# Of the columns that a row must have, what is no empty text.
_FIELDS = {
    "client_type": "public",
    "authorization_grant_type": "authorization-code",
    "algorithm": "RS256",
    "registration_source": "manual",
    "delivery": "poll",
    **dict.fromkeys(("skip_authorization", "is_active", "signs_in"), True),
}
_NEEDED = """
    SELECT column_name, data_type FROM information_schema.columns
    WHERE table_name = 'applications_application' AND is_nullable = 'NO' AND is_identity = 'NO'
"""
_EMPTY = {"boolean": False, "timestamp with time zone": "2026-01-01", "integer": 0, "smallint": 0, "jsonb": "[]"}


def written_down(cluster: Cluster, **fields: object) -> str:
    """A row of an application of our own; its client_id."""
    client_id = secrets.token_urlsafe(8)
    needed = {column: _EMPTY.get(kind, "") for column, kind in cluster.rows(_NEEDED)}
    given = {**needed, **_FIELDS, "client_id": client_id, "name": "Trading Web", **fields}
    columns, places = ", ".join(given), ", ".join(["%s"] * len(given))
    cluster.sql.execute(f"INSERT INTO applications_application ({columns}) VALUES ({places})", list(given.values()))  # type: ignore[arg-type]
    return client_id


@dataclass
class Asker:
    """An application with a secret that asks people's phones, also by way of a device."""

    cluster: Cluster
    client_id: str
    secret: str

    @classmethod
    def registered(cls, cluster: Cluster) -> "Asker":
        secret = secrets.token_urlsafe(32)
        ways = dict.fromkeys(("asks_phones", "asks_actions", "signs_in_devices"), True)
        named = written_down(cluster, client_type="confidential", client_secret=secret_digest(secret), **ways)
        return cls(cluster, named, secret)

    # --- What it sends ---

    def message(self, method: str, path: str, body: bytes = b"", kind: str = "application/json") -> Message:
        known = base64.b64encode(f"{self.client_id}:{self.secret}".encode()).decode()
        headers = {
            "Host": urlsplit(self.cluster.address).netloc,
            "X-Forwarded-For": fresh_address(),
            "Authorization": f"Basic {known}",
        }
        return Message(method, path, {**headers, "Content-Type": kind} if body else headers, body)

    def form(self, path: str, **fields: str) -> Message:
        return self.message("POST", path, urlencode(fields).encode(), "application/x-www-form-urlencoded")

    def polling(self, auth_req_id: str) -> Message:
        return self.form("/oauth/token/", grant_type=PHONE, auth_req_id=auth_req_id)

    def redeeming(self, device_code: str) -> Message:
        return self.form("/oauth/token/", grant_type=DEVICE, device_code=device_code)

    def proposing(self, person: str, **more: object) -> Message:
        wanted = {"person": person, "title": "Transfer 5,000 HKD?", "facts": [["Amount", "5,000.00 HKD"]], **more}
        return self.message("POST", "/api/actions/", json.dumps(wanted).encode())

    def taking_back(self, action: str) -> Message:
        return self.message("DELETE", f"/api/actions/{action}/")

    # --- What it does ---

    def begin(self, username: str) -> str:
        """Ask this person's phone who they are; the request's name."""
        return str(self._told(self.form("/oauth/backchannel/", scope="openid", login_hint=username))["auth_req_id"])

    def begin_device(self) -> dict[str, Any]:
        return self._told(self.form("/oauth/device/", scope="openid"))

    def propose(self, person: str, **more: object) -> str:
        """Ask for an approval; its id."""
        return str(self._told(self.proposing(person, **more))["id"])

    def look(self, action: str) -> dict[str, Any]:
        return self._told(self.message("GET", f"/api/actions/{action}/"))

    def _told(self, message: Message) -> dict[str, Any]:
        answer = self.cluster.send(message)
        assert answer.status in (200, 201), f"{answer} {answer.text[-500:]}"
        return dict(answer.json)


def given(answers: list[Answer]) -> list[dict[str, Any]]:
    """What those were given who were given tokens; everybody else was told that there are none."""
    assert {answer.status for answer in answers} <= {200, 400}
    assert all(answer.json == {"error": "invalid_grant"} for answer in answers if answer.status == 400)
    return [answer.json for answer in answers if answer.status == 200]
