"""The doors: closed unless marked open, and refusals that say when to come back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit, chain, marks, sessions
from accounts.doors import person, sign_in_again
from accounts.hashing import HashersBusy
from accounts.limits import RateLimited
from accounts.marks import SEEN_AT
from accounts.models import User
from accounts.policy import SESSION_IDLE, SESSION_TOUCH, STAFF_SESSION_IDLE
from portal.people import People
from portal.views import unavailable
from twofactor import strength
from twofactor.models import Factors, Permit
from twofactor.policy import RETRY_DATABASE

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class Recording:
    """What a page records is linked when it is answered, in one transaction of its own (`accounts.chain`)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with chain.at_its_end():
            return self.get_response(request)


class SignInFirst(LoginRequiredMiddleware):
    """Everything is closed to strangers unless marked open; after the sign-in they go on where a page can be opened."""

    def get_login_url(self, view_func: Any) -> str:
        return reverse("sign-in")

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> HttpResponse:  # type: ignore[override]
        if hasattr(view_func, "otherwise"):
            return cast(HttpResponse, view_func.otherwise(request, None))
        if request.method in ("GET", "HEAD"):
            return super().handle_no_permission(request, view_func)
        # What was sent is not sent again, and its address opens no page: so no way back to it.
        return redirect("sign-in")


