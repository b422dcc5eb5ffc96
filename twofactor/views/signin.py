"""The desk's pages of a sign-in. They read rows and show them; the stories decide. Nothing is sent by a GET."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import browser, pending, recognising, sessions
from accounts.doors import local_page
from accounts.forms import refuse
from accounts.hashing import HashersBusy
from accounts.limits import RateLimited
from accounts.models import Login
from twofactor import activity, enrolment, live, policy, signin
from twofactor.asking import may_notify_at
from twofactor.forms import Response, SignIn
from twofactor.models import Challenge, Factors, Permit, PortalKey, Standing
from twofactor.models.challenge import HOPS
from twofactor.models.factors import KEY, PASSKEY
from twofactor.views.choosing import chooser, page_of
from twofactor.views.pictures import number_link, qr_picture, question_link


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Username and password."""
    if request.method != "POST":
        if request.user.is_authenticated and "again" not in request.GET:
            return redirect(local_page(request.GET.get("next", "")) or "home")
        given = {"next": local_page(request.GET.get("next", "")), "username": request.GET.get("for", "")[:64]}
        form = SignIn(initial=given)
        going_on = pending.is_open(pending.current(request))
        page = {"form": form, "going_on": going_on, "ended": sessions.has_ended(request)}
        page["application"] = pending.application_of(form.initial["next"])
        return render(request, "signin/password.html", page)
    form = SignIn(request.POST)
    if not form.is_valid():
        return render(request, "signin/password.html", {"form": form})
    try:
        login, factors = signin.open(
            request,
            form.cleaned_data["username"],
            form.cleaned_data["password"],
            next_page=local_page(form.cleaned_data["next"]),
        )
    except recognising.NotRecognised:
        refuse(form, None, "sign-in-wrong", _("The username or the password is not right. Check both and try again."))
        return render(request, "signin/password.html", {"form": form})
    except (RateLimited, recognising.Refused, HashersBusy) as refusal:
        return _not_now(request, form, refusal)
    response = _go_on(request, login, factors)
    browser.remember(response, browser.seen(request))
    return response


def _not_now(request: HttpRequest, form: SignIn, refusal: Exception) -> HttpResponse:
    """Refused for now: the page keeps what was typed and says when to come back."""
    retry_at = getattr(refusal, "retry_at", None) or getattr(refusal, "until", None)
    if isinstance(refusal, HashersBusy):
        status, code, text = 503, "sign-in-busy", _("Many people are signing in right now. Try again in a moment.")
    elif isinstance(refusal, RateLimited):
        status, code, text = (
            429,
            "sign-in-too-many",
            format_html(_("Too many tries. Try again at {time}."), time=time_words(retry_at)),
        )
    else:
        words = _(
            "The owner of this account refused sign-ins from here. Try again after {time}, or now from a browser in "
            "which you have signed in before, or from another network."
        )
        status, code, text = 403, "sign-in-refused-here", format_html(words, time=time_words(retry_at, "day"))
    refuse(form, None, code, text)
    response = render(request, "signin/password.html", {"form": form}, status=status)
    if hasattr(refusal, "retry_after"):
        response["Retry-After"] = str(refusal.retry_after)
    return response


def time_words(moment: Any, style: str = "seconds") -> SafeString:
    """A time as the server writes it; the page's script turns it into the reader's own."""
    local = timezone.localtime(moment)
    shown = date_format(local, "Y-m-d H:i T" if style == "day" else "H:i:s T")
    return format_html('<time datetime="{}" data-time="{}">{}</time>', local.isoformat(), style, shown)


def _go_on(request: HttpRequest, login: Login, factors: Factors) -> HttpResponse:
    """Where a right password leads: to the phone, or without a key straight in, with a code to activate one."""
    if login.state != "approved":
        return redirect(page_of(factors))
    return _signed_in(request, login) or redirect("sign-in")


