from applications.models.action import Action, Part
from applications.models.application import Application
from applications.models.arrival import Arrival
from applications.models.consent import Consent
from applications.models.device import DeviceSignIn
from applications.models.joint import JointAccount
from applications.models.phone import PhoneSignIn
from applications.models.refusal import Refusal
from applications.models.signing import SigningKey
from applications.models.tokens import AccessToken, Grant, IDToken, RefreshToken, digest
from applications.models.visit import Visit

__all__ = [
    "AccessToken",
    "Action",
    "Application",
    "Arrival",
    "Consent",
    "DeviceSignIn",
    "Grant",
    "IDToken",
    "JointAccount",
    "Part",
    "PhoneSignIn",
    "RefreshToken",
    "Refusal",
    "SigningKey",
    "Visit",
    "digest",
]
