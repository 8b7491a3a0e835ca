"""What an OIDC token must be: claims, signature, form; and nothing of it is logged. Keys are real, clocks are not."""

import base64
import hashlib
import hmac
import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.auth.certificates import KeyCache
from service.auth.verifier import Identity, Verifier, authorize
from service.dev.issuer import LocalIssuer, base64url
from service.errors import BadToken, NotAllowed, Unavailable
from tests.auth.test_remembered_tokens import ISSUER, VERIFIER
from tests.support.tokens import AUDIENCE, EMAIL, NOW, CertsServer, Clock, assert_nothing_of, claims, refused


def test_a_good_token_says_who_is_calling(issuer: LocalIssuer, verify: Callable[[str], Identity]) -> None:
    identity = verify(issuer.sign(claims()))
    assert identity == Identity(EMAIL, AUDIENCE, "1234", NOW + 3_540)
    authorize(identity, audience=AUDIENCE, callers=frozenset({EMAIL}))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"iss": "https://evil.example"}, "token_issuer"),
        ({"iss": ["https://accounts.google.com"]}, "token_issuer"),
        ({"iss": None}, "token_issuer"),
        ({"exp": None}, "token_times"),
        ({"exp": "9999999999"}, "token_times"),
        ({"exp": True}, "token_times"),
        ({"exp": float("nan")}, "token_times"),
        ({"exp": float("inf")}, "token_times"),
        ({"exp": 10**400}, "token_times"),
        ({"exp": -1}, "token_times"),
        ({"iat": None}, "token_times"),
        ({"iat": [1]}, "token_times"),
        ({"exp": NOW + 3_541}, "token_lifetime"),
        ({"exp": 253_402_300_799}, "token_lifetime"),  # the end of the year 9999
        ({"iat": 0}, "token_lifetime"),
        ({"exp": NOW - 11}, "token_expired"),
        ({"iat": NOW + 11}, "token_not_yet_good"),
        ({"nbf": NOW + 11}, "token_not_yet_good"),
        ({"nbf": "soon"}, "token_not_yet_good"),
        ({"aud": None}, "token_audience"),
        ({"aud": [AUDIENCE]}, "token_audience"),
        ({"email": None}, "token_email"),
        ({"email": ""}, "token_email"),
        ({"email": {"a": EMAIL}}, "token_email"),
        ({"email_verified": None}, "token_email_unverified"),
        ({"email_verified": False}, "token_email_unverified"),
        ({"email_verified": "true"}, "token_email_unverified"),
        ({"email_verified": 1}, "token_email_unverified"),
    ],
)
def test_a_wrong_claim_is_refused(
    issuer: LocalIssuer, verify: Callable[[str], Identity], changes: dict[str, Any], code: str
) -> None:
    assert refused(verify, issuer.sign(claims(**changes))) == code


@pytest.mark.parametrize("changes", [{"exp": NOW - 9}, {"iat": NOW + 9}, {"nbf": NOW + 9}])
def test_a_clock_may_be_nine_seconds_off(
    issuer: LocalIssuer, verify: Callable[[str], Identity], changes: dict[str, Any]
) -> None:
    assert verify(issuer.sign(claims(**changes))).email == EMAIL


def test_both_spellings_of_the_issuer_are_taken(issuer: LocalIssuer, verify: Callable[[str], Identity]) -> None:
    assert verify(issuer.sign(claims(iss="accounts.google.com"))).email == EMAIL


def test_other_audience_is_401_and_other_account_403(issuer: LocalIssuer, verify: Callable[[str], Identity]) -> None:
    identity = verify(issuer.sign(claims()))
    with pytest.raises(BadToken):
        authorize(identity, audience=AUDIENCE + "/", callers=frozenset({EMAIL}))
    with pytest.raises(NotAllowed):
        authorize(identity, audience=AUDIENCE, callers=frozenset({"somebody@else.example"}))
    with pytest.raises(NotAllowed):
        authorize(identity, audience=AUDIENCE, callers=frozenset())


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none"},
        {"alg": "HS256"},
        {"alg": "ES256"},
        {"alg": "RS512"},
        {"alg": "rs256"},
        {"alg": None},
        {"alg": ["RS256"]},
        {"crit": ["b64"], "b64": False},
    ],
)
def test_only_plain_rs256_is_taken(
    issuer: LocalIssuer, verify: Callable[[str], Identity], header: dict[str, Any]
) -> None:
    assert refused(verify, issuer.sign(claims(), header)) == "token_algorithm"


def test_a_public_key_used_as_a_shared_secret_is_refused(
    issuer: LocalIssuer, verify: Callable[[str], Identity]
) -> None:
    """The algorithm confusion of RFC 8725, section 2.1."""
    head = base64url(json.dumps({"alg": "HS256", "kid": issuer.kid}).encode())
    signed = f"{head}.{base64url(json.dumps(claims()).encode())}"
    mac = hmac.digest(issuer.certificate_pem.encode(), signed.encode(), hashlib.sha256)
    assert refused(verify, f"{signed}.{base64url(mac)}") == "token_algorithm"


