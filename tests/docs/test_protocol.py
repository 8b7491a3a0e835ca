"""The model of the delivery protocol runs, finds nothing wrong with the rules, and a trace for each wrong variant.

The whole of it takes 20 minutes (docs/protocol/rules.md); here are the bounds that end in seconds.
"""

import importlib.util
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest

from lab.harness.processes import ROOT

MODEL = ROOT / "docs" / "protocol" / "model.py"
NO_TRACE = {"claim-subselect", "effect-aside", "cancel-flag", "fenced-op-id", "claim-clears", "drain-clears"}
"""Variants without a trace; docs/protocol/rules.md says why."""
LONG = {"cancel-flag"}


def load() -> Any:
    """The model as a module. It lies among the documentation, so it has no name to import it by."""
    spec = importlib.util.spec_from_file_location("protocol_model", MODEL)
    assert spec
    assert spec.loader
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


model: Any = load()
CONFIGS = {config.name: config for config in model.SAFE}
VARIANTS = {name: (config, rules, liveness) for name, _, config, rules, liveness in model.VARIANTS}
BLAME_VARIANTS = {name: (house, blame) for name, _, house, blame in model.BLAME_VARIANTS}


@pytest.mark.parametrize(
    "name", ["plain", "paid", "api", "cancel", "replay", "prune", "loss+sweep", "late commits", "pause", "pause+cancel"]
)
def test_the_rules_hold_without_a_fault(name: str) -> None:
    assert model.explore(replace(CONFIGS[name], faults=0), model.SMALLEST).violation == ""


@pytest.mark.slow
@pytest.mark.parametrize("name", ["plain", "paid", "replay", "prune", "loss+sweep", "pause+cancel", "lost commits"])
def test_the_rules_hold_with_one_fault(name: str) -> None:
    assert model.explore(replace(CONFIGS[name], faults=1), model.SMALLEST).violation == ""


@pytest.mark.slow
@pytest.mark.parametrize("name", ["plain", "replay"])
def test_the_end_is_reached_from_everywhere(name: str) -> None:
    found = model.explore(replace(CONFIGS[name], faults=1), model.SMALLEST, liveness=True)
    assert (found.violation, found.live) == ("", "from every state the end is reachable without a further fault")


@pytest.mark.parametrize("name", sorted(set(VARIANTS) - LONG))
def test_a_wrong_variant_has_a_trace(name: str) -> None:
    config, rules, liveness = VARIANTS[name]
    found = model.explore(config, rules, liveness=liveness)
    assert bool(found.violation) == bool(found.trace) == (name not in NO_TRACE)


@pytest.mark.parametrize("name", sorted(model.HOUSES))
def test_nobody_pays_for_the_death_of_a_process_or_for_an_outage(name: str) -> None:
    found = model.explore_house(model.HOUSES[name], model.Blame())
    assert (found.violation, found.live) == ("", "from every state the end is reachable without a further fault")


@pytest.mark.parametrize("name", sorted(BLAME_VARIANTS))
def test_a_wrong_way_to_blame_has_a_trace(name: str) -> None:
    house, blame = BLAME_VARIANTS[name]
    found = model.explore_house(model.HOUSES[house], blame)
    # An outage without end is there from the first state on, so its trace is empty.
    assert bool(found.violation) == (name not in NO_TRACE)


@pytest.mark.slow
def test_a_paused_job_ends_after_all() -> None:
    found = model.explore(replace(CONFIGS["pause"], faults=0), model.SMALLEST, liveness=True)
    assert (found.violation, found.live) == ("", "from every state the end is reachable without a further fault")


@pytest.mark.parametrize("rule", list(model.IN_WORK))
def test_the_most_in_work_is_held_by_the_rules_alone(rule: str) -> None:
    assert (model.in_work(rule) == ()) == (rule == "rules")


def test_two_jobs_behind_one_ordering_key() -> None:
    """By its command line."""
    said = subprocess.run([sys.executable, "-B", MODEL, "ordering"], check=True, capture_output=True, text=True)
    assert said.stdout.count("DEADLOCK") == 1
