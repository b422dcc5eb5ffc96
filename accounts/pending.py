"""A sign-in that has not finished: begun by a right password, held by one browser, claimed once.

`claim` is the only place in the project that opens a session for a person.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import cast

from django.contrib import messages
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth import login as open_session
from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import get_language, gettext
from django_otp import DEVICE_ID_SESSION_KEY

from accounts import audit, limits, policy, sessions
from accounts.browser import place, seen
from accounts.marks import ONLY_PASSWORD, RESTRICTED, SEEN_AT, SIGNED_IN_AT
from accounts.models import (
    KnownBrowser,
    Login,
    OpenSession,
    RefusedOrigin,
    TemporaryPassword,
    User,
    session_displaced,
)
from accounts.prepared import Prepared, insert, update
from accounts.recognising import counted, is_known
from accounts.rows import new

_LOGIN = "login"
_CURRENT = Prepared(lambda pk: Login.objects.select_related("user").filter(pk=pk))
_PENDING = Prepared(
    lambda user, known: Login.objects.filter(user=user, state="pending", known_browser=known).order_by("-created")
)

_CLAIMABLE = Q(claim_by__gt=Now())

# Who knows which application a sign-in is for, by the page that it goes on to. The rooms above put themselves here.
applications: list[Callable[[str], str]] = []

# Who wants to know that a session of this person goes on under another row: they have signed in again at their browser.
session_followed: list[Callable[[User, int, OpenSession], None]] = []


def application_of(next_page: str) -> str:
    """The name of the application that this page leads to; nothing: it is one of the portal itself."""
    return next((name for ask in applications if (name := ask(next_page))), "")


def begin(
    request: HttpRequest, user: User, *, next_page: str = "", temporary: TemporaryPassword | None = None
) -> Login:
    """Open a sign-in in progress and tie it to this browser's anonymous session (R-03, R-05).

    Raises limits.RateLimited above P-05. The oldest of more than P-04 sign-ins at once is superseded. Browsers that are
    known have a budget and a row of their own in both, so a thief of the password does not shut the owner out (R-50).
    """
    browser, now = seen(request), timezone.now()
    known = is_known(user, browser)
    limits.charge(policy.STARTS, *counted(user, browser, known=known))
    with transaction.atomic(savepoint=False):
        User.objects.locked(user.pk)
        open_ones = _PENDING.all(user=user.pk, known=known)
        for oldest in open_ones[policy.LOGINS_AT_ONCE - 1 :]:
            oldest.move("supersede", reason="too-many")
        login = new(
            Login,
            user=user,
            auth_epoch=user.auth_epoch,
            browser=browser.label,
            browser_digest=browser.digest,
            known_browser=known,
            address=limits.client_address(request),
            next=next_page,
            application=application_of(next_page),
            replaces=_own_session(request, user),
            temporary=temporary,
            created=now,
            expires=now + policy.LOGIN_LIFE,
        )
        insert(login)
        audit.record("login.begin", user=user, login=login)
    # SECURITY: a new session before and after: a cookie planted by somebody else never sees the sign-in.
    sessions.leave(request)
    request.session[_LOGIN] = login.pk
    request.session.set_expiry(policy.LOGIN_LIFE + timedelta(minutes=5))
    return login


def _own_session(request: HttpRequest, user: User) -> int | None:
    """The session that this person has in this browser already, which the sign-in will take the place of."""
    here = sessions.here(request) if SESSION_KEY in request.session else None
    return here.pk if here is not None and here.user_id == user.pk else None


def current(request: HttpRequest) -> Login | None:
    """The sign-in in progress of this browser, whatever its state; nobody else can name it."""
    login_id = request.session.get(_LOGIN)
    return _CURRENT.first(pk=login_id) if login_id else None


def is_open(login: Login | None) -> bool:
    """Whether this sign-in still waits for its second factor."""
    return login is not None and login.state == "pending" and login.expires > timezone.now()


def claim(request: HttpRequest, login: Login, *, proof_holds: Callable[[User, Login], bool], weaker: bool) -> bool:
    """Turn an approved sign-in into a session, once, for the browser that began it. Returns whether it did.

    Every condition is checked again inside the transaction that consumes the row (R-04): state and times by the
    database's clock, the person active, the epoch unchanged, and `proof_holds` (the key is still active). `weaker`: the
    person has something stronger than what approved it.
    """
    # SECURITY: the row is taken from this browser's own session; a login id from anywhere else claims nothing.
    if request.session.get(_LOGIN) != login.pk:
        return False
    browser = seen(request)
    ended: list[OpenSession] = []
    with transaction.atomic():
        user = User.objects.locked(login.user_id)
        good = user.is_active and user.auth_epoch == login.auth_epoch and proof_holds(user, login)
        if good and login.temporary is not None:
            # One session for one temporary password: a second sign-in with it finds it used (AT-028).
            login.temporary.refresh_from_db()
            good = login.temporary.state == "awake"
        if not good:
            login.move("fail", reason="changed")
            won = False
        else:
            won = login.move("claim", when=_CLAIMABLE & Q(auth_epoch=user.auth_epoch))
            won = won and (login.temporary is None or login.temporary.move("use"))
        if won:
            # Under the person's lock, so that "sign out everywhere" finds this session or comes before it.
            _remember_browser(request, user)
            _remember_language(user, known=login.known_browser)
            _notice_dormancy(user, login)
            sessions.leave(request)
            if login.temporary is not None:
                request.session[ONLY_PASSWORD] = True
            open_session(request, user)
            ended = sessions.note(request, user, factor=login.factor, weaker=weaker)
            if login.replaces and not weaker and login.temporary is None:
                _tell_followed(request, user, login.replaces)
            _record_claim(request, user, login)
    if not won:
        audit.record("login.claim", user=login.user, request=request, login=login, ok=False, reason=login.state)
        return False
    # A moment and not a span: a span would start again with every write (P-40).
    life = policy.STAFF_SESSION_LIFE if user.is_staff else policy.SESSION_LIFE
    request.session.set_expiry(timezone.now() + timedelta(seconds=life))
    request.session[SIGNED_IN_AT] = request.session[SEEN_AT] = timezone.now().timestamp()
    limits.clear(policy.STARTS, *counted(user, browser, known=login.known_browser))
    if ended:
        _tell_displaced(request, user, ended)
    return True


def _record_claim(request: HttpRequest, user: User, login: Login) -> None:
    """SECURITY: with the session or not at all: where there is no room for the record, nobody comes in (FI-15)."""
    audit.record("login.claim", user=user, request=request, login=login, by=login.factor or "password")
    if login.temporary is not None:
        audit.record("sealed.use", user=user, request=request, login=login)


def _tell_followed(request: HttpRequest, user: User, before: int) -> None:
    """SECURITY: only to something that is as strong; nothing goes on by a weaker sign-in."""
    here = sessions.here(request)
    for tell in session_followed if here else ():
        tell(user, before, cast(OpenSession, here))


def _tell_displaced(request: HttpRequest, user: User, ended: list[OpenSession]) -> None:
    """Whoever signs in here hears it on the next page, and the owner by a notice: it may not be the same (P-43)."""
    for row in ended:
        audit.record("session.displace", user=user, request=request, device=row.browser)
    for tell in session_displaced:
        tell(user)
    words = gettext(
        "You can be signed in at %(count)d browsers at once. The oldest sign-in was ended to make room: %(browser)s."
    )
    oldest = place(ended[0].browser, ended[0].address)
    messages.info(request, words % {"count": policy.SESSIONS_AT_ONCE, "browser": oldest})


def _remember_language(user: User, *, known: bool) -> None:
    """What a browser that they use reads is what they read. SECURITY: a browser that is new changes it no more."""
    here = get_language() or ""
    if user.reads != here and (known or not user.reads):
        User.objects.filter(pk=user.pk).update(reads=here)


def _notice_dormancy(user: User, login: Login) -> None:
    """SECURITY: a forgotten account and a password are too little for a factor that would keep its owner out (P-48).

    It is written down at the first sign-in, because the second one is not the first for a long time.
    """
    last = user.last_login or user.created
    if login.factor == "password" and last < timezone.now() - policy.DORMANT_AFTER and user.dormant_at is None:
        user.dormant_at = timezone.now()
        User.objects.filter(pk=user.pk).update(dormant_at=user.dormant_at)
        audit.record("account.dormant", user=user)


def _remember_browser(request: HttpRequest, user: User) -> None:
    """Under the person's lock, so that there is one row, whoever else signs in with this browser."""
    browser = seen(request)
    changes = {"auth_epoch": user.auth_epoch, "browser": browser.label, "used": timezone.now()}
    if not update(KnownBrowser, Q(user=user, digest=browser.digest), **changes):
        insert(KnownBrowser(user=user, digest=browser.digest, **changes))


