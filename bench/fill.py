"""`python -m bench.fill N NAME ...`: N codes to carry to these people, all due now; with a queue, its errands too.

Rows as `carrying.send` makes them, without the pages and budgets around it: one sign-in, one code, one delivery each.
"""

import sys
from datetime import timedelta

import django


def main(count: int, names: list[str]) -> None:
    django.setup()
    from django.conf import settings
    from django.db import transaction
    from django.utils import timezone

    from accounts.models import Login, User
    from bench.carrier import number_of
    from twofactor import tasks
    from twofactor.models import Code, Delivery, Phone
    from twofactor.numbers import Number

    phones = []
    for at, user in enumerate(User.objects.filter(username__in=names).order_by("username")):
        phone = Phone.objects.verified(user) or Phone.fresh(user, Number(number_of(at), "HK"))
        phone.move("verify", verified_at=timezone.now(), confirmed=True, texts="on")
        phones.append(phone)
    ends, rows = timezone.now() + timedelta(minutes=5), []
    with transaction.atomic():
        for at in range(count):
            # Not the first of them, who signs in at a desk meanwhile: that would end what else is open for them.
            phone = phones[1:][at % len(phones[1:])]
            login = Login.objects.create(user=phone.user, auth_epoch=1, browser="none", expires=ends)
            code = Code.objects.create(user=phone.user, phone=phone, login=login, expires=ends)
            rows += [Delivery.objects.create(
                user=phone.user, way="text", kind="sign-in", phone=phone, code=code, language="en", country="HK",
                prefix=phone.prefix, deadline=ends,
            )]  # fmt: skip
    if settings.PORTAL_ERRANDS == "celery":
        # Here and now: this process ends with its last line, and so would a thread that publishes for it.
        for row in rows:
            tasks.publish(row.pk)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
