"""Keys for staff: seen and revoked, never made, moved, read or unlocked (R-83, R-85)."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.admin import ReadOnly
from twofactor import enrolment
from twofactor.models import PortalKey


@admin.register(PortalKey)
class PortalKeyAdmin(ReadOnly):
    list_display = ("user", "name", "platform", "state", "activated_at", "last_used_at")
    list_filter = ("state", "platform")
    search_fields = ("user__username", "user__name", "name")
    fields = ("user", "name", "platform", "state", "activated_at", "last_used_at")
    actions = ("revoke",)

    @admin.action(description=_("Revoke the selected keys and end their people's sessions"), permissions=["delete_key"])
    def revoke(self, request: HttpRequest, keys: QuerySet[PortalKey]) -> None:
        ended = sum(enrolment.end_key(key, reason="staff", request=request) for key in keys)
        text = ngettext("%(count)d key is revoked.", "%(count)d keys are revoked.", ended) % {"count": ended}
        self.message_user(request, text, messages.SUCCESS)

    def has_delete_key_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("twofactor.delete_portalkey")
