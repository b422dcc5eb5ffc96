"""What staff see of people: who they are and what happened. Secrets have no field here, the record no pen (R-83)."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.models import AuditEvent, RefusedOrigin, User


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
    actions = ("lift_refusals",)

    @admin.action(
        description=_("Let the selected people sign in again from where they refused it"), permissions=["lift"]
    )
    def lift_refusals(self, request: HttpRequest, people: QuerySet[User]) -> None:
        """For "I did not start this" tapped by mistake. Recorded for each person."""
        for user in people:
            if RefusedOrigin.objects.filter(user=user).delete()[0]:
                audit.record("refusal.lift", user=user, request=request, by=f"staff-{request.user.pk}")
        self.message_user(request, gettext("The refusals are lifted."), messages.SUCCESS)

    def has_lift_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.delete_refusedorigin")

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        # SECURITY: who may edit people does not make themselves or others staff. Nor do they choose where the warnings
        # of an account go, and the stop links in them: an address is given once, when the person is made.
        if request.user.is_superuser:
            return self.readonly_fields
        return (*self.readonly_fields, "is_staff", "groups", *(("email",) if obj is not None else ()))

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
