"""Signing out, signing out everywhere and a new password that meet with each other and with a claim."""

import pytest

from tests.services.people import Desk

LISTED = "SELECT count(*) FROM accounts_opensession WHERE user_id = %s"


def inside(cluster, desks_and_answers) -> int:
    """How many of these browsers are signed in, with the cookies of before or of the answer."""
    found = set()
    for desk, answer in desks_and_answers:
        for cookies in (desk.cookies, desk.cookies | answer.cookies):
            if cookies.get("session") and Desk(cluster, cookies).is_in():
                found.add(cookies["session"])
    return len(found)


@pytest.fixture
def two_desks(cluster, new_owner):
    """One person, signed in at two desks and nowhere else."""

    def scene():
        owner = new_owner()
        cluster.write("DELETE FROM accounts_opensession WHERE user_id = %s", owner.pk)
        return owner, owner.sign_in(Desk(cluster)), owner.sign_in(Desk(cluster))

    return scene


@pytest.fixture
def approved(cluster, new_owner):
    """One person, signed in at their own desk, and another desk that may claim an approved sign-in."""

    def scene():
        owner, claiming = new_owner(), Desk(cluster)
        owner.begin(claiming)
        owner.approve(owner.phone.challenge())
        return owner, claiming

    return scene


def test_of_two_that_sign_out_everywhere_else_one_stays(cluster, moments, two_desks):
    for owner, here, there in moments(two_desks, 4):
        messages = [desk.message("POST", "/security/sessions/end/") for desk in (here, there)]
        answers = cluster.race(messages)
        assert inside(cluster, zip((here, there), answers, strict=True)) == 1
        assert cluster.one(LISTED, owner.pk) == 1


def test_signing_out_and_signing_out_everywhere_else_leave_open_what_is_in_the_list_and_nothing_more(
    cluster, moments, two_desks
):
    paths = ("/security/sessions/end/", "/sign-out/", "/security/sessions/end/")
    for owner, here, there in moments(two_desks, 5):
        desks = (here, there, there)
        answers = cluster.race([desk.message("POST", path) for desk, path in zip(desks, paths, strict=True)])
        alive = inside(cluster, zip(desks, answers, strict=True))
        assert alive <= 1
        assert cluster.one(LISTED, owner.pk) == alive


def test_a_claim_and_a_new_password_leave_only_the_browser_that_changed_it(cluster, moments, approved):
    """RC-08."""
    new = "a new password that nobody had"
    for owner, claiming in moments(approved, 4):
        change = owner.desk.message("POST", "/security/password/", password=new, again=new)
        claim = claiming.message("POST", "/sign-in/finish/")
        claimed, changed, _twice = cluster.race([claim, change, claim])
        assert changed.leads_to == "/", changed.text[-1500:]
        owner.desk.take(changed)
        claiming.take(claimed)
        assert owner.desk.is_in()
        assert not claiming.is_in()
        assert cluster.one(LISTED, owner.pk) == 1, "what is signed in is in the list, and nothing else"
        assert owner.recorded("password.change") == 1


def test_a_claim_and_signing_out_everywhere_else_leave_only_the_browser_that_did(cluster, moments, approved):
    """RC-08."""
    for owner, claiming in moments(approved, 6):
        claim = claiming.message("POST", "/sign-in/finish/")
        claimed, ended = cluster.race([claim, owner.desk.message("POST", "/security/sessions/end/")])
        claiming.take(claimed)
        owner.desk.take(ended)
        assert owner.desk.is_in()
        assert not claiming.is_in()
        assert cluster.one(LISTED, owner.pk) == 1, "what is signed in is in the list, and nothing else"


def test_new_challenge_and_signing_out_everywhere_else_wait_for_nobody(cluster, moments, new_owner):
    """Both write the same rows, in one order: person, sign-in, challenge."""

    def scene():
        owner, waiting = new_owner(), Desk(cluster)
        login = owner.begin(waiting)
        # Five minutes later.
        cluster.write("UPDATE twofactor_challenge SET expires = now() WHERE login_id = %s", login)
        return owner, waiting, login

    for owner, waiting, login in moments(scene, 5):
        again = waiting.message("POST", "/sign-in/verify/again/", then="verify-manual")
        *_, ended = cluster.race([again, again, again, owner.desk.message("POST", "/security/sessions/end/")])
        owner.desk.take(ended)
        assert cluster.one("SELECT state FROM accounts_login WHERE id = %s", login) == "superseded"
        assert waiting.state() == "failed"
        assert owner.desk.is_in()
