"""Databases that are not migrated yet."""

from collections.abc import Iterator
from itertools import count

import pytest

from tests.support.databases import Admin, url_of

numbers = count(1)


@pytest.fixture
def bare_url(postgres: str, worker_id: str) -> Iterator[str]:
    """A database without tables."""
    name = f"bare_{worker_id}_{next(numbers)}"
    admin = Admin(postgres)
    admin.do(f"CREATE DATABASE {name}")
    yield url_of(postgres, name)
    admin.do(f"DROP DATABASE {name} WITH (FORCE)")
    admin.close()
