from django.conf import settings
from django.contrib.admin import apps


class AdminConfig(apps.AdminConfig):
    default_site = "portal.admin.PortalAdmin"

    def ready(self) -> None:
        super().ready()
        # Not before the models are there.
        from portal import metrics, tracing

        metrics.begin()
        tracing.begin()
        if settings.REDIS_URL:
            # Tells every process of the portal which broker its errands go to.
            from portal import celery  # noqa: F401
