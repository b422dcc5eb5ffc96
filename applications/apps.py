"""One sign-in for every application: the portal as identity provider, with the approval on the phone as its heart."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ApplicationsConfig(AppConfig):
    name = "applications"
    verbose_name = _("Applications")

    def ready(self) -> None:
        # Not before the settings and the models are there.
        from accounts import checking, pending
        from applications import actions, asked, backchannel, entering, pinging, receipts, tidying, visits
        from applications.models import Action, PhoneSignIn, SigningKey
        from twofactor import rotating, tasks
        from twofactor.models import challenge

        pending.applications.append(entering.application_of)
        pending.session_followed.append(visits.follow)
        rotating.COLUMNS.append(rotating.Column(SigningKey, "sealed", "signing.private", "kid"))
        rotating.COLUMNS.append(rotating.Column(Action, "receipt", receipts.SEALED_FOR, "pk"))
        rotating.COLUMNS.append(rotating.Column(PhoneSignIn, "ping", "phone-sign-in.ping", "pk"))
        # SECURITY: first, so that nothing that goes wrong beside it lets an application ask again.
        challenge.settled.append(asked.settled)
        challenge.settled.append(backchannel.settled)
        challenge.settled.append(actions.settled)
        checking.also.append(receipts.broken)
        tasks.chores.append(pinging.sweep)
        tasks.chores.append(tidying.sweep)
