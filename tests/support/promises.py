"""The promises (docs/faults.md), as queries of the database and of what Pub/Sub has accepted."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from lab.harness.names import DLQ, JOBS, RESULTS
from lab.harness.world import World

ENDED = ("completed", "failed", "cancelled")
STATUS = {"completed": "success", "failed": "error", "cancelled": "cancelled"}

ALWAYS = {
    "two terminal states in one run": """
        SELECT job_id, run FROM job_states WHERE new_state IN ('completed', 'failed', 'cancelled')
        GROUP BY job_id, run HAVING count(*) > 1""",
    "two results in one run": "SELECT job_id, run FROM job_results GROUP BY job_id, run HAVING count(*) > 1",
    "a result that does not fit how its run ended": """
        SELECT r.job_id, r.run FROM job_results r WHERE NOT EXISTS (
            SELECT FROM job_states s WHERE s.job_id = r.job_id AND s.run = r.run AND s.new_state =
                CASE r.status WHEN 'success' THEN 'completed' WHEN 'error' THEN 'failed' ELSE 'cancelled' END)""",
    "an ended run without its result": """
        SELECT s.job_id, s.run FROM job_states s WHERE s.new_state IN ('completed', 'failed', 'cancelled')
        AND NOT EXISTS (SELECT FROM job_results r WHERE r.job_id = s.job_id AND r.run = s.run)""",
    "an ended run without its outbox row": """
        SELECT s.job_id, s.run FROM job_states s WHERE s.new_state IN ('completed', 'failed', 'cancelled')
        AND NOT EXISTS (SELECT FROM outbox o WHERE o.message_key = 'result:' || s.job_id || ':' || s.run)""",
    "a failed run without its dead letter": """
        SELECT s.job_id, s.run FROM job_states s WHERE s.new_state = 'failed' AND NOT (
            EXISTS (SELECT FROM dead_letters d WHERE d.message_key = 'dead:' || s.job_id || ':' || s.run) AND
            EXISTS (SELECT FROM outbox o WHERE o.message_key = 'dead:' || s.job_id || ':' || s.run))""",
    "a stage finished twice in a round": """
        SELECT job_id, round, stage FROM job_stages WHERE status = 'finished'
        GROUP BY job_id, round, stage HAVING count(*) > 1""",
    "a stage begun again after it was finished": """
        SELECT later.job_id, later.stage FROM job_stages later JOIN job_stages done USING (job_id, round, stage)
        WHERE done.status = 'finished' AND later.id > done.id""",
    "progress that no checkpoint has made": """
        SELECT j.id FROM jobs j WHERE j.progress <>
            (SELECT count(*) FROM job_stages s WHERE s.job_id = j.id AND s.status = 'finished')
            + (SELECT count(*) FROM job_parts p WHERE p.job_id = j.id)""",
    "a round that nobody began": """
        SELECT j.id, j.round FROM jobs j WHERE j.round > 0 AND NOT CASE WHEN j.sent_back_by IS NULL
            THEN EXISTS (SELECT FROM job_states s WHERE s.job_id = j.id AND s.reason = 'replay'
                         AND s.state_metadata ->> 'from_stage' IS NOT NULL)
            ELSE EXISTS (SELECT FROM job_stages s WHERE s.job_id = j.id AND s.stage = j.sent_back_by
                         AND s.round = j.round - 1 AND s.status = 'finished') END""",
    "an execution of a round that is still to come": """
        SELECT s.job_id, s.round FROM job_stages s JOIN jobs j ON j.id = s.job_id WHERE s.round > j.round""",
    "an account that is not the sum of its effects": """
        SELECT j.id, j.spent_usd FROM jobs j WHERE j.spent_usd <>
            (SELECT coalesce(sum(e.cost_usd), 0) FROM job_effects e WHERE e.job_id = j.id)""",
    "an account over its cap": """
        SELECT j.id, j.spent_usd FROM jobs j
        WHERE j.spent_usd > CAST(j.metadata #>> '{plan,cap_usd}' AS numeric)""",
    "an effect that costs less than nothing, or was ordered a third time": """
        SELECT job_id, stage, name, orders, cost_usd FROM job_effects WHERE cost_usd < 0 OR orders NOT IN (1, 2)""",
    "an open execution of a job that nobody holds": """
        SELECT s.job_id, s.stage FROM job_stages s JOIN jobs j ON j.id = s.job_id
        WHERE s.status = 'started' AND j.state <> 'processing'""",
    "a history with a gap": """
        SELECT job_id, new_state FROM (SELECT job_id, previous_state, new_state,
            lag(new_state) OVER (PARTITION BY job_id ORDER BY id) AS before FROM job_states) h
        WHERE before IS NOT NULL AND previous_state <> before""",
    "a job whose state is not the last of its history": """
        SELECT j.id FROM jobs j WHERE j.state <>
            (SELECT new_state FROM job_states s WHERE s.job_id = j.id ORDER BY s.id DESC LIMIT 1)""",
    "a continuation that is not in the outbox": """
        SELECT j.id FROM jobs j WHERE j.hop > 0 AND NOT EXISTS (
            SELECT FROM outbox o WHERE o.message_key = 'job:' || j.id || ':' || j.run || ':' || j.hop)""",
    "more attempts than failures, losses and idle hand-overs": """
        SELECT j.id FROM jobs j WHERE j.attempts > (
            SELECT count(*) FROM job_states s
            WHERE s.job_id = j.id AND s.run = j.run AND s.previous_state = 'processing'
            AND s.reason NOT IN ('completed', 'cancelled', 'drain', 'given_back'))""",
}
"""Queries that must never return a row, at any moment."""


