"""Traces: one for each film, from the request that submits its job to its result, over every delivery of the job.

Off unless `OTEL_EXPORTER_OTLP_ENDPOINT` is set; then nothing of OpenTelemetry is imported. Spans are written by hand in
a few places: a submission, a delivery, a stage, a provider's order, a statement, a publish.

A request collects its own spans and sends them before it is answered, because Cloud Run takes the CPU away afterwards.
The context travels as W3C's `traceparent` (https://www.w3.org/TR/trace-context/): of a request in its header, of a
message in the attribute `googclient_traceparent`, which Google's own publishers write, and of a job in its row.
"""

import contextvars
import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import Span, Tracer

log = logging.getLogger(__name__)

HEADER = "traceparent"
ATTRIBUTE = "googclient_traceparent"
"""The attribute of a message. https://cloud.google.com/pubsub/docs/open-telemetry-tracing"""

EXPORT_S = 0.2
"""How long an answer waits for the collector. It is a neighbour; spans that take longer are lost, not the time."""
MAX_EXPORTS = 4
"""Exports that may hang at a time. While the collector is away, spans are dropped and no threads pile up."""

Value = str | bool | int | float


class _Recording(Struct):
    """The trace of one request: who makes its spans, those that have ended, and whether they are sent at all."""

    tracer: "Tracer"
    project: str
    is_sampled: bool = False
    unsampled: str | None = None
    """Its only traceparent, if it is not sampled: then no span is made inside."""
    ended: "list[ReadableSpan]" = field(default_factory=list)


_recording: contextvars.ContextVar[_Recording | None] = contextvars.ContextVar("recording", default=None)
_NOTHING: AbstractContextManager[None] = nullcontext()


class Tracing:
    """Makes and sends the traces of this process. Opens no connection and starts no thread until a trace is sent."""

    def __init__(self, exporter: "SpanExporter", project: str) -> None:
        from opentelemetry.sdk.trace import SpanProcessor, TracerProvider  # noqa: PLC0415 (only if traces are on)

        class Collected(SpanProcessor):
            """Gives each span to the request that it belongs to."""

            def on_end(self, span: "ReadableSpan") -> None:
                recording = _recording.get()
                if recording is not None:
                    recording.ended.append(span)

        # The sampler and the resource are those of the environment, by OpenTelemetry's own names.
        provider = TracerProvider(shutdown_on_exit=False)
        provider.add_span_processor(Collected())
        self._tracer = provider.get_tracer("aiprod-pipeline")
        self._exporter = exporter
        self._project = project
        self._room = threading.BoundedSemaphore(MAX_EXPORTS)

    @contextmanager
    def request(self, name: str, kind: str, carried: str | None, **attributes: Value | None) -> Iterator[None]:
        """Trace what happens inside, as a part of the trace that `carried`, a traceparent, names; if it names none, of
        a new one. `kind` is "server" or "consumer". The spans are sent at the end, whatever it is."""
        recording = _Recording(self._tracer, self._project)
        token = _recording.set(recording)
        try:
            with _started(recording, name, kind, carried, attributes):
                yield
        finally:
            _recording.reset(token)
            if recording.is_sampled:
                self._send(recording.ended)

    def _send(self, spans: "list[ReadableSpan]") -> None:
        """Send the spans, in a thread that is not waited for beyond its time."""
        if not self._room.acquire(blocking=False):
            log.warning("the collector of traces is away; spans are dropped", extra={"action": "trace"})
            return

        def export() -> None:
            try:
                self._exporter.export(spans)
            except Exception:
                log.exception("a trace could not be sent", extra={"action": "trace"})
            finally:
                self._room.release()

        thread = threading.Thread(target=export, name="trace", daemon=True)
        thread.start()
        thread.join(EXPORT_S)


