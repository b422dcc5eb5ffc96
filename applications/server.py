"""The library's endpoints, with the ways to a token that it does not know."""

from __future__ import annotations

import json
from typing import Any, cast

from oauthlib.oauth2.rfc6749 import errors
from oauthlib.oauth2.rfc6749.grant_types.base import GrantTypeBase
from oauthlib.oauth2.rfc8628.errors import AccessDenied, AuthorizationPendingError, ExpiredTokenError, SlowDownError
from oauthlib.openid.connect.core.endpoints.pre_configured import Server as LibraryServer
from oauthlib.openid.connect.core.grant_types.base import GrantTypeBase as OpenIDGrantTypeBase

from accounts.models import User
from applications import backchannel, opening, visits

_OVER: dict[str, Any] = {"denied": AccessDenied, "expired": ExpiredTokenError, "unknown": errors.InvalidGrantError}


class Server(LibraryServer):
    def __init__(self, request_validator: Any, *args: Any, **kwargs: Any) -> None:
        cast(Any, super()).__init__(request_validator, *args, **kwargs)
        self.grant_types[backchannel.GRANT] = BackchannelGrant(request_validator)


class BackchannelGrant(OpenIDGrantTypeBase):
    """OpenID CIBA Core 1.0, section 10.1: what a phone has approved is changed into tokens."""

    def __init__(self, request_validator: Any) -> None:
        self.proxy_target = cast(Any, _Approved)(request_validator)
        self.register_token_modifier(self.add_id_token)


class _Approved(GrantTypeBase):
    def create_token_response(self, request: Any, token_handler: Any) -> tuple[dict[str, str], str, int]:
        library, validator = cast(Any, self), cast(Any, self.request_validator)
        headers: dict[str, str] = library._get_default_headers()  # noqa: SLF001 - as its own grants do
        try:
            self._judge(request)
        except errors.OAuth2Error as error:
            return {**headers, **error.headers}, error.json, error.status_code
        token = token_handler.create_token(request, refresh_token="offline_access" in request.scopes)
        for modify in library._token_modifiers:  # noqa: SLF001
            token = modify(token, token_handler, request)
        validator.save_token(token, request)
        return headers, json.dumps(token), 200

    def _judge(self, request: Any) -> None:
        """Raises the text's own errors (section 11). SECURITY: the application first, then what it asks for."""
        if not cast(Any, self.request_validator).authenticate_client(request):
            raise errors.InvalidClientError(request=request)
        client = request.client
        if not client.asks_phones or client.client_type != client.CLIENT_CONFIDENTIAL:
            raise errors.UnauthorizedClientError(request=request)
        auth_req_id = getattr(request, "auth_req_id", "")
        if not auth_req_id:
            raise errors.InvalidRequestError("auth_req_id is required.", request=request)
        try:
            row = backchannel.redeem(client, auth_req_id)
        except backchannel.NotYet as waiting:
            raise SlowDownError if waiting.too_soon else AuthorizationPendingError from None
        except backchannel.Over as over:
            raise _OVER[over.how] from None
        acr, amr = opening.of_phone()
        user = cast(User, row.user)
        request.client_id = client.client_id
        request.user, request.scopes = user, row.scope.split()
        request.visit = visits.begin(
            client, user, scope=row.scope, acr=acr, amr=amr, auth_time=row.decided_at or row.created
        )
        visits.entered(request.visit)
