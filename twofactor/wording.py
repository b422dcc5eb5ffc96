"""What texts, calls and mails say, made at the moment of sending in the language of whoever gets it, and kept nowhere.

No word in them comes from a user (R-23).
"""

from __future__ import annotations

import json
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from twofactor import notices
from twofactor.gateways import Call, Message
from twofactor.models import Delivery, Subscription


def compose(delivery: Delivery) -> Message:
    """The message of this row, for its carrier. Unseals the number and derives the code: hand it on, do not keep it."""
    if delivery.way == "push":
        return _push(delivery)
    with translation.override(delivery.language):
        mail = delivery.way == "mail"
        # What is told of a mail address that was changed goes to the one before it, too.
        address = delivery.facts.get("mail") or delivery.user.email
        return Message(
            id=delivery.pk,
            way=delivery.way,
            to=address if mail or delivery.phone is None else delivery.phone.number,
            language=_tag(delivery),
            text="" if delivery.way == "call" else _text(delivery),
            subject=notices.subject(delivery) if mail else "",
            call=_call(delivery) if delivery.way == "call" else None,
            expires=delivery.deadline,
        )


def _push(delivery: Delivery) -> Message:
    """What wakes a phone: which key and which question, no more (protocol section 9)."""
    challenge = delivery.challenge
    subscription = Subscription.alive(challenge.key) if challenge else None
    return Message(
        id=delivery.pk,
        way="push",
        to=subscription.where.dump().decode() if subscription else "",
        language="",
        text=json.dumps({"v": 1, "kid": challenge.key.kid, "challenge": challenge.pk}) if challenge else "",
        subject=challenge.pk if challenge else "",
        expires=delivery.deadline,
    )


def script(delivery: Delivery) -> Call | None:
    """What a call says, or None once its code is over."""
    if delivery.code is None or delivery.code.standing != "live":
        return None
    with translation.override(delivery.language):
        return _call(delivery)


def _text(delivery: Delivery) -> str:
    names = {"portal": settings.PORTAL_NAME}
    if delivery.code is None:
        return notices.sentence(delivery)
    code = delivery.code.digits
    if delivery.kind == "sign-in":
        words = _(
            "%(code)s is your security code to sign in to %(portal)s. Tell it to nobody. Not you? Change your password."
        )
    else:
        words = _("%(code)s confirms this number at %(portal)s. Tell it to nobody.")
    # The last line ties the code to our address, for phones that fill it in: and only there.
    return f"{words % {**names, 'code': code}}\n@{urlsplit(settings.PORTAL_BASE_URL).hostname} #{code}"


def _call(delivery: Delivery) -> Call:
    names = {"portal": settings.PORTAL_NAME}
    digits = delivery.code.digits if delivery.code else ""
    return Call(
        greeting=_("Hello. This is %(portal)s with the code that you asked for.") % names,
        prompt=_("Press any key to hear it."),
        intro=_("Your code is:"),
        digits=tuple(digits),
        again=_("Once more:"),
        goodbye=_("Tell it to nobody. Goodbye."),
        nobody=_("No key was pressed, so the code stays here. Goodbye."),
        language=_tag(delivery),
    )


def on_the_phone(delivery: Delivery, language: str) -> tuple[str, str]:
    """A notice for the inbox of the phone that holds the key: its title, and the sentence of the mail."""
    with translation.override(language):
        return notices.subject(delivery), notices.sentence(delivery)


def _tag(delivery: Delivery) -> str:
    """BCP 47."""
    return translation.to_locale(delivery.language).replace("_", "-")
