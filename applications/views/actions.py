"""A person's page of one action: what is asked, how it stands, and how a phone that is offline approves it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import sessions
from accounts.doors import door, person
from accounts.forms import refuse
from accounts.limits import RateLimited
from applications import actions, approvals, policy
from applications.consumers import KIND
from applications.standing import ActionStanding
from twofactor import contexts, live
from twofactor import policy as factor_policy
from twofactor.asking import may_notify_at
from twofactor.forms import Response
from twofactor.models import Challenge, PortalKey
from twofactor.strength import held_until
from twofactor.views.pictures import qr_picture, question_link
from twofactor.views.signin import explain, time_words


def _standing(request: HttpRequest, pk: str) -> ActionStanding:
    """SECURITY: an action of others is as unknown as one that never was."""
    standing = ActionStanding.of(pk, person(request))
    if standing is None:
        raise Http404
    return standing


@require_http_methods(["GET", "HEAD", "POST"])
def action(request: HttpRequest, pk: str) -> HttpResponse:
    """All of it, and the field for the eight digits. Reads the rows; a reload asks nobody."""
    standing, form, status = _standing(request, pk), Response(request.POST or None), 200
    if request.method == "POST" and form.is_valid():
        status = _by_hand(request, standing, form)
        standing = _standing(request, pk)
        if not form.errors:
            return redirect("action", pk)
    return render(request, "actions/action.html", {**_page(request, standing), "form": form}, status=status)


def _by_hand(request: HttpRequest, standing: ActionStanding, form: Response) -> int:
    try:
        typed = form.cleaned_data["response"]
        verdict = actions.answer_by_hand(request, standing.action, person(request), typed)
    except RateLimited as full:
        words = _("Too many wrong responses. Try again at {time}.")
        refuse(form, None, "response-too-many", format_html(words, time=time_words(full.retry_at)))
        return 429
    if verdict.state != "approved":
        explain(form, verdict)
    return 200


def _page(request: HttpRequest, standing: ActionStanding) -> dict[str, Any]:
    user, question = person(request), standing.question
    held = held_until(user)
    may_ask = standing.action.is_on and not held
    asks = standing.state == "waiting" and question is not None and question.standing == "pending"
    key = PortalKey.objects.active(user)
    asked = len(actions.questions(standing.action, user))
    return {
        "standing": standing,
        "action": standing.action,
        "state": standing.state,
        "approved": approvals.of(standing.action),
        "mine": next(part for part in standing.parts if part.user_id == user.pk),
        "question": question if asks else None,
        "ended": question.standing if question and not asks else "",
        "device": key.label if key else "",
        "send_at": may_notify_at(question) if asks and question else None,
        "held": held,
        "can_ask": key is not None and may_ask and (asks or asked < policy.QUESTIONS_AN_ACTION),
        "tries_left": factor_policy.RESPONSES_A_CHALLENGE - question.response_tries if question else 0,
        "phone_link": question_link(question.pk) if asks and question else "",
        "square": _square(question) if asks and question else "",
        "ticket": _ticket(request, standing.action.pk),
    }


def _square(question: Challenge) -> SafeString | str:
    """All of the question, for the camera of a phone without a network."""
    link = contexts.link(question)
    return qr_picture(link, _("The question as a QR code"), dense=True) if link else ""


def _ticket(request: HttpRequest, pk: str) -> str:
    here = sessions.here(request)
    return live.ticket(KIND, f"{person(request).pk}:{here.pk if here else 0}:{pk}")


@require_safe
@door("verified", background=True)
def status(request: HttpRequest, pk: str) -> JsonResponse:
    """The present state for a page without a socket, with a fresh ticket for the next one."""
    standing = _standing(request, pk)
    return JsonResponse({"state": standing.state, "version": standing.version, "ticket": _ticket(request, pk)})


@require_POST
def again(request: HttpRequest, pk: str) -> HttpResponse:
    """Ask the phone anew, or notify it once more."""
    standing = _standing(request, pk)
    if standing.state == "waiting":
        part = next(each for each in standing.parts if each.user_id == person(request).pk)
        question = actions.ask(standing.action, part)
        if question is None or question.notified_at is None:
            text = _("Your phone cannot be asked right now. You can type its response here.")
            messages.warning(request, text, extra_tags="action-later")
    return redirect("action", pk)


@require_POST
def decline(request: HttpRequest, pk: str) -> HttpResponse:
    """Declined at the desk: that needs no phone."""
    standing = _standing(request, pk)
    if actions.decline(request, standing.action, person(request)):
        messages.info(request, _("You declined it. Nothing was approved."))
    return redirect("action", pk)
