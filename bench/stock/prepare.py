"""`python -m bench.stock.prepare PASSWORD NAME ...`: tables and people of the stock assembly."""

import sys

import django
from django.core.management import call_command


def main(password: str, names: list[str]) -> None:
    django.setup()
    from django.contrib.auth.models import User

    from bench.stock.models import Question
    from bench.stock.phone import public_key

    call_command("migrate", interactive=False, verbosity=0)
    # What has no migrations comes second: it refers to what has.
    call_command("migrate", interactive=False, verbosity=0, run_syncdb=True)
    first = User.objects.create_user(names[0], password=password)
    others = User.objects.bulk_create([User(username=name, password=first.password) for name in names[1:]])
    # An earlier question of theirs, by which a later one knows their phone.
    Question.objects.bulk_create([Question(user=user, public_key=public_key()) for user in (first, *others)])


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
