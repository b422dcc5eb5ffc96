"""Whatever reaches a person is in that person's language, whoever caused it and in whatever language they work."""

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.utils import translation

from accounts.models import User
from tests.factories import desk, give_password, host
from tests.languages.test_mixed import CJK, strange
from tests.stories.carried import NUMBER, carry, code_to, given_number, messages
from tests.stories.desks import did, press, staff
from tests.stories.ways import activated, sign_in
from twofactor.models import Challenge


@pytest.fixture
def reader(mara):
    """Mara has chosen Chinese, or English."""

    def reads(language: str) -> User:
        User.objects.filter(pk=mara.pk).update(language=language)
        mara.refresh_from_db()
        return mara

    return reads


def at_the_desk(language: str):
    browser = staff()
    browser.defaults["HTTP_ACCEPT_LANGUAGE"] = language
    return browser


def carried_elsewhere():
    """By a worker, which speaks no language of its own accord."""
    with translation.override("en"):
        carry()


def test_a_notice_of_the_desk_is_in_the_clients_language(handset, one_clock, pocket, reader):
    mara = reader("zh-hant")
    assert did(press(at_the_desk("en"), mara, "lock"), mara)
    carried_elsewhere()
    mail = messages(mara.email, "mail")[-1]
    assert mail.language == "zh-Hant"
    assert CJK.search(mail.subject)
    assert [line for line in mail.text.splitlines() if strange(line) and not CJK.search(line)] == []


def test_and_not_in_that_of_the_staff(handset, one_clock, pocket, reader):
    mara = reader("en")
    assert did(press(at_the_desk("zh-HK"), mara, "lock"), mara)
    with translation.override("zh-hant"):
        carry()
    mail = messages(mara.email, "mail")[-1]
    assert mail.language == "en"
    assert not CJK.search(mail.subject + mail.text)


@pytest.mark.parametrize("deed", ["test", "check"])
def test_a_question_that_the_desk_asks_is_in_the_clients_language(handset, one_clock, pocket, reader, deed):
    mara = reader("zh-hant")
    press(at_the_desk("en"), mara, deed)
    shown = Challenge.objects.latest("created").display
    assert shown["lang"] == "zh-hant"
    labels = [shown["title"], *(name for name, _value in shown["facts"]), *shown["warnings"]]
    assert [words for words in labels if not CJK.search(words)] == []


def test_without_a_choice_it_is_what_their_browser_reads(handset, one_clock, mara):
    activated(desk(accept_language="zh-TW"), mara)
    press(at_the_desk("en"), mara, "lock")
    carried_elsewhere()
    assert messages(mara.email, "mail")[-1].language == "zh-Hant"


def test_a_call_speaks_the_language_of_who_is_called(handset, one_clock, reader):
    mara = reader("zh-hant")
    given_number(mara)
    browser = desk(accept_language="en")
    give_password(browser, mara)
    code_to(NUMBER)
    one_clock.shift(61)
    browser.post("/sign-in/verify/code/call/")
    carried_elsewhere()
    call = messages(NUMBER, "call")[-1].call
    assert call.language == "zh-Hant"
    assert all(CJK.search(words) for words in (call.greeting, call.prompt, call.intro, call.again, call.goodbye))


@pytest.mark.parametrize(
    "asked", ["zh", "zh-TW", "zh-HK", "zh-MO", "zh-Hant", "zh-Hant-HK", "zh-CN", "zh-Hans-SG", "fr,zh;q=0.8"]
)
def test_every_chinese_browser_reads_chinese(db, asked):
    """Simplified, too: it is nearer than English."""
    assert '<html lang="zh-hant"' in desk(accept_language=asked).get("/sign-in/").content.decode()


@pytest.mark.parametrize("asked", ["", "fr", "de-AT,fr;q=0.3", "*", "en-GB,zh-HK;q=0.5"])
def test_any_other_browser_reads_english(db, asked):
    assert '<html lang="en"' in desk(accept_language=asked).get("/sign-in/").content.decode()


def test_a_choice_before_the_sign_in_is_kept_until_the_person_has_one(mara, pocket):
    browser = desk(accept_language="en")
    browser.post("/language/", {"language": "zh-hant"})
    assert '<html lang="zh-hant"' in browser.get("/sign-in/").content.decode()
    sign_in(browser, mara, pocket)
    assert '<html lang="zh-hant"' in browser.get("/").content.decode()
    User.objects.filter(pk=mara.pk).update(language="en")
    assert '<html lang="en"' in browser.get("/").content.decode()


def spoken_by(answer) -> tuple[int, bool]:
    """Its status, and whether it is in Chinese."""
    return answer.status_code, '<html lang="zh-hant"' in answer.content.decode()


def test_errors_are_in_the_language_of_who_meets_them(db):
    translation.activate("en")
    assert spoken_by(desk(accept_language="zh-HK", host="evil.example").get("/sign-in/")) == (400, True)
    forgetful = Client(enforce_csrf_checks=True, headers={"host": host(), "accept-language": "zh-HK"})
    assert spoken_by(forgetful.post("/sign-in/", {})) == (403, True)
    assert spoken_by(desk(accept_language="zh-HK").get("/nowhere/")) == (404, True)


def test_so_it_is_where_the_database_is_gone(db):
    def gone(*_given):
        raise OperationalError

    browser = desk(accept_language="zh-HK")
    browser.raise_request_exception = False
    browser.cookies["session"] = "a" * 32
    translation.activate("en")
    with connection.execute_wrapper(gone):
        assert spoken_by(browser.get("/")) == (503, True)
