"""Whom to ask, by country, when a telephone company keeps texts back as spam (B12). Staff keep the list."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import translation
from django.utils.translation import gettext_lazy as _


class FilterContact(models.Model):
    """One company or office of one country, and how to reach it, in both languages."""

    country = models.CharField(_("country"), max_length=2, help_text=_("Two letters, as in HK."))
    service = models.CharField(_("company or service"), max_length=80)
    service_zh = models.CharField(_("company or service, in Chinese"), max_length=80, blank=True)
    how = models.CharField(_("how to contact it"), max_length=300)
    how_zh = models.CharField(_("how to contact it, in Chinese"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("contact about filtered texts")
        verbose_name_plural = _("contacts about filtered texts")
        ordering: ClassVar = ["country", "service"]

    def __str__(self) -> str:
        return f"{self.country} {self.name}"

    @property
    def name(self) -> str:
        return (_is_chinese() and self.service_zh) or self.service

    @property
    def words(self) -> str:
        return (_is_chinese() and self.how_zh) or self.how


def _is_chinese() -> bool:
    return (translation.get_language() or "").startswith("zh")
