"""AT-123, AT-052: whatever else is secret: passwords, PINs, keys, codes, cookies, links, and our own secrets."""

import base64
import logging
import os

from django.conf import settings
from django.contrib import admin
from django.contrib.sessions.models import Session

from portal import logs
from tests.factories import PASSWORD, desk, finish, give_password, person, phone
from tests.stories.carried import carry, given_number, given_to_the_broker, messages, stop_links
from tests.stories.forgetting import NEW, choose, link_for
from tests.stories.recovering import issued, sheet_of, type_passcode, type_recovery
from tests.stories.test_canary import Canaries, canaries, look_at_objects, look_everywhere
from tests.stories.test_totp import set_up, shown, type_app
from tests.stories.ways import approve, code_at, is_in, question_at, respond, sign_out, type_console_code
from twofactor.models import PortalKey, Receipt

__all__ = ["canaries"]
PIN, WRONG = "q7Zx9K", "a password that is wrong 9081"


def encoded(secret):
    """A key of bytes as somebody might have written it."""
    return {
        secret.hex(),
        base64.b64encode(secret).decode().rstrip("="),
        base64.urlsafe_b64encode(secret).decode().rstrip("="),
    }


def spelled(code):
    return {code, code.replace("-", ""), code.replace("-", " "), code.lower()}


def a_phone(kept):
    """A phone that notes every response and every response key that it has sent."""
    made = phone()
    respond_, key_ = made.response, made.response_key

    def response(*given, **more):
        digits = respond_(*given, **more)
        kept.codes |= {digits, f"{digits[:4]} {digits[4:]}"}
        return digits

    def response_key(*given):
        key = key_(*given)
        kept.codes |= encoded(key)
        return key

    made.response, made.response_key = response, response_key
    return made


def cookies_of(*browsers):
    return {morsel.value for browser in browsers for name, morsel in browser.cookies.items() if "language" not in name}


def every_flow(mara, one_clock, kept):
    """A key, a response by hand, recovery codes, a passcode, an app, a link to a new password, staff with a console."""
    here, other, lost = desk(), desk(), desk()
    give_password(here, mara, WRONG)
    give_password(here, mara)
    kept.codes |= cookies_of(here)
    code, pocket = code_at(here), a_phone(kept)
    kept.codes |= spelled(code)
    pocket.claim(code)
    pocket.activate(PIN, label="Pixel", platform="android")
    kept.codes |= cookies_of(here)
    given_number(mara)
    for each in sheet_of(here):
        kept.codes |= spelled(each)
    secret = set_up(here)
    kept.codes |= encoded(secret) | {base64.b32encode(secret).decode()}
    sign_out(here)
    one_clock.shift(61)
    give_password(other, mara)
    approve(other, pocket, PIN)
    finish(other)
    assert is_in(other)
    give_password(here, mara)
    respond(here, pocket.respond(question_at(here), PIN))
    assert is_in(here)
    give_password(lost, mara)
    kept.codes |= {shown(secret)}
    type_app(lost, shown(secret))
    sign_out(lost)
    give_password(lost, mara)
    type_recovery(lost, sorted(kept.codes)[0])
    passcode = issued(lost, mara, person("sol", is_staff=True))
    kept.codes |= spelled(passcode)
    type_passcode(lost, passcode)
    one_clock.shift(61)
    link = link_for(one_clock, mara)
    kept.codes |= {link.rstrip("/").rpartition("/")[2]}
    kept.codes |= cookies_of(here, other, lost)
    choose(desk(), link, NEW)
    carry()
    kept.codes |= {each.rstrip("/").rpartition("/")[2] for each in stop_links(mara.email)}
    staff = person("ida", is_staff=True)
    browser = desk()
    give_password(browser, staff)
    type_console_code(browser, staff)
    kept.codes |= cookies_of(browser)


def of_the_process():
    """What this process was given: it stands nowhere but there."""
    field_key = os.environ["PORTAL_FIELD_KEYS"].partition(":")[2]
    return {settings.SECRET_KEY, settings.PORTAL_PEPPER.decode(), field_key}


def look_at_log_lines(kept, caplog):
    """As both handlers would write them."""
    words, programs = logs.OneLine("%(asctime)s %(levelname)s %(name)s %(message)s"), logs.Json()
    for record in caplog.records:
        kept.put("lines for people", words.format(record))
        kept.put("lines for programs", programs.format(record))


def look_at_the_administration(kept):
    """A list and the newest row of every model, as staff with all rights see them.

    But for receipts: there a response stands in what a phone has signed, minutes after it was worth anything.
    """
    root, browser = person("root", is_staff=True, is_superuser=True), desk()
    give_password(browser, root)
    type_console_code(browser, root)
    pocket = phone()
    pocket.claim(code_at(browser))
    pocket.activate("5c4Rq8", label="Pixel", platform="android")
    for model in admin.site._registry.keys() - {Receipt}:
        base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        newest = model._default_manager.order_by("-pk").values_list("pk", flat=True)[:1]
        for path in (base, *(f"{base}{pk}/change/" for pk in newest)):
            kept.put(f"administration {model.__name__}", browser.get(path, follow=True).content.decode())


def test_nothing_secret_stands_anywhere(handset, one_clock, mara, canaries, caplog, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        every_flow(mara, one_clock, canaries)
    given_to_the_broker()
    canaries.codes |= {PASSWORD, WRONG, NEW, PIN} | of_the_process()
    # Empty or nearly so: what every text holds.
    canaries.codes = {each for each in canaries.codes if len(each) >= 6}
    assert len(canaries.codes) > 60
    assert PortalKey.objects.get(user=mara).state
    assert Session.objects.exists()
    # What was sealed and what was signed is looked at as it lies there; links stand in the mails and nowhere else.
    look_everywhere(canaries, caplog)
    look_at_objects(canaries)
    look_at_log_lines(canaries, caplog)
    look_at_the_administration(canaries)
    assert messages(mara.email)
    looked_at = {"lines for people", "table twofactor_receipt", "table django_session", "administration User", "cache"}
    assert looked_at <= set(canaries.sinks)
    found = canaries.found()
    assert not found, "\n".join(found)


def test_the_search_would_find_each_of_them(caplog):
    """Or the test above proves nothing."""
    kept = Canaries()
    kept.codes = {PASSWORD, PIN} | of_the_process() | encoded(b"k" * 32)
    for leak in (
        f"password={PASSWORD}",
        repr({"pin": PIN}),
        (b"k" * 32).hex(),
        base64.b64encode(PASSWORD.encode()).decode(),
        *of_the_process(),
    ):
        kept.sinks = {"leak": [leak]}
        assert kept.found(), leak
    # And the log hides what is our own even where a line would say it.
    caplog.set_level(logging.DEBUG)
    logging.getLogger("portal").error("cannot use %s", settings.SECRET_KEY)
    kept.sinks = {}
    look_at_log_lines(kept, caplog)
    assert kept.found() == []
