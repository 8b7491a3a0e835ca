"""PostgreSQL: how a statement is run, the tables, and their migrations.

Read `schema` first (the tables), then `statements` (how one statement is run, and what its failures mean), `engine`
(the connections and their time limits), and `migrate` with `migrations/` (how the tables come to be). The statements
themselves are elsewhere: `service.delivery`, `service.queries` and `service.api.submit`. May import `service.errors`
and `service.states`.
"""

from service.db.engine import connect
from service.db.migrate import migrate
from service.db.roles import LIMITS, set_limits
from service.db.statements import BadData, Prepared, Row, execute, first, is_reachable, persist, prepared

__all__ = [
    "LIMITS",
    "BadData",
    "Prepared",
    "Row",
    "connect",
    "execute",
    "first",
    "is_reachable",
    "migrate",
    "persist",
    "prepared",
    "set_limits",
]
