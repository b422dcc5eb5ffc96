from django.conf import LazySettings, settings
from django.contrib.admin import apps


class AdminConfig(apps.AdminConfig):
    default_site = "portal.admin.PortalAdmin"

    def ready(self) -> None:
        super().ready()
        # Not before the models are there.
        from portal import metrics, nearby, tokens, tracing

        _read_settings_straight()
        nearby.begin()
        tokens.begin()
        metrics.begin()
        tracing.begin()
        if settings.REDIS_URL:
            # Tells every process of the portal which broker its errands go to.
            from portal import celery  # noqa: F401


def _read_settings_straight() -> None:
    """What has been read once is kept by Django's settings, but each look at it takes a detour of its lazy objects.

    They hide by it what they have not wrapped; settings hide nothing, and a page looks at fifty.
    """
    LazySettings.__getattribute__ = object.__getattribute__  # type: ignore[method-assign]
