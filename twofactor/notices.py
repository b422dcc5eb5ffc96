"""What notices say: one whole sentence for each kind, short enough for a text, and the links in them."""

from __future__ import annotations

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import links
from twofactor import policy
from twofactor.models import Delivery, Phone, PortalKey

_STOP = "twofactor.phone.stop"
_CANCEL = "twofactor.proposal.cancel"


def sentence(delivery: Delivery) -> str:
    """Short enough for a text; by mail the same sentence, and where it happened."""
    about = delivery.about
    masked = about.masked if about else ""
    if delivery.way == "text":
        # The alphabet of texts (3GPP TS 23.038) has no bullet: a single one makes two or three texts of one.
        masked = masked.replace("•", "*")
    names = {
        "portal": settings.PORTAL_NAME,
        "key": settings.PORTAL_KEY_NAME,
        "number": masked,
        "application": delivery.facts.get("application", ""),
        "left": delivery.facts.get("left", ""),
        "stop": _stop(delivery),
        "new": _new_password(delivery),
        "cancel": cancel_link(delivery.facts["proposal"]) if "proposal" in delivery.facts else "",
        "page": settings.PORTAL_BASE_URL + reverse("security"),
        "change": settings.PORTAL_BASE_URL + reverse("password-change"),
    }
    sentences = {
        "phone-asked": _("%(portal)s: somebody asked to change your number to %(number)s. Not you? Stop it: %(stop)s"),
        "phone-changed": _(
            "%(portal)s: your number was changed to %(number)s. Not you? Within 24 hours, undo it: %(stop)s"
        ),
        "phone-removed": _("%(portal)s: your number was removed. Not you? Within 24 hours, undo it: %(stop)s"),
        "phone-added": _("%(portal)s: the number %(number)s was confirmed for your account. Not you? %(page)s"),
        "phone-ended": _(
            "%(portal)s: our staff took the number %(number)s away from your account. Not what you asked for? %(page)s"
        ),
        "phone-stopped": _(
            "%(portal)s: what was changed about how you sign in was undone, and every browser was signed out. At the "
            "next sign-in you choose a new password."
        ),
        "texts-on": _("%(portal)s: codes by text were switched on as a way to sign in. Not you? %(page)s"),
        "texts-off": _("%(portal)s: codes by text were switched off as a way to sign in. Not you? %(page)s"),
        "texts-ended": _(
            "%(portal)s: codes by text were switched off, so the password alone signs you in. Not you? Within 24 "
            "hours, undo it: %(stop)s"
        ),
        "weaker": _weaker(delivery),
        "passkey-added": _(
            "%(portal)s: a passkey was added to your account. Not you? Within 24 hours, undo it: %(stop)s"
        ),
        "passkey-ended": _("%(portal)s: a passkey was removed from your account. Not you? %(page)s"),
        "passkey-locked": _(
            "%(portal)s: a passkey of yours may have been copied, so it signs nobody in any more. Remove it: %(page)s"
        ),
        "others-ended": _("%(portal)s: our staff took passkeys and app away from your account. Not you? %(page)s"),
        "totp-added": _(
            "%(portal)s: an authenticator app was set up for your account. Not you? Within 24 hours, undo it: %(stop)s"
        ),
        "totp-ended": _("%(portal)s: the codes of your authenticator app were given up. Not you? %(page)s"),
        "totp-closed": _(
            "%(portal)s: your authenticator app was closed after too many wrong codes. Set it up again. Not you? Then "
            "somebody knows your password, so change it: %(change)s"
        ),
        "key-added": _("%(portal)s: %(key)s was activated on a phone. Not you? Call us, or sign in: %(page)s"),
        "key-first": _first(delivery),
        "key-ended": _("%(portal)s: %(key)s was switched off. Not you? %(page)s"),
        "pin-changed": _("%(portal)s: the PIN of %(key)s was changed on your phone. Not you? %(page)s"),
        "password": _("%(portal)s: your password was changed. Not you? %(page)s"),
        "password-reset": _(
            "%(portal)s: somebody asked for a new password for your account. Was it you? Then choose one within 30 "
            "minutes: %(new)s Not you? Do nothing: your password stays as it is."
        ),
        "displaced": _(
            "%(portal)s: you signed in at one browser more than is possible at once, so the oldest sign-in was ended. "
            "Not you? %(page)s"
        ),
        "moved": _moved(delivery),
        "not-me": _(
            "%(portal)s: you said that something was not you. What was open has ended, and you choose a new password "
            "at your next sign-in. You said nothing? %(page)s"
        ),
        "sealed-sent": _(
            "%(portal)s: our staff sent a temporary password to %(key)s on your phone, and do not know it. Not asked "
            "for? %(page)s"
        ),
        "sealed-used": _("%(portal)s: a temporary password was used to sign in. Not you? %(page)s"),
        "recovery-made": _("%(portal)s: new recovery codes were made; any earlier ones are void. Not you? %(page)s"),
        "recovery-used": _(
            "%(portal)s: a recovery code was used to sign in. Codes left: %(left)s. Not you? Change your password: "
            "%(change)s"
        ),
        "passcode-issued": _("%(portal)s: our staff issued a temporary passcode for your account. Not you? %(page)s"),
        "passcode-used": _("%(portal)s: a temporary passcode was used to sign in. Not you? %(page)s"),
        "passcode-ended": _(
            "%(portal)s: our staff took the temporary passcode of your account back. It signs nobody in any more."
        ),
        "refusal-lifted": _(
            "%(portal)s: our staff let your account be signed in to again from where you had refused it. Not what you "
            "asked for? Call us."
        ),
        "test": _("%(portal)s: texts to this number arrive. There is nothing to do."),
        "locked": _(
            "%(portal)s: our staff locked your account, and every browser was signed out. Nobody can sign in until "
            "they unlock it. Not what you asked for? Call us."
        ),
        "unlocked": _("%(portal)s: our staff unlocked your account. You can sign in again. Not you? %(page)s"),
        "woken": _(
            "%(portal)s: our staff opened your account to a second factor, after you had been away for long. Not what "
            "you asked for? Call us."
        ),
        "sessions-ended": _("%(portal)s: our staff signed you out everywhere. Not what you asked for? %(page)s"),
        "key-locked": _(
            "%(portal)s: our staff switched %(key)s on your phone off. It approves nothing any more. Not what you "
            "asked for? Call us."
        ),
        "details-changed": _(
            "%(portal)s: our staff changed the username or the e-mail address of your account. Not what you asked for? "
            "Call us."
        ),
        "key-tried": _(
            "%(portal)s: %(key)s on your phone was locked after too many wrong PINs. It approves nothing any more. Not "
            "you? Call us."
        ),
        "key-given-up": _(
            "%(portal)s: %(key)s was taken off your phone, at the phone itself. It approves nothing any more. Not you? "
            "Call us."
        ),
        "application-copied": _(
            "%(portal)s: what %(application)s was given for you came from two places, so it may have been copied. You "
            "were signed out there. See: %(page)s"
        ),
        "desk-proposed": _proposed(delivery),
        "desk-cancelled": _(
            "%(portal)s: what our staff were going to take away from your account was cancelled. It stays as it is."
        ),
    }
    return sentences[delivery.kind] % names


