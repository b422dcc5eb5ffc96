"""An application that asks people's phones: its own side of the backchannel, with a stock client's authentication."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from authlib.jose import JsonWebKey, jwt
from django.conf import settings

from applications.models import Application
from tests.applications.rp import Wire
from tests.factories import PIN
from tests.pocket import Pocket, Problem

GRANT = "urn:openid:params:grant-type:ciba"


class Asker:
    def __init__(self, application: Application) -> None:
        self.application = application
        auth = httpx.BasicAuth(application.client_id, application.secret)
        self.web = httpx.Client(transport=Wire(), base_url=settings.PORTAL_BASE_URL, auth=auth)
        self.anybody = httpx.Client(transport=Wire(), base_url=settings.PORTAL_BASE_URL)

    # --- Sign-ins (CIBA) ---

    def ask(self, **given: Any) -> httpx.Response:
        given = {"scope": "openid", **given}
        return self.web.post("/oauth/backchannel/", data={name: value for name, value in given.items() if value})

    def begin(self, hint: str = "mara", **given: Any) -> str:
        answer = self.ask(login_hint=hint, **given)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["auth_req_id"])

    def poll(self, auth_req_id: str, **given: Any) -> httpx.Response:
        return self.web.post("/oauth/token/", data={"grant_type": GRANT, "auth_req_id": auth_req_id, **given})

    def claims(self, tokens: dict[str, Any]) -> Any:
        keys = JsonWebKey.import_key_set(self.anybody.get("/oauth/keys/").json())
        found = jwt.decode(tokens["id_token"], keys)
        found.validate()
        return found

    # --- Actions ---

    def wants(self, **changed: Any) -> dict[str, Any]:
        given = {
            "person": "mara",
            "title": "Transfer 5,000 HKD to Wong Tai?",
            "facts": [["Amount", "5,000.00 HKD"], ["To", "Wong Tai, 012-345678-9"]],
            **changed,
        }
        return {name: value for name, value in given.items() if value is not None}

    def propose(self, **changed: Any) -> httpx.Response:
        return self.web.post("/api/actions/", json=self.wants(**changed))

    def action(self, **changed: Any) -> str:
        answer = self.propose(**changed)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def look(self, pk: str) -> dict[str, Any]:
        answer = self.web.get(f"/api/actions/{pk}/")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


def asked_anew(phone: Pocket) -> None:
    """What the phone shows of another approval holds no longer: it is not taken, and asked in words that do."""
    before = phone.challenge()
    assert "has approved this" in before["display"]["warnings"][0]
    with pytest.raises(Problem) as refusal:
        phone.approve(before, PIN)
    assert (refusal.value.code, refusal.value.body["state"]) == ("settled", "superseded")
    assert phone.challenge()["display"]["warnings"] == ["Two people must approve this. Nobody has yet."]
