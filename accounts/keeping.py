"""Where sessions are kept: under a digest of what their cookie says, so that whoever reads the rows has no cookie.

Everywhere in this code `session_key` is the name of the row. What the browser keeps stands in `cookie`, which only the
request knows that brought it or that made it. The digest needs no salt and no slow hash: a cookie is 165 random bits.
"""

from __future__ import annotations

import hashlib

from django.contrib.sessions.backends import base, db
from django.utils.crypto import get_random_string

_COOKIE = 32
"""Signs of a cookie: 165 bits of 36 signs. Nobody draws one twice."""
_NAME = 40
"""Signs of a name: 160 bits, and never as many as a cookie has."""


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
        self.cookie = get_random_string(_COOKIE, base.VALID_KEY_CHARS)
        return name_of(self.cookie)

    async def _aget_new_session_key(self) -> str:
        return self._get_new_session_key()
