"""R-60: a forgotten password. The link by mail chooses a new one, and opens nothing."""

import re

import pytest

from accounts import links as links_of_mail
from accounts import policy
from accounts.models import KnownBrowser, Login, OpenSession, RefusedOrigin, User
from tests.factories import PASSWORD, desk, finish, give_password, person
from tests.stories.carried import NUMBER, carry, mails, texts
from tests.stories.forgetting import NEW, ask, choose, link_for, links
from tests.stories.ways import activated, approve, dump, events, is_in, sign_in, state, text
from twofactor.models import PortalKey

REFUSED = ["unknown", "inactive", "unusable", "nowhere"]


@pytest.fixture(autouse=True)
def mail(handset, one_clock):
    """A portal that sends mail, and its clock."""
    return one_clock


# --- AT-110: where it ends ---


def test_a_link_chooses_a_new_password_and_ends_at_the_sign_in_page(mail, mara, pocket, here):
    """AT-110: nobody is signed in by it, and the next sign-in asks the phone as ever."""
    link = link_for(mail, mara)
    assert "For the account mara" in text(here.get(link))
    response = choose(here, link)
    assert response["Location"] == "/sign-in/?again=1"
    assert "Now sign in with it." in text(here.get(response["Location"]))
    assert not is_in(here)
    assert give_password(desk(), mara).status_code == 200
    assert give_password(here, mara, NEW)["Location"] == "/sign-in/verify/"
    assert not is_in(here)
    assert PortalKey.objects.get(user=mara).state == "active"
    approve(here, pocket)
    finish(here)
    assert is_in(here)
    assert events("password.reset") == [("ok", "")]


def test_it_ends_every_session_sign_in_and_known_browser(mail, mara, pocket, known):
    inside, approved, waiting = desk(), desk(), desk()
    sign_in(inside, mara, pocket)
    give_password(approved, mara)
    approve(approved, pocket)
    give_password(waiting, mara)
    choose(desk(), link_for(mail, mara))
    assert not is_in(inside)
    for browser in (approved, waiting):
        assert state(browser) == "failed"
        finish(browser)
        assert not is_in(browser)
    assert pocket.challenges() == []
    assert not KnownBrowser.objects.filter(user=mara).exists()
    assert not OpenSession.objects.filter(user=mara).exists()


def test_the_new_password_is_told_to_the_mail_and_the_number(mail, eli):
    choose(desk(), link_for(mail, eli))
    carry()
    assert any("your password was changed" in told for told in mails(eli.email))
    assert any("your password was changed" in told for told in texts(NUMBER))


def test_a_poor_one_is_refused_with_the_reason_and_the_link_stays_good(mail, mara):
    link = link_for(mail, mara)
    assert "not the same" in text(choose(desk(), link, NEW, NEW + "x"))
    assert "could be guessed from your name" in text(choose(desk(), link, "mara lee 2026"))
    assert "the password you have now" in text(choose(desk(), link, PASSWORD))
    assert choose(desk(), link).status_code == 302


def test_tries_that_were_lost_on_the_old_one_cost_the_new_one_no_wait(mail, mara):
    for _ in range(policy.PASSWORD.free + 1):
        give_password(desk(), mara, "not the password")
    assert give_password(desk(), mara).status_code == 429
    choose(desk(), link_for(mail, mara))
    assert give_password(desk(), mara, NEW).status_code == 302


def test_after_an_alarm_a_link_of_before_is_dead_and_one_of_after_is_the_new_password(mail, mara, pocket):
    """P-09: a new password was due, and this is one; the network of the owner is refused no longer."""
    old = link_for(mail, mara)
    give_password(desk(), mara)
    mail.shift(1)
    pocket.not_me(pocket.challenge())
    assert choose(desk(), old).status_code == 410
    choose(desk(), link_for(mail, mara))
    mara.refresh_from_db()
    assert not mara.password_change_required
    assert set(RefusedOrigin.objects.values_list("network", flat=True)) == {"-"}


# --- What a link is good for ---


def test_it_works_once(mail, mara):
    link = link_for(mail, mara)
    assert choose(desk(), link).status_code == 302
    assert choose(desk(), link, "yet another four words").status_code == 410
    assert desk().get(link).status_code == 410
    assert "no longer good" in text(desk().get(link))


def test_two_at_once_use_it_once(mail, mara, monkeypatch):
    """Both pages have found it good; whoever comes second under the lock of the person finds it used."""
    link = link_for(mail, mara)
    choose(desk(), link)
    monkeypatch.setattr(links_of_mail, "owner", lambda uid, signed: User.objects.get(pk=uid))
    assert choose(desk(), link, "yet another four words").status_code == 410
    assert give_password(desk(), mara, NEW).status_code == 302


