"""Codes that travel to a phone: made, sent, sent again, called, checked. And notices, which only tell."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts import audit, limits
from accounts.models import Login, User
from accounts.policy import FACTOR_ADDRESS, FACTOR_PERSON
from twofactor import budgets, gateways, live, policy, tasks, wording
from twofactor.models import Code, Delivery, Message, Phone, PortalKey
from twofactor.models.delivery import is_failing
from twofactor.numbers import Number
from twofactor.protocol import ocra


class NotCarried(Exception):
    """Nothing can be sent at all: `reason` is `no-carrier`, `country`, or `over` (the sign-in or number has ended)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Errand:
    """One use of codes: the number they go to, and the sign-in that they open; None: they confirm the number itself."""

    user: User
    phone: Phone
    login: Login | None = None

    @property
    def kind(self) -> str:
        return "sign-in" if self.login else "confirm"

    @property
    def codes(self) -> QuerySet[Code]:
        mine = Code.objects.filter(phone=self.phone) if self.login is None else Code.objects.filter(login=self.login)
        return mine.filter(login=self.login).select_related("phone", "user").order_by("-created", "-pk")

    @property
    def code(self) -> Code | None:
        """The newest code, over or not."""
        return self.codes.first()

    @property
    def deliveries(self) -> QuerySet[Delivery]:
        """What was sent for it. For a number that was given up and typed again: that, too, so no wait starts anew."""
        if self.login is not None:
            return Delivery.objects.of_login(self.login.pk)
        since = timezone.now() - policy.RESEND_WAITS[-1] - policy.CODE_LIFE
        same = Delivery.objects.filter(user=self.user, kind="confirm", phone__fingerprint=self.phone.fingerprint)
        return same.filter(created__gt=since).order_by("created", "pk")

    def may_send_at(
        self, way: str, network: str, sent: list[Delivery] | None = None, failing: bool | None = None
    ) -> datetime | None:
        """When this way may be asked for next, waits and budgets together; None: now. `send` obeys the same.

        `network` is who asks, as limits.network says it. A page that knows them already gives what was `sent` for it,
        and whether texts to its country are `failing`.
        """
        sent = list(self.deliveries) if sent is None else sent
        texts = [each for each in sent if each.way == "text"]
        calls = [each for each in sent if each.way == "call"]
        waits = [budgets.opens_at(self.kind, self.user, self.phone, way, network=network, login=self.login)]
        if way == "text" and texts:
            waits.append(texts[-1].created + policy.RESEND_WAITS[min(len(texts), len(policy.RESEND_WAITS)) - 1])
        elif way == "call" and calls:
            waits.append(calls[-1].created + policy.CALL_WAIT)
        elif way == "call" and texts and not self._hopeless(texts[-1], failing):
            waits.append(texts[0].created + policy.CALL_WAIT)
        now = timezone.now()
        return max((moment for moment in waits if moment and moment > now), default=None)

    def _hopeless(self, text: Delivery, failing: bool | None) -> bool:
        """Whether waiting for this text makes no sense, so that a call may come at once."""
        if text.state == "failed" or text.is_slow:
            return True
        return is_failing(self.phone.country, "text") if failing is None else failing


def can_carry(way: str) -> bool:
    return bool(gateways.carriers_for(way))


def send(request: HttpRequest, errand: Errand, way: str = "text") -> Delivery:
    """Send the code by text or call: the same one again while it lives (decision 8), a new one after its end.

    Raises NotCarried, or limits.RateLimited with the time at which it may be asked for again. Everything is counted
    under the person's lock, so that a button that is pressed twenty times sends once.
    """
    refuse(errand.phone, way)
    network = limits.network(limits.client_address(request))
    with transaction.atomic():
        user = User.objects.locked(errand.user.pk)
        _refuse_ended(user, errand)
        soonest = errand.may_send_at(way, network)
        if soonest:
            raise limits.RateLimited(soonest, f"{way}-wait")
        price = budgets.charge(errand.kind, user, errand.phone, way, network=network, login=errand.login)
        code = _live_code(errand)
        delivery = Delivery.objects.create(
            user=user,
            way=way,
            kind=errand.kind,
            phone=errand.phone,
            code=code,
            language=user.tongue,
            country=errand.phone.country,
            prefix=errand.phone.prefix,
            cost=price,
            network=network,
            deadline=code.expires,
        )
        audit.record(
            "code.send", user=user, request=request, login=errand.login, way=way, country=errand.phone.country,
            ending=errand.phone.ending, purpose=delivery.kind,
        )  # fmt: skip
        tasks.enqueue(delivery)
        _tell(errand)
    return delivery


