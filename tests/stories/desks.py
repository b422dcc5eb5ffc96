"""The support desk, worked from the outside: who sits there, and the buttons they press."""

import importlib
from typing import Any

from django.apps import apps
from django.contrib.auth.models import Group
from django.test import Client

from accounts.models import User
from tests.again import once
from tests.factories import desk, person
from tests.stories.ways import activated, text
from twofactor import tasks
from twofactor.models import Proposal

DAY = 86_400


def roles() -> None:
    """Both roles, as the migrations make them: a test that empties all tables takes them away."""
    for name in ("0007_roles", "0010_roles_see_factors"):
        importlib.import_module(f"twofactor.migrations.{name}").make(apps, None)


def staff(username: str = "sol", role: str = "Support", **fields: Any) -> Client:
    """A browser in which a member of the staff with this role has just signed in with their key."""

    def signed_in() -> Client:
        roles()
        user = person(username, is_staff=True, **fields)
        user.groups.set(Group.objects.filter(name=role))
        browser = desk()
        activated(browser, user)
        return browser

    return once(f"{username}, {role or 'no role'}, {fields}", signed_in)


def officer(username: str = "ida", **fields: Any) -> Client:
    return staff(username, "Security officer", **fields)


def root() -> Client:
    return staff("root", "", is_superuser=True)


def page(user: User, deed: str = "", row: object = "") -> str:
    parts = [f"/admin/accounts/user/{user.pk}/desk", *([deed] if deed else []), *([str(row)] if row else [])]
    return "/".join(parts) + "/"


def press(browser: Client, user: User, deed: str, row: object = "", reason: str = "Ticket 4711") -> Any:
    """On the page of this deed, say why and press its button."""
    return browser.post(page(user, deed, row), {"reason": reason})


def did(answer: Any, user: User) -> bool:
    """Whether it was done: the desk goes back to the client's page."""
    return answer.status_code == 302 and answer["Location"] == page(user)


def seen(browser: Client, user: User) -> str:
    """The client's page, as words."""
    return text(browser.get(page(user)))


def proposed(user: User) -> Proposal:
    return Proposal.objects.filter(user=user).latest("pk")


def a_day_passes(clock: Any) -> None:
    """And a moment more; whatever falls due is done."""
    clock.shift(DAY + 1)
    tasks.do_chores()
