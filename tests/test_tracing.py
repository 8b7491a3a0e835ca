"""One film is one connected trace, at a collector as OpenTelemetry's own is."""

import json
import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from lab.harness.messages import Brief, envelope
from lab.harness.names import API_AUDIENCE, CALLER
from lab.harness.waiting import eventually
from lab.harness.world import World
from service import tracing
from service.config import NO_LIMITS
from service.delivery import settle
from service.delivery.sweep import sweep
from service.log import JsonFormatter
from tests.support.collector import Collector, attributes, collector
from tests.support.gated import Gates, InProcess, later
from tests.support.jobs import expire_lease

Start = Callable[..., InProcess]

TRACE = "0af7651916cd43dd8448eb211c80319c"
CALLERS = f"00-{TRACE}-b7ad6b7169203331-01"
UNSAMPLED = CALLERS[:-2] + "00"


@pytest.fixture
def collected() -> Iterator[Collector]:
    with collector() as found:
        yield found


@pytest.fixture
def traced(start: Start, collected: Collector) -> InProcess:
    return start(otlp_endpoint=collected.url)


def submitted(service: InProcess, traceparent: str | None) -> str:
    """Submit a job through the API; return its id."""
    token = service.world.issuer.token(API_AUDIENCE, CALLER)
    headers = {"Authorization": f"Bearer {token}", **({"traceparent": traceparent} if traceparent else {})}
    body = {"user_id": "user-1", "content": "A lighthouse.", "preset": "quick_social"}
    answer = service.app.test_client().post("/pipeline/run", json=body, headers=headers)
    assert answer.status_code == 202
    return str(answer.get_json()["job_id"])


def deliver_last(service: InProcess, job_id: str) -> int:
    """Push what was last published for the job, as Pub/Sub does; return the answer's status."""
    message = [one for one in service.world.pubsub.accepted("aiprod-pipeline-jobs") if job_id.encode() in one.data][-1]
    return service.push(envelope(message.data, attributes=dict(message.attributes))).status


def connected(spans: list[Span], outside: set[str]) -> bool:
    """Whether each span's parent is another span, or one of `outside`, or it is linked to one of these."""
    known = {span.span_id.hex() for span in spans} | outside
    return all(
        span.parent_span_id.hex() in known or any(link.span_id.hex() in known for link in span.links) for span in spans
    )


def test_a_film_is_one_trace_from_the_caller_to_its_result(
    traced: InProcess, collected: Collector, gates: Gates, world: World
) -> None:
    job_id = submitted(traced, CALLERS)
    gates.does(job_id, "B", later)
    assert deliver_last(traced, job_id) == 500
    gates.does(job_id, "B", None)
    world.query("UPDATE jobs SET not_before = NULL RETURNING 1")
    assert deliver_last(traced, job_id) == 204
    assert collected.traces == {TRACE}
    assert connected(collected.spans, {CALLERS.split("-")[2]})
    names = [span.name for span in collected.spans]
    assert names[0] == "POST /pipeline/run"
    assert names.count("process job") == 2, "the redelivery too"
    assert [name for name in names if name.startswith("stage")] == ["stage A", "stage B", "stage B", "stage C"]
    assert {"claim", "checkpoints", "send aiprod-pipeline-jobs", "send aiprod-pipeline-results"} <= set(names)
    (result,) = world.pubsub.accepted("aiprod-pipeline-results")
    assert result.attributes[tracing.ATTRIBUTE].split("-")[1] == TRACE


def test_a_replay_and_a_sweep_go_on_with_the_trace(traced: InProcess, gates: Gates, world: World) -> None:
    job_id = submitted(traced, CALLERS)
    gates.does(job_id, "A", lambda *_: 1 / 0)  # type: ignore[arg-type]
    world.query("UPDATE jobs SET attempts = 4 RETURNING 1")
    assert deliver_last(traced, job_id) == 204
    world.query("UPDATE jobs SET enqueued_at = enqueued_at - interval '1 day' RETURNING 1")
    parts = traced.service
    settle.start_new_run(parts.engine, parts.settings.topics, job_id, run=1, by="tester", from_stage=None)
    world.query("UPDATE outbox SET created_at = created_at - interval '1 day' RETURNING 1")
    world.query("UPDATE jobs SET enqueued_at = enqueued_at - interval '1 day' RETURNING 1")
    sweep(parts.engine, parts.publisher, parts.settings.topics, limits=NO_LIMITS, ack_deadline_s=300)
    sent = [one for one in world.pubsub.accepted("aiprod-pipeline-jobs") if one.attributes["run"] == "2"]
    assert len(sent) == 2, "owed, and sent again"
    assert {one.attributes[tracing.ATTRIBUTE].split("-")[1] for one in sent} == {TRACE}