def refuse(there: Phone | Number, way: str) -> None:
    """What needs no count, because nothing could be sent anyway; and the breaker, whose closing must stay.

    It stops confirmations, and numbers that are younger than a day. Raises NotCarried, or limits.RateLimited.
    """
    if not can_carry(way):
        raise NotCarried("no-carrier")
    if there.country not in settings.PORTAL_COUNTRIES:
        raise NotCarried("country")
    until = budgets.close_pumped(there)
    if until and not budgets.is_trusted(there):
        raise limits.RateLimited(until, "prefix")


def _refuse_ended(user: User, errand: Errand) -> None:
    """Under the lock: a sign-in that was decided, or a number that was given up meanwhile, gets no more codes."""
    if errand.login is not None:
        login = Login.locked(errand.login.pk)
        over = login.state != "pending" or login.expires <= timezone.now()
    else:
        over = not Phone.objects.filter(pk=errand.phone.pk, state="unverified").exists()
    code = errand.code
    if over or not user.is_active or (code is not None and code.state == "burned"):
        raise NotCarried("over")


def _live_code(errand: Errand) -> Code:
    last = errand.code
    # A code belongs to the number that it went to; once another one signs in, it is a new code (P-47).
    if last is not None and last.standing == "live" and last.phone_id == errand.phone.pk:
        return last
    if last is not None:
        last.move("replace")
    life = timezone.now() + policy.CODE_LIFE
    return Code.objects.create(
        user=errand.user,
        phone=errand.phone,
        login=errand.login,
        # NIST SP 800-63B-4 3.1.3.2: a new code never refills the tries.
        failures=last.failures if last and last.state != "used" else 0,
        expires=min(life, errand.login.expires) if errand.login else life,
    )


@dataclass(frozen=True)
class Checked:
    """How a typed code did: `ok`, or `code` of malformed, wrong, over (expired or used); `left` tries remain."""

    ok: bool = False
    code: str = ""
    left: int = 0


def check(request: HttpRequest, errand: Errand, typed: str, accept: Callable[[User, Code], bool]) -> Checked:
    """Compare what was typed with the live code; `accept` does what a right one is for, in the same transaction.

    SECURITY: person, address and code are counted before anything is compared (R-51). Raises limits.RateLimited.
    """
    code, digits = errand.code, ocra.read_number(typed)
    if code is None or code.standing != "live":
        return Checked(code="over")
    if digits is None:
        return Checked(code="malformed", left=code.tries_left)
    user, where = errand.user, budgets.where(request, errand.login)
    who = budgets.whose(user, errand.login)
    with transaction.atomic():
        # Both or none: what is refused by one budget was not compared, so it costs the other nothing.
        limits.charge(FACTOR_PERSON, *who)
        limits.charge(FACTOR_ADDRESS, where)
    with transaction.atomic():
        # One order of locks everywhere: person, sign-in, code. Under the person's, tries are compared one by one.
        locked = User.objects.locked(user.pk)
        checked = _judge(locked, errand, code, digits, accept)
        if checked.code == "over":
            transaction.set_rollback(True)
        elif checked.ok:
            # SECURITY: what cannot be recorded is not accepted.
            audit.record("code.check", user=user, request=request, login=errand.login, left=code.tries_left)
    if checked.ok and errand.login is not None:
        # A number that was confirmed is no second factor that was shown: it ends no row of wrong ones.
        limits.clear(FACTOR_PERSON, *who)
    elif checked.code != "wrong":
        limits.refund(FACTOR_PERSON, *who)
    if checked.code != "wrong":
        # Right, or not compared: neither is a failure.
        limits.refund(FACTOR_ADDRESS, where)
    if not checked.ok:
        audit.record(
            "code.check", user=user, request=request, login=errand.login, ok=False, reason=checked.code,
            left=code.tries_left,
        )  # fmt: skip
    _tell(errand)
    return checked


