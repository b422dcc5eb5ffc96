"""The record as staff read it: in the words of the person whom it concerns, and without a pen (R-81, R-83)."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import audit, chain
from accounts.admin import ReadOnly, column, narrowed
from accounts.models import AuditEvent
from twofactor import activity

OUTCOMES = {"ok": _("Went well"), "refused": _("Refused")}
# What is told to nobody, by kind; with "!" where it was refused.
UNTOLD = {
    "action.approve": _("One of the people who were asked approved an action of %(application)s."),
    "action.cancel": _("%(application)s took back an action before it was decided."),
    "action.decline": _("An action of %(application)s was declined."),
    "action.propose": _("%(application)s asked for the approval of an action."),
    "action.receipt": _("The receipt of an approved action was signed for %(application)s."),
    "activation.claim!": _("An activation code was refused."),
    "activation.companion!": _("A wrong PIN was given where a user was added to a phone."),
    "activation.complete": _("A phone finished an activation."),
    "activation.complete!": _("A phone could not finish an activation, because there was a key already."),
    "activation.confirm": _("The number of a new phone was typed at the desk."),
    "activation.confirm!": _("A wrong number of a new phone was typed at the desk."),
    "activation.offer": _("An activation code was made."),
    "application.client!": _("Somebody said to be the application %(application)s and could not prove it."),
    "application.delete": _("The application %(application)s was removed."),
    "application.disowned!": _("The person says that they had not begun what %(application)s asked for."),
    "application.edit": _("The application %(application)s was changed."),
    "application.make": _("The application %(application)s was set up."),
    "application.ping": _("%(application)s was told that there is an answer."),
    "application.ping!": _("%(application)s could not be told that there is an answer."),
    "application.secret": _("The application %(application)s was given a new secret."),
    "backchannel.begin": _("%(application)s asked to sign somebody in by their phone."),
    "backchannel.sign-in": _("%(application)s was told who had signed in by their phone."),
    "backchannel.sign-in!": _(
        "A sign-in to %(application)s by phone ended, because the account had changed meanwhile."
    ),
    "caller.disowned!": _("The person says that somebody else calls in their name."),
    "challenge.approve!": _("A question was approved too late."),
    "challenge.ask": _("A question was put to a phone."),
    "challenge.deny!": _("A question was refused too late."),
    "challenge.display!": _("A phone answered something else than it had been asked."),
    "challenge.send": _("A notification of a question was sent."),
    "challenge.send!": _("No notification was sent, because there had been too many."),
    "code.check": _("The right code was typed."),
    "code.send!": _("No code was sent."),
    "delivery.arrive": _("A message arrived."),
    "delivery.fail!": _("A message could not be delivered."),
    "delivery.hand": _("A message was handed over to a carrier."),
    "delivery.try!": _("A carrier did not take a message."),
    "device.approve": _("A sign-in to %(application)s on a device was approved."),
    "device.begin": _("A device asked for a code to sign somebody in to %(application)s."),
    "device.type": _("The code of a device was typed, for %(application)s."),
    "device.type!": _("A code of a device was typed that there is not."),
    "factor.downgrade!": _("A way to sign in was asked for that was not on offer."),
    "factor.weaker": _("Another way to sign in was used than the strongest one."),
    "joint.edit": _("The holders of an account, or their rule, were changed."),
    "key.prove": _("The PIN was checked on the phone."),
    "key.stop!": _("A move to another phone was undone by its link."),
    "login.begin": _("A sign-in was begun with the right password."),
    "login.claim!": _("A sign-in was over before it was finished."),
    "notice.send!": _("A notice was not sent, because there had been too many."),
    "passkey.use": _("A passkey was used."),
    "password.check": _("The right password was typed."),
    "password.forgotten!": _("A link to a new password was asked for in vain."),
    "permit.issue": _("A code was printed on the console."),
    "permit.use": _("A code of the console was used."),
    "permit.use!": _("A wrong code of the console was typed."),
    "portal.accident!": _("A page of the portal broke."),
    "portal.restore": _("The portal was restored from a backup."),
    "portal.rotate": _("The portal's own keys were changed."),
    "portal.rotate!": _("The portal's own keys were changed, and something could not be read."),
    "prefix.close!": _("Texts to a number prefix were stopped."),
    "prefix.reopen": _("A number prefix was opened again."),
    "proposal.approve!": _("Somebody of the staff wanted to approve their own proposal."),
    "proposal.disowned!": _("The person says that a proposed change is not theirs."),
    "proposal.lapse!": _("A proposed change was not made: it had come too late, or something had changed."),
    "push.doubt": _("It is in doubt whether notifications reach the phone."),
    "push.end!": _("The phone's address for notifications is gone."),
    "push.forget": _("Notifications were switched off on the phone."),
    "push.prove": _("A notification has reached the phone."),
    "push.subscribe": _("Notifications were switched on on the phone."),
    "record.adopt": _("Old events were taken into the chain of the record."),
    "record.prune": _("Old events were removed from the record."),
    "secret.unreadable!": _("A secret could not be read."),
    "totp.begin": _("The setting up of an authenticator app was begun."),
    "totp.check": _("The right code of an app was typed."),
    "user.delete": _("The person was deleted."),
}


def say(event: AuditEvent) -> str:
    """What happened, in a sentence; an event without one says its code."""
    if activity.is_told(event):
        return str(activity.tell(event)["what"])
    kind = event.kind if event.outcome == "ok" else f"{event.kind}!"
    return str(UNTOLD.get(kind, event.kind)) % {"application": event.facts.get("application", "")}


class About(admin.SimpleListFilter):
    """The groups of the person's own page, and all that is not on it."""

    title = _("subject")
    parameter_name = "about"
    _REST = "rest"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [*activity.GROUPS.items(), (self._REST, _("Not shown to the person"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEvent]) -> QuerySet[AuditEvent]:
        group = self.value()
        if group == self._REST:
            return queryset.exclude(activity.about())
        return queryset.filter(activity.about(group)) if group in activity.GROUPS else queryset


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnly):
    outcome = column("outcome", _("outcome"), OUTCOMES)
    list_display = ("at", "what", outcome, "user", "by_whom", "why", "browser", "address", "seq")
    list_filter: ClassVar = (About, narrowed("outcome", _("outcome"), OUTCOMES))
    list_select_related = ("user",)
    search_fields = ("user__username", "username", "kind", "reason", "login_id")
    date_hierarchy = "at"
    fields: ClassVar = (
        *("at", "what", outcome, column("kind", _("code")), "reason", "by_whom", "why"),
        *("user", "username", "user_number", "browser", "address", "facts"),
        *("seq", "mac", "signed"),
    )
    readonly_fields = ("what", "by_whom", "why", "signed")

    @admin.display(description=_("what, as the person reads it"), ordering="kind")
    def what(self, event: AuditEvent) -> str:
        return say(event)

    @admin.display(description=_("staff"))
    def by_whom(self, event: AuditEvent) -> str:
        return audit.staff_name(event) or self.get_empty_value_display()

    @admin.display(description=_("why"))
    def why(self, event: AuditEvent) -> str:
        return event.facts.get("why") or self.get_empty_value_display()

    @admin.display(description=_("receipt"))
    def signed(self, event: AuditEvent) -> str:
        """What the person approved, where a key has signed it."""
        receipt = getattr(event, "receipt", None)
        if receipt is None:
            return self.get_empty_value_display()
        page = reverse("admin:twofactor_receipt_change", args=[receipt.pk], current_app=self.admin_site.name)
        return format_html('<a href="{}">{}</a>', page, gettext("What was approved"))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        event = self.get_object(request, object_id)
        words = {"subtitle": say(event)} if event else {}
        return super().change_view(request, object_id, form_url, {**words, **(extra_context or {})})

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """N3: the head stands over the list, to be noted where nobody who writes the database can."""
        head = chain.ends()[0]
        words = gettext("Head of the chain: %(head)s") % {"head": head} if head else ""
        return super().changelist_view(request, {"subtitle": words, **(extra_context or {})})
