"""The API's answers as types: a field is a member of the JSON, and its annotation is its schema (`schemas`).

`view_of` fills a view from a row's attributes of the same names, so a new column is a field here and one in the row
(`service.queries`). `field(name=…)` gives a member a name other than its column's. A view is not validated when it is
made, so that whatever the database holds is shown; tests check real answers against the schemas.
"""

from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import quote

from msgspec import UNSET, Meta, Struct, UnsetType, field

from service import queries
from service.api.progress import percent
from service.delivery.gate import sentence
from service.pipeline import AssetKind, Change, Pipeline, Preview
from service.problems import ProblemView
from service.states import EffectState, ExecutionStatus, HeldFor, JobState, ResultStatus

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
    held_for: Annotated[
        HeldFor | None, Meta(description="Why it is pending without a message in flight: it is paused, or at a limit")
    ]
    held_at: Annotated[Time | None, Meta(description="Since when it is held")]
    spent_usd: Annotated[
        Usd, Meta(description="On effects of all runs; unknown and unfinished ones count as the most they can cost")
    ]
    error: ErrorView | None
    not_before: Annotated[Time | None, Meta(description="When the backoff of the last failure ends")]
    started_at: Annotated[Time | None, Meta(description="When this run was first claimed")]
    created_at: Time
    updated_at: Time


class HoldView(View):
    """Why a job is held, and until what happens."""

    code: HeldFor
    message: Annotated[str, Meta(description="A sentence, for people")]
    by: Annotated[str | None, Meta(description="Who paused it; null for a limit")]
    why: Annotated[str | None, Meta(description="The reason that they gave")]
    since: Annotated[str | None, Meta(description="Since when it is paused, in ISO 8601")]
    limit: Annotated[float | None, Meta(description="The limit that was reached; null for a pause")]


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
    output: Annotated[
        Any, Meta(description="Of the last stage, as it is; null if it is too large to show, as of an earlier run")
    ]
    output_bytes: Annotated[Count | None, Meta(description="The size of the output as JSON")]
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


class TotalsView(View):
    history: Count
    stages: Count
    effects: Count
    results: Count
    letters: Count = field(name="dead_letters")


class StoryView(JobView):
    content: Annotated[str, Meta(description="The beginning of the brief; all of it with `full`")]
    content_chars: Annotated[Count, Meta(description="Of the whole brief")]
    metadata: Annotated[dict[str, Any] | None, Meta(description="null if it is long; always with `full`")]
    metadata_bytes: Annotated[Count, Meta(description="Of the metadata as JSON")]
    lease_holder: Annotated[str | None, Meta(description="The process that holds, or last held, the lease")]
    lease_until: Annotated[Time | None, Meta(description="null if no delivery is working on it")]
    error: Annotated[FailureView | None, Meta(description="The last failure, also while the job is retried")]
    hold: Annotated[HoldView | None, Meta(description="null unless `held_for` is set")]
    progress: ProgressView
    history: Annotated[list[StateChangeView], Meta(description="The last changes of state, oldest first")]
    stages: Annotated[list[ExecutionView], Meta(description="The last executions of stages, oldest first")]
    effects: Annotated[
        list[EffectView], Meta(description="The last paid or slow operations of providers, oldest first")
    ]
    totals: Annotated[TotalsView, Meta(description="How many there are of each, shown here or not")]
    all_history: Annotated[str, Meta(description="The path of all changes and executions, in pages, newest first")]
    result: Annotated[ResultView | None, Meta(description="Of the current run; null before its end")]
    earlier_results: list[ResultView]
    dead_letters: list[DeadLetterView]


class HistoryView(View):
    history: Annotated[list[StateChangeView], Meta(description="Changes of state, newest first")]
    stages: Annotated[list[ExecutionView], Meta(description="Executions of stages, newest first")]
    next: Annotated[str | None, Meta(description="`before` of the next page; null on the last page")]