def _judge(user: User, errand: Errand, code: Code, digits: str, accept: Callable[[User, Code], bool]) -> Checked:
    if not code.try_once():
        return Checked(code="over")
    if constant_time_compare(digits, code.digits):
        code.give_back()
        return Checked(ok=True) if code.use() and accept(user, code) else Checked(code="over")
    if code.tries_left == 0:
        if errand.login is not None:
            errand.login.move("fail", reason="code")
        code.move("burn")
    return Checked(code="wrong", left=code.tries_left)


def end_codes(user: User) -> None:
    """Whatever is out for this person is worth nothing any more: their number has changed (AT-049)."""
    for code in Code.objects.filter(user=user, state="live"):
        code.move("replace")


def notice(user: User, kind: str, *, about: Phone | None = None, also: Iterable[Phone] = (), **facts: Any) -> None:
    """Tell the person by e-mail, and by text at the numbers in `also`, what happened to how they sign in (R-96)."""
    mailed = bool(user.email) and can_carry("mail") and notice_at(user, kind, None, about=about, **facts)
    # What a text says of a move depends on it, see `wording`.
    texted = {**facts, "mailed": True} if mailed and kind == "moved" else facts
    for phone in dict.fromkeys(also):
        if can_carry("text"):
            notice_at(user, kind, phone, about=about, **texted)
    _notice_on_key(user, kind, about, facts)


def reaches(user: User, also: Iterable[Phone] = ()) -> bool:
    """Whether `notice` has any place outside the phone with the key where this person could be told."""
    texts = can_carry("text") and any(phone.country in settings.PORTAL_COUNTRIES for phone in also)
    return texts or bool(user.email and can_carry("mail"))


def _notice_on_key(user: User, kind: str, about: Phone | None, facts: dict[str, Any]) -> None:
    """The same in the inbox of the phone that holds the key, sealed for it and read without a PIN (section 8)."""
    key = PortalKey.objects.active(user)
    if key is None or kind == "sealed-sent":
        # What was sent is in that inbox itself.
        return
    title, text = wording.on_the_phone(Delivery(user=user, kind=kind, about=about, facts=facts), user.own_tongue)
    life = timezone.now() + policy.MESSAGE_LIFE
    says = {"lang": user.own_tongue, "text": text}
    Message.seal(key, kind=Message.NOTICE, title=title, says=says, expires=life, known=kind in policy.OWN_CHANGES)
    live.tell_key(key.kid)


def notice_at(user: User, kind: str, phone: Phone | None, *, about: Phone | None = None, **facts: Any) -> bool:
    """One notice to one place: a number, or None for the e-mail address. False: the budgets have no room for it.

    A test is asked for, so it has a budget of its own and takes no room from what the owner must hear (R-61).
    """
    if phone is not None and phone.country not in settings.PORTAL_COUNTRIES:
        return False
    try:
        with transaction.atomic():
            cost = budgets.charge_notice(kind, user, phone, proposal=facts.get("proposal", ""))
    except limits.RateLimited as full:
        audit.record("notice.send", user=user, ok=False, reason=full.limit, purpose=kind)
        return False
    delivery = Delivery.objects.create(
        user=user,
        way="text" if phone else "mail",
        kind=kind,
        phone=phone,
        about=about,
        facts=facts,
        language=user.tongue if kind == "test" else user.own_tongue,
        country=phone.country if phone else "",
        prefix=phone.prefix if phone else "",
        cost=cost,
        deadline=timezone.now() + policy.NOTICE_LIFE,
    )
    tasks.enqueue(delivery)
    return True


def _tell(errand: Errand) -> None:
    live.tell_desk(errand.login.pk if errand.login else None)
    live.tell_person(errand.user.pk)