class ClosedDoors:
    """Which doors a signed-in person may pass. Nobody signed in is `LoginRequiredMiddleware`'s matter (R-06).

    A door without a mark needs a session that a second factor has verified. `unverified` doors also open to a person
    who has none yet; once the grace period of PORTAL_REQUIRE_SECOND_FACTOR is over, only `enrolment` doors do. While
    a new password is due, only the `password` door opens, and to most sessions not even that (see
    `strength.may_choose_due`). To a restricted session (an old passcode) that and the `enrolment` doors do. Staff
    without a second factor pass none but the `console` door before they have typed the code of the console, and
    `enrolment` doors after it; so it is with the `enrolment` doors where they have codes by text and no key. To a
    session of a temporary password nothing but the `password` door opens. `number` doors are `enrolment` doors that
    stay shut to a session that is good for one thing only. The way out is open `always`.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponseBase | None:
        if not getattr(view, "login_required", True) or not request.user.is_authenticated:
            return None
        refusal = self._refusal(request, view)
        if refusal is not None and hasattr(view, "otherwise"):
            # Who sent the person here may have to hear of it, too.
            return cast(HttpResponseBase, view.otherwise(request, refusal))
        return refusal

    def _refusal(self, request: HttpRequest, view: Any) -> HttpResponseBase | None:
        """Where somebody goes who is signed in and may not pass this door now. None: they may."""
        user = person(request)
        door = getattr(view, "door", "verified")
        if door == "always":
            return None
        # A page asks for itself, too. Whoever sends this header without need is signed out sooner, and no later.
        by_itself = getattr(view, "background", False) or "HTTP_PORTAL_BACKGROUND" in request.META
        if self._idle(request, background=by_itself):
            sessions.end_here(request, person(request))
            return sessions.forgotten(sign_in_again(request, request.path if request.method == "GET" else "/"))
        if not user.is_verified() and Factors.of(user):  # type: ignore[attr-defined]
            # The factor may be younger than what was read of the session, and the session verified together with it.
            People.read_again(request)
            user = cast(User, request.user)
            # SECURITY: a session that only a password opened is worth nothing once there is a second factor.
            if not user.is_authenticated or not user.is_verified():  # type: ignore[attr-defined]
                sessions.leave(request)
                logout(request)
                return redirect("sign-in")
        if self._awaits_permit(request, door):
            return redirect("enrolment-code")
        closed = door == "verified" or (door == "unverified" and self._due(request))
        if closed and not user.is_verified():  # type: ignore[attr-defined]
            if user.is_staff and request.resolver_match and request.resolver_match.namespace == "admin":
                messages.info(request, _("The administration opens once a key has verified you. Activate one first."))
            return redirect("security-key")
        return self._narrowed(request, door)

    @staticmethod
    def _narrowed(request: HttpRequest, door: str) -> HttpResponseBase | None:
        """What a session may do that is good for one thing only, or whose person has to do one thing first."""
        user = person(request)
        due = user.password_change_required
        # SECURITY: not by a session that whoever made the alarm necessary could have opened. It moves no key either.
        if due and not strength.may_choose_due(request, user):
            return redirect("password-due")
        # SECURITY: a temporary password is good for choosing a new one, and opens nothing else.
        if marks.is_only_password(request) or (due and not marks.is_weaker(request)):
            return None if door == "password" else redirect("password-change")
        # With a passcode that the support desk has issued since: the password first, and a new phone.
        if due:
            return None if door in ("enrolment", "password") else redirect("password-change")
        # SECURITY: a passcode after its full days leads to a new phone and nowhere else.
        if marks.is_restricted(request):
            return None if door in ("enrolment", "password") else redirect("key-move")
        return None

    @staticmethod
    def _idle(request: HttpRequest, *, background: bool) -> bool:
        """Whether the session lay unused for too long (P-40); if not, note that it is used."""
        now = timezone.now().timestamp()
        longest = STAFF_SESSION_IDLE if person(request).is_staff else SESSION_IDLE
        unused = now - request.session.get(SEEN_AT, 0)
        if SESSION_TOUCH < unused <= longest and not background:
            request.session[SEEN_AT] = now
            sessions.note_use(request, timezone.now())
        return bool(unused > longest)

    @classmethod
    def _awaits_permit(cls, request: HttpRequest, door: str) -> bool:
        """Whether the code of the console has to be typed before this door opens.

        SECURITY: a password from a command line, or one that was guessed, sets up no first key of whoever
        administrates, nor does it with a code by text: that takes a code which only the console prints (AT-106).
        """
        user = person(request)
        if door in ("console", "password") or not Permit.is_needed(user) or marks.is_permitted(request):
            return False
        if not user.is_staff:
            # Whoever comes back after a long time sees their account, and sets up nothing (P-48).
            return door in ("enrolment", "number")
        return door == "enrolment" or not request.user.is_verified()  # type: ignore[union-attr]

    @staticmethod
    def _administers(request: HttpRequest) -> bool:
        """Whether this is somebody of the staff who has no key yet, outside the demo."""
        user = person(request)
        return user.is_staff and Permit.is_needed(user)

    @classmethod
    def _due(cls, request: HttpRequest) -> bool:
        if cls._administers(request):
            return True
        days = settings.PORTAL_REQUIRE_SECOND_FACTOR
        if days < 0 or not request.user.is_authenticated:
            return False
        return timezone.now() >= request.user.factor_due_from + timedelta(days=days)


class Refusals:
    """What a view could not do now becomes a page that says when to try again."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.status_code != HTTPStatus.METHOD_NOT_ALLOWED or getattr(response, "content", True):
            return response
        page = render(request, "405.html", status=HTTPStatus.METHOD_NOT_ALLOWED)
        page["Allow"] = response["Allow"]
        return page

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponse | None:
        if isinstance(problem, RateLimited):
            response = render(request, "429.html", {"retry_at": problem.retry_at}, status=429)
            response["Retry-After"] = str(problem.retry_after)
            return response
        if isinstance(problem, DatabaseError):
            audit.accident(request, problem)
        if isinstance(problem, HashersBusy | DatabaseError):
            # SECURITY: what cannot be counted or checked is refused, never waved through.
            return unavailable(getattr(problem, "retry_after", RETRY_DATABASE))
        if not isinstance(problem, Http404 | PermissionDenied | SuspiciousOperation | BadRequest):
            audit.accident(request, problem)
        return None
