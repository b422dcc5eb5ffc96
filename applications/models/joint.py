"""Accounts that several people hold: a couple's, a company's. Who holds them is staff's to say."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class JointAccount(models.Model):
    """What an application names as `account:NAME`, and how many of its holders must approve what is asked of it."""

    class Rule(models.TextChoices):
        ANY = "any", _("Any one of its holders")
        TWO = "two", _("Two different holders")

    name = models.SlugField(
        pgettext_lazy("of a thing", "name"),
        max_length=64,
        unique=True,
        help_text=_("Applications name it by this. It cannot be reused."),
    )
    title = models.CharField(_("title"), max_length=120, help_text=_("What its holders read on their phones."))
    rule = models.CharField(_("who must approve"), max_length=3, choices=Rule.choices, default=Rule.TWO)
    holders = models.ManyToManyField(settings.AUTH_USER_MODEL, verbose_name=_("holders"), related_name="joint_accounts")
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("Unset this, and nobody is asked for it any more.")
    )

    class Meta:
        verbose_name = _("joint account")
        verbose_name_plural = _("joint accounts")
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.title

    @property
    def people(self) -> int:
        """How many different holders it takes."""
        return 2 if self.rule == self.Rule.TWO else 1
