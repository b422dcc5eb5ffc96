"""What people do who have forgotten their password: ask for a link, find it in their mail, and choose another one."""

import re

from tests.factories import desk
from tests.stories.carried import carry, mails

NEW = "four entirely different words"


def ask(browser, name):
    return browser.post("/password/forgotten/", {"username": name})


def links(clock, to="mara@client.example"):
    """The paths of the links that have come to this address, oldest first."""
    clock.shift(3)
    carry()
    found = [re.search(r"https?://[^/\s]+(/password/new/\S+/)", mail) for mail in mails(to)]
    return [link[1] for link in found if link]


def link_for(clock, user):
    ask(desk(), user.username)
    return links(clock, user.email)[-1]


def choose(browser, link, password=NEW, again=None):
    return browser.post(link, {"password": password, "again": again or password})


def new_password(clock, user, password=NEW):
    """The whole road to a new password by mail."""
    assert choose(desk(), link_for(clock, user), password).status_code == 302
    user.refresh_from_db()
    assert user.check_password(password)
