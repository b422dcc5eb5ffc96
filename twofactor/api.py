"""The authenticator's API: thin, one function for each path of the protocol. Shapes by the library, law by the page."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import register_converter
from django.urls.converters import PathConverter
from django.utils import timezone, translation
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from ninja.errors import HttpError, ValidationError
from ninja.parser import Parser

from accounts import audit
from accounts.limits import RateLimited
from twofactor import enrolment, hosts, pins, policy, pushing, sealed, shapes, signin
from twofactor.models import Activation, Challenge, Inactive, Message, PortalKey, Subscription
from twofactor.models.challenge import HOPS
from twofactor.protocol import activation, statements
from twofactor.shapes import Code, Said, SaidForAll
from twofactor.signin import Verdict

_log = logging.getLogger("portal.api")


class Problem(Exception):
    """A refusal with a stable code (protocol section 2). `extra` are members of the problem document."""

    def __init__(self, code: str, **extra: Any) -> None:
        super().__init__(code)
        self.code = code
        self.extra = extra


# Code: status and the sentence for a person.
PROBLEMS: dict[str, tuple[int, Callable[[], str]]] = {
    "malformed": (400, lambda: _("This message cannot be read.")),
    "bad-signature": (403, lambda: _("This message could not be verified.")),
    "key-inactive": (403, lambda: _("This key is not active. Activate this device again at the portal.")),
    "code-unknown": (404, lambda: _("This activation code is not valid. Show a new one at the portal.")),
    "already-enrolled": (409, lambda: _("This device is already active for this user. Nothing more is needed.")),
    "not-found": (404, lambda: _("There is nothing here for this key.")),
    "settled": (409, lambda: _("This has already been decided.")),
    "expired": (410, lambda: _("It is too late for this one. Start again at the sign-in page.")),
    "wrong-pin": (422, lambda: _("That PIN does not fit. Try again.")),
    "wrong-number": (422, lambda: _("That is not the number on the sign-in page. Look again.")),
    "locked": (423, lambda: _("Too many wrong PINs: this key is locked. Ask the support desk for a way back in.")),
    "slow-down": (429, lambda: _("Too many tries. Wait a little before the next one.")),
    "unavailable": (503, lambda: _("The portal cannot answer right now. Try again in a moment.")),
}


class SmallJson(Parser):
    """Only JSON objects, only as JSON, at most 16 KiB."""

    def parse_body(self, request: HttpRequest) -> Any:
        if request.content_type != "application/json" or len(request.body) > policy.BODY_LONGEST:
            raise Problem("malformed")
        return json.loads(request.body)


api = shapes.DescribedAPI(
    title="Portal Key", version="1", docs_url=None, urls_namespace="authenticator-api", parser=SmallJson()
)

# What every path may answer, and every one to which a key speaks. An accident is `unavailable` with another status.
_ALWAYS = ("malformed", "slow-down", "unavailable")
_SPOKEN = ("bad-signature", "key-inactive")


def _refuses(*codes: str) -> dict[str, Any]:
    """How an operation refuses, for its description."""
    named = [(code, PROBLEMS[code][0]) for code in (*_ALWAYS, *codes)]
    return shapes.refusals([*named, ("unavailable", 500)])


def _answer(
    request: HttpRequest, body: dict[str, Any], status: int = 200, kind: str = "application/json"
) -> HttpResponse:
    body["server_time"] = int(timezone.now().timestamp())
    return HttpResponse(json.dumps(body, ensure_ascii=False), status=status, content_type=kind)


def _problem(request: HttpRequest, code: str, **extra: Any) -> HttpResponse:
    status, sentence = PROBLEMS[code]
    body = {"type": "about:blank", "title": code, "status": status, "code": code, "detail": sentence(), **extra}
    response = _answer(request, body, body["status"], "application/problem+json")
    if "retry_at" in extra:
        response["Retry-After"] = str(max(1, extra["retry_at"] - int(timezone.now().timestamp())))
    return response


@api.exception_handler(Problem)
def _on_problem(request: HttpRequest, problem: Problem) -> HttpResponse:
    return _problem(request, problem.code, **problem.extra)


@api.exception_handler(statements.Refused)
def _on_refused(request: HttpRequest, refused: statements.Refused) -> HttpResponse:
    return _problem(request, refused.code)


@api.exception_handler(RequestDataTooBig)
@api.exception_handler(ValidationError)
@api.exception_handler(HttpError)
def _on_malformed(request: HttpRequest, problem: Exception) -> HttpResponse:
    return _problem(request, "malformed")


@api.exception_handler(Inactive)
def _on_inactive(request: HttpRequest, problem: Exception) -> HttpResponse:
    return _problem(request, "key-inactive")


@api.exception_handler(DatabaseError)
def _on_database(request: HttpRequest, problem: DatabaseError) -> HttpResponse:
    """SECURITY: what cannot be counted is not compared (R-88)."""
    audit.accident(request, problem)
    return _problem(request, "unavailable", retry_at=int(timezone.now().timestamp()) + policy.RETRY_DATABASE)


@api.exception_handler(RateLimited)
def _on_limit(request: HttpRequest, limited: RateLimited) -> HttpResponse:
    return _problem(request, "slow-down", retry_at=int(limited.retry_at.timestamp()) + 1)


@api.exception_handler(Exception)
def _on_accident(request: HttpRequest, accident: Exception) -> HttpResponse:
    """SECURITY: whatever breaks is refused, and no detail leaves the log."""
    _log.error("the authenticator's API failed", exc_info=accident)
    audit.accident(request, accident)
    return _problem(request, "unavailable", status=500)


def in_one_form(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """What the library would answer in plain text, as a problem document: a method that is not served, the root."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if hosts.is_foreign(request.headers):
            return _problem(request, "malformed", status=HTTPStatus.FORBIDDEN)
        try:
            response = view(request, *args, **kwargs)
        except Http404:
            return _problem(request, "not-found")
        if response.status_code != HTTPStatus.METHOD_NOT_ALLOWED:
            return response
        refused = _problem(request, "malformed", status=response.status_code)
        refused["Allow"] = response["Allow"]
        return refused

    return answered


