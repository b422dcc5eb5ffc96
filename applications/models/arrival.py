"""A person whom an application has sent here, and what it asked for, kept while they sign in and decide."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts.models import new_id


class Arrival(models.Model):
    """The application's request, as it came. Its address is short and its own, so that it outlives a sign-in.

    Whoever has signed in since it was made has done what it asked for: so nobody is asked twice.
    """

    id = models.CharField(primary_key=True, max_length=22, default=new_id, editable=False)
    application = models.ForeignKey(
        settings.OAUTH2_PROVIDER_APPLICATION_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    query = models.TextField()
    # SECURITY: by which browser it came; no other goes on with it.
    browser_digest = models.CharField(max_length=64)
    created = models.DateTimeField(default=timezone.now, db_index=True)
    answered_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"arrival {self.id}"
