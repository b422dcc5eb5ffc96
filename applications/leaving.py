"""Signing out, asked for by an application (OpenID Connect RP-Initiated Logout 1.0)."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, QueryDict
from django.utils.http import urlencode

from accounts import audit, sessions
from accounts.models import User
from applications import visits
from applications.models import Application, SigningKey, Visit


class Unknown(Exception):
    """SECURITY: whoever asks is no application of ours, or wants its person led where nobody has registered."""


@dataclass(frozen=True)
class Farewell:
    """`visit`: the one that the application means, if it has shown that it was given it."""

    application: Application | None
    visit: Visit | None
    back: str = ""

    def is_about(self, request: HttpRequest) -> bool:
        """Whether this is the very session that the application was given: then nobody needs to be asked."""
        here = sessions.here(request)
        return here is not None and self.visit is not None and self.visit.session_id == here.pk


def read(given: QueryDict) -> Farewell:
    """Raises Unknown."""
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


def leave(request: HttpRequest, user: User, farewell: Farewell) -> None:
    """End this browser's session, and with it whatever applications were given by it."""
    here = sessions.here(request)
    name = farewell.application.name if farewell.application else ""
    if here is not None:
        visits.end_all(Visit.objects.filter(session=here, ended_at=None, offline=False), "signed-out")
    if farewell.visit is not None and farewell.visit.user_id == user.pk:
        # What works on while its person is away is over, too, where its own application signs them out.
        visits.end(farewell.visit, "signed-out")
    audit.record("application.leave", user=user, request=request, application=name)
    sessions.end_here(request, user)
