"""The engine: a bounded connection pool in autocommit.

Every statement of the delivery is a transaction of its own (autocommit) and one round trip, so a connection is held
for one statement at a time and never while a stage runs.
"""

from sqlalchemy import create_engine, event
from sqlalchemy.engine import Engine

from service.db.faults import FAULTS, Faults
from service.db.idle import KEPT, Kept, check_alive, note_idle
from service.db.session import SessionSettings

CONNECT_TIMEOUT_S = 5
POOL_TIMEOUT_S = 3.0
MIGRATION = "aiprod-migration"

KEEPALIVE = {
    # A firewall that drops a connection tells nobody. The kernel asks the peer every 30 s, which keeps most from
    # dropping it, and ends the connection if there is no answer.
    "keepalives": 1,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}


def connect(url: str, *, pool_size: int) -> Engine:
    """Return an engine in autocommit with a limit on every wait. Opens no connection yet."""
    kept = Kept()
    engine = create_engine(
        url,
        isolation_level="AUTOCOMMIT",
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=POOL_TIMEOUT_S,
        pool_recycle=1800,
        # LIFO keeps few connections busy, so that idle ones can be closed.
        pool_use_lifo=True,
        # Autocommit leaves nothing open, so returning a connection needs no ROLLBACK round trip.
        pool_reset_on_return=None,
        # Errors are logged, and parameters contain briefs.
        hide_parameters=True,
        execution_options={FAULTS: Faults(), KEPT: kept},
        connect_args={
            "connect_timeout": CONNECT_TIMEOUT_S,
            "application_name": "aiprod-pipeline",
            **KEEPALIVE,
        },
    )
    event.listen(engine, "connect", SessionSettings().prepare)
    event.listen(engine, "checkin", note_idle)
    event.listen(engine, "checkout", check_alive)
    event.listen(engine, "engine_disposed", kept.close)
    return engine
