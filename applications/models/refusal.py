"""Applications that a person does not want to hear of for a while."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from accounts.models import User
from applications import policy
from applications.models.application import Application


class Refusals(models.Manager["Refusal"]):
    def stands(self, application: Application, user: User) -> bool:
        return self.filter(application=application, user=user, until__gt=timezone.now()).exists()


class Refusal(models.Model):
    """ "That was not me", said of what an application asked: it asks this person nothing more until then."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="refusals")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="refused_applications")
    since = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField()

    objects = Refusals()

    class Meta:
        default_permissions: ClassVar = []
        indexes: ClassVar = [models.Index(fields=["user", "application", "until"], name="refused_applications")]

    def __str__(self) -> str:
        return f"refused until {self.until:%Y-%m-%d %H:%M}"

    @classmethod
    def make(cls, application_id: int, user_id: int) -> None:
        until = timezone.now() + policy.APPLICATION_REFUSED
        cls.objects.create(application_id=application_id, user_id=user_id, until=until)