def _signed_in(request: HttpRequest, login: Login) -> HttpResponse | None:
    """Claim the approval. Who has no key yet finds a code to activate one; staff type the console's code before.

    Not who has a passkey and has just used it: a key is then no need, and can be had on the key's own page.
    """
    user = signin.finish(request, login)
    if user is None:
        return None
    has_own = login.factor in (PASSKEY, KEY) or PortalKey.objects.binding(user) is not None
    if not has_own and not Permit.is_needed(user):
        enrolment.invite(request, user)
    return redirect(login.next or "home")


def waiting_page(login: Login, *, kind: str = KEY) -> dict[str, Any]:
    """Everything the waiting pages show, read from the rows. `kind` is the one that the page waits for."""
    standing = Standing.of(login)
    challenge = standing.challenge
    factors = Factors.of(login.user, asked=challenge.key if challenge else None)
    waiting = standing.state == "waiting"
    key = challenge.key if challenge else PortalKey.objects.binding(login.user)
    may_ask = pending.is_open(login)
    send_at = may_notify_at(challenge) if challenge and waiting else None
    asked_all = challenge is not None and not waiting and challenge.turn >= policy.CHALLENGES_A_LOGIN
    return {
        "state": standing.state,
        "reason": standing.reason,
        "version": standing.version,
        "application": login.application,
        "ticket": live.ticket(live.DESK, login.pk),
        "mode": challenge.mode if challenge else "tap",
        "number": challenge.question if challenge and waiting and challenge.mode == "number" else "",
        "challenge_code": challenge.question if challenge and waiting else "",
        "tries_left": policy.RESPONSES_A_CHALLENGE - challenge.response_tries if challenge else 0,
        "device": key.label if key else "",
        "ends": standing.ends,
        "hops": _hops(challenge) if challenge else [],
        "trouble": challenge.trouble if challenge and waiting else "",
        "notified": bool(challenge and challenge.notified_at),
        "pushed": bool(challenge and challenge.push),
        "send_at": send_at,
        "can_send": waiting and challenge is not None and (send_at is None or send_at < challenge.expires),
        "may_ask": may_ask and not asked_all,
        "open": may_ask,
        "locked": key is not None and key.state == "locked",
        "why_locked": activity.why_locked(key) if key is not None and key.state == "locked" else "",
        "new_browser": not login.known_browser,
        "chooser": chooser(factors, kind) if may_ask else None,
        "has_key": factors.key is not None,
        # What is not there templates look for the longest: pages that are by hand or with a code say so.
        "by_code": False,
        "manual": False,
        "standing": standing,
        "factors": factors,
    }


def _hops(challenge: Challenge) -> list[dict[str, Any]]:
    """How far the question has come. A push service is a hop only for a phone that is pushed to."""
    names = ("notified", *(("accepted",) if challenge.push else ()), *HOPS)
    return [{"name": name, "at": getattr(challenge, f"{name}_at")} for name in names]


def current(request: HttpRequest) -> tuple[Login | None, HttpResponse | None]:
    login = pending.current(request)
    if login is not None:
        return login, None
    return None, redirect("home" if request.user.is_authenticated else "sign-in")


