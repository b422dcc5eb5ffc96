from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ApplicationsConfig(AppConfig):
    name = "applications"
    verbose_name = _("Applications")

    def ready(self) -> None:
        # Not before the models are there.
        from accounts import pending
        from applications import entering

        pending.applications.append(entering.application_of)
