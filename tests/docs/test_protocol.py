"""The model of the delivery protocol runs, finds nothing wrong with the rules, and a trace for each wrong variant.

The whole of it takes 20 minutes (docs/protocol/rules.md); here are the bounds that end in seconds.
"""

import subprocess
import sys

import pytest

from lab.harness.processes import ROOT

MODEL = ROOT / "docs" / "protocol" / "model.py"
SOUND = {"claim-subselect", "effect-aside", "fenced-op-id"}
"""Variants without a trace; docs/protocol/rules.md says why. `cancel-flag` is one too, and takes 40 s."""
WRONG = (
    *("fence-token-only/cancel", "fence-token-only/commit-unknown", "no-generation", "stale-acked-silently"),
    *("claim-subselect/drain", "stage-start-unfenced", "fence-by-select", "upsert-overwrites"),
    *(
        "conflict-taken-for-duplicate",
        "outbox-skip-locked",
        "outbox-own-rows",
        "drain-expires-lease",
        "attempt-at-claim",
    ),
    *("sweep-as-written", "sweep-as-written/drain", "sweep-as-written/api", "no-sweep/api", "no-sweep/loss"),
    *("sweep-resets", "replay-same-keys", "replay-resets-token", "effect-no-intent", "effect-rebuy", "effect-query"),
    *("heartbeat-for-ever", "handover-without-progress", "cancel-flag-ignored", "unsure-nack"),
)


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-B", MODEL, *arguments], check=False, capture_output=True, text=True, timeout=300
    )


@pytest.mark.parametrize("config", ["plain", "paid", "api", "cancel", "replay", "loss+sweep", "late commits"])
def test_the_rules_hold_without_a_fault(config: str) -> None:
    said = run("safe", "--faults", "0", "--config", config)
    assert said.returncode == 0, said.stdout
    assert "  ok: " in said.stdout


@pytest.mark.slow
@pytest.mark.parametrize("config", ["plain", "paid", "replay", "loss+sweep"])
def test_the_rules_hold_with_one_fault(config: str) -> None:
    said = run("safe", "--faults", "1", "--config", config)
    assert said.returncode == 0, said.stdout
    assert "  ok: " in said.stdout


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_variant_is_found(name: str) -> None:
    said = run("variants", "--only", name)
    traces = said.stdout.split(f"{name}: ")[1]
    assert traces.splitlines()[1].startswith("  VIOLATION after "), said.stdout


@pytest.mark.parametrize("name", sorted(SOUND))
def test_a_sound_variant_is_not(name: str) -> None:
    said = run("variants", "--only", name)
    assert said.stdout.split(f"{name}: ")[1].splitlines()[1].startswith("  ok: "), said.stdout


def test_two_jobs_behind_one_ordering_key() -> None:
    said = run("ordering")
    assert said.returncode == 0, said.stderr
    assert said.stdout.count("DEADLOCK") == 1
