"""The verifier of OIDC tokens: real keys, a real certificates server, real threads; the clocks are the tests' own."""

import base64
import hashlib
import hmac
import http.server
import json
import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.auth.verifier import (
    MAX_CERTS_BYTES,
    MAX_REMEMBERED,
    CertsPage,
    Identity,
    KeyCache,
    Verifier,
    authorize,
    fetch_certs,
)
from service.dev.keys import LocalIssuer, base64url
from service.errors import BadToken, NotAllowed, Refused, Unavailable

AUDIENCE = "https://service.example/push"
EMAIL = "pusher@project.iam.gserviceaccount.com"
NOW = 1_800_000_000


class Clock:
    """A clock that stands still until it is told."""

    def __init__(self, now: float = 0.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class CertsServer:
    """Google's certificates page on loopback; `answer` is (status, headers, body) or a function that makes it."""

    def __init__(self, issuer: LocalIssuer) -> None:
        self.requests = 0
        self.gate = threading.Event()
        self.gate.set()
        self.arrived = threading.Event()
        self.serve(issuer)
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.requests += 1
                outer.arrived.set()
                outer.gate.wait(10)
                outer.respond(self)

            def log_message(self, *_: Any) -> None:
                pass

        self._http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}/certs"

    def serve(self, *issuers: LocalIssuer, cache_control: str = "public, max-age=600", age: str | None = None) -> None:
        headers = {"Cache-Control": cache_control} | ({"Age": age} if age else {})
        self.answer(200, json.dumps({i.kid: i.certificate_pem for i in issuers}).encode(), headers)

    def answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        def respond(to: http.server.BaseHTTPRequestHandler) -> None:
            to.send_response(status)
            for name, value in (headers or {}).items():
                to.send_header(name, value)
            to.send_header("Content-Length", str(len(body)))
            to.end_headers()
            to.wfile.write(body)

        self.respond: Callable[[http.server.BaseHTTPRequestHandler], None] = respond

    def close(self) -> None:
        self.gate.set()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()


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


def claims(**changes: Any) -> dict[str, Any]:
    good = {
        "iss": "https://accounts.google.com",
        "aud": AUDIENCE,
        "sub": "1234",
        "email": EMAIL,
        "email_verified": True,
        "iat": NOW - 60,
        "exp": NOW + 3_540,
    }
    return {name: value for name, value in (good | changes).items() if value is not None}


def refused(verify: Callable[[str], Identity], token: str) -> str:
    """The code of the refusal, whose words hold nothing of the token."""
    with pytest.raises(BadToken) as caught:
        verify(token)
    assert caught.value.__cause__ is None
    assert_nothing_of(token, str(caught.value))
    return caught.value.code


def assert_nothing_of(token: str, words: str) -> None:
    assert token not in words or len(token) < 3
    for part in token.split("."):
        assert len(part) < 12 or part not in words


def at_once(count: int, call: Callable[[], Any]) -> list[Any]:
    """What `count` threads that start together get from `call`: its value or its error."""
    barrier = threading.Barrier(count)

    def one(_: int) -> Any:
        barrier.wait(10)
        try:
            return call()
        except (Refused, Unavailable) as error:
            return error

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


# What a token must be


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


ISSUER = LocalIssuer.fresh()
VERIFIER = Verifier(KeyCache(ISSUER.certs_page), wall_clock=Clock(NOW))


# Tokens that were verified before


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


# Where the keys come from


def test_thirty_cold_threads_make_one_request(issuer: LocalIssuer, server: CertsServer, keys: KeyCache) -> None:
    server.gate.clear()
    verifier = Verifier(keys, wall_clock=Clock(NOW))
    with ThreadPoolExecutor(1) as pool:
        pushes = pool.submit(at_once, 30, lambda: verifier.verify(f"Bearer {issuer.sign(claims())}").email)
        assert server.arrived.wait(10)
        server.gate.set()
        answers = pushes.result(10)
    assert answers == [EMAIL] * 30
    assert server.requests == 1


