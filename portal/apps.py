from django.conf import settings
from django.contrib.admin import apps
from django.middleware import csrf

from accounts.drawing import word


class AdminConfig(apps.AdminConfig):
    default_site = "portal.admin.PortalAdmin"

    def ready(self) -> None:
        super().ready()
        # Not before the models are there.
        from portal import metrics, tracing

        # SECURITY: the same 32 of 62 signs as Django draws, in one draw.
        csrf._get_new_csrf_string = _secret_of_form  # noqa: SLF001
        metrics.begin()
        tracing.begin()
        if settings.REDIS_URL:
            # Tells every process of the portal which broker its errands go to.
            from portal import celery  # noqa: F401


def _secret_of_form() -> str:
    return word(csrf.CSRF_SECRET_LENGTH, csrf.CSRF_ALLOWED_CHARS)
