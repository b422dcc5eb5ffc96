"""AT-052, AT-123: codes and numbers go to one phone and stand nowhere else: in no row, log, queue, page or name."""

import base64
import logging
import re
from types import SimpleNamespace
from urllib.parse import quote

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection

from tests.factories import desk, give_password, person
from tests.stories.carried import (
    NUMBER,
    OTHER,
    again,
    ask_number,
    call,
    carry,
    choose,
    codes_to,
    confirm,
    given_to_the_broker,
    messages,
    stop_links,
    switch_texts,
    type_code,
)
from tests.stories.forgetting import new_password
from tests.stories.ways import activated, dump, is_in, sign_in, sign_out
from twofactor import live, tasks, wording
from twofactor.gateways import Report, demo
from twofactor.models import Delivery, Phone
from twofactor.numbers import Number

# As people type them; no code of these tests is likely to be one.
WRONG = "904817"
# Digests, moments and addresses in memory: that six of their digits are a code by chance says nothing.
_CHANCE = re.compile(r"\b[0-9a-f]{16,}\b|0x[0-9a-f]+|:\d\d\.\d{6}|datetime\.datetime\([^)]*\)")


def forms_of(secret):
    """Everything that could give this away: as it is, in other alphabets, in other spellings."""
    raw = secret.encode()
    forms = {secret, raw.hex(), raw.hex().upper(), quote(secret, safe=""), " ".join(secret), repr(tuple(secret))[1:-1]}
    for encode in (base64.b64encode, base64.urlsafe_b64encode, base64.b32encode):
        for before in (b"", b"x", b"xx"):
            # Whatever stands before it: only the signs that are its own.
            coded = encode(before + raw).decode().rstrip("=")
            forms.add(coded[3:-1] if before else coded[:-1])
    return forms


def spellings_of(number):
    digits = number.lstrip("+")
    national = digits[3:]
    return {number, digits, national, f"{national[:4]} {national[4:]}", f"{national[:4]}-{national[4:]}"}


class Canaries:
    """What nobody may find, and where it was looked for."""

    def __init__(self):
        self.codes: set[str] = {WRONG}
        self.numbers = (NUMBER, OTHER)
        self.sinks: dict[str, list[str]] = {}

    def put(self, where, said):
        self.sinks.setdefault(where, []).append(str(said))

    def found(self):
        forms = {form for code in self.codes for form in forms_of(code)}
        forms |= {form for number in self.numbers for spelled in spellings_of(number) for form in forms_of(spelled)}
        hits = []
        for where, said in self.sinks.items():
            text = "\n".join(said)
            bare = _CHANCE.sub("", text)
            for form in [form for form in forms if form in text]:
                # Six digits in the middle of more digits are another number.
                pattern, where_to_look = re.escape(form), text
                if form.isdigit():
                    pattern, where_to_look = rf"(?<![0-9]){pattern}(?![0-9])", bare
                at = re.search(pattern, where_to_look)
                if at:
                    hits.append(f"{where}: {form} in {where_to_look[max(0, at.start() - 60) : at.end() + 60]!r}")
        return hits


@pytest.fixture
def canaries(monkeypatch, settings, caplog, handset):
    """Watches every sink from the beginning."""
    kept = Canaries()
    for name in (
        "",
        "portal",
        "django",
        "django.db.backends",
        "django.request",
        "django.security",
        "asyncio",
        "celery",
    ):
        caplog.set_level(logging.DEBUG, name)
    connection.force_debug_cursor = True
    settings.PORTAL_ERRANDS = "celery"
    monkeypatch.setattr(
        "celery.current_app", SimpleNamespace(send_task=lambda *given, **more: kept.put("the queue", (given, more)))
    )
    monkeypatch.setattr(tasks.runner, "wake", lambda: None)

    monkeypatch.setattr(live.bell, "ring", lambda *said: kept.put("the bell", said))
    yield kept
    connection.force_debug_cursor = False


def every_flow(mara, one_clock, kept):
    """A first number, sign-ins, a call, a test, another number, a stop, a removal, a key beside it."""
    here, waiting = desk(), desk()
    give_password(here, mara)
    ask_number(here, "2123 4567")
    ask_number(here, f"{NUMBER},,,1")
    ask_number(here, NUMBER)
    confirm(here, WRONG)
    one_clock.shift(60)
    here.post("/security/phone/again/")
    here.post("/security/phone/call/")
    confirm(here, codes_to(NUMBER)[-1])
    here.post("/security/phone/test/")
    sign_out(here)
    one_clock.shift(4_000)
    give_password(here, mara)
    carry()
    type_code(here, WRONG)
    one_clock.shift(60)
    again(here)
    call(here)
    carry()
    kept.codes |= {"".join(message.call.digits) for message in messages(NUMBER, "call")}
    type_code(here, codes_to(NUMBER)[-1])
    assert is_in(here)
    ask_number(here, OTHER)
    confirm(here, codes_to(OTHER)[-1])
    for row in Delivery.objects.filter(state="handed"):
        tasks.report(row.pk, Report("delivered"), "demo")
    give_password(waiting, mara)
    carry()
    type_code(waiting, WRONG)
    desk().get(stop_links(NUMBER)[-1])
    desk().post(stop_links(NUMBER)[-1])
    waiting.post("/sign-in/cancel/")
    one_clock.shift(4_000)
    new = "four entirely different words"
    new_password(one_clock, mara, new)
    give_password(here, mara, new)
    carry()
    type_code(here, codes_to(NUMBER)[-1])
    here.post("/security/phone/remove/")
    ask_number(here, OTHER)
    confirm(here, codes_to(OTHER)[-1])
    switch_texts(here, False)
    switch_texts(here, True)
    carry()
    # Two that are out, and alive, when everything is searched: a code to sign in, and one to confirm a number.
    dana, there = person("dana"), desk()
    give_password(there, dana)
    ask_number(there, NUMBER)
    eli_waits = desk()
    give_password(eli_waits, mara, new)
    choose(eli_waits, "text")
    carry()
    kept.codes |= {code for number in kept.numbers for code in codes_to(number)}
    return there


