"""What deliveries add to `GET /metrics`, with real threads on a real PostgreSQL."""

import pytest
from grpc import StatusCode

from lab.harness.messages import Brief, envelope
from lab.harness.names import AUDIENCE, TOPICS
from lab.harness.world import World
from service import metrics
from service.errors import Unavailable
from service.pipeline import Context, Job, Later, Never, Output, Outputs
from tests.support.gated import Gates, InProcess, Start
from tests.support.samples import Samples, samples


def scrape(service: InProcess) -> Samples:
    answer = service.get("/metrics")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == metrics.CONTENT_TYPE
    return samples(answer.body)


def outcomes(service: InProcess) -> dict[str, float]:
    """Those that there were any of."""
    found = scrape(service)
    return {key[1]: value for key, value in found.items() if key[0] == "aiprod_push_deliveries_total" and value}


def later(_job: Job, _outputs: Outputs, _context: Context) -> Output:
    raise Later("not_yet", "Not yet.")


def never(_job: Job, _outputs: Outputs, _context: Context) -> Output:
    raise Never("refused", "Never.")


def test_every_delivery_counts_once_by_what_became_of_it(start: Start, world: World, gates: Gates) -> None:
    service, brief, failing, waiting = start(), Brief(), Brief(), Brief()
    gates.does(failing.job_id, "B", never)
    gates.does(waiting.job_id, "B", later)
    assert service.push(brief.body()).status == 204
    assert service.push(brief.body()).status == 204
    world.query("UPDATE jobs SET hop = 2 WHERE id = :id RETURNING 1", id=brief.job_id)
    world.query("UPDATE jobs SET state = 'pending' WHERE id = :id RETURNING 1", id=brief.job_id)
    assert service.push(brief.body(run=1, hop=1)).status == 204
    assert service.push(failing.body()).status == 204
    assert service.push(waiting.body()).status == 500
    assert service.push(waiting.body()).status == 503
    assert service.push(envelope(b"no job")).status == 204
    assert service.push(b"no envelope").status == 400
    assert service.push(brief.body(), token="no token").status == 401
    stranger = world.issuer.token(AUDIENCE, "somebody@else.iam.gserviceaccount.com")
    assert service.push(brief.body(), token=stranger).status == 403
    world.pubsub.faults.fail_publish(StatusCode.UNAVAILABLE, times=1)
    assert service.push(Brief().body()).status == 503
    assert outcomes(service) == {
        "completed": 1,
        "already_ended": 1,
        "older": 1,
        "failed": 1,
        "retry_later": 1,
        "job_busy": 1,
        "not_a_job": 1,
        "bad_envelope": 1,
        "unauthorized": 1,
        "forbidden": 1,
        "pubsub_unreachable": 1,
    }


def test_what_a_delivery_does_is_counted(start: Start, world: World) -> None:
    service = start()
    assert [service.push(Brief().body(), token=token).status for token in [world.token()] * 3] == [204] * 3
    assert service.push(Brief().body(), token=world.token(exp=1)).status == 401
    found = scrape(service)
    assert [found["aiprod_stage_duration_seconds_count", stage] for stage in "ABC"] == [3, 3, 3]
    assert found["aiprod_token_verifications_total", "checked"] == 1
    assert found["aiprod_token_verifications_total", "remembered"] == 2
    assert found["aiprod_token_verifications_total", "token_expired"] == 1
    assert found["aiprod_publishes_total", "accepted", TOPICS[1]] == 3
    assert found["aiprod_jobs", "completed"] == 3
    assert found["aiprod_database_up",] == 1
    assert (found["aiprod_busy_slots",], found["aiprod_slots",]) == (0, 5)
    assert found["aiprod_in_flight_bytes",] == 0


def test_a_takeover_is_counted_on_both_sides(start: Start, world: World, gates: Gates) -> None:
    service, brief = start(), Brief()
    gates.hold(brief.job_id, "B")
    old = service.push_soon(brief.body())
    gates.wait_reached(brief.job_id, "B")
    found = scrape(service)
    assert found["aiprod_busy_slots",] == 1
    assert found["aiprod_in_flight_bytes",] > 0
    world.query("UPDATE jobs SET lease_until = clock_timestamp() WHERE id = :id RETURNING 1", id=brief.job_id)
    gates._held.clear()  # noqa: SLF001
    assert service.push(brief.body()).status == 204
    gates.open(brief.job_id, "B")
    assert old.result().status == 204
    found = scrape(service)
    assert found["aiprod_lease_takeovers_total",] == 1
    assert found["aiprod_leases_lost_total",] == 1
    assert outcomes(service) == {"completed": 1, "already_ended": 1}


def test_a_drain_abandons_the_stage_in_hand(start: Start, gates: Gates) -> None:
    service, brief = start(), Brief()
    gates.hold(brief.job_id, "B")
    answer = service.push_soon(brief.body())
    gates.wait_reached(brief.job_id, "B")
    service.service.runner.drain()
    assert answer.result().status == 503
    found = scrape(service)
    assert found["aiprod_stages_abandoned_total", "drain"] == 1
    assert found["aiprod_stages_outliving_delivery",] == 1
    assert outcomes(service) == {"shutting_down": 1}
    gates.open(brief.job_id, "B")


def test_a_stage_that_outlasts_its_delivery_is_abandoned(start: Start, gates: Gates) -> None:
    service, brief = start(ack_deadline_s=3.0, lease_s=1.0), Brief()
    gates.hold(brief.job_id, "B")
    assert service.push(brief.body()).status == 204
    assert scrape(service)["aiprod_stages_abandoned_total", "deadline"] == 1
    assert outcomes(service) == {"continued": 1}
    gates.open(brief.job_id, "B")


def test_a_heartbeat_that_fails_is_counted(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    service = start()

    def away(*_: object) -> None:
        raise Unavailable("database_unreachable", "It is away.")

    monkeypatch.setattr("service.delivery.heartbeat.Heartbeat._renew", away)
    service.service.heartbeat.beat()
    assert scrape(service)["aiprod_heartbeat_failures_total",] == 1


@pytest.mark.parametrize("surface", ["push", "api", "all"])
def test_every_surface_has_them(start: Start, surface: str) -> None:
    assert scrape(start(surface=surface))["aiprod_database_up",] == 1
