"""The authenticator's API: thin, one function for each path of the protocol. Shapes by the library, law by the page."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import register_converter
from django.urls.converters import PathConverter
from django.utils import timezone, translation
from django.utils.crypto import constant_time_compare

from accounts import audit
from accounts.prepared import Prepared
from twofactor import contexts, enrolled, enrolment, pins, pushing, sealed, shapes, signin
from twofactor.answering import SPOKEN, Problem, api, refuses, reply
from twofactor.models import Activation, Challenge, Inactive, Message, PortalKey, Subscription
from twofactor.models.challenge import HOPS
from twofactor.protocol import activation, statements
from twofactor.shapes import Code, Said, SaidForAll
from twofactor.signin import Verdict

# With the paths below, which importing this gives to it.
__all__ = ["api"]


def _speaker(statement: str, typ: str, *required: str) -> tuple[PortalKey, dict[str, Any]]:
    """Who speaks and what they claim; the rest of the answer is in their language."""
    key, claims = PortalKey.objects.speaking(statement, typ, required=required)
    translation.activate(key.user.tongue)
    return key, claims


@api.post("/activations", url_name="activations", response={201: shapes.Claimed}, openapi_extra=refuses("code-unknown"))
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
    return reply(request, body, 201)


def _account(row: Activation) -> dict[str, str]:
    return {"name": row.user.get_short_name(), "username": activation.masked(row.user.username)}


@api.post(
    "/activations/{slug:activation_id}/complete",
    response={201: shapes.Completed},
    openapi_extra=refuses(*SPOKEN, "code-unknown", "not-found", "already-enrolled", "wrong-pin", "locked"),
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
    return reply(request, body, 201)


@api.post("/inbox", response=shapes.Inbox, openapi_extra=refuses(*SPOKEN))
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
    return reply(request, {"kids": [key.kid for key in keys], **inbox_of(keys)})


def inbox_of(keys: list[PortalKey]) -> dict[str, Any]:
    asked = [one.as_asked() for one in Challenge.objects.inbox(keys)]
    listed = [one.as_listed() for one in Message.objects.inbox(keys)]
    return {"challenges": asked, "messages": listed, "push": Subscription.states(keys), "contexts": contexts.keys()}


_SENT = Prepared(
    lambda pk, key: Challenge.objects.select_related("login").filter(pk=pk, key=key, notified_at__isnull=False)
)


def _asked(key: PortalKey, challenge_id: str, claims: dict[str, Any]) -> Challenge:
    """The challenge, if it was sent to this key. Another key's is as unknown as one that never was (AT-004)."""
    if claims["challenge"] != challenge_id:
        raise Problem("bad-signature")
    challenge = _SENT.first(pk=challenge_id, key=key.pk)
    if challenge is None:
        raise Problem("not-found")
    challenge.key = key
    if challenge.login is not None:
        challenge.login.user = key.user
    return challenge


@api.post(
    "/challenges/{slug:challenge_id}/answer",
    response=shapes.Answered,
    openapi_extra=refuses(*SPOKEN, "not-found", "settled", "expired", "wrong-pin", "wrong-number", "locked"),
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
        return reply(request, {"state": verdict.state})
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


@api.post("/challenges/{slug:challenge_id}/seen", response=shapes.Seen, openapi_extra=refuses(*SPOKEN, "not-found"))
def seen(request: HttpRequest, challenge_id: str, said: Said) -> HttpResponse:
    """Section 6: how far the challenge has come on its way to the person."""
    key, claims = _speaker(said.statement, statements.SEEN, "challenge", "hop")
    challenge = _asked(key, challenge_id, claims)
    if claims["hop"] not in HOPS:
        raise Problem("malformed")
    signin.seen(challenge, claims["hop"])
    return reply(request, {"state": challenge.standing})


@api.post(
    "/messages/{slug:message_id}/open",
    response=shapes.Opened,
    openapi_extra=refuses(*SPOKEN, "not-found", "expired", "wrong-pin", "locked"),
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
    return reply(request, {"jwe": jwe})


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


@api.post("/keys/{slug:kid}/push", response=shapes.Pushed, openapi_extra=refuses(*SPOKEN, "not-found"))
def push(request: HttpRequest, kid: str, said: Said) -> HttpResponse:
    """Section 9: where this phone can be woken, or null to wake it no more."""
    key, claims = _own(kid, said.statement, statements.PUSH, "jti")
    if "subscription" not in claims:
        raise Problem("malformed")
    return reply(request, {"kid": key.kid, "push": pushing.subscribe(key, claims["subscription"])})


@api.post("/keys/{slug:kid}/test", response=shapes.Tested, openapi_extra=refuses(*SPOKEN, "not-found"))
def test(request: HttpRequest, kid: str, said: Said) -> HttpResponse:
    """The phone asks for a question that signs nobody in, to see whether it is told of it."""
    key, _claims = _own(kid, said.statement, statements.TEST, "jti")
    return reply(request, {"challenge": enrolled.test(request, key, by_desk=False).pk})


@api.post("/keys/{slug:kid}/label", response=shapes.Labelled, openapi_extra=refuses(*SPOKEN, "not-found"))
def label(request: HttpRequest, kid: str, said: Said) -> HttpResponse:
    """Section 9: the device takes another name."""
    key, claims = _own(kid, said.statement, statements.LABEL, "label")
    name = enrolled.rename(key, claims["label"])
    if name is None:
        raise Problem("malformed")
    return reply(request, {"kid": key.kid, "label": name})


@api.post(
    "/keys/{slug:kid}/pin",
    response=shapes.PinsAsked | shapes.PinsChanged,
    openapi_extra=refuses(*SPOKEN, "not-found", "settled", "expired", "wrong-pin", "locked"),
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
        return reply(request, {"questions": questions, "expires": int(asked[0].expires.timestamp())})
    try:
        state = pins.change(request, [pins.read_step(key, claims) for key, claims in spoken])
    except pins.NotChanged as refusal:
        raise _not_done(refusal) from None
    return reply(request, {"kids": [*keys], "state": state})


@api.post("/keys/{slug:kid}/revoke", response=shapes.Revoked, openapi_extra=refuses(*SPOKEN, "not-found"))
def revoke(request: HttpRequest, kid: str, said: Said) -> HttpResponse:
    """Section 9: the device gives its key up."""
    key, _claims = _own(kid, said.statement, statements.REVOKE)
    enrolled.surrender(request, key)
    return reply(request, {"kid": key.kid, "state": "revoked"})


class _Anything(PathConverter):
    """What `path` matches, and line ends, which an address may hold too."""

    regex = "(?s:.+)"


register_converter(_Anything, "anything")


@api.api_operation(["GET", "POST", "PUT", "PATCH", "DELETE"], "/{anything:rest}", include_in_schema=False)
def nothing_here(request: HttpRequest, rest: str) -> HttpResponse:
    """Whatever else is asked for is answered in the same form."""
    raise Problem("not-found")
