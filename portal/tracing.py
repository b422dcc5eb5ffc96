"""Where the time goes, told to a collector by OpenTelemetry: pages, sockets, statements, errands, carriers.

Only where OTEL_EXPORTER_OTLP_ENDPOINT says where to; elsewhere nothing of it is loaded and nothing is timed.
SECURITY: a span has words of our own (`accounts.watching`), the name of its request and statements without their
values. No person, no address, no path, and of what breaks nothing but its kind: its text may quote somebody.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from django.db import connections
from django.db.backends.signals import connection_created

from accounts import requests, watching

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor
    from opentelemetry.trace import Span, Tracer

_log = logging.getLogger("portal.tracing")
# As OpenTelemetry names them; it reads all the others of its variables by itself.
_WHERE_TO: Final = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_SERVICE: Final = "client-portal"
_LONGEST_STATEMENT: Final = 2000


def begin() -> None:
    """Tell the collector that the environment names, if it names one."""
    if not any(os.environ.get(name) for name in _WHERE_TO):
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        _log.warning("%s is set, but nothing is traced: the package extra `traces` is not installed", _WHERE_TO[0])
        return
    follow(BatchSpanProcessor(OTLPSpanExporter()))


def follow(processor: SpanProcessor) -> Callable[[], None]:
    """Hand every span to this from now on; what is returned ends it."""
    from opentelemetry.sdk.resources import SERVICE_NAME, Resource
    from opentelemetry.sdk.trace import TracerProvider

    ours = Resource({SERVICE_NAME: _SERVICE})
    provider = TracerProvider(resource=ours.merge(Resource.create()) if _is_named() else Resource.create().merge(ours))
    provider.add_span_processor(processor)
    spans = _Spans(provider.get_tracer("portal"))
    watching.spans.append(spans.step)
    watching.places.append(spans.here)
    connection_created.connect(spans.watch)
    for connection in connections.all(initialized_only=True):
        spans.watch(connection=connection)

    def end() -> None:
        watching.spans.remove(spans.step)
        watching.places.remove(spans.here)
        connection_created.disconnect(spans.watch)
        for connection in connections.all(initialized_only=True):
            connection.execute_wrappers.remove(spans.statement)
        provider.shutdown()

    return end


def _is_named() -> bool:
    """Whether the operator calls this service something else."""
    return "OTEL_SERVICE_NAME" in os.environ or "service.name=" in os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "")


class _Spans:
    """Steps and statements as spans, each inside of the one in which it was done."""

    def __init__(self, tracer: Tracer) -> None:
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        self._tracer, self._places = tracer, TraceContextTextMapPropagator()

    @contextmanager
    def step(self, what: str, words: dict[str, str], within: str) -> Iterator[None]:
        with self._begin(what, within) as span:
            try:
                yield
            finally:
                # Not before: some words are learnt on the way.
                _finish(span, what, words)

    def watch(self, connection: Any, **_given: Any) -> None:
        """See the statements of this connection from now on."""
        if self.statement not in connection.execute_wrappers:
            connection.execute_wrappers.append(self.statement)

    def statement(self, execute: Any, sql: str, values: Any, many: bool, context: Any) -> Any:
        """SECURITY: the statement has places where the values go, and the values stay out of it."""
        if not self._is_inside():
            return execute(sql, values, many, context)
        text = str(sql)
        with self._begin(text.split(maxsplit=1)[0].upper()) as span:
            span.set_attribute("portal.request", requests.current())
            span.set_attribute("db.system.name", context["connection"].vendor)
            span.set_attribute("db.query.text", text[:_LONGEST_STATEMENT])
            return execute(sql, values, many, context)

    def here(self) -> str:
        """The innermost span, for one of another thread or process that lies in it."""
        found: dict[str, str] = {}
        self._places.inject(found)
        return found.get(requests.TRACE, "")

    def _begin(self, name: str, within: str = "") -> Any:
        context = self._places.extract({requests.TRACE: within}) if within else None
        return self._tracer.start_as_current_span(name, context, record_exception=False, set_status_on_exception=False)

    @staticmethod
    def _is_inside() -> bool:
        """What no page, socket or errand asks for is nobody's: the sweep asks every few seconds."""
        from opentelemetry.trace import get_current_span

        return get_current_span().is_recording()


def _finish(span: Span, what: str, words: dict[str, str]) -> None:
    from opentelemetry.trace import StatusCode

    if what == "request":
        span.update_name(words["route"])
    span.set_attribute("portal.request", requests.current())
    for name, word in words.items():
        span.set_attribute(f"portal.{name}", word)
    if "problem" in words or words.get("status") == "5xx":
        span.set_status(StatusCode.ERROR)
