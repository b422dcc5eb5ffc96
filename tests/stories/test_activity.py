"""What happened, in plain words, for the person whom it concerns and nobody else."""

import re
from pathlib import Path

import pytest

from accounts import audit
from accounts.models import AuditEvent
from tests.factories import desk, finish, give_password, with_key
from tests.stories.ways import sign_in, text
from twofactor import activity


def page(browser, query=""):
    return text(browser.get(f"/security/activity/{query}"))


def test_a_sign_in_is_told_in_a_sentence_with_its_place(mara, pocket, here):
    sign_in(here, mara, pocket)
    shown = page(here)
    assert "You signed in with Portal Key. Firefox on Windows, 127.0.0.1" in shown
    assert "You approved a sign-in on your phone." in shown


def test_home_and_the_overview_show_the_latest_and_lead_to_all(mara, pocket, here):
    sign_in(here, mara, pocket)
    for address in ("/", "/security/"):
        shown = here.get(address).content.decode()
        assert "You signed in with Portal Key." in shown
        assert "You approved a sign-in" not in shown
        assert 'href="/security/activity/"' in shown


def test_every_kind_of_event_is_told_or_kept_on_purpose():
    """What a later change records is a decision: a sentence for the person, or a name in the list of the rest."""
    told = {name.partition(":")[0].rstrip("!") for name in activity._WORDS} | activity.UNTOLD
    code = "\n".join(
        path.read_text() for room in ("accounts", "applications", "twofactor", "portal")
        for path in Path(room).rglob("*.py") if path.name != "activity.py"
    )  # fmt: skip
    calls = re.findall(r"\b(?:record|_record|alert|_tell|_check)\(\s*[^\"()]*\"([a-z]+\.[a-z-]+)\"", code)
    assert len(calls) > 40
    assert {kind for kind in calls if kind not in told} == set()


@pytest.mark.parametrize("name", activity._WORDS)
def test_every_sentence_is_a_whole_one(mara, name):
    kind, _colon, case = name.partition(":")
    event = AuditEvent(
        kind=kind.rstrip("!"), outcome="refused" if "!" in kind else "ok", reason=case, facts={"by": case}
    )
    said = activity.tell(event)["what"]
    assert re.fullmatch(r"[A-Z“].*\.", said)
    assert "%" not in said


def test_there_are_pages_of_twenty_five(mara, pocket, here):
    sign_in(here, mara, pocket)
    for _each in range(60):
        audit.record("texts.on", user=mara)
    assert page(here).count("Codes by text were switched on.") == 25
    assert "Page 2 of 3" in page(here, "?page=2")
    assert "Page 3 of 3" in page(here, "?page=99")


def test_one_kind_can_be_asked_for(mara, pocket, here):
    sign_in(here, mara, pocket)
    audit.record("texts.on", user=mara, ending="68")
    audit.record("texts.off", user=mara, staff=7)
    assert "You signed in" not in page(here, "?about=number")
    assert "Codes by text were switched on." in page(here, "?about=number")
    assert "Codes by text were switched off." not in page(here, "?about=number")
    assert "Codes by text were switched off. Our staff" in page(here, "?about=desk")
    assert "You signed in" in page(here, "?about=nothing-of-the-kind")


def test_from_where_staff_work_is_not_shown(mara, pocket, here):
    """SECURITY: an act of the desk carries the desk's own address."""
    sign_in(here, mara, pocket)
    request = here.get("/").wsgi_request
    audit.record("session.end-all", user=mara, request=request, staff=7)
    found = activity.tell(AuditEvent.objects.get(kind="session.end-all"))
    assert (found["where"], found["staff"], found["disownable"]) == ("", True, False)


def test_events_of_others_are_as_unknown_as_those_that_never_were(mara, eli, pocket, here):
    sign_in(here, mara, pocket)
    theirs = audit.record("login.claim", user=eli, by="key").name
    untold = audit.record("challenge.send", user=mara).name
    for name in (theirs, untold, "A" * 22):
        for rest in ("", "receipt/", "not-me/"):
            assert here.get(f"/security/activity/{name}/{rest}").status_code == 404
            assert here.post(f"/security/activity/{name}/not-me/").status_code == 404
    assert "Eli" not in page(here)


def test_this_was_not_me_says_what_it_does_before_it_does_it(mara, pocket, here):
    other = desk()
    sign_in(here, mara, pocket)
    sign_in(other, mara, pocket)
    name = AuditEvent.objects.filter(kind="login.claim").latest("id").name
    assert f"/security/activity/{name}/not-me/" in here.get("/security/activity/").content.decode()
    asked = text(here.get(f"/security/activity/{name}/not-me/"))
    assert "All your other browsers are signed out" in asked
    assert other.get("/").status_code == 200
    assert here.post(f"/security/activity/{name}/not-me/")["Location"] == "/security/password/"
    assert other.get("/").status_code == 302
    mara.refresh_from_db()
    assert mara.password_change_required
    assert AuditEvent.objects.filter(kind="alarm.raise", user=mara).exists()


def test_what_is_long_past_or_was_done_by_staff_cannot_be_disowned(clock, mara, pocket, here):
    old = audit.record("login.claim", user=mara, by="key")
    staff = audit.record("texts.off", user=mara, staff=7)
    clock.shift(31 * 86_400)
    sign_in(here, mara, pocket)
    for event in (old, staff):
        assert here.get(f"/security/activity/{event.name}/not-me/").status_code == 404


def test_without_a_second_factor_what_happened_can_be_read_too(mara, here):
    give_password(here, mara)
    finish(here)
    assert "You signed in with your password alone." in page(here)
    with_key(mara, browser=desk())
