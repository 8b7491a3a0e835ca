"""Chores: work of the whole service that one process does at a time, such as the sweep.

Whose turn it is stands in a row with an end by the database's clock. A session's advisory lock would not survive a
pooler in transaction mode, and one of a transaction would keep a connection in an open transaction for as long as the
chore takes. If a process dies in a chore, the next one waits for the end of its turn; nothing depends on there being
only one, except its load.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from sqlalchemy import Engine, text

from service import db
from service.errors import Unavailable

TAKE = text("""
INSERT INTO chores AS c (name, holder, until)
VALUES (:name, CAST(:holder AS uuid), clock_timestamp() + make_interval(secs => :for_s))
ON CONFLICT (name) DO UPDATE SET holder = EXCLUDED.holder, until = EXCLUDED.until
WHERE c.until <= clock_timestamp() OR c.holder = EXCLUDED.holder
RETURNING 1 AS taken
""")

END = text("""
UPDATE chores SET until = clock_timestamp() WHERE name = :name AND holder = CAST(:holder AS uuid) RETURNING 1 AS ended
""")


@contextmanager
def turn(engine: Engine, name: str, *, for_s: float) -> Iterator[bool]:
    """Take the turn for at most `for_s` seconds; yield False if another process has it. Raises `Unavailable`."""
    parameters: dict[str, object] = {"name": name, "holder": str(uuid4()), "for_s": for_s}
    try:
        is_mine = db.first(engine, TAKE, parameters) is not None
    except Unavailable:
        # It may have been committed and its answer lost; the second time it finds its own name there.
        is_mine = db.first(engine, TAKE, parameters) is not None
    try:
        yield is_mine
    finally:
        if is_mine:
            _end(engine, parameters)


def _end(engine: Engine, parameters: dict[str, object]) -> None:
    try:
        db.execute(engine, END, parameters)
    except Unavailable:
        # The turn ends by itself, and what happened in it matters more than this.
        return
