from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TwoFactorConfig(AppConfig):
    name = "twofactor"
    verbose_name = _("Second factor")

    def ready(self) -> None:
        # Not before the settings and the models are there; the checks register themselves.
        from accounts.models import password_changed, sessions_ended
        from twofactor import carrying, checks, live  # noqa: F401
        from twofactor.models import Phone

        sessions_ended.append(live.tell_person)
        password_changed.append(lambda user: carrying.notice(user, "password", also=Phone.objects.to_tell(user)))
