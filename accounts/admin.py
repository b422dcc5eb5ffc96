"""What staff see of people, and what every list of the administration keeps to. Secrets have no field here (R-83)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.utils import display_for_value
from django.db.models import BLANK_CHOICE_DASH, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.doors import person
from accounts.models import User, details_changed


class Careful(admin.ModelAdmin):
    """SECURITY: a list can be narrowed by what it offers for that and by nothing else.

    The stock answers to `?password__startswith=` for any field of the model, a letter at a time (R-83).
    """

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        filters = (
            each[0] if isinstance(each, tuple) else getattr(each, "parameter_name", each) for each in self.list_filter
        )
        offered = {str(name) for name in (*filters, self.date_hierarchy, self.opts.pk.name) if name}
        return lookup.partition("__")[0] in offered


def column(name: str, label: Any, words: Mapping[str, object] | None = None) -> Any:
    """A field under a label of ours; where it keeps a code, words stand for it."""

    @admin.display(description=label, ordering=name)
    def shown(row: Any) -> Any:
        value = getattr(row, name)
        return words[value] if words and value in words else display_for_value(value, "-")

    return shown


def narrowed(name: str, label: Any, words: Mapping[str, object] | None = None) -> Any:
    """A filter over the codes of a field, in the same words; rows without one are found by a word, too."""

    class Worded(admin.AllValuesFieldListFilter):
        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, **named)
            self.title = label

        def choices(self, changelist: Any) -> Iterator[Any]:
            for choice in super().choices(changelist):
                code = str(choice["display"])
                yield {**choice, "display": (words or {}).get(code, code) or gettext("None")}

    return name, Worded


@admin.register(User)
class UserAdmin(Careful):
    list_display = ("username", "name", "email", "is_active", "is_staff", "last_login", "at_the_desk")
    search_fields = ("username", "name", "email")
    fields = ("username", "name", "email", "language", "is_active", "is_staff", "groups", "last_login", "created")
    readonly_fields = ("last_login", "created")
    filter_horizontal = ("groups",)

    @admin.display(description=_("support desk"))
    def at_the_desk(self, user: User) -> str:
        page = reverse("admin:desk", args=[user.pk], current_app=self.admin_site.name)
        return format_html('<a href="{}">{}</a>', page, gettext("Open"))

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        # Which languages there are is a question of folders, and none of the database.
        if db_field.name == "language":
            choices = [*BLANK_CHOICE_DASH, *settings.LANGUAGES]
            return forms.ChoiceField(label=capfirst(db_field.verbose_name), choices=choices, required=False)
        return super().formfield_for_dbfield(db_field, request, **options)

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        return self.list_display if request.user.has_perm("twofactor.view_desk") else self.list_display[:-1]

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        # SECURITY: an account is locked and unlocked at the desk, where it takes a reason and is told to the client.
        fixed = (*self.readonly_fields, *(("is_active",) if obj is not None else ()))
        # SECURITY: who may edit people does not make themselves or others staff. Nor do they choose where the warnings
        # of an account go, and the stop links in them: an address is given once, when the person is made.
        if request.user.is_superuser:
            return fixed
        return (*fixed, "is_staff", "groups", *(("email",) if obj is not None else ()))

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return self._reaches(request, obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return self._reaches(request, obj) and super().has_delete_permission(request, obj)

    @staticmethod
    def _reaches(request: HttpRequest, obj: User | None) -> bool:
        """SECURITY: only superusers edit those who administrate."""
        return obj is None or request.user.is_superuser or not (obj.is_staff or obj.is_superuser)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        mail = User.objects.values_list("email", flat=True).get(pk=obj.pk) if change else ""
        super().save_model(request, obj, form, change)
        _record("user.edit" if change else "user.make", request, obj, _named(form))
        if change and not {"username", "email"}.isdisjoint(form.changed_data):
            for tell in details_changed:
                tell(obj, mail)
        if change and "is_staff" in form.changed_data:
            obj.bump_epoch()

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        _record("user.delete", request, obj)
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            self.delete_model(request, user)


def _record(kind: str, request: HttpRequest, user: User, why: str = "") -> None:
    audit.record(kind, user=user, request=request, why=why, **audit.by_staff(person(request)))


def _named(form: Any) -> str:
    """Which fields were filled in: their names, and not what stands in them."""
    return ", ".join(form.changed_data)


class ReadOnly(Careful):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