def words_of(record):
    """Everything that a handler could write of it, but for counts of milliseconds and of processes."""
    return record.getMessage(), [value for value in vars(record).values() if not isinstance(value, int | float)]


def look_everywhere(kept, caplog):
    for table, rows in dump(without=set()).items():
        kept.put(f"table {table}", rows)
    for session in Session.objects.all():
        kept.put("sessions", SessionStore(session_key=session.session_key).load())
    kept.put("cache", [getattr(cache, "_cache", {})])
    for record in caplog.records:
        kept.put(f"log {record.name}", words_of(record))
    for query in connection.queries_log:
        kept.put("queries", query["sql"])
    for model in apps.get_models():
        for row in model._default_manager.all():
            kept.put(f"names of {model.__name__}", (repr(row), str(row), vars(row)))


def look_at_objects(kept):
    """What a traceback or a debugger would print of what is on its way."""
    for message in messages():
        kept.put("messages", (repr(message), str(message), f"{message!r}"))
        kept.put("calls", repr(message.call))
    for each in demo.handset.all():
        kept.put("the carrier's own", repr(each))
    for row in Delivery.objects.select_related("user", "phone", "code__phone", "about__replaces"):
        kept.put("composed", repr(wording.compose(row)))
        if row.way == "call":
            kept.put("scripts", repr(wording.script(row)))
    for number in kept.numbers:
        kept.put("numbers", repr(Number(number, "HK")))


def look_at_the_administration(kept):
    """Every page that staff with all rights can open."""
    root, browser = person("root", is_staff=True, is_superuser=True), desk()
    pocket = activated(desk(), root)
    sign_in(browser, root, pocket)
    opened = 0
    for model in admin.site._registry:
        base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        rows = model._default_manager.order_by("-pk")[: 30 if model in (Phone, Delivery) else 3]
        for path in (base, *(f"{base}{row.pk}/{page}/" for row in rows for page in ("change", "history"))):
            answer = browser.get(path, follow=True)
            assert answer.status_code in (200, 403, 404), path
            kept.put(f"administration {model.__name__}", answer.content.decode())
            opened += answer.status_code == 200
        for typed in (NUMBER, NUMBER[1:], "4567"):
            answer = browser.get(base, {"q": typed})
            assert model not in (Phone, Delivery) or answer.context["cl"].result_count == 0
    for path in ("/admin/", "/admin/traffic/"):
        kept.put("administration", browser.get(path).content.decode())
    return opened


def test_no_code_and_no_number_stands_anywhere(one_clock, mara, canaries, caplog, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        every_flow(mara, one_clock, canaries)
    given_to_the_broker()
    assert len(canaries.codes) >= 8
    assert {each.way for each in messages()} == {"text", "call", "mail"}
    look_everywhere(canaries, caplog)
    look_at_objects(canaries)
    assert look_at_the_administration(canaries) > 50
    looked_at = set(canaries.sinks)
    assert {"the queue", "the bell", "sessions", "queries", "table twofactor_phone", "log portal.audit"} <= looked_at
    found = canaries.found()
    assert not found, "\n".join(found)


def test_the_search_finds_what_is_there():
    """Each of these leaks would be seen: or the test above proves nothing."""
    kept = Canaries()
    kept.codes = {"482913"}
    leaks = [
        "code=482913",
        "the code 4 8 2 9 1 3",
        "digits=('4', '8', '2', '9', '1', '3')",
        base64.b64encode(b"482913").decode(),
        base64.b64encode(b'{"code": "482913"}').decode(),
        b"482913".hex(),
        "to=+85251234567",
        "to=%2B85251234567",
        "5123 4567",
        base64.urlsafe_b64encode(b"number: +85251234567.").decode(),
        NUMBER.encode().hex(),
        f"{{'number': '{OTHER[4:]}'}}",
    ]
    for leak in leaks:
        kept.sinks = {"leak": [leak]}
        assert kept.found(), leak
    kept.sinks = {"nothing": ["a" * 10 + "482913" + "b" * 48, "2026-11-22 03:04:05.482914", "+852 •••• 67"]}
    assert kept.found() == []


def test_an_accident_in_the_middle_tells_nothing(monkeypatch, caplog, eli, here):
    """AT-125: whatever breaks while a code is composed, sent or compared, neither page nor log has it."""
    kept = Canaries()
    caplog.set_level(logging.DEBUG)
    here.raise_request_exception = False
    give_password(here, eli)
    carry()
    kept.codes |= set(codes_to(NUMBER))

    def breaks(*_given, **_more):
        raise RuntimeError("out of order")

    with monkeypatch.context() as broken:
        broken.setattr("twofactor.carrying.constant_time_compare", breaks)
        answer = type_code(here, codes_to(NUMBER)[-1])
    assert answer.status_code == 500
    kept.put("page", answer.content.decode())
    assert not is_in(here)
    with monkeypatch.context() as broken:
        broken.setattr(demo, "send", lambda message: breaks(message))
        give_password(here, eli)
        carry()
    assert [record for record in caplog.records if record.exc_info]
    for record in caplog.records:
        kept.put("log", words_of(record))
    assert kept.found() == []