class ChangeView(View):
    """A change to the job: merge `metadata` into its own, and ask again."""

    name: Annotated[str, Meta(description="What it does, such as `Leave out`")]
    metadata: Annotated[dict[str, Any], Meta(description="Keys with their whole new values; null takes a key away")]


class PreviewPartView(View):
    name: Annotated[str, Meta(description="What it is, such as when it comes and a shot's purpose")]
    says: Annotated[
        dict[str, str], Meta(description="Sentences about it, by what they tell, such as `shows` and `says`")
    ]
    changes: list[ChangeView]


class UnusedView(View):
    line: Annotated[str, Meta(description="A line of the content")]
    why: Annotated[str, Meta(description="Why it is not in what the job would make")]
    changes: list[ChangeView]


class PreviewView(View):
    """What a job would make."""

    title: str
    facts: Annotated[dict[str, str], Meta(description="Short answers by what they tell, such as `length`")]
    parts: list[PreviewPartView]
    unused: Annotated[list[UnusedView], Meta(description="What of the content is not in it, line by line")]
    changes: Annotated[list[ChangeView], Meta(description="Changes to all of it")]
    warnings: Annotated[list[str], Meta(description="What will not be as it was asked for, in sentences")]
    picture: Annotated[
        str | None, Meta(description="All parts in one picture, as a data URL; null if it was not asked for")
    ]


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


class AssetView(View):
    asset: Annotated[str, Meta(description="The reference to put into a job's metadata")]
    kind: AssetKind
    media_type: Annotated[str, Meta(description="Of what is kept: it was decoded and rewritten")]
    bytes: Annotated[Count, Meta(description="Of what is kept")]
    user_id: Annotated[str | None, Meta(description="Whose jobs alone may use it; null: all jobs of this account")]
    about: Annotated[dict[str, Any], Meta(description="Its width and height, its seconds, or its name and letters")]


class KeptAssetView(View):
    asset: str
    kind: AssetKind
    bytes: Count
    uploaded_at: Annotated[Time, Meta(description="When it was last uploaded: from then on it is kept")]


class AssetsView(View):
    assets: Annotated[list[KeptAssetView], Meta(description="Newest first")]
    bytes: Annotated[Count, Meta(description="Of all of them")]
    most_bytes: Annotated[Count, Meta(description="What this account may keep in all")]


class SweptView(View):
    failed: Count
    parked: Annotated[list[str], Meta(description="Keys of messages that Pub/Sub rejects for good")]
    published: Count
    resent: Annotated[list[str], Meta(description="Ids of jobs whose message was sent again")]
    is_skipped: Annotated[bool, Meta(description="Another sweep was running, so this one did nothing")] = field(
        name="skipped"
    )


class PrunedView(View):
    before: Annotated[Time | None, Meta(description="What ended before was deleted")]
    jobs: Annotated[dict[str, Count], Meta(description="Deleted jobs by state")]
    spent_usd: Annotated[dict[str, Usd], Meta(description="What they had cost, by preset")]
    bytes: Annotated[Count, Meta(description="Of the deleted jobs, as stored")]
    files: Count
    letters: Annotated[Count, Meta(description="Deleted dead letters of data that was not a job")]
    tombstones: Count
    acts: Count
    keys: Annotated[Count, Meta(description="Deleted idempotency keys")]
    kept: Annotated[Count, Meta(description="Jobs of that age that are kept, such as those with an open dead letter")]
    is_complete: Annotated[bool, Meta(description="Nothing that may go is left")] = field(name="complete")
    is_skipped: Annotated[bool, Meta(description="Another prune was running, so this one did nothing")] = field(
        name="skipped"
    )


class HasEndedView(ProblemView, kw_only=True):
    """The problem of cancelling a job that has already ended otherwise."""

    job_id: str
    state: JobState


class NoSuchJobView(ProblemView, kw_only=True):
    """The problem of asking for a job that does not exist. To callers who may see every job, the members say why its
    message was refused, or how it had ended before it was deleted."""

    dead_letter_id: Annotated[Count, Meta(description="`python -m service dlq show ID`")] | UnsetType = UNSET
    reason: str | UnsetType = UNSET
    error: Annotated[str, Meta(description="What is wrong with the message")] | UnsetType = UNSET
    state: JobState | UnsetType = UNSET
    deleted_at: Time | UnsetType = UNSET


