"""Check at the end whether the promises held, from the database and the records of pushes and accepted messages.

Each finding has a kind, under one of five headings; a run without findings is green.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import create_engine, text

from lab.chaos import plan
from lab.chaos.plan import Planned
from lab.chaos.pushing import Push
from lab.chaos.surroundings import Accepted

HEADINGS = ("lost", "doubled", "run again", "stuck", "wrong")
CLOCK_SLACK_S = 0.05
"""How much later an accepted message's time may be than it was: the emulator's times are in whole milliseconds."""

QUESTIONS: Mapping[str, Mapping[str, str]] = {
    "doubled": {
        "two ends in one run": """
            SELECT job_id, run FROM job_states WHERE new_state IN ('completed', 'failed', 'cancelled')
            GROUP BY job_id, run HAVING count(*) > 1""",
        "changed after its end": """
            SELECT job_id, run, new_state FROM (SELECT job_id, run, new_state, reason,
                lag(new_state) OVER (PARTITION BY job_id ORDER BY id) AS before FROM job_states) h
            WHERE before IN ('completed', 'failed', 'cancelled') AND reason <> 'replay'""",
        "two results in one run": "SELECT job_id, run FROM job_results GROUP BY job_id, run HAVING count(*) > 1",
        "two messages under one key": "SELECT message_key FROM outbox GROUP BY message_key HAVING count(*) > 1",
        "a stage finished twice in a round": """
            SELECT job_id, round, stage FROM job_stages WHERE status = 'finished'
            GROUP BY job_id, round, stage HAVING count(*) > 1""",
    },
    "run again": {
        "a stage begun again after it was finished in its round": """
            SELECT again.job_id, again.round, again.stage FROM job_stages again
            JOIN job_stages done USING (job_id, round, stage)
            WHERE done.status = 'finished' AND again.id <> done.id AND again.started_at >= done.finished_at""",
    },
    "stuck": {
        "not ended": "SELECT id, state, hop, attempts, stage FROM jobs WHERE state IN ('pending', 'processing')",
        "a lease left": "SELECT id FROM jobs WHERE lease_token IS NOT NULL OR lease_until IS NOT NULL",
        "an execution left open": "SELECT job_id, stage FROM job_stages WHERE status = 'started'",
        "owed and not published": "SELECT message_key FROM outbox WHERE published_at IS NULL",
    },
    "wrong": {
        "progress that no checkpoint has made": """
            SELECT j.id, j.progress FROM jobs j WHERE j.progress <>
                (SELECT count(*) FROM job_stages s WHERE s.job_id = j.id AND s.status = 'finished')
                + (SELECT count(*) FROM job_parts p WHERE p.job_id = j.id)""",
        "a round that nobody began": """
            SELECT j.id, j.round FROM jobs j WHERE j.round > 0 AND NOT CASE WHEN j.sent_back_by IS NULL
                THEN EXISTS (SELECT FROM job_states s WHERE s.job_id = j.id AND s.reason = 'replay'
                             AND s.state_metadata ->> 'from_stage' IS NOT NULL)
                ELSE EXISTS (SELECT FROM job_stages s WHERE s.job_id = j.id AND s.stage = j.sent_back_by
                             AND s.round = j.round - 1 AND s.status = 'finished') END""",
        "an account that is not the sum of its effects": """
            SELECT j.id, j.spent_usd FROM jobs j WHERE j.spent_usd <>
                (SELECT coalesce(sum(e.cost_usd), 0) FROM job_effects e WHERE e.job_id = j.id)""",
        "a history with a gap": """
            SELECT job_id, previous_state, before, new_state FROM (SELECT job_id, previous_state, new_state,
                lag(new_state) OVER (PARTITION BY job_id ORDER BY id) AS before FROM job_states) h
            WHERE before IS NOT NULL AND previous_state <> before""",
        "a job whose state is not the last of its history": """
            SELECT j.id, j.state FROM jobs j WHERE j.state <>
                (SELECT new_state FROM job_states s WHERE s.job_id = j.id ORDER BY s.id DESC LIMIT 1)""",
        "a failed run without its dead letter": """
            SELECT s.job_id, s.run FROM job_states s WHERE s.new_state = 'failed' AND NOT EXISTS (
                SELECT FROM dead_letters d WHERE d.message_key = 'dead:' || s.job_id || ':' || s.run)""",
        "more attempts than failures, lost workers and hand-overs": """
            SELECT j.id, j.attempts FROM jobs j WHERE j.attempts > (
                SELECT count(*) FROM job_states s WHERE s.job_id = j.id AND s.run = j.run
                AND s.previous_state = 'processing'
                AND s.reason NOT IN ('completed', 'cancelled', 'drain', 'given_back')
            )""",
    },
}


HOLDS = """
SELECT job_id, run, at, next_at FROM (
    SELECT job_id, run, reason, extract(epoch FROM created_at)::float8 AS at,
           extract(epoch FROM lead(created_at) OVER (PARTITION BY job_id ORDER BY id))::float8 AS next_at
    FROM job_states
) s WHERE reason LIKE 'paused_%' OR reason LIKE 'limit_%'
"""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: its `kind`, the same words for all of that kind, and in which job."""

    kind: str
    detail: str


