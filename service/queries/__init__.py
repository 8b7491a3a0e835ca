"""What the API and the command line read from the database. Reads only; each function is one statement.

Read `jobs` first (a job's row, pages of jobs), then `story` (one job with everything that happened to it), then
`letters` (dead letters). `filters` says what a list is narrowed to, and where its next page begins. The dataclasses
named `…Row` are rows of tables: a field is the column of the same name. May import `service.db`, `service.states` and
`service.errors`.
"""

from service.queries.filters import Cursor, JobFilter, LetterFilter, parse_time
from service.queries.jobs import Inputs, JobPage, JobRow, job, job_inputs, job_stages_begun, list_jobs
from service.queries.letters import DeadLetterRow, letter, letter_data, list_letters
from service.queries.story import (
    EffectRow,
    ExecutionRow,
    Failure,
    ResultRow,
    StateChangeRow,
    Story,
    StoryLetterRow,
    job_story,
    job_version,
)

__all__ = [
    "Cursor",
    "DeadLetterRow",
    "EffectRow",
    "ExecutionRow",
    "Failure",
    "Inputs",
    "JobFilter",
    "JobPage",
    "JobRow",
    "LetterFilter",
    "ResultRow",
    "StateChangeRow",
    "Story",
    "StoryLetterRow",
    "job",
    "job_inputs",
    "job_stages_begun",
    "job_story",
    "job_version",
    "letter",
    "letter_data",
    "list_jobs",
    "list_letters",
    "parse_time",
]
