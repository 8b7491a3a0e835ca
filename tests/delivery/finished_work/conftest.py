"""A provider for the tests of orders."""

import pytest

from tests.support.paid import Provider


@pytest.fixture
def provider() -> Provider:
    return Provider()