def _weaker(delivery: Delivery) -> str:
    if delivery.facts.get("by") == "totp":
        return _("%(portal)s: you signed in with a code of your app instead of a stronger way. Not you? %(page)s")
    if PortalKey.objects.binding(delivery.user) is None:
        return _("%(portal)s: you signed in with a code by text instead of a stronger way. Not you? %(page)s")
    return _("%(portal)s: you signed in with a code by text instead of %(key)s. Not you? %(page)s")


def _first(delivery: Delivery) -> str:
    if Phone.objects.verified(delivery.user) is None:
        return _("%(portal)s: %(key)s was activated on a phone. Not you? Within 24 hours, undo it: %(stop)s")
    return _(
        "%(portal)s: %(key)s on a phone now takes the place of codes by text. Not you? Within 24 hours, undo it: "
        "%(stop)s"
    )


def _moved(delivery: Delivery) -> str:
    """SECURITY: with a link in the text, too, whoever has found phone and SIM would undo every move of the owner."""
    if delivery.facts.get("mailed"):
        return _(
            "%(portal)s: %(key)s was activated on a phone without the earlier phone. Not you? Within 24 hours, undo it "
            "with the link in our mail, or call us."
        )
    return _(
        "%(portal)s: %(key)s was activated on a phone without the earlier phone. Not you? Within 24 hours, undo it: "
        "%(stop)s"
    )


def _proposed(delivery: Delivery) -> str:
    if delivery.facts.get("what") == "phone":
        # SECURITY: never a link at the number that is to go: whoever has found it would keep it for good.
        if delivery.phone is not None and delivery.phone.state == "verified":
            return _(
                "%(portal)s: in 24 hours our staff will take this number away from your account. Not what you asked "
                "for? Cancel it with the link in our mail, or call us."
            )
        return _(
            "%(portal)s: in 24 hours our staff will take your number away from your account. Not what you asked for? "
            "Cancel it: %(cancel)s"
        )
    if delivery.facts.get("what") == "others":
        return _(
            "%(portal)s: in 24 hours our staff will take passkeys and app away from your account. Not what you asked "
            "for? Cancel it: %(cancel)s"
        )
    return _(
        "%(portal)s: in 24 hours our staff will take %(key)s away from your account. Not what you asked for? Cancel "
        "it: %(cancel)s"
    )


