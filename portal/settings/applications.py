"""The portal as the identity provider of applications: OpenID Connect, on django-oauth-toolkit."""

from __future__ import annotations

from typing import Any

from applications import policy
from portal.settings.base import PORTAL_BASE_URL

# An application model of our own from the first migration: another one cannot take its place later.
OAUTH2_PROVIDER_APPLICATION_MODEL = "applications.Application"
# What it is given hangs on a visit, which the library does not know.
OAUTH2_PROVIDER_GRANT_MODEL = "applications.Grant"
OAUTH2_PROVIDER_ACCESS_TOKEN_MODEL = "applications.AccessToken"  # noqa: S105 - names of models
OAUTH2_PROVIDER_REFRESH_TOKEN_MODEL = "applications.RefreshToken"  # noqa: S105
OAUTH2_PROVIDER_ID_TOKEN_MODEL = "applications.IDToken"  # noqa: S105

# The library's tables are ours, all but one that nobody uses. Its own migrations, twenty and more, would take longer
# than all others together: in their place stands one, made by `makemigrations oauth2_provider`. A check tells when it
# is old.
MIGRATION_MODULES = {"oauth2_provider": "applications.library_migrations"}

OAUTH2_PROVIDER: dict[str, Any] = {
    "OIDC_ENABLED": True,
    # SECURITY: made from the settings and never from what a browser claims.
    "OIDC_ISS_ENDPOINT": PORTAL_BASE_URL,
    # The keys are rows (applications.models.signing); the library only looks whether there is one.
    "OIDC_RSA_PRIVATE_KEY": "",
    "OAUTH2_SERVER_CLASS": "applications.grants.Server",
    "OAUTH2_VALIDATOR_CLASS": "applications.validator.Validator",
    # What each is called where a person reads it: applications/scopes.py.
    "SCOPES": {scope: scope for scope in ("openid", "profile", "email", "offline_access")},
    "DEFAULT_SCOPES": ["openid"],
    "AUTHORIZATION_CODE_EXPIRE_SECONDS": int(policy.CODE_LIFE.total_seconds()),
    "ACCESS_TOKEN_EXPIRE_SECONDS": int(policy.ACCESS_TOKEN_LIFE.total_seconds()),
    "ID_TOKEN_EXPIRE_SECONDS": int(policy.ACCESS_TOKEN_LIFE.total_seconds()),
    "REFRESH_TOKEN_EXPIRE_SECONDS": int(policy.REFRESH_TOKEN_LIFE.total_seconds()),
    "OIDC_JWKS_MAX_AGE_SECONDS": int(policy.KEYS_KEPT_BY_CLIENTS.total_seconds()),
    "PKCE_REQUIRED": True,
    "ROTATE_REFRESH_TOKEN": True,
    "REFRESH_TOKEN_REUSE_PROTECTION": True,
    "ALLOWED_REDIRECT_URI_SCHEMES": ["https"],
    "ALLOW_LOCALHOST_LOOPBACK": True,
    "OIDC_RESPONSE_TYPES_SUPPORTED": ["code"],
    "OAUTH2_RESPONSE_TYPES_SUPPORTED": ["code"],
    # SECURITY: what RFC 9700 asks for, all of it.
    "COMPLIANT_BCP_RFC9700_IMPLICIT_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PASSWORD_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PKCE_METHOD": True,
    "COMPLIANT_BCP_RFC9700_ACCESS_TOKEN_TRANSPORT": True,
    "COMPLIANT_BCP_RFC9700_AUTHZ_RESPONSE_ISS": True,
    "COMPLIANT_BCP_RFC9700_TOKEN_STORAGE": True,
    "COMPLIANT_BCP_RFC9700_REFRESH_TOKEN": True,
    "COMPLIANT_BCP_RFC9700_REDIRECT_URI_SCHEME": True,
    "COMPLIANT_BCP_RFC9700_REDIRECT_URI_MATCHING": True,
    "COMPLIANT_BCP_RFC9700_PKCE_REQUIRED": True,
}
