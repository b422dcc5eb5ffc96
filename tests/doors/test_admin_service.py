"""The page of sign-ins and service: for security officers, to be read, in two languages, with nobody's name."""

import re
from contextvars import copy_context
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone, translation

from accounts.models import User
from portal import metrics, patience, seen
from tests.factories import desk, give_password, person
from tests.stories.ways import activated, sign_in, text

PAGE = "/admin/service/"


def staff(role: str = "Security officer"):
    """A browser in which somebody with this role is signed in."""
    sol = person("sol", is_staff=True)
    sol.groups.add(Group.objects.get(name=role))
    browser = desk()
    activated(browser, sol)
    return browser


def test_strangers_and_clients_do_not_see_it(mara, pocket, here):
    assert here.get(PAGE)["Location"] == f"/sign-in/?next={PAGE}"
    sign_in(here, mara, pocket)
    assert here.get(PAGE, follow=True).status_code == 403


def test_support_does_not_see_it(db):
    browser = staff("Support")
    assert browser.get(PAGE).status_code == 403
    assert PAGE not in browser.get("/admin/").content.decode()


def test_an_officer_finds_it_on_the_first_page(db):
    browser = staff()
    assert f'href="{PAGE}"' in browser.get("/admin/").content.decode()
    assert browser.get(PAGE).status_code == 200


def test_a_superuser_sees_it(db):
    browser = desk()
    activated(browser, person("root", is_staff=True, is_superuser=True))
    assert browser.get(PAGE).status_code == 200


def test_the_database_is_given_more_time_to_count_for_it(db):
    """A page of a person says 503 sooner (FI-04)."""
    browser = staff()

    def patient():
        browser.get(PAGE)
        return patience._here.get()

    assert copy_context().run(patient) == patience.LONGER


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_it_is_only_read(db, method):
    assert getattr(staff(), method)(PAGE).status_code == 405


def test_it_needs_no_script_and_no_style_of_its_own(mara, db):
    """The strict policy for content holds for it, and every picture has its words."""
    give_password(desk(), mara, "a wrong password of mara's")
    page = staff().get(PAGE).content.decode()
    ours = page[page.index('<div class="figures">') : page.index("<footer")]
    assert "<svg" in ours
    assert re.findall(r"<script|<style|\sstyle=|\son\w+=", ours) == []
    heard = re.sub(r'<div class="plot" aria-hidden="true">.*?</svg>', "", ours, flags=re.DOTALL)
    assert re.findall(r'<svg(?![^>]*aria-hidden="true")[^>]*>', heard) == []
    assert ours.count("The same as a table") == 2


def test_it_names_nobody(mara, db):
    give_password(desk(), mara, "a wrong password of mara's")
    page = staff().get(PAGE).content.decode()
    ours = page[page.index('<div class="figures">') : page.index("<footer")]
    for secret in ("mara", "sol", "127.0.0.1"):
        assert secret not in ours.lower(), secret


def test_what_this_process_has_refused_stands_there(db):
    metrics.count("refusal", 1, {"limit": "start/10m"})
    assert "start/10m" in text(staff().get(PAGE))


def test_processes_are_listed_and_that_they_differ_is_said(db, monkeypatch):
    since = timezone.now() - timedelta(hours=2)
    found = [seen.Process("one 17", seen.PAGES, "c0de", since), seen.Process("two 4", seen.WORKER, "c0de", since)]
    monkeypatch.setattr(seen, "processes", lambda: found)
    browser = staff()
    page = text(browser.get(PAGE))
    assert "one 17 Serves pages c0de 2 hours" in page
    assert "two 4 Carries messages" in page
    assert "do not all run" not in page
    found.append(seen.Process("two 5", seen.WORKER, "older", since))
    assert "do not all run" in text(browser.get(PAGE))


def test_an_empty_portal_has_an_empty_page(db, monkeypatch):
    monkeypatch.setattr("portal.outcomes.OUTCOMES", {})
    monkeypatch.setattr(metrics, "refusals", dict)
    page = text(staff().get(PAGE))
    for sentence in ("The queue is empty.", "No limit has refused anybody.", "Nobody has signed in in this time."):
        assert sentence in page


def test_it_is_read_in_chinese_too(db):
    browser = staff()
    User.objects.filter(username="sol").update(language="zh-hant")
    with translation.override("en"):
        page = text(browser.get(PAGE))
    for words in ("登入與服務狀況", "等待中的登入", "過去 24 小時", "驗證方式"):
        assert words in page
