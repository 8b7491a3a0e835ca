"""A pipeline of six stages that do nothing, beside workflows of six steps."""

from lab.bench.one_stage import nothing
from service.pipeline import Pipeline, Stage

_NAMES = [f"STEP_{number}" for number in range(1, 7)]

pipeline = Pipeline(
    name="six stages",
    presets=frozenset({"quick_social"}),
    transitions=dict(zip(_NAMES, [*_NAMES[1:], "END"], strict=True)),
    stages={name: Stage(nothing) for name in _NAMES},
)
