"""A token that was verified once is remembered until it expires."""

from typing import Any

import pytest

from service.auth.certificates import CertsPage, KeyCache
from service.auth.verifier import MAX_REMEMBERED, Verifier
from service.dev.issuer import LocalIssuer
from service.errors import BadToken
from tests.support.tokens import NOW, CertsServer, Clock, claims

ISSUER = LocalIssuer.fresh()
VERIFIER = Verifier(KeyCache(ISSUER.certs_page), wall_clock=Clock(NOW))


def test_a_remembered_token_costs_no_signature(issuer: LocalIssuer) -> None:
    results: list[str] = []
    verifier = Verifier(KeyCache(issuer.certs_page), wall_clock=Clock(NOW), count_result=results.append)
    token = issuer.sign(claims())
    assert verifier.verify(f"Bearer {token}") == verifier.verify(f"bearer  {token} ")
    assert results == ["checked", "remembered"]


def test_a_remembered_token_dies_with_its_key(
    issuer: LocalIssuer, other_issuer: LocalIssuer, server: CertsServer, keys: KeyCache, monotonic: Clock
) -> None:
    results: list[str] = []
    verifier = Verifier(keys, wall_clock=Clock(NOW), count_result=results.append)
    server.serve(issuer, other_issuer, cache_control="max-age=20")
    withdrawn, kept = (f"Bearer {one.sign(claims())}" for one in (issuer, other_issuer))
    verifier.verify(withdrawn)
    verifier.verify(kept)
    server.serve(other_issuer, cache_control="max-age=20")
    monotonic.now += 19
    verifier.verify(withdrawn)
    monotonic.now += 1
    with pytest.raises(BadToken, match="token_unknown_key"):
        verifier.verify(withdrawn)
    verifier.verify(kept)
    verifier.verify(kept)
    assert results == ["checked", "checked", "remembered", "token_unknown_key", "checked", "remembered"]


def test_a_remembered_token_dies_with_a_key_that_is_replaced_under_its_name(
    issuer: LocalIssuer, other_issuer: LocalIssuer
) -> None:
    pages = iter([CertsPage({"k": issuer.certificate_pem}, 1), CertsPage({"k": other_issuer.certificate_pem}, 1)])
    monotonic = Clock(0.0)
    verifier = Verifier(KeyCache(lambda: next(pages), monotonic=monotonic), wall_clock=Clock(NOW))
    token = f"Bearer {issuer.sign(claims(), {'kid': 'k'})}"
    verifier.verify(token)
    monotonic.now += 1
    with pytest.raises(BadToken, match="token_signature"):
        verifier.verify(token)


def test_a_remembered_token_is_refused_after_its_time(issuer: LocalIssuer) -> None:
    wall_clock = Clock(NOW)
    verifier = Verifier(KeyCache(issuer.certs_page), wall_clock=wall_clock)
    header = f"Bearer {issuer.sign(claims())}"
    verifier.verify(header)
    wall_clock.now = NOW + 3_549
    verifier.verify(header)
    wall_clock.now = NOW + 3_551
    with pytest.raises(BadToken, match="token_expired"):
        verifier.verify(header)


def test_only_so_many_tokens_are_remembered_and_the_oldest_goes_first(issuer: LocalIssuer) -> None:
    results: list[str] = []
    verifier = Verifier(KeyCache(issuer.certs_page), wall_clock=Clock(NOW), count_result=results.append)
    tokens = [f"Bearer {issuer.sign(claims(sub=str(n)))}" for n in range(MAX_REMEMBERED + 1)]
    for token in tokens:
        verifier.verify(token)
    verifier.verify(tokens[-1])
    verifier.verify(tokens[0])
    assert results == ["checked"] * (MAX_REMEMBERED + 1) + ["remembered", "checked"]


def test_a_bad_token_is_not_remembered(issuer: LocalIssuer) -> None:
    verifier = Verifier(keys := CountingKeys(issuer), wall_clock=Clock(NOW))
    header = f"Bearer {issuer.sign(claims(exp=NOW - 100))}"
    for _ in range(2):
        with pytest.raises(BadToken):
            verifier.verify(header)
    assert keys.asked == 2


class CountingKeys(KeyCache):
    def __init__(self, issuer: LocalIssuer) -> None:
        super().__init__(issuer.certs_page)
        self.asked = 0

    def get(self, kid: str) -> Any:
        self.asked += 1
        return super().get(kid)
