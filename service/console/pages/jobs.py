"""A list of jobs: filters, which are in the URL, and acts on some or all that match."""

from service import queries
from service.console import lists
from service.console.visits import Page, Shown, Visit
from service.queries import Cursor
from service.states import HeldFor, JobState


def show(visit: Visit) -> Shown:
    narrow = lists.job_filter(visit.args)
    cursor = visit.args.get("cursor")
    after = Cursor.parse(cursor) if cursor else None
    page = queries.list_jobs(visit.parts.engine, narrow, limit=lists.PER_PAGE, after=after)
    pipeline = visit.parts.pipeline
    given = lists.given(visit.args, lists.JOB_FILTERS)
    return Shown(
        values={
            "jobs": page.jobs,
            "given": given,
            "filter": lists.query(visit.args, lists.JOB_FILTERS),
            "next": str(page.next) if page.next else None,
            "is_first": after is None,
            "states": list(JobState),
            "presets": sorted(pipeline.presets),
            "stages": [*pipeline.transitions, pipeline.end],
            "holds": [hold.value for hold in HeldFor],
        }
    )


PAGE = Page(name="jobs", show=show, title="Jobs")