def test_thirty_cold_threads_with_unknown_keys_make_one_request(server: CertsServer, keys: KeyCache) -> None:
    assert at_once(30, lambda: keys.get("unknown")) == [None] * 30
    assert server.requests <= 2


def test_keys_are_kept_as_long_as_cache_control_says(
    issuer: LocalIssuer, server: CertsServer, keys: KeyCache, monotonic: Clock
) -> None:
    server.serve(issuer, cache_control="public, max-age=600, must-revalidate", age="100")
    assert keys.get(issuer.kid)
    monotonic.now += 499
    assert keys.get(issuer.kid)
    assert server.requests == 1
    monotonic.now += 2
    assert keys.get(issuer.kid)
    assert server.requests == 2


@pytest.mark.parametrize(
    ("cache_control", "kept_s"),
    [("max-age=1", 60), ("no-store", 60), ("nonsense", 60), ("max-age=999999999", 86_400)],
)
def test_the_time_keys_are_kept_has_a_floor_and_a_cap(
    issuer: LocalIssuer, server: CertsServer, monotonic: Clock, cache_control: str, kept_s: float
) -> None:
    keys = KeyCache(lambda: fetch_certs(server.url), monotonic=monotonic)
    server.serve(issuer, cache_control=cache_control)
    start = monotonic.now
    assert keys.get(issuer.kid)
    monotonic.now = start + kept_s - 1
    assert keys.get(issuer.kid)
    assert server.requests == 1
    monotonic.now = start + kept_s
    assert keys.get(issuer.kid)
    assert server.requests == 2


def test_stale_keys_serve_while_google_is_down_and_it_is_asked_seldom(
    issuer: LocalIssuer, server: CertsServer, keys: KeyCache, monotonic: Clock
) -> None:
    assert keys.get(issuer.kid)
    server.answer(500, b"sorry")
    monotonic.now += 10_000
    for _ in range(50):
        assert keys.get(issuer.kid)
    assert server.requests == 2
    monotonic.now += 10
    assert keys.get(issuer.kid)
    assert server.requests == 3
    with pytest.raises(Unavailable):
        keys.get("perhaps-a-new-one")
    server.serve(issuer)
    monotonic.now += 10
    assert keys.get(issuer.kid)
    assert keys.get("perhaps-a-new-one") is None


def test_while_one_thread_renews_the_others_get_stale_keys(
    issuer: LocalIssuer, server: CertsServer, keys: KeyCache, monotonic: Clock
) -> None:
    assert keys.get(issuer.kid)
    monotonic.now += 10_000
    server.arrived.clear()
    server.gate.clear()
    with ThreadPoolExecutor(1) as pool:
        renewing = pool.submit(keys.get, issuer.kid)
        assert server.arrived.wait(10)
        assert all(at_once(10, lambda: keys.get(issuer.kid)))
        assert not renewing.done()
        server.gate.set()
        assert renewing.result(10)
    assert server.requests == 2


def test_without_any_keys_it_is_503_and_one_request_a_second(
    issuer: LocalIssuer, server: CertsServer, keys: KeyCache, monotonic: Clock
) -> None:
    server.answer(503, b"")
    verifier = Verifier(keys, wall_clock=Clock(NOW))
    answers = at_once(30, lambda: verifier.verify(f"Bearer {issuer.sign(claims())}"))
    assert {type(answer) for answer in answers} == {Unavailable}
    assert {answer.code for answer in answers} == {"certs_unreachable"}
    assert server.requests == 1
    monotonic.now += 1
    server.serve(issuer)
    assert keys.get(issuer.kid)
    assert server.requests == 2


