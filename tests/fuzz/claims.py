"""Statements of a real key, most of them not quite right: each part right, wrong or missing by itself."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from tests.factories import PIN
from tests.given import LONG
from tests.known import signed
from tests.pocket import Pocket, b64, canonical

MISSING = object()

_words = st.text(max_size=12)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | _words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_words, inner, max_size=3),
    max_leaves=5,
)
# What takes the place of one part after the other.
WRONG: tuple[Any, ...] = (MISSING, "A" * 43, {"x": "x"})
if LONG:
    WRONG += (None, "", "00000000", 7, True, ["x"], [], "x" * 4000)


@dataclass
class Act:
    """One thing that a key may say: where, in which type, and with which claims it would be right.

    `free`: claims that may say anything. `also`: others than the one value that are right, too.
    """

    path: str
    kind: str
    claims: dict[str, Any] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    free: frozenset[str] = frozenset()
    also: dict[str, tuple[Any, ...]] = field(default_factory=dict)

    def is_right(self, claims: dict[str, Any]) -> bool:
        """Whether these claims, signed by the key itself, may move something."""
        if self.kind == "pin" and claims.get("response") is None:
            return True  # the first step, which only asks
        wanted = {name: (right, *self.also.get(name, ())) for name, right in self.claims.items()}
        return all(name in self.free or claims.get(name, MISSING) in wanted[name] for name in wanted)

    @property
    def many(self) -> bool:
        """Whether the statement comes in a list."""
        return self.path.endswith(("/inbox", "/pin"))


def acts(pocket: Pocket) -> list[Act]:
    """What the phone could rightly say now: to the question that waits, of the message it holds, about its key."""
    (key,) = pocket.keys.values()
    asked, (message, *_) = pocket.challenge(), pocket.messages()
    answered = {
        "nonce": asked["nonce"],
        "challenge": asked["id"],
        "verdict": "cancel",
        "display": b64(hashlib.sha256(canonical(asked["display"])).digest()),
    }
    pins = pocket.ask_pins()["questions"][0]
    changed = {"nonce": pins["nonce"], "response": pocket.response(key.kid, PIN, pins["question"])}
    base, own = "/authenticator/api", {"kid": key.kid}
    return [
        Act(f"{base}/inbox", "inbox", {"jti": "x"}, free=frozenset({"jti"})),
        Act(
            f"{base}/challenges/{{challenge_id}}/answer",
            "answer",
            answered,
            {"challenge_id": asked["id"]},
            also={"verdict": ("not_me",)},
        ),
        Act(
            f"{base}/challenges/{{challenge_id}}/seen",
            "seen",
            {"challenge": asked["id"], "hop": "shown"},
            {"challenge_id": asked["id"]},
            also={"hop": ("received", "opened")},
        ),
        Act(f"{base}/messages/{{message_id}}/open", "open", {"message": message["id"]}, {"message_id": message["id"]}),
        Act(f"{base}/keys/{{kid}}/push", "push", {"jti": "x", "subscription": None}, own, frozenset({"jti"})),
        Act(f"{base}/keys/{{kid}}/test", "test", {"jti": "x"}, own, frozenset({"jti"})),
        Act(f"{base}/keys/{{kid}}/label", "label", {"label": "Pixel"}, own, frozenset({"label"})),
        Act(f"{base}/keys/{{kid}}/pin", "pin", changed, own),
        Act(f"{base}/keys/{{kid}}/revoke", "revoke", {}, own),
    ]


@dataclass
class Said:
    """A statement, and whether everything about it is right."""

    statement: str
    right: bool


def say(act: Act, pocket: Pocket, changed: dict[str, Any], by: Any = None) -> Said:
    """A statement for this act with some parts of header or claims `changed`, signed by the phone or `by` another."""
    (key,) = pocket.keys.values()
    header: dict[str, Any] = {"alg": "ES256", "typ": f"portal-key-{act.kind}+jwt", "kid": key.kid}
    claims = {"aud": pocket.base_url, "iat": int(pocket.now()), **act.claims}
    proper = {**header, "aud": claims["aud"], "iat": claims["iat"]}
    for name, value in changed.items():
        part = header if name in header else claims
        part[name] = value
        if value is MISSING:
            del part[name]
    whole = all({**claims, **header}.get(name, MISSING) == right for name, right in proper.items())
    return Said(signed(header, claims, by or key.signing), by is None and whole and act.is_right(claims))


def names(act: Act) -> list[str]:
    """Every part of a statement for this act."""
    return ["alg", "typ", "kid", "aud", "iat", *act.claims]


def changes(act: Act) -> st.SearchStrategy[dict[str, Any]]:
    """Some parts of it changed at once, and some that nobody asked for."""
    some = st.dictionaries(st.sampled_from(names(act)), st.one_of(json_values, st.sampled_from(WRONG)), max_size=3)
    more = st.dictionaries(st.sampled_from(("number", "response_key", "crit", "jwk", "x")), json_values, max_size=2)
    return st.builds(lambda one, other: {**other, **one}, some, more)
