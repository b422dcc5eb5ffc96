"""Signing out, asked for by an application (OpenID Connect RP-Initiated Logout 1.0)."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.http import urlencode

from accounts import audit, sessions
from accounts.models import User
from applications import malformed, visits
from applications.models import Application, SigningKey, Visit


class Unknown(Exception):
    """SECURITY: whoever asks is no application of ours, or wants its person led where nobody has registered."""


@dataclass(frozen=True)
class Farewell:
    """`visit`: the one that the application means, if it has shown that it was given it."""

    application: Application | None
    visit: Visit | None
    back: str = ""

    def is_about(self, user: User) -> bool:
        """Whether this person can be signed out of that one application, and stay signed in here."""
        return self.visit is not None and self.visit.user_id == user.pk


def read(given: QueryDict) -> Farewell:
    """Raises Unknown."""
    if not malformed.is_text(given):
        raise Unknown
    visit, hinted = _hinted(given.get("id_token_hint", ""))
    said = given.get("client_id", "")
    if hinted and said and hinted != said:
        raise Unknown
    client_id = hinted or said
    application = Application.objects.filter(client_id=client_id, is_active=True).first() if client_id else None
    if client_id and application is None:
        raise Unknown
    back = given.get("post_logout_redirect_uri", "")
    if back and (application is None or not application.post_logout_redirect_uri_allowed(back)):
        raise Unknown
    if back and given.get("state"):
        back += ("&" if "?" in back else "?") + urlencode({"state": given.get("state", "")})
    return Farewell(application, visit, back)


def _hinted(hint: str) -> tuple[Visit | None, str]:
    """The visit and the application of an ID token of ours, however old. One that says nothing to us is left aside."""
    claims = SigningKey.verified(hint) if hint else None
    if claims is None or claims.get("iss") != settings.PORTAL_BASE_URL:
        return None, ""
    visit = Visit.objects.select_related("application", "user").filter(pk=str(claims.get("sid", ""))).first()
    return visit, str(claims.get("aud", ""))


def others(request: HttpRequest, farewell: Farewell) -> list[str]:
    """The applications that would be left together with this browser's session, but for the one that asks."""
    rows = _of_session(request).filter(used__isnull=False).exclude(application=farewell.application)
    return list(rows.order_by("application__name").values_list("application__name", flat=True).distinct())


def leave(request: HttpRequest, user: User, farewell: Farewell) -> None:
    """End this browser's session, and with it whatever applications were given by it."""
    visits.end_all(_of_session(request), "signed-out")
    leave_one(request, user, farewell)
    sessions.end_here(request, user)


def leave_one(request: HttpRequest, user: User, farewell: Farewell) -> None:
    """End what its own application was given, also what works on while its person is away."""
    if farewell.visit is not None and farewell.is_about(user):
        visits.end(farewell.visit, "signed-out")
    name = farewell.application.name if farewell.application else ""
    audit.record("application.leave", user=user, request=request, application=name)


def _of_session(request: HttpRequest) -> QuerySet[Visit]:
    here = sessions.here(request)
    return Visit.objects.filter(session=here, ended_at=None, offline=False) if here else Visit.objects.none()
