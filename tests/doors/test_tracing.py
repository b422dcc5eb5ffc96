"""Spans for a collector: of pages, statements, errands and carriers, one inside the other, and of nobody by name."""

import asyncio
import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from contextvars import Context
from gzip import decompress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from accounts import requests, watching
from portal import tracing
from tests.doors.sockets import story
from tests.factories import PASSWORD, finish, give_password
from tests.stories.ways import approve
from twofactor import gateways, sockets, tasks
from twofactor.consumers import Inbox

NAME = "X-Request-ID"


@pytest.fixture
def seen():
    """What a collector is told, as it is told."""
    kept = InMemorySpanExporter()
    end = tracing.follow(SimpleSpanProcessor(kept))
    yield kept
    end()


def told(seen, name):
    return [each for each in seen.get_finished_spans() if each.name == name]


def test_a_page_is_a_span_with_the_name_of_its_request(db, here, seen):
    answer = here.get("/sign-in/")
    (span,) = told(seen, "sign-in")
    assert dict(span.attributes) == {
        "portal.request": answer[NAME],
        "portal.route": "sign-in",
        "portal.status": "2xx",
    }
    assert span.resource.attributes["service.name"] == "client-portal"


def test_its_statements_and_its_hash_lie_inside(mara, here, seen):
    give_password(here, mara)
    (page,) = told(seen, "sign-in")
    (hashed,) = told(seen, "hash")
    statements = [each for each in seen.get_finished_spans() if "db.query.text" in each.attributes]
    assert {each.name for each in statements} >= {"SELECT", "INSERT", "UPDATE"}
    assert {each.attributes["portal.request"] for each in statements} == {page.attributes["portal.request"]}
    assert {each.parent.span_id for each in (hashed, *statements)} == {page.context.span_id}
    assert hashed.attributes["portal.request"] == page.attributes["portal.request"]


@pytest.mark.django_db(transaction=True)
def test_no_span_names_anybody(mara, pocket, here, seen):
    """R-80: a whole sign-in with a wrong password, and nothing of person, password, address, path or number in it."""
    give_password(here, mara, "a wrong password of mara's")
    give_password(here, mara)
    approve(here, pocket)
    finish(here)
    words = "\n".join(each.to_json() for each in seen.get_finished_spans())
    login = here.session.get("login", "")
    for secret in (mara.username, PASSWORD, "wrong password", "127.0.0.1", "/sign-in", mara.email, login):
        assert not secret or secret not in words, secret


def test_what_breaks_is_told_by_its_kind_alone(seen):
    with pytest.raises(ValueError, match="mara"), watching.step("errand"):
        raise ValueError("mara's number is +85291234567")
    (span,) = told(seen, "errand")
    assert span.attributes["portal.problem"] == "ValueError"
    assert not span.status.is_ok
    assert "mara" not in span.to_json()


def test_a_carrier_is_a_span_inside_its_errand(seen, monkeypatch):
    monkeypatch.setattr(gateways, "_send", lambda *_given: "1")
    message = gateways.Message(id="1", way="text", to="+85291234567", language="en", text="A code")
    with requests.named("whoever-asked"), watching.step("errand"):
        gateways.send("twilio", message)
    (errand,), (hop,) = told(seen, "errand"), told(seen, "carry")
    assert hop.parent.span_id == errand.context.span_id
    assert dict(hop.attributes) == {
        "portal.request": "whoever-asked",
        "portal.carrier": "twilio",
        "portal.way": "text",
    }


@pytest.mark.django_db(transaction=True)
@story
async def test_a_socket_is_a_span_for_as_long_as_it_is_open(seen, monkeypatch):
    """And is counted as long."""

    async def called(self, receive):
        assert told(seen, "socket") == []
        open_now.append(sockets.present["Inbox"])

    open_now = []
    monkeypatch.setattr(sockets.Limited, "talk", called)
    await Inbox()({"headers": []}, None, None)
    (span,) = told(seen, "socket")
    assert span.attributes["portal.kind"] == "Inbox"
    assert len(span.attributes["portal.request"]) == 16
    assert open_now == [sockets.present["Inbox"] + 1]


# --- From one process to another ---

ELSEWHERE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
TRACE = 0x0AF7651916CD43DD8448EB211C80319C