def abandon(request: HttpRequest) -> Login | None:
    """End the sign-in in progress of this browser. Returns it if it was still open.

    The cookie it was tied to dies; a new one remembers only which sign-in ended, so that other tabs say so (R-05).
    """
    login = current(request)
    if login is None:
        return None
    sessions.leave(request)
    request.session[_LOGIN] = login.pk
    if login.move("cancel", reason="user"):
        audit.record("login.cancel", user=login.user, request=request, login=login)
        return login
    return None


def is_alive(session_key: str, user: User) -> bool:
    """Whether this session is open and this person's, under the epoch of now."""
    session = SessionStore(session_key=session_key)
    if session.get(SESSION_KEY) != str(user.pk):
        return False
    # What an earlier SECRET_KEY has signed holds as long as the operator keeps that one.
    good = (user.get_session_auth_hash(), *user.get_session_auth_fallback_hash())
    return any(constant_time_compare(session.get(HASH_SESSION_KEY, ""), each) for each in good)


def end_sessions(
    user: User, *, keep: str = "", device_id: str | None = None, request: HttpRequest | None = None
) -> None:
    """End everything that stands on the old state of this person: sessions, sign-ins in progress, known browsers.

    Args: `keep` is the session that made the change and goes on under the new epoch.
    `device_id` is the key by which it is verified from now on: it proved the password, showed the activation code and
    saw it come back signed, which is what a full sign-in proves. Empty when the key was given up, None when the key is
    not what changed. `request` is needed where the kept session is the one of the request itself.

    A session that becomes verified by it gets a new id (R-55): a copy of its cookie is not lifted with it.

    SECURITY: the caller has seen with `is_alive`, in this transaction and before anything changed, that `keep` is
    alive: a session that was already dead is never brought back to life.
    """
    user.bump_epoch(keep=keep)
    if not keep:
        return
    # Two copies of one session would overwrite each other: the request's own is changed in place.
    own = request is not None and request.session.session_key == keep
    session = request.session if own and request is not None else SessionStore(session_key=keep)
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    lifted = bool(device_id) and DEVICE_ID_SESSION_KEY not in session
    if device_id:
        session[DEVICE_ID_SESSION_KEY] = device_id
        session.pop(RESTRICTED, None)
    elif device_id is not None:
        session.pop(DEVICE_ID_SESSION_KEY, None)
    if own and lifted:
        sessions.rename(session)
    # In the same transaction, or whoever asks between the two would find a session of an old epoch and end it.
    session.save()