def test_a_redelivery_without_a_trace_is_linked_to_the_first(
    traced: InProcess, collected: Collector, gates: Gates, world: World
) -> None:
    brief = Brief()
    gates.does(brief.job_id, "A", later)
    assert traced.push(brief.body()).status == 500
    gates.does(brief.job_id, "A", None)
    world.query("UPDATE jobs SET not_before = NULL RETURNING 1")
    assert traced.push(brief.body()).status == 204
    first, second = collected.named("process job")
    assert first.trace_id != second.trace_id
    assert [link.trace_id for link in second.links] == [first.trace_id]
    assert connected(collected.spans, {""})


def test_a_lost_worker_is_followed_in_the_same_trace(
    traced: InProcess, collected: Collector, gates: Gates, world: World
) -> None:
    """A message carries its trace as long as it is delivered."""
    job_id = submitted(traced, None)
    gates.hold(job_id, "A")
    lost = traced._pool.submit(deliver_last, traced, job_id)  # noqa: SLF001
    gates.wait_reached(job_id, "A")
    expire_lease(world, job_id)
    gates.open(job_id, "A")
    lost.result()
    deliver_last(traced, job_id)
    assert len(collected.traces) == 1


def test_an_unsampled_trace_is_passed_on_and_not_sent(traced: InProcess, collected: Collector, world: World) -> None:
    job_id = submitted(traced, UNSAMPLED)
    assert deliver_last(traced, job_id) == 204
    assert collected.bodies == []
    for topic in ("jobs", "results"):
        (message,) = world.pubsub.accepted(f"aiprod-pipeline-{topic}")
        _, trace, _, flags = message.attributes[tracing.ATTRIBUTE].split("-")
        assert (trace, flags) == (TRACE, "00")


def test_spans_name_errors_and_hold_no_data(traced: InProcess, collected: Collector, gates: Gates) -> None:
    brief = Brief(content="A secret lighthouse.")
    gates.does(brief.job_id, "A", later)
    traced.push(brief.body())
    (stage,) = collected.named("stage A")
    assert attributes(stage)["error.type"] == "provider_busy"
    (delivery,) = collected.named("process job")
    assert attributes(delivery)["job_id"] == brief.job_id
    assert b"secret" not in b"".join(collected.bodies)
    assert b"The provider is busy" not in b"".join(collected.bodies)


@pytest.mark.parametrize("carried", ["", "garbage", f"00-{'0' * 32}-{'0' * 16}-01", CALLERS + "x" * 9_000])
def test_what_is_no_trace_begins_a_new_one(traced: InProcess, collected: Collector, carried: str) -> None:
    job_id = submitted(traced, carried)
    assert deliver_last(traced, job_id) == 204
    assert len(collected.traces) == 1


def test_a_collector_that_hangs_holds_up_nothing(traced: InProcess, collected: Collector, world: World) -> None:
    """More often than there is room for exports."""
    collected.answers.clear()
    for _ in range(tracing.MAX_EXPORTS + 3):
        brief = Brief()
        assert traced.push(brief.body()).status == 204
        assert world.job(brief.job_id)["state"] == "completed"
    # Whoever waits gives up after his time; then there is room again.
    collected.answers.set()
    seen = len(collected.bodies)
    eventually(lambda: traced.push(Brief().body()).status == 204 and len(collected.bodies) > seen)


def test_a_collector_that_is_away_loses_no_job(start: Start, world: World) -> None:
    brief = Brief()
    assert start(otlp_endpoint="http://127.0.0.1:9").push(brief.body()).status == 204
    assert world.job(brief.job_id)["state"] == "completed"


def test_lines_of_the_log_name_their_trace(collected: Collector) -> None:
    made = tracing.connect(collected.url, "my-project")
    record = logging.makeLogRecord({"msg": "hello", "levelname": "INFO"})
    with tracing.request(made, "outer", "server", CALLERS):
        outer = json.loads(JsonFormatter().format(record))
        with tracing.span("inner"):
            inner = json.loads(JsonFormatter().format(record))
    after = json.loads(JsonFormatter().format(record))
    assert outer["logging.googleapis.com/trace"] == f"projects/my-project/traces/{TRACE}"
    assert outer["logging.googleapis.com/trace_sampled"] is True
    spans = {span.name: span.span_id.hex() for span in collected.spans}
    assert outer["logging.googleapis.com/spanId"] == spans["outer"]
    assert inner["logging.googleapis.com/spanId"] == spans["inner"]
    assert not any(name.startswith("logging.googleapis.com") for name in after)


def test_off_nothing_of_opentelemetry_is_loaded(world: World) -> None:
    script = """
import sys
from service.app import create_app
create_app()
print(sorted(name for name in sys.modules if name.startswith("opentelemetry.") and ("sdk" in name or "otlp" in name)))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], env={**world.env(), "PATH": ""}, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_off_messages_carry_no_trace(start: Start, world: World) -> None:
    service = start()
    job_id = submitted(service, CALLERS)
    assert deliver_last(service, job_id) == 204
    accepted: list[Any] = [
        one for topic in ("jobs", "results") for one in world.pubsub.accepted(f"aiprod-pipeline-{topic}")
    ]
    assert len(accepted) == 2
    assert not any(tracing.ATTRIBUTE in one.attributes for one in accepted)
