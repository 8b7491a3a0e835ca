"""The record: who did what, when and why."""

from service import queries
from service.console import lists
from service.console.visits import Page, Shown, Visit
from service.errors import BadField
from service.queries import ActFilter
from service.strictjson import storable

FILTERS = ("act", "who", "job")


def show(visit: Visit) -> Shown:
    given = lists.given(visit.args, FILTERS)
    for name, value in given.items():
        if storable(value, 255) != value:
            raise BadField(f"bad_{name}", f"'{name}' is not a text that the record could have.", field=name)
    before = lists.number(visit.args["before"]) if visit.args.get("before") else None
    narrow = ActFilter(act=given.get("act"), who=given.get("who"), job_id=given.get("job"))
    acts, after = queries.list_acts(visit.parts.engine, narrow, limit=lists.PER_PAGE, before=before)
    return Shown(values={"acts": acts, "next": after, "given": given})


PAGE = Page(name="record", show=show, title="Record")
