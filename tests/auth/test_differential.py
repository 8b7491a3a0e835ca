"""Our verifier beside google-auth's own, on thousands of tokens: what ours takes, theirs takes; if only theirs takes a
token, decision 10 says why."""

import base64
import datetime as dt
import json
import os
import re
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from google.auth import _helpers
from google.oauth2 import id_token

from lab.redteam.mutants import Tokens
from service.auth.certificates import CertsPage, KeyCache
from service.auth.verifier import CLOCK_SKEW_S, MAX_LIFETIME_S, MAX_TOKEN_CHARS, Verifier, authorize
from service.dev.issuer import LocalIssuer
from service.errors import BadToken, NotAllowed
from tests.support.tokens import AUDIENCE, EMAIL, NOW, Clock, claims

DECISION = Path(__file__).parents[2] / "docs/decisions/0010-our-own-verifier.md"
END_OF_TIME = 253_402_300_800
STRICT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")


def _is_time(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < END_OF_TIME


def _lasts(payload: Mapping[str, Any]) -> float:
    return float(payload["exp"] - payload["iat"])


REASONS: dict[str, Callable[[str, Mapping[str, Any], Mapping[str, Any]], bool]] = {
    "spelling": lambda token, _header, _payload: not STRICT.fullmatch(token.strip(" ")),
    "length": lambda token, _header, _payload: len(f"Bearer {token}") > MAX_TOKEN_CHARS,
    "kid": lambda _token, header, _payload: not header.get("kid"),
    "crit": lambda _token, header, _payload: "crit" in header,
    "nbf": lambda _token, _header, payload: "nbf" in payload,
    "times": lambda _token, _header, payload: not (_is_time(payload.get("iat")) and _is_time(payload.get("exp"))),
    "lifetime": lambda _token, _header, payload: _lasts(payload) > MAX_LIFETIME_S,
}
"""Why ours refuses a token that google-auth takes, in the order in which they are tried."""


class Both:
    """Both verifiers, with the same page of certificates and the same clock."""

    def __init__(self, issuers: tuple[LocalIssuer, LocalIssuer]) -> None:
        page = {issuer.kid: issuer.certificate_pem for issuer in issuers}
        self._page = type("Response", (), {"status": 200, "data": json.dumps(page).encode()})
        self._ours = Verifier(KeyCache(lambda: CertsPage(page, 3_600)), wall_clock=Clock(NOW))

    def ours(self, token: str) -> bool:
        try:
            identity = self._ours.verify(f"Bearer {token}")
            authorize(identity, audience=AUDIENCE, callers=frozenset({EMAIL}))
        except (BadToken, NotAllowed):
            return False
        return True

    def theirs(self, token: str) -> bool:
        """As Google's example for a push endpoint uses it, with our clock skew."""
        try:
            # The blanks around it belong to the header.
            found = id_token.verify_oauth2_token(  # type: ignore[no-untyped-call]
                token.strip(" "), lambda *_, **__: self._page, AUDIENCE, clock_skew_in_seconds=int(CLOCK_SKEW_S)
            )
            return found["email"] == EMAIL and found["email_verified"] is True
        except Exception:  # noqa: BLE001 (a refusal may be any error: TypeError for an `iat` that is text)
            return False


@pytest.fixture(scope="module")
def issuers() -> tuple[LocalIssuer, LocalIssuer, LocalIssuer]:
    return LocalIssuer.fresh(), LocalIssuer.fresh(), LocalIssuer.fresh()


@pytest.fixture
def both(issuers: tuple[LocalIssuer, LocalIssuer, LocalIssuer], monkeypatch: pytest.MonkeyPatch) -> Both:
    now = dt.datetime.fromtimestamp(NOW, dt.UTC).replace(tzinfo=None)
    monkeypatch.setattr(_helpers, "utcnow", lambda: now)
    return Both(issuers[:2])


def tokens_of(issuers: tuple[LocalIssuer, LocalIssuer, LocalIssuer], seed: int) -> Tokens:
    return Tokens(issuers, seed, audience=AUDIENCE, email=EMAIL, now=NOW)


def compare(both: Both, tokens: Tokens, count: int) -> Counter[str]:
    """Return how often both agreed, by verdict, and how often they differed, by reason. Fails for what nothing
    explains."""
    seen: Counter[str] = Counter()
    for token in tokens.make(count):
        ours, theirs = both.ours(token), both.theirs(token)
        if ours == theirs:
            seen["both take it" if ours else "both refuse it"] += 1
            continue
        assert theirs, f"google-auth refuses what we take: {token}"
        seen[why(token)] += 1
    return seen


def why(token: str) -> str:
    """Return the reason for which only ours refuses a token."""
    try:
        header, payload = (
            json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))) for part in token.split(".")[:2]
        )
    except ValueError:
        header, payload = {}, {}
    reason = next((name for name, holds in REASONS.items() if holds(token, header, payload)), None)
    assert reason, f"only ours refuses, and nothing says why: {token}"
    return reason


@pytest.mark.parametrize("seed", [1, 2])
def test_hundreds_of_tokens_are_taken_by_both_or_the_difference_is_explained(
    both: Both, issuers: tuple[LocalIssuer, LocalIssuer, LocalIssuer], seed: int
) -> None:
    seen = compare(both, tokens_of(issuers, seed), 250)
    assert seen["both take it"] > 20
    assert seen["both refuse it"] > 20


@pytest.mark.slow
def test_thousands_of_tokens_are_taken_by_both_or_the_difference_is_explained(
    both: Both, issuers: tuple[LocalIssuer, LocalIssuer, LocalIssuer]
) -> None:
    is_long = os.environ.get("FAULTS") == "long"
    seed = int.from_bytes(os.urandom(4)) if is_long else 3
    seen = compare(both, tokens_of(issuers, seed), 50_000 if is_long else 5_000)
    assert seen["both take it"] > 500, seed
    assert seen["both refuse it"] > 500, seed
    assert set(REASONS) <= set(seen), f"a reason that no token shows: seed {seed}, {dict(seen)}"


@pytest.mark.parametrize(
    ("reason", "payload", "header", "change"),
    [
        ("spelling", {}, {}, lambda token: token + "=="),
        ("spelling", {}, {}, lambda token: token + "\n" * 4),
        ("spelling", {}, {}, lambda token: token[:-9] + "éé" + token[-9:]),
        ("length", {"unknown": "x" * 7_000}, {}, str),
        ("kid", {}, {"kid": ""}, str),
        ("kid", {}, {"kid": None}, str),
        ("crit", {}, {"crit": ["b64"]}, str),
        ("nbf", {"nbf": NOW + 60}, {}, str),
        ("times", {"exp": float("nan")}, {}, str),
        ("times", {"exp": float("inf")}, {}, str),
        ("times", {"iat": True, "exp": NOW + 60}, {}, str),
        ("lifetime", {"exp": NOW + 86_400}, {}, str),
        ("lifetime", {"exp": END_OF_TIME - 1}, {}, str),
    ],
)
def test_what_only_ours_refuses(  # noqa: PLR0917
    both: Both,
    issuers: tuple[LocalIssuer, LocalIssuer, LocalIssuer],
    reason: str,
    payload: dict[str, Any],
    header: dict[str, Any],
    change: Callable[[str], str],
) -> None:
    token = change(issuers[0].sign(claims(**payload), header))
    assert (both.ours(token), both.theirs(token)) == (False, True)
    assert why(token) == reason


def test_the_decision_names_every_difference() -> None:
    text = DECISION.read_text()
    assert set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)) == set(REASONS)
