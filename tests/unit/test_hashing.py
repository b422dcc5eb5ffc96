"""The threads that hash: whom they keep waiting, for how long, and whom they give way to."""

import os
import subprocess
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


_BOUND = """
import os
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
import manage
from accounts import hashing
print(hashing.CORES)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a process is bound to no core")
def test_a_process_that_is_bound_to_one_core_hashes_on_one():
    said = subprocess.run([sys.executable, "-c", _BOUND], capture_output=True, text=True, check=True)
    assert said.stdout == "1\n"


QUOTAS = {
    "two cores": ({"cpu.max": "200000 100000\n"}, 2),
    "one and a half": ({"cpu.max": "150000 100000\n"}, 2),
    "a tenth": ({"cpu.max": "10000 100000\n"}, 1),
    "more than there are": ({"cpu.max": "9900000 100000\n"}, 8),
    "none": ({"cpu.max": "max 100000\n"}, 8),
    "version 1": ({"cpu/cpu.cfs_quota_us": "250000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 3),
    "none in version 1": ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, 8),
    "half of version 1": ({"cpu/cpu.cfs_quota_us": "200000\n"}, 8),
    "no period": ({"cpu.max": "200000 0\n"}, 8),
    "something else": ({"cpu.max": "200000 of 100000\n"}, 8),
    "nothing": ({"cpu.max": ""}, 8),
    "no file": ({}, 8),
}


@pytest.mark.parametrize("kind", QUOTAS)
def test_a_container_hashes_on_no_more_cores_than_its_quota(monkeypatch, tmp_path, kind):
    """FI-23: with more, the kernel would stop whoever answers pages together with whoever hashes."""
    files, expected = QUOTAS[kind]
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: set(range(8)), raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    assert hashing.cores(tmp_path) == expected


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
