"""How an action stands for the page of one person: one word, and a version that grows with every change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from accounts.models import OpenSession, User
from applications import actions
from applications.models import Action, Part
from twofactor.models import Challenge

# Nothing will change any more.
OVER = frozenset({"approved", "declined", "cancelled", "expired"})


@dataclass(frozen=True)
class ActionStanding:
    """`state` is `waiting` (for this person), `second` (for another one) or how the action ended."""

    state: str
    version: int
    action: Action
    parts: list[Part]
    question: Challenge | None
    # When to look again without being told: time passing is a change too.
    look_at: datetime | None
    over: bool

    @classmethod
    def of(cls, pk: str, user: User) -> ActionStanding | None:
        """None: there is no such action, or it is none of this person's business."""
        action = Action.objects.select_related("application", "account").filter(pk=pk, parts__user=user).first()
        if action is None or not actions.holds(action, user):
            return None
        parts = list(action.parts.select_related("user"))
        asked = actions.questions(action, user)
        question = asked[0] if asked else None
        state = action.standing
        if state == "pending":
            mine = next(part for part in parts if part.user_id == user.pk)
            state = "waiting" if mine.state == "waiting" else "second"
        changes = action.version + sum(row.version for row in (*parts, *asked))
        # What runs out changes what is shown without a row being written: it counts as a change too.
        lapsed = (state == "expired") + sum(each.standing == "expired" for each in asked)
        ends = [action.expires, *([question.expires] if question and question.standing == "pending" else [])]
        over = state in OVER
        return cls(state, 16 * changes + lapsed, action, parts, question, None if over else min(ends), over)

    @classmethod
    def named(cls, name: str) -> ActionStanding | None:
        """Read a socket's name, `person:session:action`, from a ticket that we signed.

        SECURITY: None once that session has ended, wherever and by whom: its tickets end with it (R-57).
        """
        user_id, session_id, pk = name.split(":")
        alive = OpenSession.objects.alive().select_related("user")
        here = alive.filter(pk=int(session_id), user=int(user_id)).first()
        return cls.of(pk, here.user) if here is not None else None
