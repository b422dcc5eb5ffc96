from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ApplicationsConfig(AppConfig):
    name = "applications"
    verbose_name = _("Applications")

    def ready(self) -> None:
        # Not before the models are there.
        from accounts import pending
        from applications import entering, tidying
        from applications.models import SigningKey
        from twofactor import rotating, tasks

        pending.applications.append(entering.application_of)
        rotating.COLUMNS.append(rotating.Column(SigningKey, "sealed", "signing.private", "kid"))
        tasks.chores.append(tidying.sweep)
