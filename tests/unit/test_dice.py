"""AT-039, R-77: whatever is drawn is drawn evenly, and by the good dice: `secrets` and nothing else.

The dice of these tests are loaded with a seed, so that a verdict is the same with every run.
"""

import ast
import random
import secrets
from collections import Counter
from pathlib import Path

import pytest

from accounts import temporary
from accounts.models import new_id
from tests.given import LONG
from twofactor.models import AskedQuestion, PortalKey
from twofactor.protocol import activation, sealing

ROOT = Path(__file__).parents[2]
ROUNDS = 200_000 if LONG else 20_000
PEPPER = b"a pepper that is long enough for it"
# Above this a chi-square of so many degrees of freedom comes once in a million (Wilson and Hilferty, 1931).
_Z = 4.75


@pytest.fixture
def seeded(monkeypatch):
    """Dice that fall the same with every run, in the place of the system's."""
    dice = random.Random(39)
    monkeypatch.setattr(secrets, "randbelow", dice.randrange)
    monkeypatch.setattr(secrets, "token_bytes", lambda size=32: dice.randbytes(size))
    monkeypatch.setattr(secrets, "choice", dice.choice)
    return dice


def is_even(found, kinds):
    """Whether these are drawn as often as each other, by Pearson's chi-square over all `kinds`."""
    counts = Counter(found)
    assert set(counts) <= set(kinds)
    expected = len(found) / len(kinds)
    chi = sum((counts[kind] - expected) ** 2 for kind in kinds) / expected
    free = len(kinds) - 1
    most = free * (1 - 2 / (9 * free) + _Z * (2 / (9 * free)) ** 0.5) ** 3
    return chi < most


def test_the_verdict_finds_what_is_not_even(seeded):
    """A hexadecimal digit cut to a decimal one: six of ten come twice as often."""
    assert is_even([seeded.randrange(10) for _ in range(ROUNDS)], range(10))
    assert not is_even([seeded.randrange(16) % 10 for _ in range(ROUNDS)], range(10))


def questions(monkeypatch):
    """Questions as they are drawn, without the rows that keep a key from having one twice."""
    monkeypatch.setattr("twofactor.models.challenge.insert_new", lambda row: True)
    return [AskedQuestion.draw(PortalKey()) for _ in range(ROUNDS)]


def test_questions_are_even_in_every_place(seeded, monkeypatch):
    drawn = questions(monkeypatch)
    for place in range(6):
        assert is_even([each[place] for each in drawn], "0123456789"), place
    assert is_even([int(each) * 997 // 10**6 for each in drawn], range(997))
    # Birthdays: of a million, so many pairs meet; a generator that runs in a short circle has many more.
    pairs = sum(count * (count - 1) // 2 for count in Counter(drawn).values())
    expected = ROUNDS * (ROUNDS - 1) / 2 / 10**6
    assert abs(pairs - expected) < 6 * expected**0.5


def test_codes_by_text_are_even_in_every_place(seeded):
    """Derived and not drawn: the salt is what is drawn."""
    codes = [sealing.digits(PEPPER, "code", secrets.token_bytes(16).hex(), "number") for _ in range(ROUNDS)]
    for place in range(6):
        assert is_even([each[place] for each in codes], "0123456789"), place


def test_activation_codes_are_even_and_never_repeat(seeded):
    salts = (secrets.token_bytes(16).hex() for _ in range(ROUNDS))
    codes = [activation.code_from(sealing.derive(PEPPER, "activation.code", "id", salt)) for salt in salts]
    for place in range(activation.LENGTH):
        assert is_even([each[place] for each in codes], activation.ALPHABET), place
    assert len(set(codes)) == ROUNDS


def test_temporary_passwords_are_even_and_never_repeat(seeded):
    drawn = [temporary.draw().replace("-", "") for _ in range(ROUNDS // 10)]
    assert is_even([sign for each in drawn for sign in each], temporary.ALPHABET)
    assert len(set(drawn)) == len(drawn)


def test_every_draw_comes_from_secrets(monkeypatch):
    """Take the good dice away and nothing is drawn."""

    def gone(*args):
        raise LookupError

    for name in ("randbelow", "token_bytes", "token_urlsafe", "choice"):
        monkeypatch.setattr(secrets, name, gone)
    for draw in (lambda: AskedQuestion.draw(None), temporary.draw, new_id):
        with pytest.raises(LookupError):
            draw()


def test_no_module_of_the_portal_knows_the_other_dice():
    """`random` is for games; the demo and its people are no exception."""
    known = set()
    for folder in ("accounts", "twofactor", "applications", "portal"):
        for path in (ROOT / folder).rglob("*.py"):
            if path.parent.name.endswith("migrations"):
                # The library names one where no row of ours has it.
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                known |= {f"{path.name}: {name}" for name in names if name.split(".")[0] in ("random", "uuid")}
    assert known == set()
