"""What staff see of people: who they are and what happened. Secrets have no field here, the record no pen (R-83)."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest

from accounts.models import AuditEvent, User


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    list_display = ("username", "name", "email", "is_active", "is_staff", "last_login")
    search_fields = ("username", "name", "email")
    fields = ("username", "name", "email", "language", "is_active", "is_staff", "groups", "last_login", "created")
    readonly_fields = ("last_login", "created")
    filter_horizontal = ("groups",)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and "is_active" in form.changed_data:
            obj.bump_epoch()


class ReadOnly(admin.ModelAdmin):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnly):
    list_display = ("at", "kind", "outcome", "reason", "user", "browser", "address")
    list_filter: ClassVar = ("outcome", "kind")
    search_fields = ("user__username", "kind", "reason", "login_id")
    date_hierarchy = "at"
