from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TwoFactorConfig(AppConfig):
    name = "twofactor"
    verbose_name = _("Second factor")

    def ready(self) -> None:
        # Not before the settings and the models are there; the checks register themselves.
        from accounts import chain, checking
        from accounts.models import details_changed, password_changed, session_displaced, sessions_ended
        from twofactor import asking, carrying, checks, desk, live, proposing, receipts, recovery, tasks  # noqa: F401
        from twofactor.models import Phone

        tasks.chores.append(proposing.sweep)
        # What was left without its place in the record, by a process that has died.
        tasks.chores.append(chain.sweep)
        checking.also.append(receipts.broken)
        sessions_ended.append(live.tell_person)
        session_displaced.append(lambda user: carrying.notice(user, "displaced"))
        # SECURITY: first, so that nothing that goes wrong in telling keeps a passcode alive.
        password_changed.append(recovery.end_passcode)
        password_changed.append(lambda user: carrying.notice(user, "password", also=Phone.objects.to_tell(user)))
        details_changed.append(desk.tell_of_details)
        asking.key_locked.append(lambda user: carrying.notice(user, "key-tried", also=Phone.objects.to_tell(user)))
