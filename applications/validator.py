"""What the library asks us about applications, codes and tokens, where our answer is another than its own."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from oauth2_provider.oauth2_validators import OAuth2Validator
from oauthlib.oauth2.rfc6749 import errors

from accounts.prepared import update
from applications import policy, scopes, visits
from applications.models import AccessToken, Grant, RefreshToken, SigningKey, Visit, digest


class Validator(OAuth2Validator):
    """The library's, with every token bound to a visit (`applications.models.visit`)."""

    oidc_claim_scope = scopes.CLAIMS

    # --- Who asks ----------------------------------------------------------------------------------------------------

    def _load_application(self, client_id: str | None, request: Any) -> Any:
        """Also by the name before the secret in the header, which is no part of any form."""
        if "\0" in (client_id or ""):
            return None
        return super()._load_application(client_id, request)  # type: ignore[no-untyped-call]

    def _check_secret(self, provided_secret: str, stored_secret: str) -> bool:
        # The row is at hand under another name: `request.client`. What stands there is a digest, and never a password.
        return visits.is_secret(provided_secret, stored_secret)

    def get_default_redirect_uri(self, client_id: str, request: Any, *args: Any, **kwargs: Any) -> None:
        """SECURITY: the application always says where it wants its answer (OpenID Connect Core, section 3.1.2.1)."""

    def is_origin_allowed(self, client_id: str, origin: str, request: Any, *args: Any, **kwargs: Any) -> bool:
        """Said by our endpoints, in one place for all of them (`applications.views.protocol`)."""
        return False

    def validate_grant_type(
        self, client_id: str, grant_type: str, client: Any, request: Any, *args: Any, **kwargs: Any
    ) -> bool:
        """A refresh token is good whichever way it came by: the library does not know all of them."""
        if grant_type == "refresh_token":
            return bool(request.client.grants)
        library: Any = super()
        return bool(library.validate_grant_type(client_id, grant_type, client, request, *args, **kwargs))

    # --- Codes -------------------------------------------------------------------------------------------------------

    def _create_authorization_code(self, request: Any, code: dict[str, str], expires: Any = None) -> Grant:
        return Grant.objects.create(
            application=request.client,
            user=request.user,
            visit=request.visit,
            code=code["code"],
            expires=timezone.now() + policy.CODE_LIFE,
            redirect_uri=request.redirect_uri,
            scope=" ".join(request.scopes),
            code_challenge=request.code_challenge,
            code_challenge_method=request.code_challenge_method,
            nonce=request.nonce or "",
        )

    def validate_code(self, client_id: str, code: str, client: Any, request: Any, *args: Any, **kwargs: Any) -> bool:
        """Whether it may be used now. A second use ends all that came of the first (RFC 6749, section 4.1.2).

        The caller is inside a transaction: whoever comes with the same code at the same time waits here.
        """
        grant = Grant.objects.select_for_update(of=("self",)).filter(code=code, application=client).first()
        if grant is None:
            return False
        request.visit = visits.named(grant.visit_id)
        if grant.used_at is not None:
            if visits.end(request.visit, "code-reused"):
                visits.alarm(request.visit, "code-reused")
            return False
        if grant.expires <= timezone.now() or not request.visit.is_alive:
            return False
        request.scopes = grant.scope.split(" ")
        request.user = request.visit.user
        request.nonce = grant.nonce or None
        return True

    def invalidate_authorization_code(self, client_id: str, code: str, request: Any, *args: Any, **kwargs: Any) -> None:
        used = update(Grant, Q(code=digest(code), application=request.client, used_at=None), used_at=timezone.now())
        if not used:
            raise errors.InvalidGrantError(request=request)
        visits.entered(request.visit)

    # --- Tokens ------------------------------------------------------------------------------------------------------

    def _create_access_token(self, expires: Any, request: Any, token: Any, source_refresh_token: Any = None) -> Any:
        made = AccessToken(
            user=request.user,
            application=request.client,
            visit=_visit(request),
            scope=token["scope"],
            expires=expires,
            source_refresh_token=source_refresh_token,
        )
        self._set_token_value(made, token["access_token"])
        made.save()
        return made

    def _create_refresh_token(self, request: Any, refresh_token_code: str, access_token: Any, previous: Any) -> Any:
        made = RefreshToken(
            user=request.user, application=request.client, visit=_visit(request), access_token=access_token
        )
        self._set_token_value(made, refresh_token_code)
        made.save()
        return made

    def _load_access_token(self, token: str) -> AccessToken | None:
        found = (
            AccessToken.objects.select_related("application", "user", "visit__application", "visit__user")
            .filter(token_checksum=digest(token))
            .first()
        )
        alive = found is not None and (found.visit is None or found.visit.is_alive)
        return found if alive else None

    def validate_refresh_token(self, refresh_token: str, client: Any, request: Any, *args: Any, **kwargs: Any) -> bool:
        """Each is good once: one that comes again was copied, and ends what was given to whoever came first.

        RFC 9700, section 4.14.2. The caller is inside a transaction.
        """
        rows = RefreshToken.objects.select_for_update(of=("self",)).filter(token_checksum=digest(refresh_token))
        row = rows.filter(application=client).order_by("revoked").first()
        if row is None or row.visit_id is None:
            return False
        request.visit = visits.named(row.visit_id)
        if row.revoked is not None:
            if visits.end(request.visit, "token-reused"):
                visits.alarm(request.visit, "token-reused")
            return False
        if row.created + policy.REFRESH_TOKEN_LIFE <= timezone.now() or not request.visit.is_alive:
            return False
        request.user = request.visit.user
        request.refresh_token = refresh_token
        request.refresh_token_instance = row
        visits.use(request.visit)
        return True

    def get_original_scopes(self, refresh_token: str, request: Any, *args: Any, **kwargs: Any) -> str:
        return str(request.visit.scope)

    def revoke_token(self, token: str, token_type_hint: str, request: Any, *args: Any, **kwargs: Any) -> None:
        """Whichever of the two it gives back, it is done with this visit (RFC 7009, section 2.1)."""
        mine = {"token_checksum": digest(token), "application": request.client}
        of_tokens = Q(access_tokens__in=AccessToken.objects.filter(**mine))
        of_tokens |= Q(refresh_tokens__in=RefreshToken.objects.filter(**mine))
        visits.end_all(Visit.objects.filter(of_tokens).distinct(), "given-back")

    def validate_jwt_bearer_token(self, token: str, scopes: Any, request: Any) -> bool:
        """SECURITY: an ID token says who somebody is, and opens nothing."""
        return False

    # --- What an application is told ---------------------------------------------------------------------------------

    def get_additional_claims(self, request: Any) -> dict[str, Any]:
        return scopes.claims_of(request.user)

    def get_userinfo_claims(self, request: Any) -> dict[str, Any]:
        visit = request.access_token.visit
        if visit is not None:
            visits.use(visit)
        claims: dict[str, Any] = self.get_oidc_claims(None, None, request)  # type: ignore[no-untyped-call]
        return claims

    def finalize_id_token(self, id_token: dict[str, Any], token: Any, token_handler: Any, request: Any) -> str:
        """The library says when the person last signed in anywhere; here stands what this visit was opened with.

        It keeps no row of it: `sid` says what it is about, and the signature that it is ours.
        """
        visit = _visit(request)
        claims: dict[str, Any] = self.get_oidc_claims(token, token_handler, request) | id_token  # type: ignore[no-untyped-call]
        life = int(policy.ACCESS_TOKEN_LIFE.total_seconds())
        claims |= {"iss": settings.PORTAL_BASE_URL, "exp": id_token["iat"] + life}
        claims |= {"auth_time": int(visit.auth_time.timestamp()), "acr": visit.acr, "amr": visit.amr, "sid": visit.pk}
        if request.nonce:
            claims["nonce"] = request.nonce
        return SigningKey.objects.current().sign(claims)


def _visit(request: Any) -> Visit:
    """SECURITY: what an application sends under this name is text, and no visit."""
    visit = request.visit
    if not isinstance(visit, Visit):
        raise errors.ServerError(description="nothing is given without a visit")
    return visit
