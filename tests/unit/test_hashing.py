"""The threads that hash: whom they keep waiting, for how long, and whom they give way to."""

import os
import sys
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher

from accounts import hashing, policy
from accounts.hashing import BoundedArgon2
from tests.hashers import every_core_hashes


def verify():
    return BoundedArgon2().verify("a password", "its hash")


def test_who_waits_too_long_for_a_core_is_sent_away_and_never_hashed(monkeypatch):
    hashed = []
    monkeypatch.setattr(Argon2PasswordHasher, "verify", lambda *given: hashed.append(given))
    with every_core_hashes(), pytest.raises(hashing.HashersBusy):
        verify()
    # Behind whatever stood in the line.
    for each in [hashing._cores.submit(int) for _each in range(hashing.CORES)]:
        each.result()
    assert hashed == []


def test_a_hash_that_has_begun_is_waited_for_however_long_it_takes(monkeypatch):
    """FI-23: it is paid for, and whoever is sent away would only have it computed again."""
    asked = []
    cancel = Future.cancel

    def slow(*given):
        while not asked:
            os.sched_yield()
        return True

    monkeypatch.setattr(Future, "cancel", lambda errand: asked.append(cancel(errand)))
    monkeypatch.setattr(policy, "HASH_WAIT", 0.3)
    monkeypatch.setattr(Argon2PasswordHasher, "verify", slow)
    assert verify() is True
    assert asked == [False]


def test_what_breaks_a_hash_breaks_whoever_asked_for_it(monkeypatch):
    def broken(*given):
        raise MemoryError

    monkeypatch.setattr(Argon2PasswordHasher, "verify", broken)
    with pytest.raises(MemoryError):
        verify()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a thread has no niceness of its own")
def test_whoever_hashes_gives_way_and_nobody_else_does(monkeypatch):
    """FI-23: a page that wants the core of a hash has it at once."""
    before = os.nice(0)
    monkeypatch.setattr(Argon2PasswordHasher, "verify", lambda *given: os.nice(0))
    assert verify() == min(before + hashing._NICER, 19)
    assert os.nice(0) == before


def test_where_nobody_may_give_way_passwords_are_hashed_all_the_same(monkeypatch):
    def forbidden(_much):
        raise PermissionError

    monkeypatch.setattr(os, "nice", forbidden)
    monkeypatch.setattr(hashing, "_cores", ThreadPoolExecutor(1, initializer=hashing._give_way))
    monkeypatch.setattr(Argon2PasswordHasher, "verify", lambda *given: True)
    assert verify() is True
