"""Everybody types a password at once: who has already been asked on the phone goes on (FI-23)."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event

from tests.factories import PASSWORD
from tests.services.people import Desk, Owner

# As many passwords are in line at any time; two processes hash far fewer in the second that one waits at most.
CROWD = 40
WAITING = 3


def test_approvals_go_on_while_passwords_stand_in_line(cluster):
    """FI-23: a crowd at the password page waits or is asked to come back, and nobody else notices."""
    owners = [Owner(cluster) for _ in range(WAITING)]
    for each in owners:
        each.activate()
        each.begin()
    with crowd(cluster) as statuses:
        for each in owners:
            each.approve(each.phone.challenge())
            assert each.desk.state() == "approved"
            assert each.desk.post("/sign-in/finish/").leads_to == "/"
            assert each.desk.is_in()
    assert set(statuses) <= {200, 429, 503}
    assert 200 in statuses


@contextmanager
def crowd(cluster) -> Iterator[list[int]]:
    """So many who type a password again as soon as they are answered, for names that nobody has."""
    over, statuses = Event(), list[int]()

    def insist(name: str) -> None:
        while not over.is_set():
            desk = Desk(cluster, {"csrftoken": "a" * 32})
            statuses.append(desk.post("/sign-in/", username=name, password=PASSWORD).status)

    with ThreadPoolExecutor(CROWD) as people:
        crowd = [people.submit(insist, f"nobody-{number}") for number in range(CROWD)]
        try:
            yield statuses
        finally:
            over.set()
    for each in crowd:
        each.result()
