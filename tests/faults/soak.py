"""People sign in without a pause while, every now and then, something dies and comes back; and what came of it."""

import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event
from time import monotonic

from tests.faults import fragile
from tests.faults.fragile import Fragile, Trouble
from tests.faults.memory import WARM, Memory
from tests.faults.soakers import Figures, Soaker
from tests.services.cluster import ROOT
from tests.services.people import Owner

PEOPLE = 4
# Seconds that a fault lasts.
LASTS = (0.2, 3.0)
# Parts are taken away in the first share of a long run. In the rest they only get into trouble, and live for so long
# that it shows what they do with memory.
DYING = 1 / 3

_RECORDED = """
    SELECT login_id FROM accounts_auditevent WHERE kind = 'login.claim' AND outcome = 'ok'
    GROUP BY login_id HAVING count(*) <> 1
"""
_UNRECORDED = """
    SELECT id FROM accounts_login WHERE state = 'consumed' AND NOT EXISTS (
        SELECT FROM accounts_auditevent WHERE kind = 'login.claim' AND outcome = 'ok' AND login_id = accounts_login.id)
"""
_CONSUMED = "SELECT count(*) FROM accounts_login WHERE state = 'consumed' AND factor = 'key'"
_CONNECTED = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"


TROUBLES: list[Trouble] = [
    fragile.paused,
    fragile.cut,
    fragile.hanging,
    fragile.bell_paused,
    fragile.bell_cut,
    fragile.bell_slow,
]
DEATHS: list[Trouble] = [
    fragile.killed,
    fragile.bell_killed,
    fragile.process_killed,
    fragile.process_ended,
    fragile.worker_killed,
]


@dataclass
class Soaked:
    """All that can be said afterwards."""

    seconds: float
    people: Figures
    faults: Counter[str] = field(default_factory=Counter)
    consumed: int = 0
    used_twice: int = 0
    unrecorded: int = 0
    record: str = ""
    connections: int = 0
    memory: Memory = field(default_factory=Memory)

    @property
    def troubles(self) -> list[str]:
        """Why it was not good; nothing when it was."""
        found = [f"lost: {each}" for each in self.people.lost]
        if self.used_twice:
            found.append(f"{self.used_twice} approvals were used twice")
        if self.unrecorded:
            found.append(f"{self.unrecorded} sign-ins are not in the record")
        if not self.people.sign_ins <= self.consumed <= self.people.sign_ins + self.people.begun_again:
            found.append(f"{self.consumed} sign-ins were claimed")
        if self.record:
            found.append(f"the record: {self.record}")
        grown = [part for part, life in self.memory.longest.items() if not life.is_flat]
        return found + [f"the memory of {part} grows" for part in grown]

    def __str__(self) -> str:
        rate = self.people.sign_ins / self.seconds
        return "\n".join(
            [
                f"{self.seconds:.0f} s, {sum(self.faults.values())} faults: {_counted(self.faults)}",
                f"{self.people.sign_ins} sign-ins ({rate:.1f}/s), {self.people.begun_again} begun again",
                f"refused for now: {_counted(self.people.refused)}",
                f"approvals lost: {len(self.people.lost)}, used twice: {self.used_twice}",
                *(f"memory of {part}: {life}" for part, life in self.memory.longest.items()),
                f"connections to the database at last: {self.connections}",
                *(self.troubles or ["nothing was lost, nothing was used twice"]),
            ]
        )


def _counted(what: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(what.items())) or "none"


def soak(cluster: Fragile, seconds: float, every: float, choose: Callable[[list[Trouble]], Trouble]) -> Soaked:
    """Let them sign in for so long, with a fault each time that so much has passed."""
    figures = Figures()
    before = cluster.one(_CONSUMED)
    owners = [Owner(cluster) for _ in range(PEOPLE)]
    for each in owners:
        each.activate()
    before += PEOPLE
    soaked = Soaked(seconds, figures)
    begun = monotonic()
    with ThreadPoolExecutor(PEOPLE) as crowd:
        living = [crowd.submit(Soaker(cluster, each, figures).live, begun + seconds) for each in owners]
        _break_now_and_then(cluster, soaked, begun, every, choose)
        for each in living:
            each.result()
    _look(cluster, soaked, before)
    return soaked


def _break_now_and_then(
    cluster: Fragile, soaked: Soaked, begun: float, every: float, choose: Callable[[list[Trouble]], Trouble]
) -> None:
    pause = Event()
    while (passed := monotonic() - begun) < soaked.seconds:
        soaked.memory.read(cluster, passed, soaked.people.sign_ins)
        pause.wait(min(every, soaked.seconds - passed))
        is_early = soaked.seconds < 2 * WARM or passed < DYING * soaked.seconds
        trouble = choose(TROUBLES + DEATHS if is_early else TROUBLES)
        soaked.faults[trouble.__name__] += 1
        with trouble(cluster):
            pause.wait(random.uniform(*LASTS))
        # Another day: what a sign-in that was begun again has cost counts no more. And nobody reads all these answers.
        cluster.write("DELETE FROM accounts_tally")
        cluster.answers.clear()


def _look(cluster: Fragile, soaked: Soaked, before: int) -> None:
    soaked.memory.read(cluster, soaked.seconds, soaked.people.sign_ins)
    soaked.consumed = cluster.one(_CONSUMED) - before
    soaked.used_twice = len(cluster.rows(_RECORDED))
    soaked.unrecorded = len(cluster.rows(_UNRECORDED))
    soaked.connections = cluster.one(_CONNECTED)
    verify = [sys.executable, "manage.py", "audit", "verify"]
    environment = cluster.servers[0].environment
    done = subprocess.run(verify, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    soaked.record = "" if done.returncode == 0 else (done.stdout + done.stderr)[-500:]
