from twofactor.models.challenge import AskedQuestion, Challenge
from twofactor.models.key import Activation, Inactive, PortalKey
from twofactor.models.standing import KeyStanding, Standing

__all__ = ["Activation", "AskedQuestion", "Challenge", "Inactive", "KeyStanding", "PortalKey", "Standing"]
