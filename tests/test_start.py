"""What the start of a process takes: only what it serves is imported, and none of that is looked at for garbage."""

import json
import os
import subprocess
import sys

from lab.harness.processes import ROOT
from lab.harness.world import World

START = """
import gc, json, os, runpy, sys
runpy.run_path("gunicorn.conf.py")
started = {"is_collecting": gc.isenabled(), "frozen": gc.get_freeze_count()}
from service.app import create_app
create_app()
print(json.dumps({**started, "modules": list(sys.modules)}))
"""
LATER = (
    *("service.api", "service.console", "service.operator", "service.doctor", "service.queries"),
    *("service.db.schema", "service.db.migrate", "requests", "urllib3", "google.api_core", "google.auth.jwt"),
    *("google.pubsub_v1", "google.protobuf", "google.cloud", "google.genai", "alembic", "numpy", "PIL"),
)


def test_a_process_that_takes_pushes_imports_what_they_need(world: World) -> None:
    started = json.loads(
        subprocess.run(
            [sys.executable, "-c", START],
            check=True,
            cwd=ROOT,
            env={**os.environ, **world.env(SURFACE="push")},
            capture_output=True,
        ).stdout
    )
    assert "service.delivery.push" in started["modules"]
    assert [name for name in started["modules"] if name.startswith(LATER)] == []
    # More than that many objects are there once anything is imported.
    assert started["is_collecting"]
    assert started["frozen"] > 50_000
