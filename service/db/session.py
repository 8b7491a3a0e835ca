"""The settings of a session that the promises need: read when a connection is opened, and set if they are not there.

`migrate` sets them on the role (`roles.LIMITS`). With another role, or one that was changed, they are set all the same,
as far as a session can set them.
"""

import logging
from collections.abc import Mapping
from typing import Any

import psycopg2.extensions

from service.db.failures import NotExecuted
from service.db.patience import waiting
from service.db.roles import LIMITS

log = logging.getLogger(__name__)

DURABLE = ("fsync", "full_page_writes")
"""Server settings without which a commit may be lost or torn. A session cannot set them."""
SESSION_SETTINGS = (*LIMITS, "default_transaction_isolation", "synchronous_commit", *DURABLE)
READ = f"""
SELECT name, setting, pg_backend_pid() AS pid, current_user AS role FROM pg_settings
WHERE name IN ({", ".join(f"'{name}'" for name in SESSION_SETTINGS)})
"""


class SessionSettings:
    """Prepares the new connections of one engine."""

    def __init__(self) -> None:
        self._said: set[str] = set()

    def prepare(self, connection: Any, _record: Any) -> None:
        """Give a new connection the settings that the promises need.

        Raises `NotExecuted` if a time limit is missing behind a pooler, where only the role can have it.
        """
        try:
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise

    def _prepare(self, connection: Any) -> None:
        # The class itself: whoever replaces the cursor_factory wants to see statements, which these are not.
        with waiting(connection), psycopg2.extensions.cursor(connection) as cursor:
            cursor.execute(READ)
            rows = cursor.fetchall()
            settings = {name: setting for name, setting, _, _ in rows}
            _, _, pid, role = rows[0]
            wrong = missing_settings(settings)
            for name in (name for name in DURABLE if settings[name] == "off"):
                self._say(f"the database has {name}=off: a crash of its machine may lose what was committed")
            if pid == connection.info.backend_pid:
                for name, value in wrong.items():
                    # SET takes no parameters; these are ours.
                    cursor.execute(f"SET {name} = '{value}'")
                return
        # A pooler announces a process of its own: it shares the session with others, and only the role can be set.
        if any(name in LIMITS for name in wrong):
            raise NotExecuted("database_limits", limits_missing(role, wrong))
        for name, value in wrong.items():
            self._say(f"the database's role should have {name} = {value}, and behind a pooler no session can set it")

    def _say(self, sentence: str) -> None:
        if sentence not in self._said:
            self._said.add(sentence)
            log.warning("%s", sentence, extra={"action": "database"})


def missing_settings(settings: Mapping[str, str]) -> dict[str, str]:
    """Return what has to be set, by name. Pure.

    A time limit that is lower than ours stays. The statements are written for READ COMMITTED, and promise 3 (ack means
    durable) needs commits that wait for the disk.
    """
    wrong = {name: limit for name, limit in LIMITS.items() if not 0 < int(settings[name]) <= milliseconds(limit)}
    if settings["default_transaction_isolation"] != "read committed":
        wrong["default_transaction_isolation"] = "read committed"
    if settings["synchronous_commit"] == "off":
        wrong["synchronous_commit"] = "on"
    return wrong


def limits_missing(role: str, names: Mapping[str, str]) -> str:
    listed = ", ".join(name for name in names if name in LIMITS)
    return (
        f"The role {role} has no {listed} in this database, and behind a pooler nobody else can set it: run `python -m "
        f"service migrate --for {role}` as the owner of the tables."
    )


def milliseconds(limit: str) -> int:
    """The milliseconds of one of the `LIMITS`, which are whole seconds."""
    return 1000 * int(limit.removesuffix("s"))
