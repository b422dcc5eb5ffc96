"""Which section helps with what the portal says: each refusal, and each way in which something ends.

The pages name what they say by these codes (`refuse` in accounts/forms.py, `extra_tags` of a message, `help_for` in a
template), the authenticator by the names of its sentences (templates/authenticator/words). That none is missing, and no
section named here is, tests/stories/test_help_reasons.py sees to.
"""

from __future__ import annotations

import re
from functools import lru_cache

from django.urls import reverse
from django.utils import translation

from portal.context import names
from portal.help import pages
from portal.help.articles import ARTICLES

AT_THE_DESK = {
    # Signing in
    "sign-in-wrong": "signing-in#refused",
    "sign-in-too-many": "signing-in#refused",
    "sign-in-refused-here": "signing-in#not-me",
    "sign-in-busy": "errors#busy",
    "sign-in-ended": "signing-in#ended",
    "notification-later": "not-received#order",
    "response-malformed": "without-a-network#unaccepted",
    "response-wrong": "without-a-network#unaccepted",
    "response-clock": "without-a-network#unaccepted",
    "response-too-many": "without-a-network#unaccepted",
    "action-later": "actions#over",
    "response-closed": "without-a-network#unaccepted",
    "challenge-over": "without-a-network#unaccepted",
    "passkey-refused": "passkeys#trouble",
    "app-code-refused": "authenticator-app-codes#trouble",
    "way-not-on": "lost-phone#ways",
    "recovery-code-refused": "recovery-codes#using",
    "passcode-refused": "support-desk#passcode",
    "passcode-half": "support-desk#passcode",
    # Devices without a browser
    "device-code-refused": "devices#trouble",
    "device-later": "not-received#order",
    "device-ended": "devices#trouble",
    # Codes by text and by call
    "code-malformed": "text-codes#refused",
    "code-wrong": "text-codes#refused",
    "code-over": "text-codes#refused",
    "code-too-many": "text-codes#refused",
    "text-later": "text-codes#again",
    "text-not-sent": "texts#else",
    "call-not-made": "texts#else",
    "texts-not-allowed": "text-codes#on",
    "number-refused": "phone-number#setting",
    "number-same": "phone-number#changing",
    "failed-number": "phone-number#changing",
    "failed-setup": "texts#else",
    "failed-unanswered": "text-codes#call",
    "failed-expired": "text-codes#again",
    "failed-other": "texts#restart",
    # The key, and what stands beside it
    "activation-number-refused": "activation#fails",
    "activation-disowned": "activation#used",
    "enrolment-code-refused": "support-desk#can",
    "test-later": "notifications#repair",
    "old-phone-later": "new-phone#old-phone",
    "name-refused": "several-users#names",
    "passkey-not-kept": "passkeys#trouble",
    "app-code-late": "authenticator-app-codes#setting-up",
    "sheet-not-proved": "recovery-codes#making",
    "sheet-late": "recovery-codes#making",
    "all-ended": "activity#not-me",
    # Passwords
    "short": "passwords#choosing",
    "common": "passwords#choosing",
    "pattern": "passwords#choosing",
    "own": "passwords#choosing",
    "place": "passwords#choosing",
    "password-same": "passwords#choosing",
    "password-differs": "passwords#changing",
    "link-later": "passwords#forgotten",
    "link-over": "passwords#forgotten",
    "undo-over": "phone-number#notice",
    # How a sign-in ends
    "ended-not-me": "signing-in#not-me",
    "ended-number": "signing-in#number",
    "ended-pin": "pin#wrong",
    "ended-code": "text-codes#refused",
    "ended-cancelled": "signing-in#ended",
    "ended-changed": "signing-in#ended",
    "ended-code-late": "texts#restart",
    "ended-late": "not-received#order",
    "locked-pin": "pin#locked",
    "locked-staff": "lost-phone#now",
    "locked-surrender": "new-phone#without",
    "locked-disowned": "activity#not-me",
    # Where a notification stays
    "push-off": "notifications#on",
    "push-gone": "notifications#repair",
    "push-queued": "not-received#order",
    "push-service": "without-a-network#steps",
    "push-setup": "without-a-network#steps",
    "push-phone": "not-received#order",
    "push-hidden": "notifications#on",
    "push-shown": "notifications#overlooked",
    # How an activation ends
    "invitation-enrolled": "activation#enrolled",
    "invitation-used": "activation#used",
    "invitation-pin": "activation#fails",
    "invitation-stopped": "activation#used",
}

AT_THE_AUTHENTICATOR = {
    "refused": "signing-in#not-me",
    "refused-action": "activity#not-me",
    "refused-application": "actions#not-me",
    "cancelled-application": "actions#over",
    "expired-application": "actions#over",
    "refused-caller": "support-desk#words",
    "cancelled-caller": "support-desk#words",
    "cancelled": "signing-in#ended",
    "cancelled-action": "activity#happened",
    "expired": "signing-in#ended",
    "expired-action": "signing-in#ended",
    "settled-approved": "activity#not-me",
    "settled-denied": "signing-in#not-me",
    "settled-superseded": "signing-in#ended",
    "settled-superseded-action": "signing-in#ended",
    "settled-superseded-application": "actions#over",
    "settled-failed": "pin#wrong",
    "settled-gone": "signing-in#ended",
    "locked": "pin#locked",
    "moved": "new-phone#afterwards",
    "gone": "activation#needs",
    "enrolled": "activation#enrolled",
    "unconfirmed": "activation#fails",
    "forgotten": "several-users#names",
}


def section(where: str) -> tuple[str, str]:
    """The address of a section, and its heading in the reader's language."""
    slug, _, place = where.partition("#")
    return f"{reverse('help-article', args=[slug])}#{place}", _headings(pages.language(), slug, tuple(names().items()))[
        place
    ]


@lru_cache(maxsize=256)
def _headings(language: str, slug: str, known: tuple[tuple[str, object], ...]) -> dict[str, str]:
    with translation.override(language):
        found = pages.headings(pages.written(slug, dict(known)))
        # Which step of how many it is, means nothing where the others are not in sight.
        plain = {place: re.sub(r"^\d+\. ", "", heading) for place, heading in found}
        return {"needs": str(ARTICLES[slug].title), **plain}
