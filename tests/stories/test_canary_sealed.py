"""AT-115: a temporary password goes to one phone and stands nowhere else: no row, log, queue, mail, page or name."""

import logging

import pytest

from tests.factories import PIN, desk, finish, give_password, person
from tests.stories.carried import carry, given_to_the_broker, messages
from tests.stories.sealing import grown, opened, send, staff
from tests.stories.test_canary import Canaries, canaries, look_at_objects, look_everywhere, words_of
from tests.stories.ways import activated, approve, sign_in
from twofactor import sealed

__all__ = ["canaries"]
NEW = "four entirely different words"


def spellings(password):
    return {password, password.replace("-", ""), password.replace("-", " "), password.lower()}


def pages_of_staff(user):
    """Every page about this person that staff with all rights can open, and those of what was sent."""
    root, browser = person("root", is_staff=True, is_superuser=True), desk()
    sign_in(browser, root, activated(desk(), root))
    paths = [f"/admin/accounts/user/{user.pk}/{page}/" for page in ("change", "history", "desk")]
    paths += ["/admin/", "/admin/accounts/auditevent/", "/admin/accounts/user/", "/admin/twofactor/portalkey/"]
    answers = [browser.get(path, follow=True) for path in paths]
    assert sum(answer.status_code == 200 for answer in answers) >= 5
    return [answer.content.decode() for answer in answers if answer.status_code == 200]


def test_no_temporary_password_stands_anywhere(one_clock, mara, canaries, caplog, django_capture_on_commit_callbacks):
    """Three of them: one asleep, one awake, one used; and each was opened, typed and refused as the new one."""
    with django_capture_on_commit_callbacks(execute=True):
        pocket, known = [], set()
        for user in (mara, person("eli"), person("dana")):
            pocket.append(activated(desk(), user))
            grown(user)
            message = send(user)
            known |= {pocket[-1].unseal(message.key.kid, message.pk, message.jwe).decode().split('"')[3]}
        opened(pocket[1])
        used, browser = opened(pocket[2]), desk()
        user = message.key.user
        give_password(browser, user, used.replace("-", " "))
        approve(browser, pocket[2], PIN)
        canaries.put("pages", finish(browser).content.decode())
        canaries.put("pages", browser.get("/security/password/").content.decode())
        browser.post("/security/password/", {"password": NEW, "again": NEW})
        give_password(desk(), user, used)
        carry()
    given_to_the_broker()
    assert len(known) == 3
    assert used in known
    canaries.codes |= {spelled for each in known for spelled in spellings(each)}
    for page in pages_of_staff(mara):
        canaries.put("staff", page)
    for message in messages():
        canaries.put("mails", (message.subject, message.text))
    look_everywhere(canaries, caplog)
    look_at_objects(canaries)
    looked_at = {"sessions", "queries", "table twofactor_message", "table accounts_temporarypassword", "staff", "mails"}
    assert looked_at <= set(canaries.sinks)
    found = canaries.found()
    assert not found, "\n".join(found)


def test_the_search_would_find_it():
    """Or the test above proves nothing."""
    kept = Canaries()
    kept.codes = spellings("K7QF-9M2X-4TBD-W3HN")
    for leak in ("password=K7QF-9M2X-4TBD-W3HN", "k7qf-9m2x-4tbd-w3hn", "K7QF9M2X4TBDW3HN"):
        kept.sinks = {"leak": [leak]}
        assert kept.found(), leak


def test_an_accident_in_the_middle_tells_nothing(monkeypatch, caplog, mara, pocket):
    """AT-125: whatever breaks while one is made or sealed, the log has neither it nor its values."""
    kept = Canaries()
    caplog.set_level(logging.DEBUG)
    grown(mara)
    drawn = []
    draw = sealed.temporary.draw
    monkeypatch.setattr(sealed.temporary, "draw", lambda: drawn.append(draw()) or drawn[-1])

    def breaks(*_given, **_more):
        raise RuntimeError("out of order")

    monkeypatch.setattr("twofactor.models.message.jwe.seal", breaks)
    try:
        sealed.send_password(mara, staff=staff(), reason="forgot it")
    except RuntimeError:
        logging.getLogger("portal").exception("sending failed")
    else:
        pytest.fail("nothing broke")
    kept.codes = {spelled for each in drawn for spelled in spellings(each)}
    assert kept.codes
    for record in caplog.records:
        kept.put("log", (words_of(record), caplog.text))
    assert kept.found() == []
