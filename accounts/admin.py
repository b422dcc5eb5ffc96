"""What staff see of people: who they are and what happened. Secrets have no field here, the record no pen (R-83)."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest

from accounts.models import AuditEvent, User


class Careful(admin.ModelAdmin):
    """SECURITY: a list can be narrowed by what it offers for that and by nothing else.

    The stock answers to `?password__startswith=` for any field of the model, a letter at a time (R-83).
    """

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        offered = {str(name) for name in (*self.list_filter, self.date_hierarchy, self.opts.pk.name) if name}
        return lookup.partition("__")[0] in offered


@admin.register(User)
class UserAdmin(Careful):
    list_display = ("username", "name", "email", "is_active", "is_staff", "last_login")
    search_fields = ("username", "name", "email")
    fields = ("username", "name", "email", "language", "is_active", "is_staff", "groups", "last_login", "created")
    readonly_fields = ("last_login", "created")
    filter_horizontal = ("groups",)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and "is_active" in form.changed_data:
            obj.bump_epoch()


class ReadOnly(Careful):
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
