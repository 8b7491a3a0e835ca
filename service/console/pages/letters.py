"""Dead letters: groups of those that have the same reason and sentence, and lists of them."""

from service import queries
from service.console import lists
from service.console.visits import Page, Shown, Visit
from service.queries.groups import LOOK_AT


def show(visit: Visit) -> Shown:
    engine = visit.parts.engine
    narrow = lists.letter_filter(visit.args)
    given = lists.given(visit.args, (*lists.LETTER_FILTERS, "all"))
    before = lists.number(visit.args["before"]) if visit.args.get("before") else None
    letters, after = queries.list_letters(engine, narrow, limit=lists.PER_PAGE, before=before)
    groups = queries.letter_groups(engine) if not given and before is None else []
    return Shown(
        values={
            "letters": letters,
            "groups": [
                (group, lists.query({"reason": group.reason, "shape": group.shape}, lists.LETTER_FILTERS))
                for group in groups
            ],
            "given": given,
            "filter": lists.query(visit.args, lists.LETTER_FILTERS),
            "next": after,
            "look_at": LOOK_AT,
            "is_narrowed": bool(given),
        }
    )


PAGE = Page(name="letters", show=show, title="Dead letters")