def broken(world: World) -> list[str]:
    """Return the promises that do not hold at this moment, each with the rows that show it."""
    # One round trip, because the model calls this after each step.
    parts = [
        f"SELECT '{name}' AS what, json_agg(to_json(x)) AS rows FROM ({sql}) x HAVING count(*) > 0"
        for name, sql in ALWAYS.items()
    ]
    return [f"{row['what']}: {row['rows']}" for row in world.query(" UNION ALL ".join(parts))]


def stuck_or_owing(world: World) -> list[str]:
    """Return what has not ended or is still owed although nothing is happening any more."""
    found = [
        f"{row['id']} is still {row['state']}"
        for row in world.query("SELECT id, state FROM jobs WHERE state NOT IN ('completed', 'failed', 'cancelled')")
    ]
    found += [
        f"{row['message_key']} was never published"
        for row in world.query("SELECT message_key FROM outbox WHERE published_at IS NULL AND parked_at IS NULL")
    ]
    return found


def lost_or_doubled(world: World) -> list[str]:
    """Return what the topics have not accepted although the database says so, and keys with two payloads."""
    found: list[str] = []
    payloads: defaultdict[str, set[str]] = defaultdict(set)
    for topic in (RESULTS, DLQ, JOBS):
        for message in world.pubsub.accepted(topic):
            payloads[message.attributes["message_key"]].add(message.data.decode())
    found += [f"{key} has {len(said)} payloads" for key, said in payloads.items() if len(said) > 1]
    marked = world.query("SELECT message_key, payload FROM outbox WHERE published_at IS NOT NULL")
    found += [
        f"{row['message_key']} counts as published, but was not" for row in marked if not payloads[row["message_key"]]
    ]
    found += [f"{row['message_key']} is published, and its payload is kept" for row in marked if row["payload"]]
    known = {row["message_key"] for row in world.query("SELECT message_key FROM outbox")}
    pruned = {row["job_id"] for row in world.query("SELECT job_id FROM tombstones")}
    known |= {key for key in payloads if key.partition(":")[2].rpartition(":")[0] in pruned}
    resent = {
        f"job:{row['id']}:{run}:{hop}"
        for row in world.query("SELECT id, run, hop FROM jobs")
        for run in range(1, row["run"] + 1)
        for hop in range(row["hop"] + 1)
    }
    found += [f"{key} was published, but no job owed it" for key in payloads if key not in known | resent]
    return found


