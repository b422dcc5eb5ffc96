"""Which application speaks, where it speaks for itself: as at the token endpoint (RFC 6749, section 2.3)."""

from __future__ import annotations

from django.http import HttpRequest
from oauth2_provider.oauth2_backends import OAuthLibCore
from oauthlib.common import Request

from applications import wishes
from applications.models import Application


def speaking(request: HttpRequest) -> Application | None:
    """The application whose secret came with this, or None.

    SECURITY: who asks people's phones can keep a secret; whatever is on everybody's own device cannot.
    """
    server = wishes.server()
    asked = Request(*OAuthLibCore(server)._extract_params(request))  # noqa: SLF001 - as all its own endpoints read it
    if not server.request_validator.authenticate_client(asked):
        return None
    client: Application = asked.client
    return client if client.client_type == Application.CLIENT_CONFIDENTIAL else None