def test_opening_it_changes_nothing(mail, mara):
    link = link_for(mail, mara)
    before = dump()
    assert desk().get(link).status_code == desk().head(link).status_code == 200
    assert dump() == before


def test_it_works_for_half_an_hour_from_when_it_was_asked_for(mail, mara):
    link = link_for(mail, mara)
    mail.shift(policy.RESET_LIFE.total_seconds() - 10)
    assert desk().get(link).status_code == 200
    mail.shift(10)
    assert desk().get(link).status_code == choose(desk(), link).status_code == 410
    assert policy.RESET_LIFE.total_seconds() == 1800


OVERTAKEN = {
    "password": lambda user: (user.set_password(NEW + "!"), user.save()),
    "epoch": lambda user: user.bump_epoch(),
    "address": lambda user: User.objects.filter(pk=user.pk).update(email="another@client.example"),
    "inactive": lambda user: User.objects.filter(pk=user.pk).update(is_active=False),
}


@pytest.mark.parametrize("what", OVERTAKEN)
def test_it_dies_with_what_it_was_made_for(mail, mara, what):
    link = link_for(mail, mara)
    OVERTAKEN[what](mara)
    assert choose(desk(), link).status_code == 410
    mara.refresh_from_db()
    assert not mara.check_password(NEW)


def test_one_that_is_sent_after_a_change_is_dead_from_the_start(mail, mara):
    ask(desk(), "mara")
    mara.bump_epoch()
    assert choose(desk(), links(mail)[-1]).status_code == 410


def test_nobody_makes_one(mail, mara):
    eli = person("eli")
    uid, signed = re.fullmatch(r"/password/new/(\d+)/(\S+)/", link_for(mail, mara)).groups()
    ends, _, digest = signed.partition("-")
    for forged in (f"{int(ends) + 60}-{digest}", f"{ends}-{digest[:-1]}", f"{ends}-", ends, "-", "x", f"९-{digest}"):
        assert desk().get(f"/password/new/{uid}/{forged}/").status_code == 410, forged
    assert desk().get(f"/password/new/{eli.pk}/{signed}/").status_code == 410
    assert desk().get(f"/password/new/{10**9}/{signed}/").status_code == 410


def test_a_forged_one_tells_nobody_from_somebody(mail, mara):
    """AT-091: however odd the time in it is."""
    for ends in ("1", "99999999999", "253402300800", "999999999999", "9" * 40, "-1", "x"):
        answers = [desk().get(f"/password/new/{uid}/{ends}-x/") for uid in (mara.pk, 99_999, 10**30)]
        assert [answer.status_code for answer in answers] == [410] * 3, ends


def test_it_is_in_no_row(mail, mara):
    """R-22: made when it is sent, and kept nowhere."""
    link = link_for(mail, mara)
    assert link.split("/")[-2] not in repr(dump(without=set()))


# --- AT-111: in a browser that is in the middle of something else ---


def test_in_the_browser_of_a_waiting_sign_in_no_step_is_skipped(mail, mara, pocket, here):
    give_password(here, mara)
    login = Login.objects.get(pk=here.session["login"])
    choose(here, link_for(mail, mara))
    login.refresh_from_db()
    assert login.state == "superseded"
    finish(here)
    assert not is_in(here)
    assert state(here) == "failed"


def test_an_approval_of_before_opens_nothing(mail, mara, pocket, here):
    give_password(here, mara)
    approve(here, pocket)
    choose(here, link_for(mail, mara))
    finish(here)
    assert not is_in(here)


def test_in_the_browser_of_somebody_else_their_session_goes_on_and_is_not_mixed(mail, mara, pocket, here):
    eli = person("eli")
    phone = activated(desk(), eli)
    sign_in(here, eli, phone)
    response = choose(here, link_for(mail, mara))
    page = here.get(response["Location"])
    assert page.status_code == 200
    assert "Now sign in with it." in text(page)
    assert is_in(here)
    assert here.get("/").wsgi_request.user == eli
    eli.refresh_from_db()
    assert eli.check_password(PASSWORD)


def test_a_waiting_sign_in_of_somebody_else_in_the_same_browser_goes_on(mail, mara, here):
    eli = person("eli")
    phone = activated(desk(), eli)
    give_password(here, eli)
    choose(here, link_for(mail, mara))
    approve(here, phone)
    finish(here)
    assert here.get("/").wsgi_request.user == eli


def test_in_the_owners_own_session_it_ends_at_the_sign_in_page_too(mail, mara, pocket, here):
    sign_in(here, mara, pocket)
    response = choose(here, link_for(mail, mara))
    assert "Now sign in with it." in text(here.get(response["Location"]))
    assert not is_in(here)
