"""What the API and the command line read from the database. Reads only; each function is one statement, or a few for a
page of a list.

Read `jobs` first (a job's row, pages of jobs), then `story` (one job with everything that happened to it), `outputs`
(of its stages), `letters` (dead letters) and `groups` of them, `messages` (the outbox), `recent` (what has ended
lately), `spend` and `acts`. `filters` says what a list is narrowed to, and where its next page begins; `roads` finds a
page in milliseconds, however long the table is. The dataclasses named `…Row` are rows of tables: a field is the column
of the same name. May import `service.db`, `service.states` and `service.errors`.
"""

from service.queries.acts import ActFilter, ActRow, list_acts
from service.queries.filters import Cursor, JobFilter, LetterFilter, parse_time
from service.queries.groups import Busy, LetterGroup, Stopped, busiest_users, letter_groups, stopped_jobs
from service.queries.jobs import (
    Brief,
    Inputs,
    JobPage,
    JobRow,
    job,
    job_brief,
    job_extra,
    job_inputs,
    job_stages_begun,
    list_jobs,
    walk_jobs,
)
from service.queries.letters import (
    DeadLetterRow,
    DeletedJob,
    deleted_job,
    letter,
    letter_data,
    list_letters,
    refused_letter,
    walk_letters,
)
from service.queries.messages import (
    MessageFilter,
    MessageRow,
    list_messages,
    message,
    message_payload,
    walk_messages,
)
from service.queries.outputs import OneOutput, OutputRow, job_output, job_outputs
from service.queries.recent import Recent, ResultSample, recent_results
from service.queries.spend import (
    Dear,
    Spent,
    Unknown,
    dearest_jobs,
    newest_orders,
    spent,
    unknown_orders,
    usd_by_day,
)
from service.queries.story import (
    PLACE,
    EffectRow,
    ExecutionRow,
    Failure,
    HistoryPage,
    Place,
    ResultRow,
    StateChangeRow,
    Story,
    StoryLetterRow,
    job_history,
    job_story,
    job_version,
)
from service.queries.tracebacks import traceback_of
from service.queries.words import SEARCHED

__all__ = [
    "PLACE",
    "SEARCHED",
    "ActFilter",
    "ActRow",
    "Brief",
    "Busy",
    "Cursor",
    "DeadLetterRow",
    "Dear",
    "DeletedJob",
    "EffectRow",
    "ExecutionRow",
    "Failure",
    "HistoryPage",
    "Inputs",
    "JobFilter",
    "JobPage",
    "JobRow",
    "LetterFilter",
    "LetterGroup",
    "MessageFilter",
    "MessageRow",
    "OneOutput",
    "OutputRow",
    "Place",
    "Recent",
    "ResultRow",
    "ResultSample",
    "Spent",
    "StateChangeRow",
    "Stopped",
    "Story",
    "StoryLetterRow",
    "Unknown",
    "busiest_users",
    "dearest_jobs",
    "deleted_job",
    "job",
    "job_brief",
    "job_extra",
    "job_history",
    "job_inputs",
    "job_output",
    "job_outputs",
    "job_stages_begun",
    "job_story",
    "job_version",
    "letter",
    "letter_data",
    "letter_groups",
    "list_acts",
    "list_jobs",
    "list_letters",
    "list_messages",
    "message",
    "message_payload",
    "newest_orders",
    "parse_time",
    "recent_results",
    "refused_letter",
    "spent",
    "stopped_jobs",
    "traceback_of",
    "unknown_orders",
    "usd_by_day",
    "walk_jobs",
    "walk_letters",
    "walk_messages",
]