def view_of(view_type: type[V], row: object, **values: object) -> V:
    """Return a view whose fields are `values`, and for the rest the row's attributes of the same names."""
    names = (name for name in view_type.__struct_fields__ if name not in values)
    return view_type(**{name: getattr(row, name) for name in names}, **values)


def job_view(job: queries.JobRow) -> JobView:
    """Return a job as a list shows it."""
    error = ErrorView(code=job.error_code, message=job.error_message) if job.error_code else None
    return view_of(JobView, job, error=error)


def preview_view(preview: Preview, *, is_drawn: bool) -> PreviewView:
    """Return what a job would make, with its picture if it is to be drawn and the pipeline can."""
    return PreviewView(
        title=preview.title,
        facts=dict(preview.facts),
        parts=[
            PreviewPartView(name=part.name, says=dict(part.says), changes=_changes(part.changes))
            for part in preview.parts
        ],
        unused=[UnusedView(line=one.line, why=one.why, changes=_changes(one.changes)) for one in preview.unused],
        changes=_changes(preview.changes),
        warnings=list(preview.warnings),
        picture=data_url(preview.picture()) if is_drawn and preview.picture else None,
    )


def _changes(changes: Sequence[Change]) -> list[ChangeView]:
    return [ChangeView(name=one.name, metadata=dict(one.metadata)) for one in changes]


def data_url(webp: bytes) -> str:
    """Return a WebP file as a URL that holds it (RFC 2397)."""
    return f"data:image/webp;base64,{b64encode(webp).decode()}"


def page_view(page: queries.JobPage) -> PageView:
    return PageView(jobs=[job_view(job) for job in page.jobs], next=str(page.next) if page.next else None)


def story_view(story: queries.Story, brief: queries.Brief, pipeline: Pipeline) -> StoryView:
    """Return a job with its brief, progress, history, executions, effects, results and dead letters."""
    job = story.job
    return view_of(
        StoryView,
        job,
        **{name: getattr(brief, name) for name in ("content", "content_chars", "metadata", "metadata_bytes")},
        error=_failure_view(story),
        hold=_hold_view(story),
        progress=ProgressView(
            done=story.done,
            stage=job.stage,
            fraction=job.stage_progress,
            note=job.stage_note,
            percent=percent(pipeline, job.stage, story.done, job.stage_progress),
        ),
        history=[view_of(StateChangeView, change) for change in story.history],
        stages=[view_of(ExecutionView, execution) for execution in story.stages],
        totals=TotalsView(**story.totals),
        all_history=f"/pipeline/job/{quote(job.id, safe='')}/history",
        effects=[view_of(EffectView, effect, state=story.effect_state(effect)) for effect in story.effects],
        result=view_of(ResultView, story.result) if story.result else None,
        earlier_results=[view_of(ResultView, result) for result in story.results if result.run != job.run],
        dead_letters=[view_of(DeadLetterView, letter) for letter in story.letters],
    )


def history_view(page: queries.HistoryPage) -> HistoryView:
    """Return a page of a job's history."""
    return HistoryView(
        history=[view_of(StateChangeView, change) for change in page.history],
        stages=[view_of(ExecutionView, execution) for execution in page.stages],
        next=str(page.next) if page.next else None,
    )


def _hold_view(story: queries.Story) -> HoldView | None:
    job, note = story.job, story.hold
    if job.held_for is None:
        return None
    return HoldView(
        code=HeldFor.of(job.held_for),
        message=sentence(job.held_for, job.user_id, note),
        **{name: note.get(name) for name in ("by", "why", "since", "limit")},
    )


def _failure_view(story: queries.Story) -> FailureView | None:
    job, failure = story.job, story.failure
    if not job.error_code or failure is None:
        return None
    return view_of(FailureView, failure, code=job.error_code, message=job.error_message)
