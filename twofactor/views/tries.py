"""Pages of a waiting sign-in at which something is given at the desk: a code that is typed, what a browser signed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.html import format_html

from accounts.limits import RateLimited
from accounts.models import Login
from twofactor import trying
from twofactor.views.signin import current, finish_here, time_words


def given(
    request: HttpRequest,
    form: Form,
    judge: Callable[[HttpRequest, Login, str], Any],
    explain: Callable[[Any], None],
    page_of: Callable[[HttpRequest, Login], dict[str, Any] | None],
    template: str,
    too_many: str,
) -> HttpResponse:
    """Hand what was given to its story, and go on with the sign-in or show the page again.

    Args: `judge` gives something that says `ok`; `explain` puts into the form why it was not; `page_of` is what the
    page shows, or None where this way is none for the person. `too_many` says until when nothing is compared, as
    {time}: it stands in the place of the field.
    """
    login, elsewhere = current(request)
    if login is None:
        return elsewhere or redirect("sign-in")
    refusal = None
    if request.method == "POST" and form.is_valid():
        (what,) = form.cleaned_data.values()
        try:
            done = judge(request, login, what)
        except trying.NotOffered:
            return redirect("verify")
        except RateLimited as limited:
            refusal = limited
        else:
            login.refresh_from_db()
            if done.ok or login.state == "consumed":
                return finish_here(request, login)
            explain(done)
    page = page_of(request, login)
    if page is None:
        return redirect("verify")
    until = refusal.retry_at if refusal else trying.full_until(request, login)
    # Named in either case: Django writes the whole page's words into its log where a template asks for one in vain.
    full = {"full": format_html(too_many, time=time_words(until)) if until else "", "full_ends": until}
    response = render(request, template, {**page, **full, "form": form}, status=429 if refusal else 200)
    if refusal:
        response["Retry-After"] = str(refusal.retry_after)
    return response
