"""Take away the answers of statements."""

from collections.abc import Callable
from typing import Any

import pytest


def replace_rows(monkeypatch: pytest.MonkeyPatch, rows: Callable[..., Any]) -> None:
    """Send every statement of the service through `rows` instead of `db.execute`."""
    monkeypatch.setattr("service.db.execute", rows)
    monkeypatch.setattr("service.db.statements.execute", rows)
