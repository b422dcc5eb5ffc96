"""Everything that a step leaves behind, seen at once: what is recorded, which bells ring, what is counted."""

from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.db.models import QuerySet
from django.test import Client, RequestFactory

from accounts.models import AuditEvent, Login, Tally, User
from accounts.prepared import Prepared
from twofactor import live
from twofactor.models import Challenge
from twofactor.signin import Verdict

# One event: kind, outcome, reason, whom it concerns, in which sign-in, from where, and the facts.
Event = tuple[str, str, str, str, str, str | None, dict[str, Any]]


def event(kind: str, reason: str = "", *, of: Login | User, address: str | None = "", **facts: Any) -> Event:
    """An event as it should stand there, of a sign-in and its person, or of a person alone.

    One with a reason is a refusal unless `ok` says otherwise; `address` is the sign-in's own unless it is named.
    """
    ok = facts.pop("ok", not reason)
    login, user = (of, of.user) if isinstance(of, Login) else (None, of)
    where = (login.address if login else None) if address == "" else address
    return kind, "ok" if ok else "refused", reason, user.username, login.pk if login else "", where, facts


class Witness:
    """Looks on from the moment it is made; each question is about what happened since the last one."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._rung: list[str] = []
        # At once and not after the commit, which no test of these comes to.
        monkeypatch.setattr(live, "ring", lambda group, word="": self._rung.append(group))
        self._locks: list[str] = []
        monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **how: self._lock(rows, how))
        read = Prepared._read
        monkeypatch.setattr(Prepared, "_read", lambda query, how, given: self._read(query, read(query, how, given)))
        self._last = 0
        self.recorded()

    def _lock(self, rows: Any, how: dict[str, Any]) -> Any:
        """SQLite has no locks on rows, so it changes nothing there whether they are asked for."""
        name = str(rows.model._meta.model_name)
        # With the key of a row, whatever refers to it (an event of the record) would wait, too.
        self._locks.append(name if how == {"no_key": True} else f"{name} and its key")
        return rows

    def _read(self, query: Any, rows: Any) -> Any:
        """What is compiled once asks for its locks once; here it does so each time."""
        before = self._locks.copy()
        found = list(rows)
        self._locks = before
        query._queryset()
        return iter(found)

    def locked(self) -> list[str]:
        """The tables in which rows were locked, in that order."""
        locks = self._locks.copy()
        self._locks.clear()
        return locks

    def recorded(self) -> list[Event]:
        rows = list(AuditEvent.objects.filter(pk__gt=self._last).order_by("pk"))
        self._last = rows[-1].pk if rows else self._last
        return [(row.kind, row.outcome, row.reason, row.username, row.login_id, row.address, row.facts) for row in rows]

    def heard(self) -> list[str]:
        """For whom a bell has rung, in alphabetical order: "desk.<sign-in>", "key.<kid>", "person.<number>"."""
        rung = sorted(self._rung)
        self._rung.clear()
        return rung


def counted(*names: str) -> dict[str, int]:
    """What stands in the counters whose names begin so, by subject; of several spans the shortest."""
    found: dict[str, int] = {}
    for name in names:
        for row in Tally.objects.filter(name__startswith=name, count__gt=0).order_by("resets"):
            found.setdefault(f"{name}:{row.subject}", row.count)
    return found


def visit(browser: Client | None = None, **extra: Any) -> Any:
    """A request of this browser, as a view has it."""
    request: Any = RequestFactory().post("/", headers={"user-agent": "Firefox"}, **extra)
    request.session = browser.session if browser else SessionStore()
    return request


def claims(challenge: Challenge, **changed: Any) -> dict[str, Any]:
    """What a phone has signed that approves this question: with the right number, and with a wrong PIN."""
    return {"verdict": "approve", "number": challenge.question, "response": "00000000", **changed}


def latest(login: Login) -> Challenge:
    """The last question of this sign-in, as another request reads it."""
    return Challenge.objects.select_related("key__user", "login").filter(login=login).latest("turn")


def another(challenge: Challenge) -> Challenge:
    """One more question of the same sign-in that has ended, older and named before it: whoever takes any takes this."""
    return Challenge.objects.create(
        pk="!" * 22, turn=0, key=challenge.key, login=challenge.login, mode="tap", question="000000", nonce="",
        display={}, expires=challenge.expires, state="failed",
    )  # fmt: skip


def bells(challenge: Challenge) -> list[str]:
    """Of everybody whom the end of this question concerns."""
    of_desk = [f"desk.{challenge.login_id}"] if challenge.login_id else []
    return [*of_desk, f"key.{challenge.key.kid}", f"person.{challenge.key.user_id}"]


def verdict(given: Verdict) -> dict[str, Any]:
    """What a verdict says, without what says nothing."""
    nothing: dict[str, Any] = {"state": "", "code": "", "left": 0, "retry_at": None, "off_by": None}
    assert vars(given).keys() == nothing.keys()
    return {name: value for name, value in vars(given).items() if value != nothing[name]}


def ended(row: Challenge | Login) -> tuple[str, ...]:
    """How a question or a sign-in stands now, and why; of a question also the way it came to that."""
    row.refresh_from_db()
    return (row.state, row.reason, row.by) if isinstance(row, Challenge) else (row.state, row.reason)