@dataclass(slots=True)
class Verdict:
    """What was found. `outcomes` counts runs of jobs by how they ended."""

    findings: dict[str, list[Finding]] = field(default_factory=lambda: {name: [] for name in HEADINGS})
    outcomes: Counter[str] = field(default_factory=Counter)
    abandoned: int = 0
    takeovers: int = 0
    continuations: int = 0
    pruned: int = 0

    @property
    def is_green(self) -> bool:
        return not any(self.findings.values())

    def add(self, heading: str, kind: str, detail: object) -> None:
        self.findings[heading].append(Finding(kind, str(detail)))


def check(
    database_url: str,
    planned: Sequence[Planned],
    pushes: Sequence[Push],
    accepted: Sequence[Accepted],
    cancelled: frozenset[str],
) -> Verdict:
    """Check a run that has come to rest. `cancelled` are the jobs whose cancellation was requested."""
    verdict = Verdict()
    engine = create_engine(database_url)
    try:
        with engine.connect() as connection:

            def ask(sql: str) -> list[dict[str, Any]]:
                return [dict(row) for row in connection.execute(text(sql)).mappings()]

            for heading, questions in QUESTIONS.items():
                for what, sql in questions.items():
                    for row in ask(sql):
                        verdict.add(heading, what, row)
            jobs = {row["id"]: row for row in ask("SELECT id, run, state FROM jobs")}
            holds = [Hold(**row) for row in ask(HOLDS)]
            pruned = {row["id"]: row for row in ask("SELECT job_id AS id, run, state FROM tombstones")}
            results = ask("SELECT job_id, run, status, error_code FROM job_results ORDER BY id")
            box = ask("SELECT message_key, payload FROM outbox")
            counts = ask(
                "SELECT (SELECT count(*) FROM job_stages WHERE status = 'abandoned') AS abandoned,"
                " (SELECT count(*) FROM job_states WHERE reason = 'lease_ran_out') AS takeovers,"
                " (SELECT count(*) FROM job_states WHERE reason = 'continuation') AS continuations"
            )[0]
    finally:
        engine.dispose()
    verdict.abandoned, verdict.takeovers = counts["abandoned"], counts["takeovers"]
    verdict.continuations = counts["continuations"]
    verdict.pruned = len(pruned)
    _pruned(verdict, pruned, jobs, accepted)
    kept = [one for one in planned if one.brief.job_id not in pruned]
    _outcomes(verdict, kept, jobs, results, cancelled)
    _messages(verdict, box, results, [one for one in accepted if not _is_of(one, pruned)])
    # When a job was held went with its history.
    check_acks(verdict, [push for push in pushes if push.sent.job_id not in pruned], accepted, holds)
    return verdict


def _is_of(message: Accepted, pruned: Mapping[str, object]) -> bool:
    """Say whether a message is about a job that was pruned: its outbox row went with it."""
    return json.loads(message.payload).get("job_id") in pruned


def _pruned(
    verdict: Verdict,
    pruned: Mapping[str, Mapping[str, Any]],
    jobs: Mapping[str, object],
    accepted: Sequence[Accepted],
) -> None:
    """Check that a job that was pruned never came back, and that each of its runs had told its result."""
    told = {message.key for message in accepted}
    for job_id, stone in pruned.items():
        if job_id in jobs:
            verdict.add("run again", "a job that was pruned", job_id)
        for run in range(1, stone["run"] + 1):
            if f"result:{job_id}:{run}" not in told:
                verdict.add("lost", "pruned before its result was told", f"{job_id}, run {run}")


def _outcomes(
    verdict: Verdict,
    planned: Sequence[Planned],
    jobs: Mapping[str, Mapping[str, Any]],
    results: Sequence[Mapping[str, Any]],
    cancelled: frozenset[str],
) -> None:
    """Check that each run of each job has one result, the one that its brief demands."""
    by_job: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for result in results:
        by_job[result["job_id"]].append(result)
    for one in planned:
        job_id = one.brief.job_id
        if job_id not in jobs:
            verdict.add("lost", "sent and not in the database", job_id)
            continue
        runs = {result["run"] for result in by_job[job_id]}
        for run in set(range(1, jobs[job_id]["run"] + 1)) - runs:
            verdict.add("lost", "a run without a result", f"{job_id}, run {run}")
        for result in by_job[job_id]:
            status, code = result["status"], result["error_code"]
            if plan.demands(one, status, code, is_cancelled=job_id in cancelled):
                verdict.outcomes["success" if status == "success" else code or status] += 1
            elif code in ("worker_died", "stage_too_long"):
                # Right if its workers died: QUESTIONS compares the attempts with the history.
                verdict.outcomes["given up, its workers were lost"] += 1
            else:
                what = f"{job_id} ({one.kind}, fails {one.fails}): {status}, {code}"
                verdict.add("wrong", "ended differently from what its brief demands", what)