def connect(endpoint: str | None, project: str) -> Tracing | None:
    """Return what sends traces to the collector at `endpoint`, an OTLP base URL; None without one."""
    if endpoint is None:
        return None
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 (as above)

    return Tracing(OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces", timeout=EXPORT_S), project)


def request(
    tracing: Tracing | None, name: str, kind: str, carried: str | None, **attributes: Value | None
) -> AbstractContextManager[None]:
    """As `Tracing.request`; nothing if traces are off."""
    return _NOTHING if tracing is None else tracing.request(name, kind, carried, **attributes)


def is_recording() -> bool:
    """Whether the spans of this request are sent."""
    recording = _recording.get()
    return recording is not None and recording.is_sampled


def span(name: str, kind: str = "internal", **attributes: Value | None) -> AbstractContextManager[None]:
    """Add a span to the trace of this request, if it is traced and sampled. Attributes that are None are left out."""
    recording = _recording.get()
    if recording is None or not recording.is_sampled:
        return _NOTHING
    return _started(recording, name, kind, None, attributes)


def note(**attributes: Value | None) -> None:
    """Add attributes to the current span."""
    if is_recording():
        _current().set_attributes(_named(attributes))


def link(traceparent: str | None) -> None:
    """Link the current span to the trace in which its job began, unless it is the same one."""
    if traceparent is None or not is_recording():
        return
    from opentelemetry.trace import get_current_span  # noqa: PLC0415 (as above)

    context = get_current_span(_context(traceparent)).get_span_context()
    if context.is_valid and context.trace_id != _current().get_span_context().trace_id:
        _current().add_link(context)


def traceparent() -> str | None:
    """Return the current span as a traceparent, for a message or a job's row; None if this request is not traced."""
    recording = _recording.get()
    if recording is None or not recording.is_sampled:
        return None if recording is None else recording.unsampled
    return _traceparent_of(_current())


def with_traceparent(attributes: Mapping[str, str]) -> Mapping[str, str]:
    """Return a message's attributes with this request's trace, if they have none."""
    carried = traceparent()
    return attributes if carried is None else {ATTRIBUTE: carried, **attributes}


def log_fields() -> dict[str, object]:
    """Return the fields by which Cloud Logging shows a line within its trace.

    https://cloud.google.com/logging/docs/structured-logging#special-payload-fields
    """
    recording = _recording.get()
    if recording is None:
        return {}
    context = _current().get_span_context()
    return {
        "logging.googleapis.com/trace": f"projects/{recording.project}/traces/{context.trace_id:032x}",
        "logging.googleapis.com/spanId": f"{context.span_id:016x}",
        "logging.googleapis.com/trace_sampled": recording.is_sampled,
    }


@contextmanager
def _started(
    recording: _Recording, name: str, kind: str, carried: str | None, attributes: Mapping[str, Value | None]
) -> Iterator[None]:
    """Start a span and make it the current one. An error is named by its code, never by its text: it may hold data."""
    from opentelemetry import trace  # noqa: PLC0415 (as above)

    started = recording.tracer.start_as_current_span(
        name,
        context=None if carried is None else _context(carried),
        kind=trace.SpanKind[kind.upper()],
        attributes=_named(attributes),
        record_exception=False,
        set_status_on_exception=False,
    )
    with started as current:
        recording.is_sampled = current.get_span_context().trace_flags.sampled
        if not recording.is_sampled:
            recording.unsampled = _traceparent_of(current)
        try:
            yield
        except BaseException as error:
            code = getattr(error, "code", None)
            current.set_attribute("error.type", code if isinstance(code, str) else type(error).__name__)
            current.set_status(trace.StatusCode.ERROR)
            raise


def _traceparent_of(span: "Span") -> str | None:
    context = span.get_span_context()
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}" if context.is_valid else None


def _context(carried: str) -> Any:
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415 (as above)

    return TraceContextTextMapPropagator().extract({HEADER: carried})


def _current() -> "Span":
    from opentelemetry.trace import get_current_span  # noqa: PLC0415 (as above)

    return get_current_span()


def _named(attributes: Mapping[str, Value | None]) -> dict[str, Value]:
    """Attributes as OpenTelemetry names them: with a point for each double underscore."""
    return {name.replace("__", "."): value for name, value in attributes.items() if value is not None}
