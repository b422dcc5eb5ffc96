"""`python -m bench.another_day`: nothing is left in any counter, so that people may be sent texts again."""

import django


def main() -> None:
    django.setup()
    from accounts.models import Tally
    from twofactor.models import Delivery

    Tally.objects.all().delete()
    Delivery.objects.all().delete()


if __name__ == "__main__":
    main()
