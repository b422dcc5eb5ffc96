"""What the authenticator's API takes and answers, for those who read its description (docs/protocol.md is the law).

Nothing here is checked when the portal answers: the tests hold every answer against it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from ninja import NinjaAPI, Schema
from ninja.openapi.schema import OpenAPISchema
from pydantic import Field

from twofactor import policy
from twofactor.protocol import statements

_PROBLEM = "application/problem+json"


# --- What is sent ---


class Code(Schema):
    code: str = Field(max_length=64)


class Said(Schema):
    statement: str = Field(max_length=statements.LONGEST)


class SaidForAll(Schema):
    statements: list[str] = Field(min_length=1, max_length=policy.KEYS_AN_AUTHENTICATOR)


# --- What is answered ---


class Answer(Schema):
    server_time: int = Field(description="Unix seconds")


class Account(Schema):
    name: str
    username: str = Field(description="Its first and last letter")


class Portal(Schema):
    name: str
    origin: str


class Claimed(Answer):
    activation: str
    nonce: str
    expires: int
    account: Account
    portal: Portal
    pin_question: str = Field(pattern="^[0-9]{6}$")


class Completed(Answer):
    kid: str
    state: Literal["active", "confirm"]
    account: Account
    confirm_code: str | None = Field(None, pattern="^[0-9]{6}$", description="Only where the desk confirms")
    expires: int | None = None


class Display(Schema):
    lang: str
    title: str
    account: str
    application: str | None = Field(None, description="Who asks, where that is not the portal itself")
    facts: list[list[str]]
    warnings: list[str]


class Asked(Schema):
    id: str
    kid: str
    purpose: Literal["sign-in", "step-up", "action", "test"]
    mode: Literal["tap", "number", "manual"]
    question: str | None = Field(None, pattern="^[0-9]{6}$", description="Never there in mode number")
    nonce: str
    display: Display
    created: int
    expires: int
    about: Literal["caller", "application"] | None = None


class Listed(Schema):
    id: str
    kid: str
    kind: Literal["temporary-password", "notice"]
    title: str
    created: int
    expires: int
    question: str | None = Field(None, pattern="^[0-9]{6}$")
    opened: int | None = None


class Inbox(Answer):
    kids: list[str]
    challenges: list[Asked]
    messages: list[Listed]
    contexts: list[dict[str, str]] = Field(description="Public keys that verify what a square says (section 7.1)")
    push: dict[str, Literal["none", "new", "works", "suspect", "gone"]]


class Answered(Answer):
    state: Literal["approved", "denied"]


class Seen(Answer):
    state: str


class Opened(Answer):
    jwe: str


class Pushed(Answer):
    kid: str
    push: Literal["none", "new", "works", "suspect", "gone"]


class Tested(Answer):
    challenge: str


class Labelled(Answer):
    kid: str
    label: str


class PinQuestion(Schema):
    kid: str
    question: str = Field(pattern="^[0-9]{6}$")
    nonce: str


class PinsAsked(Answer):
    questions: list[PinQuestion]
    expires: int


class PinsChanged(Answer):
    kids: list[str]
    state: Literal["changed", "proved"]


class Revoked(Answer):
    kid: str
    state: Literal["revoked"]


# --- What is refused ---


class ProblemDocument(Answer):
    """RFC 9457, with the members of docs/protocol.md section 2."""

    type: Literal["about:blank"]
    title: str
    status: int
    code: str
    detail: str
    retry_at: int | None = None
    attempts_left: int | None = None
    clock_off_by: int | None = None
    state: str | None = None


def refusals(codes: Iterable[tuple[str, int]]) -> dict[str, Any]:
    """The part of an operation's description that lists how it refuses: `codes`, each with its status."""
    by_status: dict[int, list[str]] = {}
    for code, status in codes:
        by_status.setdefault(status, []).append(code)
    return {"responses": {status: _refusal(named) for status, named in by_status.items()}}


def _refusal(codes: list[str]) -> dict[str, Any]:
    document = {"$ref": f"#/components/schemas/{ProblemDocument.__name__}"}
    schema = {"allOf": [document, {"properties": {"code": {"enum": codes}, "title": {"enum": codes}}}]}
    return {"description": ", ".join(codes), "content": {_PROBLEM: {"schema": schema}}}


class DescribedAPI(NinjaAPI):
    """An API whose description holds the form of its refusals, which the library does not know."""

    def get_openapi_schema(self, *args: Any, **kwargs: Any) -> OpenAPISchema:
        schema = super().get_openapi_schema(*args, **kwargs)
        schema["components"]["schemas"][ProblemDocument.__name__] = ProblemDocument.model_json_schema()
        return schema
