"""Ways to tokens in which the application asks again and again until a person has decided elsewhere.

The library brings one of them (RFC 8628), which slows nobody down, finds device codes in clear and makes tokens for
whoever is not asked. So these are ours; everything before and after the question is the library's.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

from oauthlib.oauth2.rfc6749 import errors
from oauthlib.oauth2.rfc6749.grant_types.base import GrantTypeBase
from oauthlib.oauth2.rfc8628 import errors as polling
from oauthlib.openid.connect.core.endpoints.pre_configured import Server as LibraryServer
from oauthlib.openid.connect.core.grant_types.base import GrantTypeBase as OpenIDGrant

from applications import backchannel, device
from applications.models import Application, Visit
from applications.polled import Over, Pending

# Gives the visit on which all tokens hang. Raises Pending, Over.
Redeem = Callable[[Application, str], Visit]

_OVER: Final = {
    "denied": polling.AccessDenied,
    "expired": polling.ExpiredTokenError,
    "unknown": errors.InvalidGrantError,
}


def speaks(request: Any, validator: Any) -> bool:
    """Whether who asks is the application it says to be: by its secret, or, if it can keep none, by its name alone.

    Source: RFC 6749, section 3.2.1. What it is stands in `request.client` from then on.
    """
    if validator.client_authentication_required(request):
        return bool(validator.authenticate_client(request))
    return bool(validator.authenticate_client_id(request.client_id, request))


class Polled(GrantTypeBase):
    """One such way: `name` is the parameter with the code, `redeem` the story behind it."""

    def __init__(self, validator: Any, grant: str, name: str, redeem: Redeem) -> None:
        super().__init__(validator)  # type: ignore[no-untyped-call]
        self.judge, self.grant, self.name, self.redeem = validator, grant, name, redeem
        identity = OpenIDGrant()
        # Where the library's part for OpenID Connect looks for everything else.
        identity.proxy_target = self
        self.register_token_modifier(identity.add_id_token)  # type: ignore[no-untyped-call]

    def create_token_response(self, request: Any, token_handler: Any) -> tuple[dict[str, str], str, int]:
        headers = self._get_default_headers()  # type: ignore[no-untyped-call]
        try:
            self._read(request)
            # Whoever is to go on without their person says so, and the person reads it before they approve.
            token = token_handler.create_token(request, refresh_token="offline_access" in request.scopes)
        except errors.OAuth2Error as refused:
            headers.update(refused.headers)
            return headers, refused.json, refused.status_code
        for modify in self._token_modifiers:
            token = modify(token, token_handler, request)
        self.judge.save_token(token, request)
        return headers, json.dumps(token), HTTPStatus.OK

    def _read(self, request: Any) -> None:
        """Who asks, for whom, and how much. Raises OAuth2Error."""
        if not speaks(request, self.judge):
            raise errors.InvalidClientError(request=request)
        if not request.client.allows_grant_type(self.grant):
            raise errors.UnauthorizedClientError(request=request)
        code = getattr(request, self.name, None)
        if not code:
            raise errors.InvalidRequestError(f"{self.name} is missing.", request=request)
        try:
            visit = self.redeem(request.client, code)
        except Pending as pending:
            error = polling.SlowDownError if pending.too_soon else polling.AuthorizationPendingError
            raise error(request=request) from pending
        except Over as over:
            raise _OVER[over.how](request=request) from over  # type: ignore[no-untyped-call]
        request.visit, request.user = visit, visit.user
        request.client_id, request.scopes = request.client.client_id, visit.scope.split()


class Server(LibraryServer):
    """The library's endpoints, with our ways in the place of its own."""

    def __init__(self, request_validator: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(request_validator, *args, **kwargs)  # type: ignore[no-untyped-call]
        for way in (
            Polled(request_validator, Application.GRANT_DEVICE_CODE, "device_code", device.redeem),
            Polled(request_validator, backchannel.GRANT, "auth_req_id", backchannel.redeem),
        ):
            self.grant_types[way.grant] = way
