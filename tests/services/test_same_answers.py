"""What a stranger is told is the same for everybody, at either process; `python -m bench timing` measures how long."""

from collections import defaultdict

from tests.given import LONG
from tests.services.refusals import attempt, refused_people, told, visit

TRIES = 200 if LONG else 2


def test_whoever_is_refused_is_told_the_same(cluster):
    """AT-090: unknown, wrong, inactive, locked, without a password: interleaved, at two processes (R-46)."""
    people, said = refused_people(cluster), defaultdict(set)
    for number in range(TRIES):
        cluster.write("DELETE FROM accounts_tally")
        for reason, username in people.items():
            answer = attempt(visit(cluster), reason, username, cluster.servers[number % 2])
            said[told(answer, username)].add(reason)
    assert list(said.values()) == [set(people)], [list(map(str, answer[:3])) for answer in said]
    ((status, _headers, _cookies, page),) = said
    assert status == 200
    assert "The username or the password is not right" in page


def test_whoever_has_to_wait_is_told_the_same(cluster):
    """AT-094: after five tries, whether there is such a person or not: the same page, and the same time to wait."""
    people, said = refused_people(cluster), defaultdict(set)
    cluster.write("DELETE FROM accounts_tally")
    for username in people.values():
        answers = [attempt(visit(cluster), "wrong", username) for _ in range(5)]
        assert [answer.status for answer in answers] == [200] * 5
        # However slow this machine is, the wait runs while we look.
        cluster.write("UPDATE accounts_tally SET opens = now() + interval '1 hour' WHERE name = 'password'")
    for reason, username in people.items():
        answer = attempt(visit(cluster), reason, username)
        assert 3500 < int(answer.headers["Retry-After"]) <= 3600
        said[told(answer, username)].add(reason)
    assert list(said.values()) == [set(people)], [list(map(str, answer[:3])) for answer in said]
    ((status, *_),) = said
    assert status == 429
