"""The pages of a forgotten password: asking for a link, and the page that it leads to. Neither signs anybody in."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import links
from accounts.doors import door, person
from accounts.forms import Forgotten, NewPassword, refuse
from accounts.limits import RateLimited
from accounts.policy import RESET_LIFE
from accounts.views import strength_words
from twofactor import forgotten
from twofactor.strength import may_choose_due
from twofactor.views.signin import time_words


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """The username, and then the same words for everybody."""
    page = {"can_mail": forgotten.can_mail(), "sent": "sent" in request.GET, "minutes": RESET_LIFE.seconds // 60}
    form = Forgotten(request.POST if request.method == "POST" and page["can_mail"] else None)
    status = 200
    if form.is_valid():
        try:
            forgotten.ask(request, form.cleaned_data["username"])
        except RateLimited as full:
            words = _(
                "Too many links were asked for. Look for the e-mail that was sent before, or try again at {time}."
            )
            refuse(form, None, "link-later", format_html(words, time=time_words(full.retry_at)))
            status = 429
        else:
            return redirect(f"{reverse('password-forgotten')}?sent=1")
    return render(request, "accounts/forgotten.html", {**page, "form": form}, status=status)


@require_safe
@door("always")
def due(request: HttpRequest) -> HttpResponse:
    """A new password is due, and this session may not choose it: what leads on."""
    user = person(request)
    if not user.password_change_required or may_choose_due(request, user):
        return redirect("home")
    return render(request, "accounts/password_due.html", {"can_mail": forgotten.can_mail() and bool(user.email)})


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, uid: int, signed: str) -> HttpResponse:
    """A new password for the owner of this link. Opening it changes nothing, and reads no session."""
    user = links.owner(uid, signed)
    if user is None:
        return render(request, "accounts/link_over.html", status=410)
    form = NewPassword(user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        if not forgotten.choose(request, user, signed, form.cleaned_data["password"]):
            return render(request, "accounts/link_over.html", status=410)
        messages.success(request, _("Your password is changed, and every browser is signed out. Now sign in with it."))
        # Also where somebody else is signed in: this ends at the sign-in page, whoever's browser it is.
        return redirect(f"{reverse('sign-in')}?again=1")
    return render(request, "accounts/new_password.html", {"form": form, "owner": user, **strength_words(user)})
