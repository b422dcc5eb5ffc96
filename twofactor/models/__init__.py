from twofactor.models.challenge import AskedQuestion, Challenge
from twofactor.models.contacts import FilterContact
from twofactor.models.delivery import ClosedPrefix, Delivery
from twofactor.models.factors import Factors
from twofactor.models.key import Activation, Inactive, PortalKey
from twofactor.models.message import Message
from twofactor.models.passkey import Passkey
from twofactor.models.phone import Code, Phone
from twofactor.models.proposal import Permit, Proposal
from twofactor.models.receipt import Receipt
from twofactor.models.recovery import Passcode, RecoveryCode, RecoverySheet
from twofactor.models.standing import KeyStanding, Standing
from twofactor.models.subscription import Subscription
from twofactor.models.totp import Totp

__all__ = [
    "Activation",
    "AskedQuestion",
    "Challenge",
    "ClosedPrefix",
    "Code",
    "Delivery",
    "Factors",
    "FilterContact",
    "Inactive",
    "KeyStanding",
    "Message",
    "Passcode",
    "Passkey",
    "Permit",
    "Phone",
    "PortalKey",
    "Proposal",
    "Receipt",
    "RecoveryCode",
    "RecoverySheet",
    "Standing",
    "Subscription",
    "Totp",
]
