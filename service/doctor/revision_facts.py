"""Collect the facts for `revision`: from the database, and from a pipeline that is about to be released."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Engine, text

from service import db
from service.doctor.findings import NotChecked
from service.doctor.revision import Rechecked, Stranded
from service.errors import Unavailable
from service.pipeline import Job, Pipeline, StageError
from service.states import SQL_UNENDED

MOST_CHECKED = 1_000
"""Jobs whose check is asked: each is read by itself, because a job may weigh 10 MB."""
NAME_LENGTH = 64

# A job without a checkpoint begins at whatever stage is first in the revision that claims it.
LACKS_PRESET = "j.preset <> ALL(CAST(:presets AS text[]))"
LACKS_STAGE = "j.progress > 0 AND j.stage <> ALL(CAST(:stages AS text[]))"
LACKED = f"""CASE WHEN {LACKS_PRESET} THEN 'preset' ELSE 'stage' END AS what,
    left(CASE WHEN {LACKS_PRESET} THEN j.preset ELSE j.stage END, {NAME_LENGTH}) AS name, count(*) AS n"""

HAS_TABLES = text("SELECT to_regclass('jobs') IS NOT NULL AS yes")
JOBS = text(f"""
SELECT {LACKED} FROM jobs j WHERE j.state IN {SQL_UNENDED} AND ({LACKS_PRESET} OR {LACKS_STAGE}) GROUP BY 1, 2
""")
LETTERS = text(f"""
SELECT {LACKED} FROM dead_letters l JOIN jobs j ON j.id = l.job_id AND j.run = l.run
WHERE l.replayed_at IS NULL AND l.discarded_at IS NULL AND j.state NOT IN {SQL_UNENDED}
  AND ({LACKS_PRESET} OR {LACKS_STAGE}) GROUP BY 1, 2
""")
NOT_BEGUN = text(f"""
SELECT id FROM jobs WHERE state IN {SQL_UNENDED} AND progress = 0 AND preset = ANY(CAST(:presets AS text[]))
ORDER BY enqueued_at LIMIT :most
""")
JOB = text("SELECT id, user_id, content, preset, metadata, run, round, failures FROM jobs WHERE id = :id")


def stranded(engine: Engine, pipeline: Pipeline) -> Stranded | NotChecked:
    """Count what is on record that the pipeline cannot run. A database without tables has nothing."""
    known = {"presets": sorted(pipeline.presets), "stages": [*pipeline.transitions, pipeline.end]}
    try:
        if not _has_tables(engine):
            return Stranded(pipeline=pipeline.name, presets={}, stages={}, letters={})
        jobs, letters = db.execute(engine, JOBS, known), db.execute(engine, LETTERS, known)
    except Unavailable as error:
        return NotChecked(error.sentence)
    return Stranded(
        pipeline=pipeline.name,
        presets={row["name"]: row["n"] for row in jobs if row["what"] == "preset"},
        stages={row["name"]: row["n"] for row in jobs if row["what"] == "stage"},
        letters={row["name"]: row["n"] for row in letters},
    )


def rechecked(engine: Engine, pipeline: Pipeline) -> Rechecked | NotChecked:
    """Ask the pipeline's check about the jobs that have no checkpoint yet."""
    refused: dict[str, list[str]] = {}
    try:
        ids = _not_begun(engine, pipeline) if _has_tables(engine) else []
        for job_id in ids:
            row = db.first(engine, JOB, {"id": job_id})
            code = None if row is None else _refusal(pipeline, row)
            if code is not None:
                refused.setdefault(code, []).append(job_id)
    except Unavailable as error:
        return NotChecked(error.sentence)
    return Rechecked(pipeline=pipeline.name, jobs=len(ids), most=MOST_CHECKED, refused=refused)


def _has_tables(engine: Engine) -> bool:
    (row,) = db.execute(engine, HAS_TABLES, {})
    return bool(row["yes"])


def _not_begun(engine: Engine, pipeline: Pipeline) -> Sequence[str]:
    parameters = {"presets": sorted(pipeline.presets), "most": MOST_CHECKED}
    return [row["id"] for row in db.execute(engine, NOT_BEGUN, parameters)]


def _refusal(pipeline: Pipeline, row: Mapping[str, object]) -> str | None:
    """The code with which the check refuses the job; None if it takes it. A check that crashes has the crash's code."""
    try:
        pipeline.check(Job(**row))  # type: ignore[arg-type]
    except StageError as error:
        return error.code
    except Exception:  # noqa: BLE001 (the check is the team's own code)
        return "stage_crashed"
    return None
