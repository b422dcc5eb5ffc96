from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TwoFactorConfig(AppConfig):
    name = "twofactor"
    verbose_name = _("Second factor")

    def ready(self) -> None:
        from twofactor import checks  # noqa: F401 - registers itself, once the settings are there