def subject(delivery: Delivery) -> str:
    """What a mail is about, and the title in the inbox of the phone."""
    subjects = {
        "phone-asked": _("Your phone number is about to be changed"),
        "phone-changed": _("Your phone number was changed"),
        "phone-removed": _("Your phone number was removed"),
        "phone-added": _("A phone number was confirmed"),
        "phone-stopped": _("A change of how you sign in was undone"),
        "phone-ended": _("Your phone number was removed by our staff"),
        "texts-on": _("Codes by text were switched on"),
        "texts-off": _("Codes by text were switched off"),
        "texts-ended": _("Codes by text were switched off"),
        "weaker": (
            _("You signed in with a code of your app")
            if delivery.facts.get("by") == "totp"
            else _("You signed in with a code by text")
        ),
        "passkey-added": _("A passkey was added"),
        "passkey-ended": _("A passkey was removed"),
        "passkey-locked": _("A passkey was locked"),
        "others-ended": _("Passkeys and app were taken away by our staff"),
        "totp-added": _("An authenticator app was set up"),
        "totp-ended": _("An authenticator app was given up"),
        "totp-closed": _("An authenticator app was closed after wrong codes"),
        "recovery-made": _("New recovery codes were made"),
        "recovery-used": _("A recovery code was used"),
        "passcode-issued": _("A temporary passcode was issued"),
        "passcode-used": _("A temporary passcode was used"),
        "passcode-ended": _("A temporary passcode was taken back"),
        "refusal-lifted": _("Sign-ins are possible again from where you refused them"),
        "key-added": _("A phone was activated"),
        "key-first": _("A phone was activated"),
        "moved": _("A phone was activated without the earlier one"),
        "not-me": _("You said that something was not you"),
        "pin-changed": _("The PIN of your phone was changed"),
        "password": _("Your password was changed"),
        "password-reset": _("Choose a new password"),
        "displaced": _("A browser was signed out"),
        "sealed-sent": _("A temporary password was sent to your phone"),
        "sealed-used": _("A temporary password was used"),
        "locked": _("Your account was locked by our staff"),
        "unlocked": _("Your account was unlocked"),
        "woken": _("Your account was opened to a second factor"),
        "sessions-ended": _("You were signed out by our staff"),
        "key-locked": _("A phone was switched off by our staff"),
        "details-changed": _("Your username or e-mail address was changed"),
        "key-tried": _("A phone was locked after wrong PINs"),
        "key-given-up": _("A phone gave its key up"),
        "desk-proposed": _("Our staff will change how you sign in"),
        "desk-cancelled": _("A change by our staff was cancelled"),
        "key-ended": _("A phone was switched off"),
        "application-copied": _("You were signed out of an application"),
    }
    return subjects[delivery.kind]


def cancel_link(proposal: int) -> str:
    """The address at which whoever is told of what staff will do cancels it, without a sign-in (R-84)."""
    return settings.PORTAL_BASE_URL + reverse("proposal-cancel", args=[signing.dumps(proposal, salt=_CANCEL)])


def read_cancel(given: str) -> str:
    """Which proposal a cancel link names; empty for anything forged or too old."""
    try:
        return str(signing.loads(given, salt=_CANCEL, max_age=2 * policy.PROPOSAL_DELAY))
    except signing.BadSignature:
        return ""


def _stop(delivery: Delivery) -> str:
    if "key" in delivery.facts:
        return stop_link(f"key-{delivery.facts['key']}")
    for added in ("passkey", "totp"):
        if added in delivery.facts:
            return stop_link(f"{added}-{delivery.facts[added]}")
    told = "texts" if delivery.kind == "texts-ended" else "phone"
    return stop_link(f"{told}-{delivery.about.pk}") if delivery.about else ""


def _new_password(delivery: Delivery) -> str:
    """SECURITY: made here, when it is sent; no row, queue or log holds it."""
    if delivery.kind != "password-reset":
        return ""
    return links.new_password(delivery.user, until=delivery.deadline, epoch=delivery.facts["epoch"])


def stop_link(told: str) -> str:
    """The address at which whoever is told of a change, as `undoing.named` reads it, can undo it."""
    return settings.PORTAL_BASE_URL + reverse("phone-stop", args=[signing.dumps(told, salt=_STOP)])


def read_stop(given: str) -> str:
    """What a stop link tells of; empty for anything forged or too old. Whether it can be undone the rows say."""
    try:
        return str(signing.loads(given, salt=_STOP, max_age=2 * policy.PHONE_HOLD))
    except signing.BadSignature:
        return ""
