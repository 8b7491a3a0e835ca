"""What the API and the command line read from the database. Reads only; each function is one statement, or a few for a
page of a list.

Read `jobs` first (a job's row, pages of jobs), then `story` (one job with everything that happened to it), then
`letters` (dead letters). `filters` says what a list is narrowed to, and where its next page begins; `roads` finds a
page in milliseconds, however long the table is. The dataclasses named `…Row` are rows of tables: a field is the column
of the same name. May import `service.db`, `service.states` and `service.errors`.
"""

from service.queries.filters import Cursor, JobFilter, LetterFilter, parse_time
from service.queries.jobs import Inputs, JobPage, JobRow, job, job_inputs, job_stages_begun, list_jobs, walk_jobs
from service.queries.letters import DeadLetterRow, letter, letter_data, list_letters, refused_letter, walk_letters
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
from service.queries.tracebacks import traceback_of
from service.queries.words import SEARCHED

__all__ = [
    "SEARCHED",
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
    "refused_letter",
    "traceback_of",
    "walk_jobs",
    "walk_letters",
]
