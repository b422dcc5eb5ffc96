"""Applications as staff manage them. What people and applications were given is in no list: nobody reads a token."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, ClassVar, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms.widgets import Script
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from oauth2_provider import models as library

from accounts import audit
from accounts.admin import Careful, column
from accounts.doors import person
from accounts.models import User
from applications import switching
from applications.models import Application, JointAccount
from twofactor import roles

# SECURITY: the library's own pages show what opens doors, and know nothing of our rights.
for _given in (
    library.get_application_model(),
    library.get_access_token_model(),
    library.get_device_grant_model(),
    library.get_grant_model(),
    library.get_id_token_model(),
    library.get_refresh_token_model(),
):
    if admin.site.is_registered(_given):
        admin.site.unregister(_given)


class ApplicationForm(forms.ModelForm):
    """Addresses stand one on a line: so each can be read, and compared."""

    class Meta:
        model = Application
        fields = "__all__"  # noqa: DJ007 - `ApplicationAdmin.fieldsets` says which
        widgets = {
            name: forms.Textarea(attrs={"rows": 3, "cols": 80, "spellcheck": "false"})
            for name in ("redirect_uris", "post_logout_redirect_uris", "allowed_origins")
        }


@admin.register(Application)
class ApplicationAdmin(Careful):
    form = ApplicationForm
    list_display = ("name", "description", "client_type", "skip_authorization", "is_active")
    list_filter = ("is_active", "client_type", "skip_authorization")
    search_fields = ("name", "client_id")
    changed = column("updated", _("last changed"))
    readonly_fields = ("client_id", "created", changed)
    fieldsets = (
        (None, {"fields": ("name", "description", "is_active", "client_id", "client_type", "skip_authorization")}),
        (
            _("Signing in with a browser"),
            {"fields": ("signs_in", "redirect_uris", "post_logout_redirect_uris", "launch_url", "allowed_origins")},
        ),
        (
            _("Other ways"),
            {"fields": ("signs_in_devices", "asks_phones", "asks_actions", "delivery", "notified_at_url")},
        ),
        (_("Dates"), {"fields": ("created", changed)}),
    )
    change_form_template = "admin/application.html"

    def get_urls(self) -> list[Any]:
        new = path("<int:pk>/secret/", self.admin_site.admin_view(self.new_secret), name="applications_secret")
        return [new, *super().get_urls()]

    def save_model(self, request: HttpRequest, obj: Application, form: Any, change: bool) -> None:
        if not change:
            # SECURITY: shown once, by `response_add`; what is written down is its digest.
            obj.new_secret()
        super().save_model(request, obj, form, change)
        switching.application_changed(obj)
        _record("application.edit" if change else "application.make", request, obj, ", ".join(form.changed_data))

    def response_add(
        self, request: HttpRequest, obj: Application, post_url_continue: str | None = None
    ) -> HttpResponse:
        if obj.client_type == Application.CLIENT_PUBLIC:
            return super().response_add(request, obj, post_url_continue)
        return self._shown(request, obj)

    def new_secret(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Another secret, shown once. The one before it is worth nothing from this moment on."""
        application = get_object_or_404(Application, pk=pk)
        if not self.has_change_permission(request, application):
            raise PermissionDenied
        if request.method != "POST" or application.client_type == Application.CLIENT_PUBLIC:
            return HttpResponse(status=HTTPStatus.METHOD_NOT_ALLOWED, headers={"Allow": "POST"})
        application.new_secret()
        application.save(update_fields=["client_secret", "updated"])
        _record("application.secret", request, application)
        return self._shown(request, application)

    def _shown(self, request: HttpRequest, application: Application) -> HttpResponse:
        """SECURITY: the answer itself, and no message: those are kept in a session, which is a row."""
        page = {**self.admin_site.each_context(request), "title": gettext("The secret of this application")}
        return render(request, "admin/secret.html", {**page, "application": application, "secret": application.shown})

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What was approved stays. The stock page would list each of thousands."""
        asked = [each.name for each in objs if each.actions.exists()]
        words = gettext("%(application)s has asked for approvals, and what was approved stays. Switch it off instead.")
        if asked:
            return [], {}, set(), [words % {"application": name} for name in asked]
        return super().get_deleted_objects(objs, request)

    def delete_model(self, request: HttpRequest, obj: Application) -> None:
        _record("application.delete", request, obj)
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Application]) -> None:
        for application in queryset:
            self.delete_model(request, application)


def _record(kind: str, request: HttpRequest, application: Application, why: str = "") -> None:
    facts = audit.by_staff(person(request))
    audit.record(kind, request=request, application=application.name, why=why, **facts)


class JointAccountForm(forms.ModelForm):
    """SECURITY: nobody makes themselves a holder: who approves payments is for somebody else to say.

    Nor an account that could be theirs: two accounts are two people where two e-mail addresses say so (R-84).
    """

    staff: ClassVar[User]

    def clean_holders(self) -> Any:
        holders = self.cleaned_data["holders"]
        known = set(self.instance.holders.values_list("pk", flat=True)) if self.instance.pk else set()
        added = [each for each in holders if each.pk not in known]
        if any(roles.is_same(self.staff, each) for each in added):
            raise forms.ValidationError(_("You cannot make yourself a holder. Ask somebody else of the staff."))
        if not all(roles.is_another(self.staff, each) for each in added):
            words = _("Whoever has no e-mail address could be anybody. A new holder needs one, and so do you.")
            raise forms.ValidationError(words)
        return holders


@admin.register(JointAccount)
class JointAccountAdmin(Careful):
    """Who holds which account, and how many of them it takes."""

    form = JointAccountForm
    list_display = ("title", "name", "rule", "is_active")
    list_filter = ("rule", "is_active")
    search_fields = ("name", "title")
    autocomplete_fields = ("holders",)

    class Media:
        js = (Script("js/admin/searched.js", type="module"),)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        return type("OfThisStaff", (form,), {"staff": request.user})

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        # Applications know it by its name.
        return ("name",) if obj else ()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # SECURITY: who holds an account lowers no rule of it, and takes no other holder away.
        mine = obj is not None and any(roles.is_same(cast(User, request.user), each) for each in obj.holders.all())
        return not mine and super().has_change_permission(request, obj)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        obj = self.get_object(request, unquote(object_id))
        if (
            obj is not None
            and super().has_change_permission(request, obj)
            and not self.has_change_permission(request, obj)
        ):
            messages.info(request, gettext("You hold this account, so somebody else of the staff changes it."))
        return super().change_view(request, object_id, form_url, extra_context)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # What was approved for it stays. It can be switched off.
        return False

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        row = form.instance
        switching.account_changed(row)
        audit.record(
            "joint.edit", request=request, purpose=row.name, state=row.rule, count=row.holders.count(),
            **audit.by_staff(cast(User, request.user)),
        )  # fmt: skip
