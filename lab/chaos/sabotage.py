"""Remove one fence in a gunicorn process that is about to start. None of this is in `service/`.

Each sabotage must turn a run red: a check that stays green without the fence proves nothing.
"""

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from sqlalchemy import text

from service.delivery import checkpoints, claims, outbox, settle
from service.errors import Unavailable

TOKEN = "lease_token = CAST(:token AS uuid)"  # noqa: S105 (SQL)


class OutOfDate(Exception):
    """The service has changed: what this sabotage removes is no longer there."""


def apply(name: str) -> None:
    """Apply the sabotage of that name. Raises `KeyError` for an unknown name, and `OutOfDate`."""
    SABOTAGES[name].break_it()


def _edit(module: ModuleType, name: str, *changes: tuple[str, str]) -> None:
    sql = str(getattr(module, name))
    for old, new in changes:
        if old not in sql:
            raise OutOfDate(f"{module.__name__}.{name} has no {old!r}")
        sql = sql.replace(old, new)
    setattr(module, name, text(sql))


def _no_token() -> None:
    """A delivery that has lost its lease still writes."""
    for name in ("CHECKPOINT", "PART", "INTEND", "ORDER_AGAIN", "NOT_TAKEN"):
        _edit(checkpoints, name, (f"AND {TOKEN}", "AND true"))
    _edit(settle, "END", (f"WHERE id = :id AND {TOKEN}", "WHERE id = :id"))
    _edit(claims, "HOLDER", (f"coalesce({TOKEN}, false)", f"coalesce({TOKEN}, false) OR true"))
    _edit(claims, "CHECKPOINTS", (f"id = :id AND {TOKEN} FOR", "id = :id FOR"))
    _edit(claims, "RENEW", (" AND j.lease_token = w.token", ""), (" AND jobs.lease_token = mine.token", ""))


def _no_token_no_index() -> None:
    """As `_no_token`, and neither constraints (`run` drops `UNIQUE_INDEXES`) nor the count of checkpoints stop it."""
    _no_token()
    _no_progress()


def _no_progress() -> None:
    """A checkpoint whose answer was lost is made twice."""
    for name in ("CHECKPOINT", "PART"):
        _edit(checkpoints, name, (" AND progress = :progress_seen", ""))


def _ack_early() -> None:
    """The ack does not wait until Pub/Sub has what is owed."""
    publish_owed = outbox.publish_owed

    def careless(*args: Any, **kwargs: Any) -> None:
        with contextlib.suppress(Unavailable):
            publish_owed(*args, **kwargs)

    setattr(outbox, "publish_owed", careless)  # noqa: B010 (mypy: a function of a module)


def _own_rows() -> None:
    """A delivery publishes only what it wrote itself, and nothing that another one left behind."""
    publish_owed = outbox.publish_owed

    def selfish(*args: Any, rows: Any = None, **kwargs: Any) -> None:
        if rows is not None:
            publish_owed(*args, rows=rows, **kwargs)

    setattr(outbox, "publish_owed", selfish)  # noqa: B010


def _lease_forever() -> None:
    """An expired lease is not taken over."""
    _edit(claims, "CLAIM", ("OR j.state = 'processing' AND j.lease_until <= clock_timestamp()", ""))


def _from_the_start() -> None:
    """A claim starts with the first stage, whatever is finished."""
    _edit(claims, "CLAIM", ("hop = EXCLUDED.hop,", "hop = EXCLUDED.hop, stage = EXCLUDED.stage,"))


def _older() -> None:
    """A message older than the job claims it."""
    _edit(claims, "CLAIM", ("(EXCLUDED.run, EXCLUDED.hop) >= (j.run, j.hop)", "true"))


UNIQUE_INDEXES = """
DROP INDEX job_states_one_end;
DROP INDEX job_stages_finished_once;
ALTER TABLE job_results DROP CONSTRAINT job_results_one_a_run;
ALTER TABLE outbox DROP CONSTRAINT outbox_message_key
"""

ZOMBIES = {"freeze an instance": 6.0, "freeze an instance, then drain it": 16.0}
PUBLISHING = {"Pub/Sub fails": 8.0, "Pub/Sub hangs": 3.0, "Pub/Sub away": 6.0}

MANY_STAGES = {"jobs": 120, "slow": 0.2, "quick": 0.75}
"""Options that make jobs spend most of their time in stages, so that faults hit a stage."""


@dataclass(frozen=True, slots=True)
class Sabotage:
    """`break_it` removes the fence in this process. `shows` are kinds of findings (`lab.chaos.checks`), one of which it
    must lead to; `provoked_by` are the options (`chaos.plan.Options`) that make that happen."""

    break_it: Callable[[], None]
    shows: tuple[str, ...]
    provoked_by: Mapping[str, Any]


SABOTAGES: Mapping[str, Sabotage] = {
    "token": Sabotage(
        _no_token, ("changed after its end", "a lease left"), {"more": ZOMBIES, "copies": 0.9, **MANY_STAGES}
    ),
    "unique": Sabotage(
        _no_token_no_index,
        ("two ends in one run", "two results in one run"),
        {"more": ZOMBIES, "copies": 0.9, **MANY_STAGES},
    ),
    "progress": Sabotage(
        _no_progress,
        ("progress that no checkpoint has made",),
        {"more": {"database's answers lost": 12.0}, **MANY_STAGES},
    ),
    "ack-early": Sabotage(_ack_early, ("acknowledged before its outcome was published",), {"more": PUBLISHING}),
    "own-rows": Sabotage(_own_rows, ("acknowledged before its outcome was published",), {"more": PUBLISHING}),
    "lease-forever": Sabotage(
        _lease_forever, ("a lease left",), {"more": {"kill an instance": 4.0, "kill a worker": 2.0}, **MANY_STAGES}
    ),
    "resume": Sabotage(
        _from_the_start,
        ("a stage begun again after it was finished in its round",),
        {"more": {"kill an instance": 4.0}, **MANY_STAGES},
    ),
    "older": Sabotage(
        _older,
        ("ended differently from what its brief demands",),
        {"jobs": 50, "slow": 0.6, "quick": 0.3, "copies": 0.9, "late": 0.9},
    ),
}
