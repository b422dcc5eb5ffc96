"""What the library asks us about applications, codes and tokens, where our answer is another than its own."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from jwcrypto import jwk, jws
from jwcrypto.common import JWException
from oauth2_provider.oauth2_validators import OAuth2Validator
from oauthlib.oauth2.rfc6749 import errors

from accounts.prepared import update
from applications import policy, scopes, visits
from applications.models import AccessToken, Grant, IDToken, RefreshToken, SigningKey, Visit, digest


class Validator(OAuth2Validator):
    """The library's, with every token bound to a visit (`applications.models.visit`)."""

    oidc_claim_scope = scopes.CLAIMS

    # --- Who asks ----------------------------------------------------------------------------------------------------

    def _check_secret(self, provided_secret: str, stored_secret: str) -> bool:
        # The row is at hand under another name: `request.client`. What stands there is a digest, and never a password.
        return visits.is_secret(provided_secret, stored_secret)

    def get_default_redirect_uri(self, client_id: str, request: Any, *args: Any, **kwargs: Any) -> None:
        """SECURITY: the application always says where it wants its answer (OpenID Connect Core, section 3.1.2.1)."""

    def is_origin_allowed(self, client_id: str, origin: str, request: Any, *args: Any, **kwargs: Any) -> bool:
        """Said by our endpoints, in one place for all of them (`applications.views.protocol`)."""
        return False

    # --- Codes ---------------------------------------------------------------------------------------------------------

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
            visits.end(request.visit, "code-reused")
            visits.alarm(request.visit, "code-reused")
            return False
        if grant.is_expired() or not request.visit.is_alive:
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

    # --- Tokens --------------------------------------------------------------------------------------------------------

    def _create_access_token(self, expires: Any, request: Any, token: Any, source_refresh_token: Any = None) -> Any:
        made: AccessToken = super()._create_access_token(expires, request, token, source_refresh_token)
        AccessToken.objects.filter(pk=made.pk).update(visit=_visit(request))
        return made

    def _create_refresh_token(self, request: Any, refresh_token_code: str, access_token: Any, previous: Any) -> Any:
        made: RefreshToken = super()._create_refresh_token(request, refresh_token_code, access_token, previous)
        RefreshToken.objects.filter(pk=made.pk).update(visit=_visit(request))
        return made

    def _save_id_token(self, jti: str, request: Any, expires: Any, *args: Any, **kwargs: Any) -> Any:
        made: IDToken = super()._save_id_token(jti, request, expires, *args, **kwargs)
        IDToken.objects.filter(pk=made.pk).update(visit=_visit(request))
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
        rows = [*AccessToken.objects.filter(**mine), *RefreshToken.objects.filter(**mine)]
        for visit_id in {row.visit_id for row in rows if row.visit_id}:
            visits.end(visits.named(visit_id), "given-back")

    def validate_jwt_bearer_token(self, token: str, scopes: Any, request: Any) -> bool:
        """SECURITY: an ID token says who somebody is, and opens nothing."""
        return False

    # --- What an application is told -------------------------------------------------------------------------------------

    def get_additional_claims(self, request: Any) -> dict[str, Any]:
        return scopes.claims_of(request.user)

    def get_discovery_claims(self, request: Any) -> list[str]:
        return [*scopes.CLAIMS, *("iss", "aud", "exp", "iat", "auth_time", "acr", "amr", "sid", "nonce", "at_hash")]

    def get_userinfo_claims(self, request: Any) -> dict[str, Any]:
        visit = request.access_token.visit
        if visit is not None:
            visits.use(visit)
        claims: dict[str, Any] = self.get_oidc_claims(None, None, request)
        return claims

    def get_id_token_dictionary(self, token: Any, token_handler: Any, request: Any) -> tuple[dict[str, Any], Any]:
        """The library says when the person last signed in anywhere; here stands what this visit was opened with."""
        claims, _expires = super().get_id_token_dictionary(token, token_handler, request)
        visit = _visit(request)
        claims |= {"auth_time": int(visit.auth_time.timestamp()), "acr": visit.acr, "amr": visit.amr, "sid": visit.pk}
        ends = timezone.now() + policy.ACCESS_TOKEN_LIFE
        return claims | {"exp": int(ends.timestamp())}, ends

    def _get_key_for_token(self, token: str) -> jwk.JWK | None:
        """Which of ours says to have signed it: also the one before the current one (`SigningKey`)."""
        unverified = jws.JWS()
        try:
            unverified.deserialize(token)
        except JWException:
            return None
        kid = unverified.jose_header.get("kid", "")
        row = SigningKey.objects.published().filter(kid=kid).first()
        return jwk.JWK(**row.public) if row is not None else None


def _visit(request: Any) -> Visit:
    """SECURITY: what an application sends under this name is text, and no visit."""
    visit = request.visit
    if not isinstance(visit, Visit):
        raise errors.ServerError(description=_("Nothing is given without a visit."))
    return visit
