"""PostgreSQL in its own folder: taken over, found by its process id, and stopped."""

import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from service.dev.postgres import PID_FILE, LocalPostgres

pytestmark = pytest.mark.slow


@pytest.fixture
def parent() -> Iterator[Path]:
    """Closed to others, as a home is."""
    with tempfile.TemporaryDirectory(prefix="aiprod-dev-") as folder:
        yield Path(folder)


def answers(postgres: LocalPostgres) -> bool:
    connection = psycopg2.connect(postgres.url.replace("+psycopg2", ""))
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return cursor.fetchone() == (1,)
    finally:
        connection.close()


def test_it_is_taken_over_and_stopped(parent: Path) -> None:
    folder = parent / ("a long name, with a socket's path over the kernel's limit " * 2) / "postgres"
    first, second = LocalPostgres(folder), LocalPostgres(folder)
    first.start()
    try:
        assert answers(first)
        second.start()
        assert (second.process, second.url) == (first.process, first.url)
    finally:
        second.stop()
    assert not first.is_alive()
    first.stop()
    assert not list(Path(tempfile.gettempdir()).glob("aiprod-socket-*"))


def test_a_number_in_its_file_that_is_somebody_elses_now_is_no_server(parent: Path) -> None:
    postgres = LocalPostgres(parent / "postgres")
    postgres.start()
    left = (parent / "postgres" / PID_FILE).read_text().split("\n")
    postgres.stop()
    (parent / "postgres" / PID_FILE).write_text("\n".join([str(os.getpid()), *left[1:]]))
    postgres.start()
    try:
        assert answers(postgres)
        assert postgres.process
        assert postgres.process.pid != os.getpid()
    finally:
        postgres.stop()
    assert not postgres.is_alive()


def test_no_folder_above_is_opened_further_than_it_must(parent: Path) -> None:
    postgres = LocalPostgres(parent / "postgres")
    postgres.start()
    try:
        mode = stat.S_IMODE(parent.stat().st_mode)
        assert mode == (0o711 if os.geteuid() == 0 else 0o700)
    finally:
        postgres.stop()