def end_other_sessions(request: HttpRequest, user: User, *, new_password: str = "") -> bool:
    """Sign the person out everywhere but here, with a new password if there is one. False: this session was dead.

    This session goes on with a new id (R-55).
    """
    before = request.session.session_key or ""
    with transaction.atomic():
        locked = User.objects.locked(user.pk)
        if not is_alive(before, locked):
            return False
        if new_password:
            _set_password(locked, new_password)
            request.session.pop(ONLY_PASSWORD, None)
        end_sessions(locked, keep=before, request=request)
        sessions.rename(request.session)
    return True


def _set_password(locked: User, new_password: str) -> None:
    locked.set_password(new_password)
    locked.password_change_required = False
    locked.save(update_fields=["password", "password_change_required"])
    # What they were refused for was knowing the old one; and the owner may well sit in the same network.
    RefusedOrigin.objects.filter(user=locked).update(network="-")


def reset_password(user: User, new_password: str, *, still: Callable[[User], bool]) -> bool:
    """A new password for somebody who is not signed in. It opens nothing: it ends every session, sign-in in progress
    and known browser. `still` looks at the locked person: whether what allowed it holds at this moment.
    """
    with transaction.atomic():
        locked = User.objects.locked(user.pk)
        if not still(locked):
            return False
        _set_password(locked, new_password)
        end_sessions(locked)
    # Tries that were lost on the old one: whoever has just chosen the new one need not wait for them.
    limits.clear((policy.PASSWORD,), user.pk, "any")
    return True


def disown(user: User, login: Login | None) -> None:
    """ "I did not start this": the browser and address stay refused, and a new password is due (P-09)."""
    # Somebody else may have read it.
    TemporaryPassword.end_all(user)
    if login is not None:
        until = timezone.now() + policy.REFUSED_FOR
        network = limits.network(login.address)
        RefusedOrigin.objects.create(user=user, digest=login.browser_digest, network=network, until=until)
    User.objects.filter(pk=user.pk).update(password_change_required=True, disowned_at=timezone.now())
