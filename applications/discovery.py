"""What the portal can do for applications, as they read it themselves. Whatever stands here is served and tested."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.urls import reverse

from applications import backchannel, opening, scopes, wishes
from applications.models import Application

# How an application says who it is: with its secret, or, where it can keep none, with PKCE alone.
_CLIENTS = ["client_secret_basic", "client_secret_post", "none"]

# Beside what is told of a person: who says it, to whom, when, and of which sign-in.
_OF_THE_SIGN_IN = ["iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid", "at_hash"]


def document() -> dict[str, Any]:
    """OpenID Connect Discovery 1.0, section 3; RFC 8414, section 2."""
    return {
        "issuer": settings.PORTAL_BASE_URL,
        **_endpoints(),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": [
            "authorization_code",
            "refresh_token",
            Application.GRANT_DEVICE_CODE,
            backchannel.GRANT,
        ],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": _CLIENTS,
        "revocation_endpoint_auth_methods_supported": _CLIENTS,
        "authorization_response_iss_parameter_supported": True,
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": list(scopes.WORDS),
        "claims_supported": [*scopes.CLAIMS, *_OF_THE_SIGN_IN],
        "claim_types_supported": ["normal"],
        "acr_values_supported": list(opening.LEVELS),
        "prompt_values_supported": list(wishes.PROMPTS),
        "display_values_supported": ["page"],
        "ui_locales_supported": [code for code, _name in settings.LANGUAGES],
        # For the levels alone: OpenID Connect Core 1.0, section 5.5.1.1.
        "claims_parameter_supported": True,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        # OpenID CIBA Core 1.0, section 4.
        "backchannel_token_delivery_modes_supported": ["poll", "ping"],
        "backchannel_user_code_parameter_supported": False,
    }


def _endpoints() -> dict[str, str]:
    pages = {
        "authorization_endpoint": "oauth-authorize",
        "token_endpoint": "oauth-token",
        "revocation_endpoint": "oauth-revoke",
        "userinfo_endpoint": "oauth-userinfo",
        "jwks_uri": "oauth-keys",
        "end_session_endpoint": "oauth-logout",
        "backchannel_authentication_endpoint": "oauth-backchannel",
        "device_authorization_endpoint": "oauth-device",
    }
    # SECURITY: never from what a browser claims to have asked for.
    return {name: settings.PORTAL_BASE_URL + reverse(page) for name, page in pages.items()}
