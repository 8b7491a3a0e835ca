"""The threads of the stages: one that is idle is used again, one that is busy is not waited for."""

import os
import queue
import subprocess
import sys
import threading

from lab.harness.waiting import eventually
from service.delivery.threads import Threads


def test_an_idle_thread_is_used_again() -> None:
    threads, seen = Threads(), queue.SimpleQueue[int]()
    used = set()
    for _ in range(20):
        threads.run(lambda: seen.put(threading.get_ident()))
        used.add(seen.get(timeout=5))
        eventually(lambda: threads._idle)  # noqa: SLF001
    assert len(used) == 1


def test_a_thread_that_never_returns_keeps_nobody_waiting() -> None:
    threads, seen, never = Threads(), queue.SimpleQueue[int](), threading.Event()
    threads.run(never.wait)
    for _ in range(3):
        threads.run(lambda: seen.put(threading.get_ident()))
        seen.get(timeout=5)
    never.set()


def test_grpc_knows_the_setting_that_keeps_a_publish_in_its_thread() -> None:
    """The setting is an experiment of gRPC's, which a newer version may drop; gunicorn.conf.py asks for it."""
    code = "import grpc; grpc.insecure_channel('localhost:1').close()"
    env = {**os.environ, "GRPC_EXPERIMENTS": "-event_engine_client"}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, timeout=60, check=True)
    assert "Unknown experiment" not in done.stderr
