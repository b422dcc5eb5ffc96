"""Whose page this is: the session that its cookie opens, and the person behind it with their second factor."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, cast

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY, get_user
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.crypto import constant_time_compare
from django_otp.middleware import OTPMiddleware

from accounts import devices
from accounts.keeping import SessionStore
from accounts.models import User
from accounts.prepared import Prepared

_ACTIVE = Prepared(lambda pk: User.objects.filter(pk=pk, is_active=True))


class Sessions(SessionMiddleware):
    """The cookie is known to the browser alone, and its row by a digest of it (`accounts.keeping`).

    A cookie whose session has got a new id, or has ended elsewhere, is left alone.

    A second tab that asks with the old one at the same moment would otherwise be answered with an order to delete the
    cookie, which has the same name as the new one: whoever has just proved more would be signed out.
    """

    def process_request(self, request: HttpRequest) -> None:
        request.session = SessionStore.of(request.COOKIES.get(settings.SESSION_COOKIE_NAME, ""))

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            # What was begun has been taken back: the browser goes on with what it had, and so do its open forms.
            response.cookies.clear()
            return response
        if _is_form_of_others(request):
            # SECURITY: our cookies stayed behind, and what is set now would take their place: how a browser is known,
            # and what its open forms are known by.
            response.cookies.clear()
            return response
        answer, session = super().process_response(request, response), request.session
        if not session.modified:
            answer.cookies.pop(settings.SESSION_COOKIE_NAME, None)
        elif (
            isinstance(session, SessionStore) and session.session_key and settings.SESSION_COOKIE_NAME in answer.cookies
        ):
            # What was put there is the name of the row.
            answer.cookies[settings.SESSION_COOKIE_NAME] = session.cookie or ""
        return answer


def _is_form_of_others(request: HttpRequest) -> bool:
    """By what its browser says of it. `SameSite` keeps cookies from the same ones. Source: W3C, Fetch Metadata."""
    return request.method not in ("GET", "HEAD") and request.headers.get("Sec-Fetch-Site") == "cross-site"


class Verified(OTPMiddleware):
    """By which second factor the session is verified: django-otp's, asked for in a statement that is compiled once."""

    def of(self, request: HttpRequest, user: object) -> Any:
        return self._verify_user_sync(request, user)  # type: ignore[no-untyped-call]

    def _device_from_persistent_id(self, persistent_id: str) -> Any:
        return devices.named(persistent_id)


class People(AuthenticationMiddleware):
    """Who asks, and by which factor they are verified: read at once, because every page asks for their language.

    A session that was renewed between the reading of its row and of the person's is read again. Otherwise a page that
    looks again while a key is activated would find a session of an old epoch, and end the one that goes on.
    """

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        self._ask(request)
        return cast(HttpResponseBase, self.get_response(request))

    @classmethod
    def read_again(cls, request: HttpRequest) -> None:
        """Forget what was read of this session and of its person."""
        cls._forget(request)
        cls._ask(request)

    @classmethod
    def _ask(cls, request: HttpRequest) -> None:
        request.user = _VERIFIED.of(request, cls._person(request))

    @staticmethod
    def _forget(request: HttpRequest) -> None:
        request.session.__dict__.pop("_session_cache", None)

    @classmethod
    def _person(cls, request: HttpRequest) -> object:
        session = request.session
        user_id = session.get(SESSION_KEY)
        if not user_id:
            return AnonymousUser()
        user = _ACTIVE.first(pk=int(user_id))
        if user is not None:
            given = session.get(HASH_SESSION_KEY, "")
            if constant_time_compare(given, user.get_session_auth_hash()):
                return user
            if any(constant_time_compare(given, earlier) for earlier in user.get_session_auth_fallback_hash()):
                # Signed by an earlier SECRET_KEY. It goes on under its id, by which the list of open ones knows it.
                session[HASH_SESSION_KEY] = user.get_session_auth_hash()
                return user
            cls._forget(request)
        return get_user(request)


_VERIFIED = Verified(lambda _request: HttpResponse())  # type: ignore[no-untyped-call]
