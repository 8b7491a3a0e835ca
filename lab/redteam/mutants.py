"""Tokens that are good, nearly good and far from it, by the thousand, from a seed."""

import base64
import json
import random
import string
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from service.dev.issuer import LocalIssuer, base64url

ODD_VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    "",
    0,
    -1,
    1.5,
    10**40,
    [],
    {},
    ["x"],
    {"a": "x"},
    "\u0000",
    "\ud83c\udfac",
    " ",
    float("nan"),
    float("inf"),
)
OFFSETS = (-3_660, -3_600, -11, -10, -9, 0, 9, 10, 11, 3_540, 3_600, 86_400, -10.5, -9.5, 10.5, 3_540.5)
FIXED_TIMES = (0, 253_402_300_799, 253_402_300_800, "1800000000")
ISSUERS = (
    "https://accounts.google.com",
    "accounts.google.com",
    "https://accounts.google.com/",
    "http://accounts.google.com",
    "accounts.google.com.evil.example",
    "",
)
ALGORITHMS = ("RS256", "rs256", "RS512", "HS256", "ES256", "ES384", "PS256", "none", "None", "", None, ["RS256"])
CLAIMS = ("iss", "aud", "email", "email_verified", "iat", "exp", "nbf", "sub", "azp", "unknown")


class Tokens:
    """Makes tokens around a good one for `email` and `audience` at `now`. Of the issuers the first two are on the
    certificates page, the third is not."""

    def __init__(
        self,
        issuers: tuple[LocalIssuer, LocalIssuer, LocalIssuer],
        seed: int,
        *,
        audience: str,
        email: str,
        now: int,
    ) -> None:
        self._issuers = issuers
        self._random = random.Random(seed)  # noqa: S311 (repeatable, not secret)
        self._good = {
            "iss": "https://accounts.google.com",
            "aud": audience,
            "sub": "1234",
            "email": email,
            "email_verified": True,
            "iat": now - 60,
            "exp": now + 3_540,
        }
        times = (*(now + offset for offset in OFFSETS), *FIXED_TIMES)
        self._values: Mapping[str, tuple[Any, ...]] = {
            "iss": ISSUERS,
            "aud": (
                audience,
                f"{audience}/",
                audience.upper(),
                f" {audience}",
                "",
                "https://other.example",
                [audience],
            ),
            "email": (
                email,
                email.upper(),
                f"{email} ",
                "other@example.com",
                "",
                email.replace("e", "\u0435"),
                [email],
            ),
            "email_verified": (True, "true", 1, False),
            **dict.fromkeys(("iat", "exp", "nbf"), times),
        }

    def make(self, count: int) -> Iterator[str]:
        for _ in range(count):
            yield self._one()

    def _one(self) -> str:
        pick = self._random
        (issuer,) = pick.choices(self._issuers, (20, 2, 1))
        payload, header = dict(self._good), {"alg": "RS256", "kid": issuer.kid, "typ": "JWT"}
        for _ in range(pick.choice((0, 0, 1, 1, 1, 2))):
            self._change_claims(payload)
        if pick.random() < 0.25:
            self._change_header(header)
        segments = [self._segment(header), self._segment(payload)]
        token = issuer.sign_segments(*segments)
        return pick.choice(RAW)(self._random, token) if pick.random() < 0.3 else token

    def _change_claims(self, payload: dict[str, Any]) -> None:
        pick, name = self._random, self._random.choice(CLAIMS)
        if pick.random() < 0.2:
            payload.pop(name, None)
        elif pick.random() < 0.3:
            payload[name] = pick.choice(ODD_VALUES)
        else:
            payload[name] = pick.choice(self._values.get(name, ("x", "x" * 7_000)))

    def _change_header(self, header: dict[str, Any]) -> None:
        pick = self._random
        change = pick.choice(("alg", "alg", "kid", "kid", "crit", "typ", "drop", "jwk"))
        if change == "alg":
            header["alg"] = pick.choice(ALGORITHMS)
        elif change == "kid":
            values = (*ODD_VALUES, *(issuer.kid for issuer in self._issuers), "nobody's", "keys")
            header["kid"] = pick.choice(values)
        elif change == "crit":
            header["crit"] = pick.choice((["b64"], [], None))
        elif change == "drop":
            header.pop(pick.choice(sorted(header)))
        else:
            header[change] = pick.choice(ODD_VALUES)

    def _segment(self, value: dict[str, Any]) -> str:
        """Return the segment; now and then in another spelling of the same JSON, or in what is no JSON."""
        pick, plain = self._random, json.dumps(value)
        chance = pick.random()
        if chance < 0.85:
            return base64url(plain.encode())
        spelled = pick.choice(
            (
                json.dumps(value, indent=2),
                json.dumps(value, ensure_ascii=False).encode("utf-8", "replace").decode(),
                f" \n{plain}\t",
                "\ufeff" + plain,
                plain[:-1] + ', "exp": 1, "aud": "first"' + plain[1:].replace("{", ",", 1) if chance < 0.87 else plain,
                plain[:-1] + f', "aud": "{self._good["aud"]}", "email": "{self._good["email"]}"}}',
                plain[:-1],
                f"[{plain}]",
                "null",
                "[" * 20_000,
            )
        )
        encoded = base64url(spelled.encode(pick.choice(("utf-8", "utf-8", "utf-16"))))
        return pick.choice((str, _padded, _standard, _with_a_blank))(encoded)


def _padded(segment: str) -> str:
    return segment + "=" * (-len(segment) % 4)


def _standard(segment: str) -> str:
    return segment.replace("-", "+").replace("_", "/")


def _with_a_blank(segment: str) -> str:
    return segment[:5] + " " + segment[5:]


def _flip_a_bit(pick: random.Random, token: str) -> str:
    head, _, last = token.rpartition(".")
    raw = bytearray(base64.urlsafe_b64decode(last + "=="))
    raw[pick.randrange(len(raw))] ^= 1 << pick.randrange(8)
    return f"{head}.{base64url(bytes(raw))}"


def _change_a_character(pick: random.Random, token: str) -> str:
    at = pick.randrange(len(token))
    return token[:at] + pick.choice(string.printable + "éş\u2028") + token[at + 1 :]


def _insert_a_character(pick: random.Random, token: str) -> str:
    at = pick.randrange(len(token) + 1)
    return token[:at] + pick.choice("=+/ \t\n.-_A\u00e9\u2028") + token[at:]


def _drop_a_part(pick: random.Random, token: str) -> str:
    parts = token.split(".")
    parts.pop(pick.randrange(3))
    return ".".join(parts)


def _empty_a_part(pick: random.Random, token: str) -> str:
    parts = token.split(".")
    parts[pick.randrange(3)] = ""
    return ".".join(parts)


RAW: tuple[Callable[[random.Random, str], str], ...] = (
    _flip_a_bit,
    _change_a_character,
    _insert_a_character,
    _drop_a_part,
    _empty_a_part,
    lambda _pick, token: f"{token}.{token.split('.')[2]}",
    lambda _pick, token: token + "=" * 2,
    lambda pick, token: token[: pick.randrange(len(token))],
    lambda _pick, token: f"{token.rpartition('.')[0]}.SIGNATURE_REMOVED_BY_GOOGLE",
    lambda _pick, token: f" {token} ",
    lambda _pick, token: f"{token}\n",
    lambda _pick, token: token.upper(),
    lambda _pick, _token: "",
)