def _speaker(statement: str, typ: str, *required: str) -> tuple[PortalKey, dict[str, Any]]:
    """Who speaks and what they claim; the rest of the answer is in their language."""
    key, claims = PortalKey.objects.speaking(statement, typ, required=required)
    translation.activate(key.user.tongue)
    return key, claims


@api.post(
    "/activations", url_name="activations", response={201: shapes.Claimed}, openapi_extra=_refuses("code-unknown")
)
def claim_activation(request: HttpRequest, said: Code) -> HttpResponse:
    """Section 4, step 1: a device gives the code and learns whose it is."""
    try:
        row = enrolment.claim_invitation(request, said.code)
    except enrolment.CodeUnknown:
        raise Problem("code-unknown") from None
    body = {
        "activation": row.pk,
        "nonce": row.nonce,
        "expires": int(row.expires.timestamp()),
        "account": _account(row),
        "portal": {"name": settings.PORTAL_NAME, "origin": settings.PORTAL_BASE_URL},
        "pin_question": row.pin_question,
    }
    return _answer(request, body, 201)


def _account(row: Activation) -> dict[str, str]:
    return {"name": row.user.get_short_name(), "username": activation.masked(row.user.username)}


@api.post(
    "/activations/{slug:activation_id}/complete",
    response={201: shapes.Completed},
    openapi_extra=_refuses(*_SPOKEN, "code-unknown", "not-found", "already-enrolled", "wrong-pin", "locked"),
)
def complete_activation(request: HttpRequest, activation_id: str, said: Said) -> HttpResponse:
    """Section 4, step 3: the device introduces its key, proves it, and proves that both sides compute alike."""
    jwk = statements.introduced(said.statement)
    row = Activation.objects.select_related("user", "key").filter(pk=activation_id, user__is_active=True).first()
    if row is None or row.standing != "claimed":
        raise Problem("code-unknown")
    claims = statements.verify(
        said.statement,
        jwk=jwk,
        typ=statements.ACTIVATION,
        audience=settings.PORTAL_BASE_URL,
        now=timezone.now().timestamp(),
        required=("activation", "enc", "response_key", "label", "platform", "response"),
        nonce=row.nonce,
    )
    if claims["activation"] != row.pk:
        raise Problem("bad-signature")
    translation.activate(row.user.tongue)
    try:
        key = enrolment.activate(request, row, enrolment.read_enrolment(jwk, claims))
    except enrolment.CodeUnknown:
        raise Problem("code-unknown") from None
    except enrolment.AlreadyEnrolled:
        raise Problem("already-enrolled") from None
    except enrolment.KeyLocked:
        raise Problem("locked") from None
    except enrolment.WrongPin as wrong:
        raise Problem("wrong-pin", attempts_left=wrong.left) from None
    body: dict[str, Any] = {"kid": key.kid, "state": "active", "account": _account(row)}
    if row.state == "confirm" and row.confirm_by:
        body |= {"state": "confirm", "confirm_code": row.confirm_code, "expires": int(row.confirm_by.timestamp())}
    return _answer(request, body, 201)


