"""Keys, a certificates server and a clock for the tests of tokens."""

from collections.abc import Callable, Iterator

import pytest

from service.auth.certificates import KeyCache, fetch_certs
from service.auth.verifier import Identity, Verifier
from service.dev.issuer import LocalIssuer
from tests.support.tokens import NOW, CertsServer, Clock


@pytest.fixture(scope="module")
def issuer() -> LocalIssuer:
    return LocalIssuer.fresh()


@pytest.fixture(scope="module")
def other_issuer() -> LocalIssuer:
    return LocalIssuer.fresh()


@pytest.fixture
def server(issuer: LocalIssuer) -> Iterator[CertsServer]:
    server = CertsServer(issuer)
    yield server
    server.close()


@pytest.fixture
def monotonic() -> Clock:
    return Clock(1_000.0)


@pytest.fixture
def keys(server: CertsServer, monotonic: Clock) -> KeyCache:
    return KeyCache(lambda: fetch_certs(server.url), monotonic=monotonic)


@pytest.fixture
def verify(issuer: LocalIssuer) -> Callable[[str], Identity]:
    verifier = Verifier(KeyCache(issuer.certs_page), wall_clock=Clock(NOW))
    return lambda token: verifier.verify(f"Bearer {token}")
