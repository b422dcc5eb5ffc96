"""No code and no number but in the text itself: not in the broker, not in a row, not in a log (R-22, R-80)."""

import base64
import json
import zlib

import pytest

from tests.carriers.server import saying
from tests.services.people import Desk
from tests.services.secrets import Monitor, all_statements_logged, found_in, rows
from tests.services.subscribers import PHONE_PAGE, Subscriber, fresh_number


@pytest.fixture
def mara(cluster) -> Subscriber:
    cluster.worker.expect_ready()
    return Subscriber(cluster)


def walk(cluster, mara: Subscriber) -> set[str]:
    """Every road that a code takes, and every trouble that it meets. Gives the numbers."""
    new, gone = fresh_number(), fresh_number()
    mara.verify_number()
    with cluster.worker.held_up():
        # The errand lies in the broker's queue.
        mara.begin()
        mara.later()
        cluster.send(mara.again("call"))
    code = mara.next_code()
    mara.next_code()
    wrong = f"{(int(code) + 1) % 10**6:06}"
    mara.desk.take(cluster.send(mara.typed(wrong)))
    assert mara.desk.take(cluster.send(mara.typed(code))).leads_to == "/"
    for each in mara.came():
        cluster.send(cluster.carrier.report(each, "delivered"))
    with cluster.carrier.refusing({gone}):
        mara.ask(gone)
        mara.settle()
    mara.later()
    with cluster.carrier.away():
        mara.ask(new)
        mara.wait_until("queued", attempts=1)
    mara.untaken()
    mara.later()
    assert mara.desk.take(cluster.send(mara.confirmation(mara.next_code(new)))).leads_to == PHONE_PAGE
    with cluster.carrier.answering(saying(200, b"no gateway speaks like this")):
        mara.desk.post(f"{PHONE_PAGE}test/")
        mara.settle()
    mara.desk.post(f"{PHONE_PAGE}remove/")
    mara.settle()
    # A number that is typed and refused.
    mara.desk.post(PHONE_PAGE, country="HK", number="9200 0000 1")
    Desk(cluster).give_password(mara.username)
    return {mara.number, new, gone}


def test_no_code_and_no_number_stand_anywhere_but_in_the_text(cluster, mara):
    marks = {each: len(each.log.read_bytes()) for each in (*cluster.servers, cluster.worker, cluster.database)}
    monitor = Monitor(str(cluster.bell.folder / "redis.sock"))
    with all_statements_logged(cluster):
        numbers = walk(cluster, mara)
    told = monitor.end()
    codes = {each.code for number in numbers for each in cluster.carrier.to(number) if each.code}
    assert len(codes) >= 4
    logs = [each.log.read_bytes()[mark:] for each, mark in marks.items()]
    for text in (told, rows(cluster), *logs):
        assert found_in(text, codes, numbers) == []
    # What was looked at is what was meant.
    assert b"twofactor.deliver" in told
    assert b"sealed_number" in logs[-1]
    assert b"twofactor.deliver" in logs[-2]
    assert all(b"code.send" in log for log in logs[:2])


def test_the_search_itself_finds_codes_and_numbers_in_every_disguise():
    session = zlib.compress(json.dumps({"number": "+85292000000", "code": "482913", "more": "x" * 40}).encode())
    disguises = [
        b"code 482913.",
        b"your 482 913 is",
        b'{"body": "' + base64.b64encode(b'[["482913", "and what else is in an errand of this kind"]]') + b'"}',
        base64.urlsafe_b64encode(session).rstrip(b"="),
    ]
    assert [found_in(each, {"482913"}, set()) for each in disguises] == [["482913"]] * 4
    assert found_in(b"12:00:01.482913 1700000000.482913", {"482913"}, set()) == []
    spellings = (b"+85292000000", b"(92000000)", b"9200 0000", b"+852 9200-0000", disguises[-1])
    assert [found_in(each, set(), {"+85292000000"}) for each in spellings] == [["+85292000000"]] * 5
