"""A sign-in that has not finished: begun by a right password, held by one browser, claimed once.

`claim` is the only place in the project that opens a session for a person.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Callable
from datetime import timedelta

from django.contrib import messages
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth import login as open_session
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, check_password
from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django_otp import DEVICE_ID_SESSION_KEY

from accounts import audit, limits, policy, sessions, temporary
from accounts.browser import Browser, place, seen
from accounts.hashing import HashersBusy
from accounts.models import (
    KnownBrowser,
    Login,
    OpenSession,
    RefusedOrigin,
    TemporaryPassword,
    User,
    normal_username,
    session_displaced,
)

_LOGIN = "login"
_SIGNED_IN_AT = "signed_in_at"
# Set where something weaker than the strongest factor of the person opened the session.
_WEAKER = "weaker"
# Set where somebody who administrates has typed the code of the console.
_PERMITTED = "permitted"
# Set where a temporary password opened the session: it chooses a new password and does nothing else.
_ONLY_PASSWORD = "only_password"  # noqa: S105
# Set where a passcode after its full days opened the session: only the way to a new phone and the password is open.
_RESTRICTED = "restricted"
# This machine itself: everybody at once, or nobody's network, so it tells nothing about who asks.
_OWN_NETWORKS = ("127.0.0.1", "::/64", "unknown")
SEEN_AT = "seen_at"
_BACKEND = "django.contrib.auth.backends.ModelBackend"


class NotRecognised(Exception):
    """Unknown name, wrong password, inactive or without a password: one refusal for all (R-46)."""


class Refused(Exception):
    """The person disowned this browser or address; `until` says how long it stays refused (P-09)."""

    def __init__(self, until: object) -> None:
        super().__init__("refused")
        self.until = until


def recognise(request: HttpRequest, username: str, password: str) -> tuple[User, TemporaryPassword | None]:
    """The password step. Returns the person, and the temporary password if it was one; the caller hands it to `begin`.

    Raises NotRecognised, Refused or limits.RateLimited.
    SECURITY: the same work for every outcome: one counter, one look-up, one hash, one event. An unknown name is counted
    like a known one and its password compared with a decoy of the same cost. While a temporary password is awake, what
    has its form is compared with that alone.
    """
    name = normal_username(username)
    user = User.objects.filter(username=name).first()
    browser = seen(request)
    known = is_known(user or User(pk=0), browser)
    stranger = "name-" + hashlib.sha256(name.encode()).hexdigest()[:32]
    subject = _counted(user, browser, known=known) if user else (stranger, "any")
    where = limits.network(limits.client_address(request))
    with transaction.atomic():
        # All or none: what one of them refuses was not compared, so it costs the others nothing.
        limits.charge(policy.PASSWORD_SITE, "site")
        limits.charge(policy.PASSWORD_ADDRESS, where)
        limits.charge_backoff(policy.PASSWORD, *subject)

    typed = temporary.read(password)
    awake = TemporaryPassword.awake(user) if typed else None
    usable = user is not None and user.is_active and (awake is not None or user.has_usable_password())
    try:
        if awake is not None and usable:
            fits = check_password(typed, awake.hash)
        else:
            fits = (user if user and usable else User(password=_decoy())).check_password(password)
    except HashersBusy:
        # Nothing was compared, so nothing counts.
        limits.refund((policy.PASSWORD,), *subject)
        limits.refund(policy.PASSWORD_ADDRESS, where)
        raise
    if user is None or not usable or not fits:
        audit.record("password.check", user=user, request=request, ok=False, reason="wrong")
        raise NotRecognised
    limits.clear((policy.PASSWORD,), *subject)
    limits.refund(policy.PASSWORD_ADDRESS, where)
    limits.refund(policy.PASSWORD_SITE, "site")
    _refuse_disowned(request, user, browser, known=known)
    if awake is None:
        audit.record("password.check", user=user, request=request)
    else:
        audit.record("password.check", user=user, request=request, by="temporary")
    return user, awake


def has_known(user: User, password: str) -> bool:
    """Whether this is no new password: the one of now, one that staff took away, or a temporary one of late."""
    if user.check_password(password):
        return True
    taken = user.password.removeprefix(UNUSABLE_PASSWORD_PREFIX)
    if taken != user.password and check_password(password, taken):
        return True
    typed = temporary.read(password)
    rows = TemporaryPassword.objects.filter(user=user) if typed else TemporaryPassword.objects.none()
    return any(check_password(typed, row.hash) for row in rows.order_by("-pk")[: policy.TEMPORARY_PERSON[0].count])


def _decoy() -> str:
    """A hash that costs what every other costs, and that no password fits: its digest is random."""
    salt, digest = (base64.b64encode(secrets.token_bytes(size)).decode().rstrip("=") for size in (16, 32))
    cost = f"m={policy.ARGON2_MEMORY_KIB},t={policy.ARGON2_TIME},p={policy.ARGON2_LANES}"
    return f"argon2$argon2id$v=19${cost}${salt}${digest}"


def _refuse_disowned(request: HttpRequest, user: User, browser: Browser, *, known: bool) -> None:
    disowned = Q(digest=browser.digest)
    network = limits.network(limits.client_address(request))
    if not known and network not in _OWN_NETWORKS:
        disowned |= Q(network=network)
    row = RefusedOrigin.objects.filter(disowned, user=user, until__gt=timezone.now()).order_by("-until").first()
    if row:
        audit.record("password.check", user=user, request=request, ok=False, reason="disowned")
        raise Refused(row.until)


def is_known(user: User, browser: Browser) -> bool:
    """Whether this browser finished a sign-in of this person within 90 days and since the last change of factors."""
    oldest = timezone.now() - policy.KNOWN_BROWSER_LIFE
    return KnownBrowser.objects.filter(
        user=user, digest=browser.digest, auth_epoch=user.auth_epoch, used__gt=oldest
    ).exists()


def begin(
    request: HttpRequest, user: User, *, next_page: str = "", temporary: TemporaryPassword | None = None
) -> Login:
    """Open a sign-in in progress and tie it to this browser's anonymous session (R-03, R-05).

    Raises limits.RateLimited above P-05. The oldest of more than P-04 sign-ins at once is superseded. Browsers that are
    known have a budget and a row of their own in both, so a thief of the password does not shut the owner out (R-50).
    """
    browser, now = seen(request), timezone.now()
    known = is_known(user, browser)
    limits.charge(policy.STARTS, *_counted(user, browser, known=known))
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        open_ones = Login.objects.filter(user=user, state="pending", known_browser=known).order_by("-created")
        for oldest in open_ones[policy.LOGINS_AT_ONCE - 1 :]:
            oldest.move("supersede", reason="too-many")
        login = Login.objects.create(
            user=user,
            auth_epoch=user.auth_epoch,
            browser=browser.label,
            browser_digest=browser.digest,
            known_browser=known,
            address=limits.client_address(request),
            next=next_page,
            temporary=temporary,
            created=now,
            expires=now + policy.LOGIN_LIFE,
        )
    # SECURITY: a new session before and after: a cookie planted by somebody else never sees the sign-in.
    sessions.leave(request)
    request.session[_LOGIN] = login.pk
    request.session.set_expiry(policy.LOGIN_LIFE + timedelta(minutes=5))
    audit.record("login.begin", user=user, request=request, login=login)
    return login


def _counted(user: User, browser: Browser, *, known: bool) -> tuple[object, ...]:
    return (user.pk, browser.digest[:16] if known else "any")


def current(request: HttpRequest) -> Login | None:
    """The sign-in in progress of this browser, whatever its state; nobody else can name it."""
    login_id = request.session.get(_LOGIN)
    return Login.objects.select_related("user").filter(pk=login_id).first() if login_id else None


def is_open(login: Login | None) -> bool:
    """Whether this sign-in still waits for its second factor."""
    return login is not None and login.state == "pending" and login.expires > timezone.now()


def claim(
    request: HttpRequest, login: Login, *, proof_holds: Callable[[User, Login], bool], weaker: bool = False
) -> bool:
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
        user = User.objects.select_for_update(no_key=True).get(pk=login.user_id)
        good = user.is_active and user.auth_epoch == login.auth_epoch and proof_holds(user, login)
        if good and login.temporary is not None:
            # One session for one temporary password: a second sign-in with it finds it used (AT-028).
            login.temporary.refresh_from_db()
            good = login.temporary.state == "awake"
        if not good:
            login.move("fail", reason="changed")
            won = False
        else:
            won = login.move("claim", when=Q(claim_by__gt=Now(), auth_epoch=user.auth_epoch))
            won = won and (login.temporary is None or login.temporary.move("use"))
        if won:
            # Under the person's lock, so that "sign out everywhere" finds this session or comes before it.
            _remember_browser(request, user)
            _remember_language(user, known=login.known_browser)
            sessions.leave(request)
            if login.temporary is not None:
                request.session[_ONLY_PASSWORD] = True
            open_session(request, user, backend=_BACKEND)
            ended = sessions.note(request, user, factor=login.factor, weaker=weaker)
    if not won:
        audit.record("login.claim", user=login.user, request=request, login=login, ok=False, reason=login.state)
        return False
    # A moment and not a span: a span would start again with every write (P-40).
    life = policy.STAFF_SESSION_LIFE if user.is_staff else policy.SESSION_LIFE
    request.session.set_expiry(timezone.now() + timedelta(seconds=life))
    request.session[_SIGNED_IN_AT] = request.session[SEEN_AT] = timezone.now().timestamp()
    limits.clear(policy.STARTS, *_counted(user, browser, known=login.known_browser))
    audit.record("login.claim", user=user, request=request, login=login, by=login.factor or "password")
    if login.temporary is not None:
        audit.record("sealed.use", user=user, request=request, login=login)
    if ended:
        _tell_displaced(request, user, ended)
    return True


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


def _remember_browser(request: HttpRequest, user: User) -> None:
    browser = seen(request)
    KnownBrowser.objects.update_or_create(
        user=user,
        digest=browser.digest,
        defaults={"auth_epoch": user.auth_epoch, "browser": browser.label, "used": timezone.now()},
    )


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
    return session.get(SESSION_KEY) == str(user.pk) and session.get(HASH_SESSION_KEY) == user.get_session_auth_hash()


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
        session.pop(_RESTRICTED, None)
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
        locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if not is_alive(before, locked):
            return False
        if new_password:
            _set_password(locked, new_password)
            request.session.pop(_ONLY_PASSWORD, None)
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
        locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if not still(locked):
            return False
        _set_password(locked, new_password)
        end_sessions(locked)
    # Tries that were lost on the old one: whoever has just chosen the new one need not wait for them.
    limits.clear((policy.PASSWORD,), user.pk, "any")
    return True


def is_fresh(request: HttpRequest, within: timedelta = policy.FRESH) -> bool:
    """Whether the sign-in of this session is recent and strong enough to change a factor or password (P-42, R-61).

    Args: `within` is how long ago it may have been.
    """
    if is_only_password(request):
        # It opens nothing else, and whoever takes their time over a new password could not begin again.
        within = policy.TEMPORARY_LIFE
    elif is_weaker(request):
        return False
    return is_recent(request, within)


def is_recent(request: HttpRequest, within: timedelta = policy.FRESH) -> bool:
    """Whether the sign-in of this session is recent, whatever opened it."""
    signed_in = request.session.get(_SIGNED_IN_AT)
    if not signed_in:
        return False
    disowned = getattr(request.user, "disowned_at", None)
    if disowned is not None and signed_in <= disowned.timestamp():
        # SECURITY: an alarm may be about the very session that asks.
        return False
    return bool(timezone.now().timestamp() - signed_in < within.total_seconds())


def is_only_password(request: HttpRequest) -> bool:
    """Whether a temporary password opened this session: only the page that chooses a new one is open to it (R-40)."""
    return bool(request.session.get(_ONLY_PASSWORD))


def mark_weaker(request: HttpRequest) -> None:
    """This session was opened by something weaker than the strongest factor of its person."""
    request.session[_WEAKER] = True


def is_weaker(request: HttpRequest) -> bool:
    return bool(request.session.get(_WEAKER))


def restrict(request: HttpRequest) -> None:
    """This session opens the way to a new factor and to a new password, and nothing else."""
    request.session[_RESTRICTED] = True


def is_restricted(request: HttpRequest) -> bool:
    return bool(request.session.get(_RESTRICTED))


def permit(request: HttpRequest) -> None:
    """This session has shown the code of the console: it may set up the first factor of somebody who administrates."""
    request.session[_PERMITTED] = True


def is_permitted(request: HttpRequest) -> bool:
    return bool(request.session.get(_PERMITTED))


def disown(user: User, login: Login | None) -> None:
    """ "I did not start this": the browser and address stay refused, and a new password is due (P-09)."""
    # Somebody else may have read it.
    TemporaryPassword.end_all(user)
    if login is not None:
        until = timezone.now() + policy.REFUSED_FOR
        network = limits.network(login.address)
        RefusedOrigin.objects.create(user=user, digest=login.browser_digest, network=network, until=until)
    User.objects.filter(pk=user.pk).update(password_change_required=True, disowned_at=timezone.now())