@pytest.mark.parametrize("kid", [None, "", 7, ["a"], {"a": 1}, "nobody's"])
def test_a_key_that_google_does_not_have_is_refused(
    issuer: LocalIssuer, verify: Callable[[str], Identity], kid: object
) -> None:
    assert refused(verify, issuer.sign(claims(), {"kid": kid})) == "token_unknown_key"


def test_a_signature_of_another_key_or_for_other_claims_is_refused(
    issuer: LocalIssuer, other_issuer: LocalIssuer, verify: Callable[[str], Identity]
) -> None:
    assert refused(verify, other_issuer.sign(claims(), {"kid": issuer.kid})) == "token_signature"
    head, _, signature = issuer.sign(claims()).split(".")
    forged = base64url(json.dumps(claims(email="root@evil.example")).encode())
    assert refused(verify, f"{head}.{forged}.{signature}") == "token_signature"
    assert refused(verify, f"{head}.{forged}.{signature[:40]}") == "token_signature"
    assert refused(verify, f"{head}.{forged}.A") == "token_signature"


def test_a_signature_that_cloud_run_removed_names_the_cause(
    issuer: LocalIssuer, verify: Callable[[str], Identity]
) -> None:
    head, body, _ = issuer.sign(claims()).split(".")
    with pytest.raises(BadToken) as caught:
        verify(f"{head}.{body}.SIGNATURE_REMOVED_BY_GOOGLE")
    assert caught.value.code == "signature_removed"
    assert "--no-invoker-iam-check" in caught.value.sentence
    assert "invoker check" in caught.value.sentence


@pytest.mark.parametrize("payload", [b"[]", b"7", b'"x"', b"\xff", b"{", b'{"a":' * 900, b"[" * 3_000, b"9" * 4_400])
def test_signed_claims_that_are_no_object_are_refused(
    issuer: LocalIssuer, verify: Callable[[str], Identity], payload: bytes
) -> None:
    assert refused(verify, issuer.sign(payload)) == "token_malformed"


DEEP = (b"[" * 6_000, b'{"a":' * 1_000, b"\x00", b"\xff\xfe", b"null")


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Basic dXNlcjpwYXNz",
        "Bearer\tabc.def.ghi",
        "bearer a.b",
        "Bearer a b c",
        "Bearer ..",
        "Bearer a.b.c",
        "Bearer a.b.c.d",
        "Bearer a.b.c\n",
        "Bearer é.é.é",
        "Bearer \ud800.a.b",
        "Bearer =.=.=",
        "Bearer a+b/.c.d",
        "Bearer " + "x" * 8_192,
        "Bearer " + "x." * 4_000,
        *(f"Bearer {base64url(body)}.e30.AAAA" for body in DEEP),
    ],
)
def test_garbage_is_refused(issuer: LocalIssuer, header: str | None) -> None:
    verifier = Verifier(KeyCache(issuer.certs_page), wall_clock=Clock(NOW))
    with pytest.raises(BadToken) as caught:
        verifier.verify(header)
    assert_nothing_of((header or "").partition(" ")[2], str(caught.value))


TEXT = st.text(max_size=200)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(header=TEXT | TEXT.map("Bearer {}".format))
def test_any_header_is_refused_in_words_of_our_own(header: str) -> None:
    with pytest.raises(BadToken):
        VERIFIER.verify(header)


@settings(max_examples=200, deadline=None)
@given(head=st.dictionaries(st.sampled_from(["alg", "kid", "typ", "crit", "x5u"]), JSON), body=JSON, raw=st.binary())
def test_any_three_segments_are_refused(head: dict[str, Any], body: Any, raw: bytes) -> None:
    segments = (json.dumps(head).encode(), json.dumps(body).encode(), raw)
    token = ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in segments)
    assert refused(lambda t: VERIFIER.verify(f"Bearer {t}"), token).startswith(("token_", "no_token"))


@settings(max_examples=200, deadline=None)
@given(name=st.sampled_from(["iss", "aud", "email", "email_verified", "exp", "iat", "nbf", "sub"]), value=JSON)
def test_any_value_of_a_signed_claim_is_taken_or_refused(name: str, value: Any) -> None:
    try:
        identity = VERIFIER.verify("Bearer " + ISSUER.sign(claims() | {name: value}))
    except BadToken:
        return
    assert (type(identity.email), type(identity.audience), type(identity.subject)) == (str, str, str)


def test_nothing_of_a_token_is_logged(
    issuer: LocalIssuer, server: CertsServer, keys: KeyCache, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    verifier = Verifier(keys, wall_clock=Clock(NOW))
    tokens = [issuer.sign(claims(**change)) for change in ({}, {"iss": "x"}, {"exp": 1}, {"email": None})]
    tokens += [tokens[0][:-10], issuer.sign(claims(), {"kid": "invented"}), issuer.sign(b"[")]
    server.answer(500, b"")
    for token in tokens:
        with pytest.raises((BadToken, Unavailable)):
            verifier.verify(f"Bearer {token}")
    server.serve(issuer)
    keys._no_fetch_before = 0.0  # noqa: SLF001
    verifier.verify(f"Bearer {tokens[0]}")
    for token in tokens[1:]:
        refused(lambda t: verifier.verify(f"Bearer {t}"), token)
    assert "certificates" in caplog.text
    for token in tokens:
        assert_nothing_of(token, caplog.text)
