"""The API's answers as types: a field is a member of the JSON, and its annotation is its schema (`schemas`).

`view_of` fills a view from a row's attributes of the same names, so a new column is a field here and one in the row
(`service.queries`). `field(name=…)` gives a member a name other than its column's. A view is not validated when it is
made, so that whatever the database holds is shown; tests check real answers against the schemas.
"""

from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar

from msgspec import UNSET, Meta, Struct, UnsetType, field

from service import queries
from service.api.progress import percent
from service.pipeline import Pipeline
from service.problems import ProblemView
from service.states import EffectState, ExecutionStatus, JobState, ResultStatus

V = TypeVar("V", bound=Struct)

Count = Annotated[int, Meta(ge=0)]
Positive = Annotated[int, Meta(ge=1)]
Usd = Annotated[float, Meta(ge=0)]
Fraction = Annotated[float, Meta(ge=0, le=1)]
Percent = Annotated[int, Meta(ge=0, le=100)]
Time = Annotated[datetime, Meta(tz=True)]
"""Written in ISO 8601, in UTC."""
Url = Annotated[str, Meta(extra_json_schema={"format": "uri"})]


class View(Struct, forbid_unknown_fields=True):
    """A JSON object with exactly these members, all of them present."""


class ErrorView(View):
    code: str
    message: str | None


class FailureView(ErrorView):
    stage: Annotated[str | None, Meta(description="The stage that failed")]
    attempt: Annotated[Count | None, Meta(description="Attempts used up, this failure included")]
    dead_letter_id: Annotated[Count | None, Meta(description="Of this run: `python -m service dlq show ID`")]


class JobView(View):
    id: str = field(name="job_id")
    user_id: str
    submitted_by: Annotated[str | None, Meta(description="The account that submitted it; null: it came by a message")]
    preset: str
    state: JobState
    stage: Annotated[str, Meta(description="The stage to run next, or the pipeline's end")]
    run: Annotated[Positive, Meta(description="One higher with each replay")]
    hop: Annotated[Count, Meta(description="Hand-overs in this run")]
    round: Annotated[Count, Meta(description="One higher each time that a stage sends the job back")]
    sent_back_by: Annotated[str | None, Meta(description="The stage that began this round; null if no stage did")]
    attempts: Annotated[Count, Meta(description="Used up in this run")]
    waits: Annotated[Count, Meta(description="Waits in a row without progress; they use up no attempt")]
    waits_for: Annotated[
        str | None, Meta(description="What the job waits for, such as the provider; null if it does not wait")
    ]
    waiting_since: Annotated[Time | None, Meta(description="The first of these waits")]
    is_suspect: Annotated[
        bool, Meta(description="Its process died while it ran; until it makes progress, it runs alone")
    ]
    spent_usd: Annotated[
        Usd, Meta(description="On effects of all runs; unknown and unfinished ones count as the most they can cost")
    ]
    error: ErrorView | None
    not_before: Annotated[Time | None, Meta(description="When the backoff of the last failure ends")]
    started_at: Annotated[Time | None, Meta(description="When this run was first claimed")]
    created_at: Time
    updated_at: Time


class PageView(View):
    jobs: list[JobView]
    next: Annotated[
        str | None,
        Meta(description="The cursor of the next page; null on the last one. A page may be short, or empty, before it"),
    ]


class ProgressView(View):
    done: Annotated[Count, Meta(description="Finished stages of this round")]
    stage: str
    fraction: Annotated[Fraction | None, Meta(description="Of the running stage")]
    note: str | None
    percent: Percent | None


class StateChangeView(View):
    run: Count
    previous_state: JobState | None
    new_state: JobState
    reason: str
    state_metadata: dict[str, Any] = field(name="metadata")
    created_at: Time = field(name="at")


class ExecutionView(View):
    run: Count
    round: Count
    stage: str
    status: ExecutionStatus
    attempt: Count
    started_at: Time
    finished_at: Time | None
    error: str | None


class EffectView(View):
    stage: str
    name: str
    run: Count
    round: Count
    state: EffectState
    orders: Annotated[Count, Meta(description="2: ordered once more, because the first order was unknown")]
    order_ids: Annotated[list[str], Meta(description="Of its orders, as the provider knows them")] = field(
        name="request_ids"
    )
    cost_usd: Annotated[Usd, Meta(description="Of all its orders; until it is finished, the most that they can cost")]
    intended_at: Time
    started_at: Time | None
    finished_at: Time | None