MOST_ORDERS = {"once": 1, "again": 2}
"""The most orders of an effect in a run."""


def doubled_orders(orders: Sequence[str]) -> list[str]:
    """Return the effects that were ordered more often in a run than allowed, and those ordered under two request ids in
    a round although the provider drops repeats of an id, or can be asked for it. `orders` are lines of `<kind> <effect>
    <job> <round> <run> <request id>`."""
    counts = Counter(line.rsplit(" ", 1)[0] for line in orders)
    found = [
        f"ordered {count} times: {what}"
        for what, count in counts.items()
        if count > MOST_ORDERS.get(what.split()[0], count)
    ]
    ids: defaultdict[str, set[str]] = defaultdict(set)
    for line in orders:
        kind, name, job_id, round_, _, request_id = line.split()
        if kind in ("repeatable", "found"):
            ids[f"{name} {job_id} {round_}"].add(request_id)
    return found + [f"ordered under {len(known)} ids: {what}" for what, known in ids.items() if len(known) > 1]


def wrong_costs(
    world: World, orders: Sequence[str], most_usd: Mapping[str, float], actual_usd: Mapping[str, float]
) -> list[str]:
    """Return the orders that the provider accepted and no account shows, and effects of jobs with a cap whose recorded
    cost is wrong. Due is the most that each order can cost; for the last one its actual cost, once that is known."""
    found: list[str] = []
    recorded: Counter[tuple[str, str, int]] = Counter()
    rows = world.query(
        "SELECT e.*, j.metadata #>> '{plan,cap_usd}' IS NOT NULL AS has_price"
        " FROM job_effects e JOIN jobs j ON j.id = e.job_id"
    )
    for row in rows:
        name, count = row["name"], row["orders"]
        recorded[row["job_id"], name, row["round"]] += count
        last = actual_usd[name] if row["finished_at"] else most_usd[name]
        due = (count - 1) * most_usd[name] + last if row["has_price"] else 0.0
        if round(float(row["cost_usd"]) - due, 6):
            found.append(f"{name} of {row['job_id']} costs {row['cost_usd']}, and {due} is due")
    taken: defaultdict[tuple[str, str, int], set[str]] = defaultdict(set)
    for line in orders:
        _, name, job_id, round_, _, request_id = line.split()
        taken[job_id, name, int(round_)].add(request_id)
    gone = {row["job_id"] for row in world.query("SELECT job_id FROM tombstones")}
    return found + [
        f"{what}: {len(ids)} orders accepted"
        for what, ids in taken.items()
        if len(ids) > recorded[what] and what[0] not in gone
    ]


def ended(world: World, job_id: str) -> dict[str, Any]:
    """Return the ended job. Raises `AssertionError` for anything that is wrong with it."""
    job = world.job(job_id)
    assert job["state"] in ENDED, job["state"]
    results = world.query("SELECT run, status FROM job_results WHERE job_id = :id ORDER BY run", id=job_id)
    assert [row["run"] for row in results] == list(range(1, job["run"] + 1)), results
    assert results[-1]["status"] == STATUS[job["state"]]
    keys = [message["message_key"] for message in world.published(RESULTS) if message["job_id"] == job_id]
    keys = [key for key in keys if not key.startswith("result:msg:")]  # of a message that was refused before
    assert set(keys) == {f"result:{job_id}:{row['run']}" for row in results}, keys
    letters = {message["message_key"] for message in world.published(DLQ) if message["job_id"] == job_id}
    assert {f"dead:{job_id}:{row['run']}" for row in results if row["status"] == "error"} <= letters
    return job
