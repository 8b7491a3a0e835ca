"""Where the keys come from: a certificates server that is slow, wrong or away, and threads that ask at once."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from service.auth.certificates import MAX_CERTS_BYTES, CertsPage, KeyCache, fetch_certs
from service.auth.verifier import Verifier
from service.dev.issuer import LocalIssuer
from service.errors import Unavailable
from tests.support.tokens import EMAIL, NOW, CertsServer, Clock, at_once, claims, drip


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


def test_keys_that_are_ready_need_no_request(issuer: LocalIssuer, server: CertsServer, keys: KeyCache) -> None:
    keys.prepare()
    keys.prepare()
    assert keys.get(issuer.kid)
    assert server.requests == 1


def test_a_page_that_is_away_at_the_start_is_asked_for_again(
    issuer: LocalIssuer, server: CertsServer, keys: KeyCache, monotonic: Clock
) -> None:
    good = server.respond
    server.answer(500, b"sorry")
    keys.prepare()
    server.respond = good
    monotonic.now += 1
    assert keys.get(issuer.kid)
    assert server.requests == 2


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
    [("max-age=0", 1), ("max-age=2", 2), ("no-store", 60), ("nonsense", 60), ("max-age=999999999", 86_400)],
)
def test_the_time_keys_are_kept_has_a_floor_and_a_cap(
    issuer: LocalIssuer, server: CertsServer, monotonic: Clock, cache_control: str, kept_s: float
) -> None:
    keys = KeyCache(lambda: fetch_certs(server.url), monotonic=monotonic)
    server.serve(issuer, cache_control=cache_control)
    start = monotonic.now
    assert keys.get(issuer.kid)
    monotonic.now = start + kept_s - 0.5
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
    monotonic.now += 3_000
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


def test_stale_keys_are_good_for_an_hour_at_most(
    issuer: LocalIssuer, server: CertsServer, keys: KeyCache, monotonic: Clock
) -> None:
    verifier = Verifier(keys, wall_clock=Clock(NOW))
    server.serve(issuer, cache_control="max-age=600")
    token = f"Bearer {issuer.sign(claims())}"
    verifier.verify(token)
    server.answer(500, b"sorry")
    monotonic.now += 600 + 3_599
    verifier.verify(token)
    monotonic.now += 2
    for _ in range(2):
        with pytest.raises(Unavailable, match="certs_unreachable"):
            verifier.verify(token)
    server.serve(issuer)
    monotonic.now += 10
    verifier.verify(token)


def test_while_one_thread_renews_the_others_get_stale_keys(
    issuer: LocalIssuer, server: CertsServer, keys: KeyCache, monotonic: Clock
) -> None:
    assert keys.get(issuer.kid)
    monotonic.now += 3_000
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
    monotonic.now += 3_000
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
