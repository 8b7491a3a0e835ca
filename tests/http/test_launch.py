"""gunicorn's settings that would break a promise are refused."""

import os
import subprocess
import sys

import pytest
from gunicorn.config import Config

from lab.harness.processes import ROOT, Gunicorn
from lab.harness.world import World
from service.http import heads, launch


def configured(**changes: object) -> Config:
    cfg = Config()
    for name, value in {
        "bind": "127.0.0.1:8080",
        "worker_class": "service.http.worker.Worker",
        "threads": 9,
        "timeout": 60,
        "graceful_timeout": 8,
        "limit_request_fields": heads.MAX_FIELDS,
        **changes,
    }.items():
        cfg.set(name, value)
    return cfg


def refused(cfg: Config, *, needs_loopback: bool = False) -> list[str]:
    return launch.refusals(cfg, threads=9, drain_s=6, needs_loopback=needs_loopback)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("workers", 4),
        ("worker_class", "sync"),
        ("worker_class", "gthread"),
        ("threads", 1),
        ("preload_app", True),
        ("max_requests", 1000),
        ("reload", True),
        ("timeout", 5),
        ("graceful_timeout", 6),
        ("worker_connections", 20),
        ("limit_request_fields", 100),
        ("limit_request_field_size", 1000),
        ("header_map", "refuse"),
        ("header_map", "dangerous"),
        ("proxy_protocol", "v2"),
        ("protocol", "uwsgi"),
        ("http2_cleartext", "upgrade"),
        ("certfile", __file__),
    ],
)
def test_a_setting_that_breaks_a_promise_is_refused(name: str, value: object) -> None:
    (sentence,) = refused(configured(**{name: value}))
    setting = {"certfile": "is_ssl"}.get(name, name)
    assert f"gunicorn's {setting} must be " in sentence


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("bind", "0.0.0.0:80"),
        ("threads", 30),
        ("timeout", 0),
        ("timeout", 600),
        ("graceful_timeout", 60),
        ("keepalive", 0),
        ("backlog", 64),
        ("accesslog", "-"),
        ("forwarded_allow_ips", "*"),
    ],
)
def test_other_settings_are_a_matter_of_taste(name: str, value: object) -> None:
    assert refused(configured(**{name: value})) == []


@pytest.mark.parametrize(
    ("bind", "is_own"),
    [
        ("127.0.0.1:80", True),
        ("localhost:80", True),
        ("[::1]:80", True),
        ("unix:/tmp/socket", True),
        ("0.0.0.0:80", False),
        ("[::]:80", False),
        ("10.1.2.3:80", False),
        ("example.com:80", False),
        (["127.0.0.1:80", "0.0.0.0:81"], False),
    ],
)
def test_without_tokens_only_this_machine_is_listened_to(bind: object, *, is_own: bool) -> None:
    assert (refused(configured(bind=bind), needs_loopback=True) == []) is is_own
    assert refused(configured(bind=bind)) == []


@pytest.mark.slow
@pytest.mark.parametrize("arguments", ["--preload", "--workers 4 --threads 1", "--bind 0.0.0.0:8098"])
def test_the_start_is_refused_with_a_sentence(world: World, arguments: str) -> None:
    off = {"CONSOLE_AUTH": "off"} if "bind" in arguments else {}
    ended = subprocess.run(
        [sys.executable, "-m", "gunicorn"],
        cwd=ROOT,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            **world.env(**off),
            "PORT": "8098",
            "GUNICORN_CMD_ARGS": arguments,
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    said = ended.stdout + ended.stderr
    assert ended.returncode != 0
    assert "Traceback" not in said
    assert said.count("The service does not start: gunicorn's ") == 1


@pytest.mark.slow
def test_what_is_not_refused_works(world: World) -> None:
    service = Gunicorn(
        world, GUNICORN_CMD_ARGS="--threads 40 --keep-alive 1 --timeout 0 --graceful-timeout 20 --access-logfile -"
    )
    service.close()
    printed = service.log.read_text()
    assert "Traceback" not in printed
    assert '"GET /health HTTP/1.1" 200' in printed
