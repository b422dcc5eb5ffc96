"""Who asks the same at the same time shares one question, and nobody waits for longer or gets another's answer."""

import asyncio
import threading

import pytest

from twofactor import together


@pytest.fixture(autouse=True)
def threads(monkeypatch):
    """Threads as they come: no question here is one of the database."""
    monkeypatch.setattr(together, "reading", asyncio.to_thread)


@pytest.fixture
def asked():
    """Each question that was asked."""
    return []


@pytest.fixture
def lengths(asked):
    def ask(names):
        asked.append(names)
        return [len(name) for name in names]

    return together.Together(ask)


async def test_those_who_come_together_share_a_question_and_have_their_own_answers(asked, lengths):
    assert await asyncio.gather(*map(lengths.of, ["a", "bb", "a"])) == [1, 2, 1]
    assert asked == [["a", "bb", "a"]]


async def test_whoever_comes_while_it_is_asked_is_in_the_next():
    begun, go, asked = threading.Event(), threading.Event(), []

    def ask(names):
        asked.append(names)
        begun.set()
        assert go.wait(10)
        return names

    slow = together.Together(ask)
    first = asyncio.ensure_future(slow.of("a"))
    await asyncio.to_thread(begun.wait, 10)
    others = [asyncio.ensure_future(slow.of(name)) for name in "bc"]
    await asyncio.sleep(0)
    go.set()
    assert await asyncio.gather(first, *others) == ["a", "b", "c"]
    assert asked == [["a"], ["b", "c"]]


async def test_a_crowd_has_its_answers_in_several_statements(asked, lengths):
    await asyncio.gather(*(lengths.of("x") for _ in range(together._AT_ONCE + 1)))
    assert [len(names) for names in asked] == [together._AT_ONCE, 1]


async def test_an_accident_is_told_to_all_of_them_and_the_next_question_is_asked():
    def ask(names):
        if "bad" in names:
            raise LookupError
        return names

    asking = together.Together(ask)
    found = await asyncio.gather(asking.of("bad"), asking.of("good"), return_exceptions=True)
    assert [type(each) for each in found] == [LookupError] * 2
    assert await asking.of("good") == "good"


async def test_one_who_leaves_takes_nothing_from_the_others(lengths):
    gone, here = asyncio.ensure_future(lengths.of("a")), asyncio.ensure_future(lengths.of("bb"))
    await asyncio.sleep(0)
    gone.cancel()
    assert await here == 2


async def test_whoever_comes_while_it_rests_is_in_the_next_and_who_came_alone_did_not_wait(monkeypatch):
    rested, asked = asyncio.Event(), []
    resting = together.Together(lambda names: asked.append(names) or names, rest=1)
    monkeypatch.setattr(asyncio, "sleep", lambda _seconds: rested.wait())
    assert await resting.of("a") == "a"
    others = [asyncio.ensure_future(resting.of(name)) for name in "bc"]
    await asyncio.to_thread(lambda: None)
    assert asked == [["a"]]
    rested.set()
    assert await asyncio.gather(*others) == ["b", "c"]
    assert asked == [["a"], ["b", "c"]]
