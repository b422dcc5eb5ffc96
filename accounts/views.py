"""What a person does with their own account: sign out, language, password, sessions."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import check_for_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import audit, pending
from accounts.doors import door, local_page, person, sign_in_again
from accounts.forms import NewPassword
from accounts.models import User, password_changed


@require_POST
@door("always")
def sign_out(request: HttpRequest) -> HttpResponse:
    """End this session. An activation code that it shows dies with it: a claim looks for the session."""
    user = person(request)
    audit.record("session.end", user=user, request=request)
    pending.end_session(request, user)
    messages.success(request, _("You are signed out."))
    response = redirect("sign-in")
    response["Clear-Site-Data"] = '"cache"'
    return response


@require_POST
@login_not_required
def language(request: HttpRequest) -> HttpResponse:
    """Choose the language: kept with the person, and in the browser for the pages before the sign-in."""
    chosen = request.POST.get("language", "")
    response = redirect(local_page(request.POST.get("next", "")) or "/")
    if chosen in dict(settings.LANGUAGES) and check_for_language(chosen):
        if request.user.is_authenticated:
            User.objects.filter(pk=request.user.pk).update(language=chosen)
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            chosen,
            max_age=365 * 24 * 3600,
            secure=settings.LANGUAGE_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@door("password")
def password_change(request: HttpRequest) -> HttpResponse:
    """A new password, after a full and fresh sign-in. It ends every other session and sign-in in progress."""
    user = person(request)
    if not pending.is_fresh(request):
        return sign_in_again(request, request.path)
    form = NewPassword(user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        if not pending.end_other_sessions(request, user, new_password=form.cleaned_data["password"]):
            return redirect("sign-in")
        audit.record("password.change", user=user, request=request)
        for tell in password_changed:
            tell(user)
        messages.success(request, _("Your password is changed. Every other browser has been signed out."))
        return redirect("home")
    return render(request, "accounts/password.html", {"form": form, "required": user.password_change_required})


@require_POST
@door("unverified")
def sessions_end(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere but here (R-56), from a fresh sign-in: a session left open ends nobody else's (P-42)."""
    user = person(request)
    if not pending.is_fresh(request):
        return sign_in_again(request, reverse("security"))
    if not pending.end_other_sessions(request, user):
        return redirect("sign-in")
    audit.record("session.end-others", user=user, request=request)
    messages.success(request, _("Every other browser has been signed out."))
    return redirect("security")