def test_a_flood_of_unknown_keys_costs_one_request_a_minute(
    issuer: LocalIssuer, server: CertsServer, keys: KeyCache, monotonic: Clock
) -> None:
    assert keys.get(issuer.kid)
    names = iter(range(10_000))
    for _ in range(5):
        assert at_once(30, lambda: keys.get(f"invented-{next(names)}")) == [None] * 30
    assert server.requests == 2
    monotonic.now += 59
    assert keys.get("invented") is None
    assert server.requests == 2
    monotonic.now += 1
    assert keys.get("invented") is None
    assert server.requests == 3


def test_an_unknown_key_with_good_ones_at_hand_is_401_even_where_google_is_down(
    issuer: LocalIssuer, server: CertsServer, keys: KeyCache
) -> None:
    assert keys.get(issuer.kid)
    server.answer(500, b"")
    assert keys.get("invented") is None
    assert keys.get(issuer.kid)


def test_a_new_key_is_found_by_all_threads_that_bring_it(
    issuer: LocalIssuer, other_issuer: LocalIssuer, server: CertsServer, keys: KeyCache, monotonic: Clock
) -> None:
    verifier = Verifier(keys, wall_clock=Clock(NOW))
    verifier.verify(f"Bearer {issuer.sign(claims())}")
    server.serve(other_issuer)
    monotonic.now += 1
    answers = at_once(30, lambda: verifier.verify(f"Bearer {other_issuer.sign(claims())}").email)
    assert answers == [EMAIL] * 30
    assert server.requests == 2
    assert keys.get(issuer.kid) is None


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, b"{}"),
        (301, b"{}"),
        (204, b""),
        (200, b""),
        (200, b"[]"),
        (200, b"{}"),
        (200, b"\xff"),
        (200, b"[" * 9_999),
        (200, b'{"a": 1}'),
        (200, b'{"a": "not a certificate"}'),
        (200, b"{" + b" " * MAX_CERTS_BYTES + b"}"),
    ],
)
def test_whatever_is_no_page_of_certificates_is_unavailable_and_replaces_nothing(
    issuer: LocalIssuer, server: CertsServer, monotonic: Clock, status: int, body: bytes
) -> None:
    keys = KeyCache(lambda: fetch_certs(server.url), monotonic=monotonic)
    good = server.respond
    server.answer(status, body, {"Location": "http://127.0.0.1:1/"})
    with pytest.raises(Unavailable) as caught:
        keys.get(issuer.kid)
    assert caught.value.code == "certs_unreachable"
    server.respond = good
    monotonic.now += 1
    assert keys.get(issuer.kid)
    server.answer(status, body)
    monotonic.now += 10_000
    assert keys.get(issuer.kid)


def test_what_is_no_certificate_of_an_rsa_key_does_no_harm_to_those_beside_it(issuer: LocalIssuer) -> None:
    page = CertsPage({"new-kind": "-----BEGIN SOMETHING-----", issuer.kid: issuer.certificate_pem}, 600)
    keys = KeyCache(lambda: page)
    assert keys.get(issuer.kid)
    assert keys.get("new-kind") is None


def test_a_server_that_hangs_or_drips_is_given_up(server: CertsServer) -> None:
    server.gate.clear()
    with pytest.raises(Unavailable):
        fetch_certs(server.url, timeout_s=0.2)
    server.gate.set()
    server.respond = drip
    with pytest.raises(Unavailable):
        fetch_certs(server.url, timeout_s=0.2)
    with pytest.raises(Unavailable):
        fetch_certs("http://127.0.0.1:1/", timeout_s=0.2)
    with pytest.raises(Unavailable):
        fetch_certs("http://[nonsense", timeout_s=0.2)


def drip(to: http.server.BaseHTTPRequestHandler) -> None:
    to.send_response(200)
    to.send_header("Content-Length", "1000")
    to.end_headers()
    for _ in range(20):
        try:
            to.wfile.write(b"{")
        except OSError:
            return
        threading.Event().wait(0.05)


# What is said and logged


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
