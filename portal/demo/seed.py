"""The demo's people. Seeding again changes nothing but a password that no longer fits."""

from dataclasses import dataclass

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from portal.demo import require_demo
from twofactor import numbers
from twofactor.models import Phone
from twofactor.models.phone import OFF, ON

require_demo()


@dataclass(frozen=True)
class Person:
    username: str
    name: str
    # A verified number, and whether codes by text complete the sign-in.
    number: str = ""
    texts: bool = False
    is_staff: bool = False
    is_superuser: bool = False


PEOPLE = (
    Person("dana", "Dana Chan", number="+85291234567"),
    Person("eli", "Eli Wong", number="+85261234567", texts=True),
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
                if person.number:
                    _give_number(user, person)
            elif not user.check_password(password):
                user.set_password(password)
                user.save(update_fields=["password"])
            if person.is_staff and not person.is_superuser:
                # The role that the migrations make, in the place of the one that demos had before.
                Group.objects.filter(name="Support desk").delete()
                user.groups.add(*Group.objects.filter(name="Support"))


def _give_number(user: User, person: Person) -> None:
    phone = Phone.fresh(user, numbers.known(person.number, "HK"))
    phone.move("verify", verified_at=timezone.now(), confirmed=True, texts=ON if person.texts else OFF)
