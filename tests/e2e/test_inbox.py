"""What the authenticator makes of answers from its inbox that pass each other, or a message, on the way."""

import pytest

# Takes in turn what the portal has told, and gives the messages that are then listed, and when they were opened.
TOLD = """async (steps) => {
    const { Messages } = await import("/static/authenticator/messages.js");
    const messages = new Messages({ find: () => true });
    const one = ([id, opened]) => ({ id, opened, kid: "key", expires: 1e12, created: 0 });
    const before = performance.now() - 1000;
    for (const [how, asked, ...told] of steps) {
        if (how === "message") {
            messages.add(one(told[0]));
        } else {
            messages.replace(told.map(one), ["key"], before + asked);
        }
    }
    return messages.list.map(({ id, opened }) => [id, opened]);
}"""
AFTERWARDS = 1_000_000


@pytest.fixture
def after(phone):
    phone.open("/sign-in/")
    return lambda *steps: phone.page.evaluate(TOLD, steps)


def test_an_older_answer_takes_away_and_closes_nothing_that_is_newer(after):
    came = ["message", 0, ["new", None]]
    assert after(came, ["inbox", 1]) == [["new", None]], "while the answer was on its way"
    assert after(["inbox", 2, ["new", None]], ["inbox", 1]) == [["new", None]], "in an answer that overtook it"
    opened = ["message", 0, ["new", 5]]
    assert after(["inbox", 1, ["new", None]], opened, ["inbox", 2, ["new", None]]) == [["new", 5]]


def test_an_older_answer_brings_what_no_newer_one_had(after):
    """Who was asked first may have looked last, and nobody tells of it again."""
    assert after(["inbox", 2], ["inbox", 1, ["new", None]]) == [["new", None]]


def test_a_later_answer_is_the_whole_state(after):
    assert after(["message", 0, ["old", None]], ["inbox", AFTERWARDS]) == []
    opened_elsewhere = ["inbox", AFTERWARDS, ["old", 5]]
    assert after(["inbox", 1, ["old", None]], opened_elsewhere) == [["old", 5]]
