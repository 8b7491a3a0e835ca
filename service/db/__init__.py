"""PostgreSQL: how a statement is run, the tables, and their migrations.

Read `schema` first (the tables), then `statements` (how one statement is run) and `failures` (what it means that one
failed); `engine`, `session`, `idle` and `patience` (the connections: their settings, what happens between two
statements, and when one is not answered); `readiness` (can the database do what is asked, and `faults`, why the last
write failed); `roles` and `privileges` (the role that serves); and `migrate` with `migrations/`, `blocking` and
`sequences` (how the tables come to be; not imported here, because serving needs none of it). The statements themselves
are elsewhere: `service.delivery`, `service.queries` and `service.api.submit`. May import `service.errors` and
`service.states`.
"""

from service.db.engine import connect
from service.db.failures import BadData, NotExecuted
from service.db.readiness import check
from service.db.roles import LIMITS, set_limits
from service.db.session import SESSION_SETTINGS, missing_settings
from service.db.statements import Prepared, Row, execute, first, persist, prepared

__all__ = [
    "LIMITS",
    "SESSION_SETTINGS",
    "BadData",
    "NotExecuted",
    "Prepared",
    "Row",
    "check",
    "connect",
    "execute",
    "first",
    "missing_settings",
    "persist",
    "prepared",
    "set_limits",
]