@login_not_required
@require_safe
def verify(request: HttpRequest) -> HttpResponse:
    """Approve on your phone. Reads the rows; a reload sends nothing."""
    login, elsewhere = current(request)
    if login is None:
        return elsewhere or redirect("sign-in")
    page = waiting_page(login)
    begins = page_of(page["factors"])
    if page["standing"].challenge is None and begins != "verify":
        return redirect(begins)
    if page["number"]:
        link = number_link(page["number"])
        page |= {"phone_link": link, "number_qr": qr_picture(link, _("The number as a QR code"))}
    elif page["standing"].challenge is not None:
        page["phone_link"] = question_link(page["standing"].challenge.pk)
    return render(request, "signin/verify.html", page)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def verify_manual(request: HttpRequest) -> HttpResponse:
    """The challenge code, and the field for the eight digits that the phone answers with."""
    login, elsewhere = current(request)
    if login is None:
        return elsewhere or redirect("sign-in")
    form = Response(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            verdict = signin.answer_by_hand(request, login, form.cleaned_data["response"])
        except RateLimited as full:
            words = _("Too many wrong responses. Try again at {time}.")
            refuse(form, None, "response-too-many", format_html(words, time=time_words(full.retry_at)))
            status = 429
        else:
            if verdict.state == "approved":
                login.refresh_from_db()
                return finish_here(request, login)
            explain(form, verdict)
        login.refresh_from_db()
    page = waiting_page(login)
    if page["state"] not in ("waiting", "expired", "failed") or page["locked"]:
        return redirect("verify")
    return render(request, "signin/manual.html", {**page, "form": form}, status=status)


def explain(form: Response, verdict: signin.Verdict) -> None:
    """What was wrong, without telling whether it was the PIN or the digits."""
    if verdict.code == "malformed":
        refuse(
            form,
            "response",
            "response-malformed",
            _("A response has exactly 8 digits. Look at your phone and type all of them."),
        )
    elif verdict.code == "wrong-pin" and verdict.off_by is not None:
        refuse(form, "response", "response-clock", signin.clock_hint(verdict.off_by))
    elif verdict.code == "wrong-pin" and verdict.left:
        text = ngettext(
            "This response does not fit. Check the challenge code and your PIN. You have %(count)d more try.",
            "This response does not fit. Check the challenge code and your PIN. You have %(count)d more tries.",
            verdict.left,
        )
        refuse(form, "response", "response-wrong", text % {"count": verdict.left})
    elif verdict.code == "closed":
        words = _(
            "Too many wrong responses were typed for this key. Approve with the notification on your phone instead."
        )
        refuse(form, None, "response-closed", words)
    else:
        refuse(
            form, None, "challenge-over", _("This challenge code is no longer valid. Get a new one and answer that.")
        )


@login_not_required
@require_POST
def verify_again(request: HttpRequest) -> HttpResponse:
    """ "Send again" and "New challenge"."""
    login, elsewhere = current(request)
    if login is None:
        return elsewhere or redirect("sign-in")
    page = "verify-manual" if request.POST.get("then") == "verify-manual" else "verify"
    try:
        challenge = signin.ask_again(login)
    except RateLimited as full:
        if page == "verify":
            words = _("The next notification can be sent at {time}. The challenge code works at any time.")
            messages.warning(
                request, format_html(words, time=time_words(full.retry_at)), extra_tags="notification-later"
            )
    except signin.NotAsked:
        messages.error(
            request, _("This sign-in has ended. Start again with your password."), extra_tags="sign-in-ended"
        )
        return redirect("sign-in" if login.state != "pending" else page)
    else:
        if page == "verify" and challenge.notified_at:
            messages.success(request, _("The notification was sent again."))
    return redirect(page)


@login_not_required
@require_POST
def cancel(request: HttpRequest) -> HttpResponse:
    if signin.cancel(request):
        messages.info(request, _("You cancelled the sign-in."))
    return redirect("sign-in")


@login_not_required
@require_safe
def status(request: HttpRequest) -> JsonResponse:
    """The present state for a page without a socket, with a fresh ticket for the next one."""
    login = pending.current(request)
    if login is None:
        state = "approved" if request.user.is_authenticated else "expired"
        return JsonResponse({"state": state, "version": 0, "ticket": ""})
    standing = Standing.of(login)
    ticket = live.ticket(live.DESK, login.pk)
    return JsonResponse({"state": standing.state, "version": standing.version, "ticket": ticket})


@login_not_required
@require_POST
def finish(request: HttpRequest) -> HttpResponse:
    """The desk claims the approval, from its own session and with its own CSRF token."""
    login, elsewhere = current(request)
    if login is None:
        return elsewhere or redirect("sign-in")
    return finish_here(request, login)


def finish_here(request: HttpRequest, login: Login) -> HttpResponse:
    """Claim the approval of this browser's sign-in and go on; else back to where it waits."""
    response = _signed_in(request, login)
    if response is None:
        login.refresh_from_db()
        if Standing.of(login).state == "waiting":
            messages.info(request, _("Your phone has not approved this sign-in yet."))
        return redirect("verify")
    browser.remember(response, browser.seen(request))
    return response