def test_an_errand_of_a_worker_lies_in_the_page_that_asked_for_it(seen, monkeypatch):
    sent = []
    monkeypatch.setattr("celery.current_app", SimpleNamespace(send_task=lambda *_given, **more: sent.append(more)))
    monkeypatch.setattr(tasks, "_deliver", lambda _row: True)
    with requests.named("whoever-asked"), watching.step("request", route="sign-in", status="2xx"):
        tasks.publish("row", requests.Caller.here())
    Context().run(tasks.deliver, "row", requests.Caller.of(sent[0]["headers"]))
    assert lies_in_the_page(seen)


def test_an_errand_of_this_process_lies_there_too(seen, monkeypatch):
    monkeypatch.setattr(tasks.runner, "wake", lambda: None)
    monkeypatch.setattr(tasks, "_deliver", lambda _row: True)
    with requests.named("whoever-asked"), watching.step("request", route="sign-in", status="2xx"):
        tasks._start("row")
    Context().run(tasks.deliver, "row")
    assert lies_in_the_page(seen)


def lies_in_the_page(seen):
    (page,), (errand,) = told(seen, "sign-in"), told(seen, "errand")
    same_name = errand.attributes["portal.request"] == page.attributes["portal.request"] == "whoever-asked"
    return same_name and errand.parent[:2] == page.context[:2]


@pytest.mark.parametrize("proxies", [0, 1])
def test_only_a_proxy_of_ours_says_of_what_a_page_or_a_socket_is_a_part(db, here, seen, settings, monkeypatch, proxies):
    """A stranger would join the traces of somebody else."""
    settings.PORTAL_PROXIES = proxies
    here.get("/health/live", headers={"traceparent": ELSEWHERE})
    monkeypatch.setattr(sockets.Limited, "talk", lambda *_given: asyncio.sleep(0))
    asyncio.run(Inbox()({"headers": [(b"traceparent", ELSEWHERE.encode())]}, None, None))
    (page,), (socket,) = told(seen, "health-live"), told(seen, "socket")
    assert [each.context.trace_id == TRACE for each in (page, socket)] == [bool(proxies)] * 2


@pytest.mark.parametrize("said", ["", "x", "00-0-0-01", "\u4e2d", ELSEWHERE + "-" + "x" * 9_000])
def test_a_place_that_is_none_begins_a_trace_of_its_own(seen, said):
    with watching.step("errand", said):
        pass
    (span,) = told(seen, "errand")
    assert span.parent is None


def test_statements_of_nobody_are_not_told(seen, mara):
    """The sweep looks every few seconds."""
    mara.refresh_from_db()
    assert seen.get_finished_spans() == ()


# --- The collector ---


@contextmanager
def collector():
    """A receiver of OTLP over HTTP, which reads what comes with the protocol's own description."""
    heard = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = decompress(body)
            heard.append((self.path, self.headers["Content-Type"], ExportTraceServiceRequest.FromString(body)))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_words):
            pass

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", heard
    finally:
        server.shutdown()
        server.server_close()


def test_a_collector_understands_what_it_is_told(db, here):
    with collector() as (address, heard):
        end = tracing.follow(SimpleSpanProcessor(OTLPSpanExporter(f"{address}/v1/traces")))
        here.get("/health/live")
        end()
    ((path, kind, request),) = heard
    assert (path, kind) == ("/v1/traces", "application/x-protobuf")
    (resource,) = request.resource_spans
    (span,) = resource.scope_spans[0].spans
    assert span.name == "health-live"
    assert {each.key for each in span.attributes} == {"portal.request", "portal.route", "portal.status"}


ASKED = """
import sys, django
django.setup()
from accounts import watching
from portal import tracing
with watching.step("errand"):
    pass
print(len(watching.spans), any(name.startswith("opentelemetry") for name in sys.modules))
"""


def in_a_process(**more: str) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")} | more
    command = [sys.executable, "-c", ASKED]
    root = Path(__file__).parents[2]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def test_without_a_collector_nothing_of_it_is_loaded():
    assert in_a_process() == "0 False\n"


def test_the_environment_names_the_collector():
    with collector() as (address, heard):
        assert in_a_process(OTEL_EXPORTER_OTLP_ENDPOINT=address) == "1 True\n"
    ((_path, _kind, request),) = heard
    assert request.resource_spans[0].scope_spans[0].spans[0].name == "errand"