@api.post("/inbox", response=shapes.Inbox, openapi_extra=_refuses(*_SPOKEN))
def inbox(request: HttpRequest, said: SaidForAll) -> HttpResponse:
    """Section 5: the present state for every key that speaks. One that is not active is named, unless it is alone."""
    keys, refused = [], []
    for statement in said.statements:
        try:
            key, _claims = _speaker(statement, statements.INBOX, "jti")
            keys.append(key)
        except (Inactive, statements.Refused) as problem:
            if len(said.statements) == 1:
                raise
            refused.append(problem)
    if not keys:
        raise refused[0]
    return _answer(request, {"kids": [key.kid for key in keys], **inbox_of(keys)})


def inbox_of(keys: list[PortalKey]) -> dict[str, Any]:
    asked = [one.as_asked() for one in Challenge.objects.inbox(keys)]
    listed = [one.as_listed() for one in Message.objects.inbox(keys)]
    return {"challenges": asked, "messages": listed, "push": Subscription.states(keys)}


def _asked(key: PortalKey, challenge_id: str, claims: dict[str, Any]) -> Challenge:
    """The challenge, if it was sent to this key. Another key's is as unknown as one that never was (AT-004)."""
    if claims["challenge"] != challenge_id:
        raise Problem("bad-signature")
    rows = Challenge.objects.select_related("key__user", "login__user")
    challenge = rows.filter(pk=challenge_id, key=key, notified_at__isnull=False).first()
    if challenge is None:
        raise Problem("not-found")
    return challenge


@api.post(
    "/challenges/{slug:challenge_id}/answer",
    response=shapes.Answered,
    openapi_extra=_refuses(*_SPOKEN, "not-found", "settled", "expired", "wrong-pin", "wrong-number", "locked"),
)
def answer(request: HttpRequest, challenge_id: str, said: Said) -> HttpResponse:
    """Section 6. The order of the checks is the protocol's."""
    key, claims = _speaker(said.statement, statements.ANSWER, "nonce", "challenge", "verdict", "display")
    challenge = _asked(key, challenge_id, claims)
    if not _same(claims["nonce"], challenge.nonce):
        raise Problem("bad-signature")
    if claims["verdict"] not in ("approve", "cancel", "not_me"):
        raise Problem("malformed")
    if claims["verdict"] == "approve" and not all(isinstance(claims.get(name), str) for name in ("number", "response")):
        raise Problem("malformed")
    if challenge.standing != "pending":
        raise Problem("expired") if challenge.standing == "expired" else Problem("settled", state=challenge.state)
    if not _same(claims["display"], statements.display_digest(challenge.display)):
        audit.record("challenge.display", user=key.user, request=request, ok=False, reason="differs", kid=key.kid)
        raise Problem("bad-signature")
    return _verdict(request, signin.answer(key, challenge, claims, said.statement))


def _same(given: str, ours: str) -> bool:
    return given.isascii() and constant_time_compare(given, ours)


def _verdict(request: HttpRequest, verdict: Verdict) -> HttpResponse:
    if not verdict.code:
        return _answer(request, {"state": verdict.state})
    extra: dict[str, Any] = {}
    if verdict.code in ("wrong-pin", "wrong-number"):
        extra["attempts_left"] = verdict.left
    if verdict.off_by is not None:
        extra |= {"clock_off_by": verdict.off_by, "detail": signin.clock_hint(verdict.off_by)}
    if verdict.code == "settled":
        extra["state"] = verdict.state
    if verdict.retry_at:
        extra["retry_at"] = int(verdict.retry_at.timestamp()) + 1
    raise Problem(verdict.code, **extra)


@api.post("/challenges/{slug:challenge_id}/seen", response=shapes.Seen, openapi_extra=_refuses(*_SPOKEN, "not-found"))
def seen(request: HttpRequest, challenge_id: str, said: Said) -> HttpResponse:
    """Section 6: how far the challenge has come on its way to the person."""
    key, claims = _speaker(said.statement, statements.SEEN, "challenge", "hop")
    challenge = _asked(key, challenge_id, claims)
    if claims["hop"] not in HOPS:
        raise Problem("malformed")
    signin.seen(challenge, claims["hop"])
    return _answer(request, {"state": challenge.standing})


@api.post(
    "/messages/{slug:message_id}/open",
    response=shapes.Opened,
    openapi_extra=_refuses(*_SPOKEN, "not-found", "expired", "wrong-pin", "locked"),
)
def open_message(request: HttpRequest, message_id: str, said: Said) -> HttpResponse:
    """Section 8: what only this phone can open; a temporary password after its PIN."""
    key, claims = _speaker(said.statement, statements.OPEN, "message")
    if claims["message"] != message_id:
        raise Problem("bad-signature")
    try:
        jwe = sealed.open_message(request, key, message_id, said.statement, claims.get("response"))
    except sealed.NotOpened as refusal:
        raise _not_done(refusal) from None
    return _answer(request, {"jwe": jwe})


