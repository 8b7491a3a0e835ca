"""PostgreSQL: the engine and its time limits, how a statement is run, the tables and their migrations."""

from service.db.engine import connect
from service.db.migrate import LIMITS, migrate, set_limits
from service.db.statements import BadData, Prepared, Row, is_reachable, one, persist, prepared, rows

__all__ = [
    "LIMITS",
    "BadData",
    "Prepared",
    "Row",
    "connect",
    "is_reachable",
    "migrate",
    "one",
    "persist",
    "prepared",
    "rows",
    "set_limits",
]
