"""A token that was verified once is remembered until it expires."""

from typing import Any

import pytest

from service.auth.certificates import KeyCache
from service.auth.verifier import MAX_REMEMBERED, Verifier
from service.dev.issuer import LocalIssuer
from service.errors import BadToken
from tests.support.tokens import NOW, Clock, claims

ISSUER = LocalIssuer.fresh()
VERIFIER = Verifier(KeyCache(ISSUER.certs_page), wall_clock=Clock(NOW))


def test_a_remembered_token_costs_no_key_and_no_signature(issuer: LocalIssuer) -> None:
    keys = CountingKeys(issuer)
    verifier = Verifier(keys, wall_clock=Clock(NOW))
    token = issuer.sign(claims())
    assert verifier.verify(f"Bearer {token}") == verifier.verify(f"bearer  {token} ")
    assert keys.asked == 1


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
    keys = CountingKeys(issuer)
    verifier = Verifier(keys, wall_clock=Clock(NOW))
    tokens = [f"Bearer {issuer.sign(claims(sub=str(n)))}" for n in range(MAX_REMEMBERED + 1)]
    for token in tokens:
        verifier.verify(token)
    verifier.verify(tokens[-1])
    assert keys.asked == MAX_REMEMBERED + 1
    verifier.verify(tokens[0])
    assert keys.asked == MAX_REMEMBERED + 2


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
