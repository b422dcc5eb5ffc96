"""What pages that wait for a code read: one word, a version that moves with every change; and nothing is changed."""

from tests.factories import desk, give_password, person
from tests.stories.carried import (
    NUMBER,
    OTHER,
    add_key,
    again,
    ask_number,
    call,
    carry,
    choose,
    code_to,
    confirm,
    switch_texts,
    text_in,
    type_code,
    verify_number,
    wrong_code,
)
from tests.stories.test_waiting import WRITES, addresses, read
from tests.stories.ways import dump, is_in, sign_out, state
from twofactor import policy, tasks
from twofactor.gateways import Report
from twofactor.models import Delivery

PAGE = "/sign-in/verify/code/"


def told(browser):
    return browser.get("/sign-in/status/").json()


def told_of_phone(browser):
    return browser.get("/security/key/status/").json()["version"]


def test_it_goes_through_the_words_of_the_contract(one_clock, eli, here):
    words = [state(here)]
    give_password(here, eli)
    carry()
    words.append(state(here))
    here.post("/sign-in/cancel/")
    words.append(state(here))
    give_password(here, eli)
    for _ in range(5):
        type_code(here, wrong_code())
    words.append(state(here))
    one_clock.shift(600)
    give_password(here, eli)
    type_code(here, code_to())
    words.append(state(here))
    assert words == ["expired", "waiting", "cancelled", "failed", "approved"]


def test_a_code_that_runs_out_is_a_change_and_no_end(one_clock, eli, here):
    """The password is not asked for again: another code can be sent."""
    give_password(here, eli)
    carry()
    before = told(here)
    one_clock.shift(300)
    after = told(here)
    assert after["state"] == "waiting"
    assert after["version"] > before["version"]
    again(here)
    carry()
    assert told(here)["version"] > after["version"]
    one_clock.shift(300)
    assert told(here)["state"] == "expired"


def test_the_version_moves_with_every_change_and_with_nothing_else(one_clock, eli, here):
    give_password(here, eli)
    versions = [told(here)["version"]]

    def moved():
        here.get(PAGE)
        versions.append(told(here)["version"])
        assert told(here)["version"] == versions[-1]
        return versions[-1] > versions[-2]

    carry()
    assert moved()
    tasks.report(Delivery.objects.get(kind="sign-in").pk, Report("delivered"), "demo")
    assert moved()
    type_code(here, wrong_code())
    assert moved()
    one_clock.shift(60)
    here.get(PAGE)
    again(here)
    assert moved()
    carry()
    assert moved()
    call(here)
    assert moved()
    assert versions == sorted(versions)


def test_time_that_passes_in_front_of_a_slow_text_is_a_change_too(one_clock, eli, here):
    """FI-08: nobody carries, and the page has something else to say after a while."""
    give_password(here, eli)
    before = told(here)["version"]
    one_clock.shift(policy.SLOW.total_seconds() - 1)
    assert told(here)["version"] == before
    one_clock.shift(1.1)
    assert told(here)["version"] > before


def test_the_page_and_the_status_say_the_same(eli, here):
    give_password(here, eli)
    carry()
    assert f'data-version="{told(here)["version"]}"' in here.get(PAGE).content.decode()


def test_the_version_of_the_phone_page_moves_with_every_change(one_clock, handset, mara, here):
    give_password(here, mara)
    seen = [told_of_phone(here)]
    steps = [
        lambda: ask_number(here),
        carry,
        lambda: confirm(here, wrong_code()),
        lambda: one_clock.shift(60),
        lambda: here.post("/security/phone/again/"),
        lambda: confirm(here, code_to()),
        carry,
        lambda: tasks.report(Delivery.objects.get(kind="test").pk, Report("delivered"), "demo"),
        lambda: switch_texts(here, False),
        lambda: here.post("/security/phone/remove/"),
    ]
    for step in steps:
        step()
        seen.append(told_of_phone(here))
    assert len(set(seen)) == len(seen)
    assert f'data-version="{seen[-1]}"' in here.get("/security/phone/").content.decode()


def test_no_address_changes_anything_by_being_read(one_clock, handset, eli, here):
    """R-72, AT-071, with numbers and codes on their way: by somebody who waits, and by people who are signed in."""
    waiting, asking, both = here, desk(), desk()
    dana = person("dana")
    give_password(asking, dana)
    ask_number(asking, OTHER)
    text_in(both, eli)
    add_key(both)
    switch_texts(both, True)
    give_password(waiting, eli)
    choose(waiting, "text")
    before = dump()
    paths = sorted(set(addresses()))
    assert {PAGE, "/security/phone/", "/security/phone/remove/", "/security/phone/confirm/"} <= set(paths)
    read([waiting, asking, both], paths)
    assert dump() == before
    assert state(waiting) == "waiting"
    assert is_in(both)


POSTS = [
    *("/sign-in/verify/code/again/", "/sign-in/verify/code/call/", "/sign-in/verify/choose/"),
    *(f"/security/phone/{name}/" for name in ("again", "call", "drop", "texts", "test")),
]


def test_what_changes_something_is_only_posted(handset, mara, here):
    give_password(here, mara)
    verify_number(here, NUMBER)
    assert not set(POSTS) & set(WRITES)
    for path in POSTS:
        for method in ("get", "head", "put", "patch", "delete"):
            assert getattr(here, method)(path).status_code == 405, path
    sign_out(here)
