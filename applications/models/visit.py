"""A person's visit to an application: on this one row hangs everything that the application is given for them."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts.models import OpenSession, new_id
from accounts.policy import SESSION_LIFE, STAFF_SESSION_LIFE


class Visit(models.Model):
    """From a sign-in to an application until it is over: how strongly, when and by which session it was opened.

    Whatever an application holds (codes, tokens) is good as long as its visit is. So there is one place to end it, and
    one place to look: nothing that is given later can say more of the sign-in than what stands here.
    """

    id = models.CharField(primary_key=True, max_length=22, default=new_id, editable=False)
    application = models.ForeignKey(
        settings.OAUTH2_PROVIDER_APPLICATION_MODEL, on_delete=models.CASCADE, related_name="visits"
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="visits")
    # SECURITY: a change of password or factor, the lock of staff and "sign out everywhere" end every visit.
    auth_epoch = models.PositiveIntegerField()
    # None where no browser of the portal was signed in (a device, a request on the phone). Its row may go, and nobody
    # asks us: then the visit is over, unless it is `offline`.
    session = models.ForeignKey(
        OpenSession, null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+"
    )
    # The person's application goes on without them (offline_access): the end of the session is not the visit's.
    offline = models.BooleanField(default=False)
    scope = models.CharField(max_length=200)
    acr = models.CharField(max_length=16)
    amr = models.JSONField(default=list)
    auth_time = models.DateTimeField()
    created = models.DateTimeField(default=timezone.now)
    # When the application last fetched something for it; None: it has never come for what it was promised.
    used = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=24, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["user", "application", "-created"], name="visits_of_user"),
            models.Index(fields=["session"], name="visits_of_session", condition=models.Q(ended_at=None)),
        ]

    def __str__(self) -> str:
        return f"visit {self.id}"

    @property
    def is_alive(self) -> bool:
        """Whether what was given for it is good at this moment. SECURITY: the one place where that is decided."""
        if self.ended_at is not None or not self.application.is_active:
            return False
        if not self.user.is_active or self.user.auth_epoch != self.auth_epoch:
            return False
        if not self._is_way_open():
            return False
        return self.offline or self._session_goes_on()

    def _is_way_open(self) -> bool:
        """Whether its application may still sign people in as this one came: by a browser, or without one."""
        by_browser = self.application.GRANT_AUTHORIZATION_CODE
        grants = self.application.grants
        return by_browser in grants if self.session_id is not None else bool(grants - {by_browser})

    def _session_goes_on(self) -> bool:
        if self.session_id is None:
            return True
        life = STAFF_SESSION_LIFE if self.user.is_staff else SESSION_LIFE
        if self.auth_time + timedelta(seconds=life) <= timezone.now():
            return False
        return OpenSession.objects.filter(pk=self.session_id).exists()
