"""Keys, numbers and deliveries for staff: seen, ended, opened again; never made, moved, read or set (R-83, R-85)."""

from __future__ import annotations

from typing import ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextareaWidget
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.admin import Careful, ReadOnly
from twofactor import budgets, enrolment, numbers, phones
from twofactor.forms import country_name
from twofactor.models import ClosedPrefix, Delivery, FilterContact, Phone, PortalKey

# What `gateways.REASONS` are called where staff read them.
REASONS = {
    "number": _("The number cannot receive it"),
    "blocked": _("A filter or the owner of the number stopped it"),
    "busy": _("The carrier asked us to wait"),
    "unreachable": _("The carrier could not be reached"),
    "setup": _("The carrier refused it, because of how the portal is set up there"),
    "malformed": _("The carrier's answer made no sense"),
    "unanswered": _("Nobody took the call, or no key was pressed"),
    "expired": _("Its time was over before it could be sent"),
    "gone": _("The phone's subscription to notifications has ended"),
}


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


@admin.register(Phone)
class PhoneAdmin(ReadOnly):
    """SECURITY: staff neither read a number nor set or confirm one: its country and last digits are all there is."""

    list_display = ("masked", "user", "country", "state", "texts", "verified_at")
    list_filter = ("state", "texts", "country")
    list_select_related = ("user",)
    search_fields = ("user__username", "user__name")
    fields = ("masked", "user", "country", "state", "texts", "held_until", "created", "verified_at", "retired_at")
    readonly_fields = ("masked",)
    actions = ("end",)

    @admin.action(description=_("Take the selected numbers away and end their people's sessions"), permissions=["end"])
    def end(self, request: HttpRequest, numbers_of: QuerySet[Phone]) -> None:
        ended = sum(phones.end(request, phone) for phone in numbers_of)
        text = ngettext("%(count)d number is taken away.", "%(count)d numbers are taken away.", ended)
        self.message_user(request, text % {"count": ended}, messages.SUCCESS)

    def has_end_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("twofactor.delete_phone")

    @admin.display(description=_("phone number"))
    def masked(self, phone: Phone) -> str:
        return phone.masked


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly):
    """SECURITY: what was said is in no row, and the number stands here as on every other page: masked."""

    list_display = ("created", "user", "kind", "way", "to", "state", "reason", "carrier")
    list_per_page = 50
    list_filter = ("state", "way", "kind", "reason", "carrier", "country")
    list_select_related = ("user", "phone")
    search_fields = ("user__username", "user__name")
    date_hierarchy = "created"
    fields: ClassVar = (
        *("created", "user", "kind", "way", "to", "country", "state", "why", "carrier", "attempts"),
        *("handed_at", "delivered_at", "failed_at"),
    )
    readonly_fields = ("to", "why")

    @admin.display(description=_("to"))
    def to(self, delivery: Delivery) -> str:
        return delivery.phone.masked if delivery.phone else gettext("the person's e-mail address")

    @admin.display(description=_("reason"))
    def why(self, delivery: Delivery) -> str:
        return str(REASONS.get(delivery.reason, delivery.reason))


@admin.register(ClosedPrefix)
class ClosedPrefixAdmin(ReadOnly):
    list_display = ("prefix", "country", "since", "until", "sends", "used")
    ordering = ("-until",)
    actions = ("reopen",)

    @admin.action(description=_("Open the selected prefixes again"), permissions=["reopen"])
    def reopen(self, request: HttpRequest, rows: QuerySet[ClosedPrefix]) -> None:
        """The row stays: what is counted against the prefix begins anew where its last closing ended."""
        opened = 0
        for row in rows:
            if budgets.reopen(row):
                by = f"staff-{request.user.pk}"
                audit.record("prefix.reopen", request=request, country=row.country, prefix=row.prefix, by=by)
                opened += 1
        text = ngettext("%(count)d prefix is open again.", "%(count)d prefixes are open again.", opened)
        self.message_user(request, text % {"count": opened}, messages.SUCCESS)

    def has_reopen_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("twofactor.delete_closedprefix")


def every_country() -> list[tuple[str, str]]:
    """Every country that has telephone numbers, by its name in the reader's language."""
    named = [(country, f"{country_name(country)} ({country})") for country in numbers.supported()]
    return [("", "---------"), *sorted(named, key=lambda pair: pair[1])]


class ContactForm(forms.ModelForm):
    # A list to choose from, so that no country exists in two spellings or not at all.
    country = forms.ChoiceField(label=_("Country"), choices=every_country)

    class Meta:
        model = FilterContact
        fields = ("country", "service", "service_zh", "how", "how_zh")
        widgets: ClassVar = {name: AdminTextareaWidget({"rows": 5}) for name in ("how", "how_zh")}


@admin.register(FilterContact)
class FilterContactAdmin(Careful):
    form = ContactForm
    list_display = ("service", "where", "how")
    list_filter = ("country",)
    search_fields = ("service", "service_zh", "how", "how_zh")

    @admin.display(description=_("country"), ordering="country")
    def where(self, contact: FilterContact) -> str:
        return country_name(contact.country)
