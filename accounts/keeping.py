"""Where sessions are kept: under a digest of what their cookie says, so that whoever reads the rows has no cookie.

Everywhere in this code `session_key` is the name of the row. What the browser keeps stands in `cookie`, which only the
request knows that brought it or that made it. The digest needs no salt and no slow hash: a cookie is 165 random bits.
"""

from __future__ import annotations

import hashlib
from typing import Any, cast

from django.contrib.sessions.backends import base, db
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.drawing import word
from accounts.prepared import Prepared, PreparedUpdate, ask, insert

_COOKIE = 32
"""Signs of a cookie: 165 bits of 36 signs. Nobody draws one twice."""
_NAME = 40
"""Signs of a name: 160 bits, and never as many as a cookie has."""

_NAMED = Prepared(lambda session_key: Session.objects.filter(session_key=session_key))
_KEPT = Prepared(lambda session_key, now: Session.objects.filter(session_key=session_key, expire_date__gt=now))
_KEEP = PreparedUpdate(
    lambda session_key: Session.objects.filter(session_key=session_key), session_data=None, expire_date=None
)
_DELETE = "DELETE FROM django_session WHERE session_key = %s"


def name_of(cookie: str) -> str:
    """The row of a session by what its cookie says."""
    return hashlib.sha256(cookie.encode()).hexdigest()[:_NAME]


class SessionStore(db.SessionStore):
    """Django's sessions in the database, with rows that open nothing.

    Made from the name of a row. What is no name is a cookie: Django's own client for tests asks with it.
    """

    def __init__(self, session_key: str | None = None) -> None:
        self.cookie = session_key if session_key and len(session_key) != _NAME else None
        super().__init__(name_of(self.cookie) if self.cookie else session_key)

    @classmethod
    def of(cls, cookie: str) -> SessionStore:
        """The session of a browser. SECURITY: whatever it sends is digested: the name of a row is no cookie."""
        store = cls(name_of(cookie) if cookie else None)
        store.cookie = cookie or None
        return store

    def _get_new_session_key(self) -> str:
        # SECURITY: not Django's, which asks the database whether there is one: a log of statements would hold cookies.
        self.cookie = word(_COOKIE, base.VALID_KEY_CHARS)
        return name_of(self.cookie)

    def _get_session_from_db(self) -> Any:
        row = _KEPT.first(session_key=self.session_key, now=timezone.now())
        if row is None:
            self._session_key = None
        return row

    def exists(self, session_key: str) -> bool:
        return _NAMED.any(session_key=session_key)

    def save(self, must_create: bool = False) -> None:
        """As Django's, in one statement. Raises UpdateError for one that has ended elsewhere: nobody revives it."""
        if self.session_key is None:
            self.create()
            return
        row = self.create_model_instance(cast(Any, self)._get_session(no_load=must_create))  # noqa: SLF001
        if must_create:
            # No name is drawn twice, and none of before is taken again.
            insert(row)
        elif not _KEEP.run(**{name: getattr(row, name) for name in ("session_key", "session_data", "expire_date")}):
            raise base.UpdateError

    def delete(self, session_key: str | None = None) -> None:
        if named := session_key or self.session_key:
            ask(_DELETE, [named])

    async def _aget_new_session_key(self) -> str:
        return self._get_new_session_key()
