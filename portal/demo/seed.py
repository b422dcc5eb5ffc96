"""The demo's people. Seeding again changes nothing but a password that no longer fits."""

from dataclasses import dataclass

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.db import transaction

from portal.demo import require_demo

require_demo()


@dataclass(frozen=True)
class Person:
    username: str
    name: str
    is_staff: bool = False
    is_superuser: bool = False


_SUPPORT = ("view_user", "view_auditevent", "view_portalkey", "delete_portalkey", "delete_refusedorigin")
PEOPLE = (
    Person("dana", "Dana Chan"),
    Person("eli", "Eli Wong"),
    Person("mara", "Mara Lee"),
    Person("sol", "Sol Ito", is_staff=True),
    Person("root", "Root", is_staff=True, is_superuser=True),
)


def seed(password: str) -> None:
    """Make the people who are missing and give everyone this password; what they changed otherwise stays."""
    users = get_user_model().objects
    with transaction.atomic():
        present = {user.get_username(): user for user in users.filter(username__in=[each.username for each in PEOPLE])}
        for person in PEOPLE:
            user = present.get(person.username)
            if user is None:
                user = users.create_user(
                    person.username,
                    password=password,
                    name=person.name,
                    email=f"{person.username}@client.example",
                    is_staff=person.is_staff,
                    is_superuser=person.is_superuser,
                )
            elif not user.check_password(password):
                user.set_password(password)
                user.save(update_fields=["password"])
            if person.is_staff and not person.is_superuser:
                user.groups.add(_support_desk())


def _support_desk() -> Group:
    """What the demo's staff may do: look people and events up, and switch keys off."""
    group, _made = Group.objects.get_or_create(name="Support desk")
    allowed = Permission.objects.filter(codename__in=_SUPPORT, content_type__app_label__in=("accounts", "twofactor"))
    group.permissions.set(allowed)
    return group