def _not_done(refusal: pins.NotChanged | sealed.NotOpened) -> Problem:
    """A refusal in the protocol's words, with what is wrong with the phone's clock where that is the reason."""
    off_by = refusal.extra.get("clock_off_by")
    hint = {} if off_by is None else {"detail": signin.clock_hint(off_by)}
    return Problem(refusal.code, **refusal.extra, **hint)


def _own(kid: str, statement: str, typ: str, *required: str) -> tuple[PortalKey, dict[str, Any]]:
    key, claims = _speaker(statement, typ, *required)
    if key.kid != kid:
        raise Problem("bad-signature")
    return key, claims


@api.post("/keys/{slug:kid}/push", response=shapes.Pushed, openapi_extra=_refuses(*_SPOKEN, "not-found"))
def push(request: HttpRequest, kid: str, said: Said) -> HttpResponse:
    """Section 9: where this phone can be woken, or null to wake it no more."""
    key, claims = _own(kid, said.statement, statements.PUSH, "jti")
    if "subscription" not in claims:
        raise Problem("malformed")
    return _answer(request, {"kid": key.kid, "push": pushing.subscribe(key, claims["subscription"])})


@api.post("/keys/{slug:kid}/test", response=shapes.Tested, openapi_extra=_refuses(*_SPOKEN, "not-found"))
def test(request: HttpRequest, kid: str, said: Said) -> HttpResponse:
    """The phone asks for a question that signs nobody in, to see whether it is told of it."""
    key, _claims = _own(kid, said.statement, statements.TEST, "jti")
    return _answer(request, {"challenge": enrolment.test(request, key, by_desk=False).pk})


@api.post("/keys/{slug:kid}/label", response=shapes.Labelled, openapi_extra=_refuses(*_SPOKEN, "not-found"))
def label(request: HttpRequest, kid: str, said: Said) -> HttpResponse:
    """Section 9: the device takes another name."""
    key, claims = _own(kid, said.statement, statements.LABEL, "label")
    name = enrolment.rename(key, claims["label"])
    if name is None:
        raise Problem("malformed")
    return _answer(request, {"kid": key.kid, "label": name})


@api.post(
    "/keys/{slug:kid}/pin",
    response=shapes.PinsAsked | shapes.PinsChanged,
    openapi_extra=_refuses(*_SPOKEN, "not-found", "settled", "expired", "wrong-pin", "locked"),
)
def pin(request: HttpRequest, kid: str, said: SaidForAll) -> HttpResponse:
    """Section 9: another PIN for all keys that speak, in two steps: a question for each, then its response."""
    spoken = [_speaker(statement, statements.PIN) for statement in said.statements]
    keys = {key.kid: key for key, _claims in spoken}
    if kid not in keys:
        raise Problem("bad-signature")
    answering = {
        tuple(claims.get(name) is not None for name in ("response", "response_key")) for _key, claims in spoken
    }
    if len(keys) != len(spoken) or len(answering) != 1:
        raise Problem("malformed")
    if answering == {(False, False)}:
        asked = pins.ask([*keys.values()])
        questions = [{"kid": row.key.kid, "question": row.question, "nonce": row.nonce} for row in asked]
        return _answer(request, {"questions": questions, "expires": int(asked[0].expires.timestamp())})
    try:
        state = pins.change(request, [pins.read_step(key, claims) for key, claims in spoken])
    except pins.NotChanged as refusal:
        raise _not_done(refusal) from None
    return _answer(request, {"kids": [*keys], "state": state})


@api.post("/keys/{slug:kid}/revoke", response=shapes.Revoked, openapi_extra=_refuses(*_SPOKEN, "not-found"))
def revoke(request: HttpRequest, kid: str, said: Said) -> HttpResponse:
    """Section 9: the device gives its key up."""
    key, _claims = _own(kid, said.statement, statements.REVOKE)
    enrolment.surrender(request, key)
    return _answer(request, {"kid": key.kid, "state": "revoked"})


class _Anything(PathConverter):
    """What `path` matches, and line ends, which an address may hold too."""

    regex = "(?s:.+)"


register_converter(_Anything, "anything")


@api.api_operation(["GET", "POST", "PUT", "PATCH", "DELETE"], "/{anything:rest}", include_in_schema=False)
def nothing_here(request: HttpRequest, rest: str) -> HttpResponse:
    """Whatever else is asked for is answered in the same form."""
    raise Problem("not-found")
