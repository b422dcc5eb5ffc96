"""The articles of the help: what they are called, how they are grouped, and which belong together.

An article is a template for each language, templates/help/<language>/<slug>.html. What stands beside it on its
page (the way back, what comes next, what else to read) is made from this table.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _


class Article(NamedTuple):
    slug: str
    title: Any
    related: tuple[str, ...]


class Group(NamedTuple):
    """Articles by what brings a reader there, in the order of need. `place` is its id on the first page."""

    place: str
    title: Any
    articles: tuple[Article, ...]


GROUPS = (
    Group(
        "every-day",
        _("Every day"),
        (
            Article("signing-in", _("Signing in"), ("not-received", "pin")),
            Article("without-a-network", _("Signing in without a network"), ("not-received", "pin")),
            Article("applications", _("Signing in to an application"), ("devices", "activity")),
            Article("devices", _("Signing in on a device without a browser"), ("signing-in", "activity")),
            Article(
                "actions", _("When an application asks you to approve something"), ("without-a-network", "activity")
            ),
            Article("several-devices", _("Several devices, one key"), ("new-phone", "several-users")),
        ),
    ),
    Group(
        "your-phone",
        _("Setting up your phone"),
        (
            Article("why-the-key", _("Why your phone is the key"), ("activation", "signing-in")),
            Article("activation", _("Activating your phone"), ("scanning", "signing-in")),
            Article("installing", _("Installing it like an app"), ("this-browser", "activation")),
            Article("notifications", _("Notifications, and how to switch them on"), ("not-received", "installing")),
            Article("pin", _("PIN, fingerprint and face"), ("signing-in", "lost-phone")),
            Article("several-users", _("Several users on one phone"), ("activation", "pin")),
            Article("new-phone", _("Moving to a new phone"), ("activation", "lost-phone")),
            Article("this-browser", _("Will this browser do?"), ("installing", "notifications")),
        ),
    ),
    Group(
        "other-ways",
        _("Other ways to sign in"),
        (
            Article("phone-number", _("Setting and changing your phone number"), ("texts", "activity")),
            Article("text-codes", _("Codes by text and by call"), ("texts", "phone-number")),
            Article("passkeys", _("Passkeys"), ("signing-in", "authenticator-app-codes")),
            Article("authenticator-app-codes", _("Codes of an authenticator app"), ("passkeys", "signing-in")),
            Article("recovery-codes", _("Recovery codes"), ("lost-phone", "support-desk")),
        ),
    ),
    Group(
        "trouble",
        _("When something does not work"),
        (
            Article("not-received", _("When no notification arrives"), ("notifications", "without-a-network")),
            Article("scanning", _("Scanning QR codes"), ("activation", "this-browser")),
            Article("texts", _("When a text does not arrive"), ("text-codes", "activation")),
            Article("errors", _("When a page says no"), ("signing-in", "this-browser")),
            Article("lost-phone", _("When your phone is lost, or you cannot use it"), ("new-phone", "recovery-codes")),
        ),
    ),
    Group(
        "your-account",
        _("Your account"),
        (
            Article("passwords", _("Choosing and changing your password"), ("support-desk", "activity")),
            Article("activity", _("What happened in your account"), ("support-desk", "passwords", "actions")),
            Article("support-desk", _("What the support desk can do"), ("lost-phone", "activity")),
            Article("accessibility", _("Accessibility"), ("passkeys", "this-browser")),
            Article("glossary", _("What the words mean"), ("several-devices", "why-the-key")),
        ),
    ),
)
ARTICLES = {article.slug: article for group in GROUPS for article in group.articles}


def around(slug: str) -> dict[str, Any]:
    """What stands beside an article: its group, the one before, the one after, and those that belong to it."""
    group = next(group for group in GROUPS if ARTICLES[slug] in group.articles)
    place = group.articles.index(ARTICLES[slug])
    return {
        "group": group,
        "before": group.articles[place - 1] if place else None,
        "after": group.articles[place + 1] if place + 1 < len(group.articles) else None,
        "related": [ARTICLES[other] for other in ARTICLES[slug].related],
    }
