from applications.models.application import Application
from applications.models.arrival import Arrival
from applications.models.consent import Consent
from applications.models.signing import SigningKey
from applications.models.tokens import AccessToken, Grant, IDToken, RefreshToken, digest
from applications.models.visit import Visit

__all__ = [
    "AccessToken",
    "Application",
    "Arrival",
    "Consent",
    "Grant",
    "IDToken",
    "RefreshToken",
    "SigningKey",
    "Visit",
    "digest",
]
