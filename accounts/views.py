"""What a person does with their own account: sign out, language, password, sessions."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import audit, browser, marks, passwords, pending, policy, sessions
from accounts.doors import door, local_page, person, sign_in_again
from accounts.forms import NewPassword
from accounts.models import OpenSession, User, password_changed

# How a session was opened, as it stands in `Login.factor`.
_FACTORS: dict[str, Any] = {
    "key": gettext_lazy("Signed in with %(key)s"),
    "passkey": gettext_lazy("Signed in with a passkey"),
    "totp": gettext_lazy("Signed in with a code of an authenticator app"),
    "text": gettext_lazy("Signed in with a code by text or call"),
    "recovery": gettext_lazy("Signed in with a recovery code"),
    "passcode": gettext_lazy("Signed in with a passcode of the support desk"),
    "password": gettext_lazy("Signed in with the password alone"),
}


@require_POST
@door("always")
def sign_out(request: HttpRequest) -> HttpResponse:
    """End this session. An activation code that it shows dies with it: a claim looks for the session."""
    user = person(request)
    audit.record("session.end", user=user, request=request)
    sessions.end_here(request, user)
    messages.success(request, _("You are signed out."))
    return sessions.forgotten(redirect("sign-in"))


@require_POST
@login_not_required
def language(request: HttpRequest) -> HttpResponse:
    """Choose the language: kept with the person, and in the browser for the pages before the sign-in."""
    chosen = request.POST.get("language", "")
    response = redirect(local_page(request.POST.get("next", "")) or "/")
    if chosen in dict(settings.LANGUAGES):
        if request.user.is_authenticated:
            User.objects.filter(pk=request.user.pk).update(language=chosen)
        browser.speak(response, chosen, max_age=365 * 24 * 3600)
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@door("password")
def password_change(request: HttpRequest) -> HttpResponse:
    """A new password, after a full and fresh sign-in. It ends every other session and sign-in in progress."""
    user = person(request)
    due = user.password_change_required
    held = user.held_until
    # SECURITY: a key that came without the one before it does not take the password, too, before its owner has read the
    # notice. Where one is due, the door has looked at who comes.
    if held and held > timezone.now() and not (due or marks.is_only_password(request)):
        return render(request, "security/held.html", {"held": held}, status=HTTPStatus.FORBIDDEN)
    if not (marks.is_fresh(request) or (due and marks.is_recent(request))):
        return sign_in_again(request, request.path, by_any=due)
    form = NewPassword(user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        if not pending.end_other_sessions(request, user, new_password=form.cleaned_data["password"]):
            return redirect("sign-in")
        audit.record("password.change", user=user, request=request)
        for tell in password_changed:
            tell(user)
        messages.success(request, _("Your password is changed. Every other browser has been signed out."))
        return redirect("home")
    page = {"form": form, "required": due, **strength_words(user)}
    page["temporary"] = marks.is_only_password(request)
    return render(request, "accounts/password.html", page)


def strength_words(user: User) -> dict[str, Any]:
    """What the page says of a new password while it is typed, see `password-strength.js`."""
    return {
        "strength": passwords.WORDS,
        "shortest": policy.PASSWORD_SHORTEST,
        "long": policy.PASSWORD_STRONG,
        "varied": policy.PASSWORD_VARIED,
        "own_words": " ".join(sorted(passwords.own_words(user))),
        "place_words": " ".join(sorted(passwords.place_words())),
    }


@require_safe
@door("unverified")
def session_list(request: HttpRequest) -> HttpResponse:
    """Where this person is signed in, with a way to end each."""
    return render(request, "security/sessions.html", {"sessions": sessions_of(request, person(request))})


def sessions_of(request: HttpRequest, user: User) -> list[dict[str, Any]]:
    """The browsers where this person is signed in now, the one that asks first, then as they were used last."""
    here, weaker = request.session.session_key, marks.is_weaker(request)
    rows = OpenSession.objects.alive().filter(user=user).order_by("-used", "-pk")
    found = [
        {
            "pk": row.pk,
            "browser": browser.words(row.browser),
            "address": row.address,
            "at": row.since,
            "used": row.used,
            "by": _FACTORS.get(row.factor, "") % {"key": settings.PORTAL_KEY_NAME},
            "current": row.session_key == here,
            "stronger": weaker and not row.weaker,
        }
        for row in rows
    ]
    return sorted(found, key=lambda session: not session["current"])


@require_POST
@door("unverified")
def session_end(request: HttpRequest, pk: int) -> HttpResponse:
    """End one session, from a recent sign-in (P-42).

    A weaker sign-in ends other weaker ones, but none that the strongest factor opened. SECURITY: else whoever has the
    password and reads the texts could keep the owner out, by ending every session of theirs as soon as it opens. Whose
    phone is gone, and who fears for a session that it opened, ends all of them with a new password or a new phone.
    """
    user = person(request)
    found = OpenSession.objects.filter(user=user, pk=pk).first()
    if found is not None and found.session_key == request.session.session_key:
        return sign_out(request)
    stronger = found is not None and marks.is_weaker(request) and not found.weaker
    if stronger or not marks.is_recent(request):
        return sign_in_again(request, reverse("sessions"), by_any=not stronger)
    ended = sessions.end(user, pk)
    if ended is None:
        messages.info(request, _("That browser had already been signed out."))
    else:
        audit.record("session.end-one", user=user, request=request, device=ended.browser)
        words = _("Signed out: %(browser)s.")
        messages.success(request, words % {"browser": browser.place(ended.browser, ended.address)})
    return redirect("sessions")


@require_POST
@door("unverified")
def sessions_end(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere but here (R-56), from a fresh sign-in: a session left open ends nobody else's (P-42)."""
    user = person(request)
    if not marks.is_fresh(request):
        return sign_in_again(request, reverse("sessions"))
    if not pending.end_other_sessions(request, user):
        return redirect("sign-in")
    audit.record("session.end-others", user=user, request=request)
    messages.success(request, _("Every other browser has been signed out."))
    return redirect("sessions")