class ResultView(View):
    run: Count
    status: ResultStatus
    output: Annotated[Any, Meta(description="Of the last stage, as it is")]
    error_code: str | None
    error_message: str | None
    processing_time_ms: Count
    created_at: Time = field(name="at")


class DeadLetterView(View):
    id: Count
    run: Annotated[Count | None, Meta(description="null for data that was refused before it was a run")]
    reason: str
    error: str
    created_at: Time
    replayed_at: Time | None
    discarded_at: Time | None
    handled_by: str | None


class StoryView(JobView):
    error: Annotated[FailureView | None, Meta(description="The last failure, also while the job is retried")]
    progress: ProgressView
    history: list[StateChangeView]
    stages: list[ExecutionView]
    effects: Annotated[list[EffectView], Meta(description="Paid or slow operations of providers, oldest first")]
    result: Annotated[ResultView | None, Meta(description="Of the current run; null before its end")]
    earlier_results: list[ResultView]
    dead_letters: list[DeadLetterView]


class SubmittedView(View):
    job_id: str
    state: JobState
    location: str


class CancelledView(View):
    job_id: str
    state: Literal["cancelled"]


class LinksView(View):
    job_id: str
    run: Positive
    expires_at: Annotated[Time | None, Meta(description="null if the links do not expire")]
    links: dict[str, Url]


class SweptView(View):
    failed: Count
    parked: Annotated[list[str], Meta(description="Keys of messages that Pub/Sub rejects for good")]
    published: Count
    resent: Annotated[list[str], Meta(description="Ids of jobs whose message was sent again")]
    is_skipped: Annotated[bool, Meta(description="Another sweep was running, so this one did nothing")] = field(
        name="skipped"
    )


class HasEndedView(ProblemView, kw_only=True):
    """The problem of cancelling a job that has already ended otherwise."""

    job_id: str
    state: JobState


class NoSuchJobView(ProblemView, kw_only=True):
    """The problem of asking for a job that does not exist. The members say why its message was refused, if one was, to
    callers who may see every job."""

    dead_letter_id: Annotated[Count, Meta(description="`python -m service dlq show ID`")] | UnsetType = UNSET
    reason: str | UnsetType = UNSET
    error: Annotated[str, Meta(description="What is wrong with the message")] | UnsetType = UNSET


def view_of(view_type: type[V], row: object, **values: object) -> V:
    """Return a view whose fields are `values`, and for the rest the row's attributes of the same names."""
    names = (name for name in view_type.__struct_fields__ if name not in values)
    return view_type(**{name: getattr(row, name) for name in names}, **values)


def job_view(job: queries.JobRow) -> JobView:
    """Return a job as a list shows it."""
    error = ErrorView(code=job.error_code, message=job.error_message) if job.error_code else None
    return view_of(JobView, job, error=error)


def page_view(page: queries.JobPage) -> PageView:
    return PageView(jobs=[job_view(job) for job in page.jobs], next=str(page.next) if page.next else None)


def story_view(story: queries.Story, pipeline: Pipeline) -> StoryView:
    """Return a job with its progress, history, executions, effects, results and dead letters."""
    job = story.job
    return view_of(
        StoryView,
        job,
        error=_failure_view(story),
        progress=ProgressView(
            done=story.done,
            stage=job.stage,
            fraction=job.stage_progress,
            note=job.stage_note,
            percent=percent(pipeline, job.stage, story.done, job.stage_progress),
        ),
        history=[view_of(StateChangeView, change) for change in story.history],
        stages=[view_of(ExecutionView, execution) for execution in story.stages],
        effects=[view_of(EffectView, effect, state=story.effect_state(effect)) for effect in story.effects],
        result=view_of(ResultView, story.result) if story.result else None,
        earlier_results=[view_of(ResultView, result) for result in story.results if result.run != job.run],
        dead_letters=[view_of(DeadLetterView, letter) for letter in story.letters],
    )


def _failure_view(story: queries.Story) -> FailureView | None:
    job, failure = story.job, story.failure
    if not job.error_code or failure is None:
        return None
    return view_of(FailureView, failure, code=job.error_code, message=job.error_message)
