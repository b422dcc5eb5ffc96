"""A question to a phone, and nothing else."""

import secrets

from django.conf import settings
from django.db import models


def new_id() -> str:
    return secrets.token_urlsafe(16)


class Question(models.Model):
    id = models.CharField(primary_key=True, max_length=22, default=new_id)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    state = models.CharField(max_length=16, default="pending")
    public_key = models.TextField()

    class Meta:
        app_label = "stock"

    def __str__(self) -> str:
        return self.id
