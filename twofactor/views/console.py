"""The page that asks for the code of the console: staff without a key, and whoever comes back after a long time."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import marks
from accounts.doors import door, person
from accounts.forms import refuse
from accounts.limits import RateLimited
from twofactor import enrolment, permits
from twofactor.forms import ConsoleCode
from twofactor.models import Permit
from twofactor.views.signin import time_words


@require_http_methods(["GET", "HEAD", "POST"])
@door("console")
def code(request: HttpRequest) -> HttpResponse:
    """One field; a right code leads to the activation."""
    user = person(request)
    if not Permit.is_needed(user) or marks.is_permitted(request):
        return redirect("security-key")
    form, status = ConsoleCode(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                if permits.type_code(request, user, form.cleaned_data["code"]):
                    enrolment.invite(request, user)
                    return redirect("security-key")
                refuse(
                    form,
                    "code",
                    "enrolment-code-refused",
                    _("This is not the code, or its 30 minutes are over. Print a new one."),
                )
            except RateLimited as full:
                words = _("Too many wrong codes. Try again at {time}.")
                refuse(form, "code", "enrolment-code-refused", format_html(words, time=time_words(full.retry_at)))
                status = 429
    # SECURITY: whoever only knows the password learns no command, and staff have the server at hand.
    page = {"form": form, "command": f"python manage.py enrolment_code {user.username}" if user.is_staff else ""}
    return render(request, "security/console.html", page, status=status)
