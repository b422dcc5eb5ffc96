"""Notices by e-mail, through Django's own SMTP client and the server of PORTAL_MAIL_URL. No code goes this way."""

from __future__ import annotations

import logging
import smtplib
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from twofactor import policy
from twofactor.gateways import DeliveryFailed, Message, wire

WAYS = ("mail",)
# By its Message-ID, for mailboxes that look.
IDEMPOTENT = True
_log = logging.getLogger("portal.carriers")


def configured(way: str) -> bool:
    return bool(settings.PORTAL_MAIL_URL)


def reports() -> bool:
    return False


def send(message: Message) -> str:
    _demand_tls()
    failed = wire.within(lambda: _hand_over(message))
    if failed:
        raise failed
    return ""


def _demand_tls() -> None:
    address = urlsplit(settings.PORTAL_MAIL_URL)
    sealed = settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL or wire.is_loopback(address.hostname or "")
    # SECURITY: a password never crosses a network in clear. A relay of the own house may do without both.
    if settings.EMAIL_HOST_USER and not sealed:
        _log.error("PORTAL_MAIL_URL has a password and no TLS: no mail is sent")
        raise DeliveryFailed("setup", permanent=True)


def _hand_over(message: Message) -> DeliveryFailed | None:
    """What went wrong, if anything: returned and not raised, so that no error of SMTP, which quotes, hangs on to it."""
    domain = urlsplit(settings.PORTAL_BASE_URL).hostname
    headers = {
        # The same at every attempt, by which a mailbox knows a second copy.
        "Message-ID": f"<{message.id}@{domain}>",
        "Content-Language": message.language,
        # RFC 3834: no absence notice comes back.
        "Auto-Submitted": "auto-generated",
    }
    try:
        mail = EmailMessage(
            subject=message.subject,
            body=message.text,
            from_email=settings.PORTAL_MAIL_FROM or settings.DEFAULT_FROM_EMAIL,
            to=[message.to],
            headers=headers,
            connection=get_connection(timeout=policy.CARRIER_TOTAL),
        )
        mail.send()
    except smtplib.SMTPRecipientsRefused as refused:
        code = max((status for status, _words in refused.recipients.values()), default=0)
        return _failed("number", code)
    except smtplib.SMTPDataError as refused:
        return _failed("blocked", refused.smtp_code)
    except smtplib.SMTPNotSupportedError:
        return _failed("setup", 500)
    except smtplib.SMTPResponseException as refused:  # credentials, sender, greeting
        return _failed("setup", refused.smtp_code)
    except (smtplib.SMTPException, OSError) as problem:
        _log.warning("the mail server cannot be reached: %s", type(problem).__name__)
        return _failed("unreachable", 0)
    except ValueError:  # a line break in an address or a subject
        return _failed("malformed", 500)
    return None


def _failed(reason: str, code: int) -> DeliveryFailed:
    """Codes from 500 on are final; below, the server wants us to come back (RFC 5321, section 4.2.1)."""
    if code >= 500:
        if reason == "setup":
            _log.error("the mail server refuses us, with code %s: see PORTAL_MAIL_URL and PORTAL_MAIL_FROM", code)
        return DeliveryFailed(reason, permanent=True)
    return DeliveryFailed("busy" if code >= 400 else "unreachable", permanent=False)
