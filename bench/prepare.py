"""`python -m bench.prepare PASSWORD NAME ...`: tables, collected static files and people of a measured portal."""

import sys

import django
from django.core.management import call_command


def main(password: str, names: list[str]) -> None:
    django.setup()
    from accounts.models import User

    call_command("migrate", interactive=False, verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    first = User.objects.create_user(names[0], password=password, name=names[0].title())
    # One hash for all: they share the password, and nobody measures this.
    others = [User(username=name, password=first.password, name=name.title()) for name in names[1:]]
    User.objects.bulk_create(others)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