def _messages(
    verdict: Verdict,
    box: Sequence[Mapping[str, Any]],
    results: Sequence[Mapping[str, Any]],
    accepted: Sequence[Accepted],
) -> None:
    """Check that every owed message was accepted, under one key and with one payload, and that no other was."""
    payloads: defaultdict[str, set[str]] = defaultdict(set)
    for message in accepted:
        payloads[message.key].add(message.payload)
    owed = {row["message_key"] for row in box}
    for row in box:
        said = payloads[row["message_key"]]
        # The payload of a row that counts as sent is gone.
        if not said or (row["payload"] and row["payload"] not in said):
            verdict.add("lost", "owed and never accepted by Pub/Sub", row["message_key"])
    for key, said in payloads.items():
        if len(said) > 1:
            verdict.add("doubled", "published with several payloads", key)
        # A sweep sends job messages again, including ones that were sent before.
        if said and key not in owed and not key.startswith("job:"):
            verdict.add("doubled", "published, but no job owed it", key)
    for result in results:
        key = f"result:{result['job_id']}:{result['run']}"
        if key not in owed:
            verdict.add("lost", "a result in no outbox", key)


@dataclass(slots=True)
class _Told:
    """When Pub/Sub accepted what (unix seconds): letters of refused data by job, results by (job, run), job messages
    by (job, run) as (hop, at)."""

    refused: dict[str, float] = field(default_factory=dict)
    results: dict[tuple[str, int], float] = field(default_factory=dict)
    jobs: defaultdict[tuple[str, int], list[tuple[int, float]]] = field(default_factory=lambda: defaultdict(list))


def _told(accepted: Sequence[Accepted]) -> _Told:
    told = _Told()
    for message in accepted:
        kind, job_id, *numbers = message.key.split(":")
        if message.key.startswith("dead:msg:"):
            named = json.loads(message.payload)["job_id"]
            told.refused[named] = min(message.at, told.refused.get(named, message.at))
        elif message.key.startswith("result:msg:"):
            continue
        elif kind == "result":
            place = (job_id, int(numbers[0]))
            told.results[place] = min(message.at, told.results.get(place, message.at))
        elif kind == "job":
            told.jobs[job_id, int(numbers[0])].append((int(numbers[1]), message.at))
    return told


@dataclass(frozen=True, slots=True)
class Hold:
    """A job was held `at` some time (unix seconds); what came next in its history came at `next_at`."""

    job_id: str
    run: int
    at: float
    next_at: float | None

    def end(self, told: _Told) -> float:
        """When its message was sent again. Between its beginning and its end, one that was sent before may be accepted
        once more, because the first answer was lost: the last one before what came next is what ended it."""
        ends = self.next_at or float("inf")
        return max((at for _, at in told.jobs[self.job_id, self.run] if self.at < at <= ends), default=ends)


def _is_held(push: Push, told: _Told, holds: Sequence[Hold], until: float) -> bool:
    """Say whether its job was held then, and its message not sent again yet."""
    place = (push.sent.job_id, push.sent.run)
    of_job = [hold for hold in holds if (hold.job_id, hold.run) == place and hold.at <= until]
    return any(push.began_at <= hold.end(told) for hold in of_job)


def check_acks(
    verdict: Verdict, pushes: Sequence[Push], accepted: Sequence[Accepted], holds: Sequence[Hold] = ()
) -> None:
    """Check that at each ack Pub/Sub had the run's result, or a newer message than the acknowledged one, or the dead
    letter of data that was refused; or that the job was held, by `holds`, until its message was sent again."""
    told = _told(accepted)
    for push in pushes:
        if not push.is_acked:
            continue
        sent, until = push.sent, push.ended_at + CLOCK_SLACK_S
        place = (sent.job_id, sent.run)
        if told.refused.get(sent.job_id, float("inf")) <= until or _is_held(push, told, holds, until):
            continue
        newer = any(hop > sent.hop and at <= until for hop, at in told.jobs[place])
        if not newer and told.results.get(place, float("inf")) > until:
            what = f"{sent.job_id}, run {sent.run}, hop {sent.hop}, by {push.instance}"
            verdict.add("lost", "acknowledged before its outcome was published", what)
