"""The demo as a Django app: it loads only where PORTAL_DEMO=1."""

from django.apps import AppConfig

from portal.demo import require_demo

require_demo()


class DemoConfig(AppConfig):
    name = "portal.demo"
    label = "demo"
    verbose_name = "Demo"

    def ready(self) -> None:
        from portal.demo import phone  # not before the models are there

        phone.listen()
