"""Keys, numbers, deliveries, proposals for staff: seen, opened again; never made, moved, read or set (R-83, R-85)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextareaWidget
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.admin import Careful, ReadOnly, column, narrowed
from accounts.doors import person
from twofactor import budgets, notices, numbers
from twofactor.forms import country_name
from twofactor.models import ClosedPrefix, Delivery, FilterContact, Passkey, Phone, PortalKey, Proposal, Receipt, Totp
from twofactor.models.key import PLATFORMS
from twofactor.record_admin import AuditEventAdmin as AuditEventAdmin
from twofactor.views.activity import receipt_page

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
# What the codes of states and the like are called there.
STATES = {
    "pending": _("Begun"),
    "active": _("Active"),
    "locked": _("Locked"),
    "replaced": _("Replaced"),
    "revoked": _("Taken away"),
    "new": _("Begun"),
    "dropped": _("Given up"),
    "ended": _("Ended"),
    "unverified": _("Not confirmed"),
    "verified": _("Confirmed"),
    "retired": _("Given up"),
    "queued": _("Waits"),
    "sending": _("Is being sent"),
    "handed": _("Handed over"),
    "delivered": _("Arrived"),
    "failed": _("Failed"),
}
TEXTS = {"on": _("On"), "off": _("Off"), "rests": _("Resting")}
WAYS = {"text": _("Text"), "call": _("Call"), "mail": _("E-mail"), "push": _("Notification")}
# Notices are called by what they are about.
KINDS = {
    "sign-in": _("Code to sign in"),
    "confirm": _("Code that confirms a number"),
    "test": _("Test"),
    "ask": _("Notification of a question"),
    "withdraw": _("A notification is taken back"),
    "probe": _("Trial of notifications"),
}
PURPOSES = {"sign-in": _("Sign-in"), "action": _("Consent"), "test": _("Test")}
# Fields of django_otp have no labels that could be translated.
USER, NAME = column("user", _("person")), column("name", _("name"))
STATE = column("state", _("state"), STATES)
PLATFORM = column("platform", _("platform"), PLATFORMS)
BY_STATE = narrowed("state", _("state"), STATES)


def desk_link(pk: int) -> str:
    return format_html('<a href="{}">{}</a>', reverse("admin:desk", args=[pk]), gettext("Open"))


@admin.register(PortalKey)
class PortalKeyAdmin(ReadOnly):
    """SECURITY: keys end at the desk's page of their person, with a reason and never as the last factor (R-84)."""

    list_display = (USER, NAME, PLATFORM, STATE, "activated_at", "last_used_at", "at_the_desk")
    list_filter = (BY_STATE, narrowed("platform", _("platform"), PLATFORMS))
    list_select_related = ("user",)
    search_fields = ("user__username", "user__name", "name")
    fields: ClassVar[Any] = (USER, NAME, PLATFORM, STATE, "activated_at", "last_used_at")

    @admin.display(description=_("support desk"))
    def at_the_desk(self, key: PortalKey) -> str:
        return desk_link(key.user_id)


@admin.register(Passkey, Totp)
class OtherFactorAdmin(ReadOnly):
    """SECURITY: which there are and when they were used; nothing that was made for them or could be typed."""

    list_display = (USER, NAME, STATE, "added_at", "last_used_at", "at_the_desk")
    list_filter = (BY_STATE,)
    list_select_related = ("user",)
    search_fields = ("user__username", "user__name", "name")
    fields: ClassVar[Any] = (USER, NAME, STATE, "added_at", "last_used_at")

    @admin.display(description=_("support desk"))
    def at_the_desk(self, row: Passkey | Totp) -> str:
        return desk_link(row.user_id)


@admin.register(Phone)
class PhoneAdmin(ReadOnly):
    """SECURITY: staff neither read a number nor set or confirm one: its country and last digits are all there is."""

    texts = column("texts", _("sign-in codes"), TEXTS)
    list_display = ("masked", USER, "country", STATE, texts, "verified_at")
    list_filter = (BY_STATE, narrowed("texts", _("sign-in codes"), TEXTS), "country")
    list_select_related = ("user",)
    search_fields = ("user__username", "user__name")
    fields: ClassVar[Any] = (
        *("masked", USER, "country", STATE, texts, column("held_until", _("held until"))),
        *("created", "verified_at", column("retired_at", _("given up"))),
    )
    readonly_fields = ("masked",)

    @admin.display(description=_("phone number"))
    def masked(self, phone: Phone) -> str:
        return phone.masked


@admin.register(Proposal)
class ProposalAdmin(ReadOnly):
    """What waits for a second person, and what became of the others. It is approved on the page of its person."""

    list_display = ("created", "user", "title", "standing", "by", "approved_by", "due", "at_the_desk")
    list_filter = ("state", "what")
    list_select_related = ("user", "by", "approved_by")
    search_fields = ("user__username", "user__name")
    fields = (
        "user",
        "title",
        "standing",
        "reason",
        "by",
        "created",
        "approved_by",
        "approved_at",
        "due",
        "ended_at",
        "ended",
    )
    readonly_fields = ("title", "standing")

    @admin.display(description=_("what"), ordering="what")
    def title(self, proposal: Proposal) -> str:
        return proposal.title

    @admin.display(description=_("state"), ordering="state")
    def standing(self, proposal: Proposal) -> str:
        return proposal.standing

    @admin.display(description=_("support desk"))
    def at_the_desk(self, proposal: Proposal) -> str:
        return desk_link(proposal.user_id)


def what_is_sent(delivery: Delivery) -> str:
    if delivery.kind in KINDS:
        return str(KINDS[delivery.kind])
    try:
        return notices.subject(delivery)
    except KeyError:
        return delivery.kind


class OfKind(admin.AllValuesFieldListFilter):
    """A filter over the kinds, in the same words."""

    def choices(self, changelist: Any) -> Iterator[Any]:
        for choice in super().choices(changelist):
            yield {**choice, "display": what_is_sent(Delivery(kind=str(choice["display"])))}


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly):
    """SECURITY: what was said is in no row, and the number stands here as on every other page: masked."""

    by_way = column("way", _("way"), WAYS)
    list_display = ("created", "user", "what", by_way, "to", STATE, "why", "carrier")
    list_per_page = 50
    list_filter = (
        *(BY_STATE, narrowed("way", _("way"), WAYS), ("kind", OfKind), narrowed("reason", _("reason"), REASONS)),
        *(narrowed("carrier", _("carrier")), narrowed("country", _("country"))),
    )
    list_select_related = ("user", "phone")
    search_fields = ("user__username", "user__name")
    date_hierarchy = "created"
    fields: ClassVar[Any] = (
        *("created", "user", "what", by_way, "to", "country", STATE, "why", "carrier", "attempts"),
        *("handed_at", "delivered_at", "failed_at"),
    )
    readonly_fields = ("what", "to", "why")

    @admin.display(description=_("what"), ordering="kind")
    def what(self, delivery: Delivery) -> str:
        return what_is_sent(delivery)

    @admin.display(description=_("to"))
    def to(self, delivery: Delivery) -> str:
        return delivery.phone.masked if delivery.phone else gettext("the person's e-mail address")

    @admin.display(description=_("reason"), ordering="reason")
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
                by = audit.by_staff(person(request))
                audit.record("prefix.reopen", request=request, country=row.country, prefix=row.prefix, **by)
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
    list_display = ("named", "where", "words")
    list_filter = ("country",)
    search_fields = ("service", "service_zh", "how", "how_zh")

    @admin.display(description=_("company or service"), ordering="service")
    def named(self, contact: FilterContact) -> str:
        return contact.name

    @admin.display(description=_("how to contact it"), ordering="how")
    def words(self, contact: FilterContact) -> str:
        return contact.words

    @admin.display(description=_("country"), ordering="country")
    def where(self, contact: FilterContact) -> str:
        return country_name(contact.country)


@admin.register(Receipt)
class ReceiptAdmin(ReadOnly):
    """What people have approved, word for word, with its check. It is read like everything in the record."""

    what_for = column("purpose", _("what for"), PURPOSES)
    list_display = ("at", "whose", what_for, "device", "kid")
    list_select_related = ("event",)
    search_fields = ("event__username", "kid", "challenge")
    list_filter = (narrowed("purpose", _("what for"), PURPOSES),)
    date_hierarchy = "at"
    fields: ClassVar[Any] = ("at", "whose", what_for, "browser", "address")
    readonly_fields = ("whose",)
    change_form_template = "admin/receipt.html"

    @admin.display(description=_("person"), ordering="event__username")
    def whose(self, receipt: Receipt) -> str:
        return receipt.event.username

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        receipt = self.get_object(request, object_id)
        shown = receipt_page(receipt.event) if receipt else {}
        return super().change_view(request, object_id, form_url, {**shown, **(extra_context or {})})
