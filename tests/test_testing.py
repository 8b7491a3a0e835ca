"""What `service.testing` offers to those who test a pipeline of their own: it finds what it is meant to find."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from types import SimpleNamespace
from uuid import uuid4

import pytest
from sqlalchemy import Engine, insert

from examples.wordcount import pipeline as wordcount
from service import db
from service.db.schema import jobs
from service.delivery.checkpoints import Effect, Keeper, OverCap
from service.delivery.claims import Lease
from service.pipeline import (
    Choice,
    Context,
    Job,
    Json,
    Later,
    Never,
    Output,
    Outputs,
    Pipeline,
    Price,
    Stage,
    Unsure,
)
from service.testing import Kept, _Life, _Memory, job, killed_at, walk


class Provider:
    """Takes orders and bills them; it knows an id that it has seen."""

    def __init__(self) -> None:
        self.bills: list[str] = []

    def order(self, request_id: str) -> Json:
        if request_id not in self.bills:
            self.bills.append(request_id)
        return {"operation": request_id}

    def order_blindly(self, request_id: str) -> Json:
        self.bills.append(request_id)
        return {"operation": request_id}

    def look(self, request_id: str) -> Json | None:
        return {"operation": request_id} if request_id in self.bills else None


def one_stage(run: Callable[[Job, Outputs, Context], Output]) -> Pipeline:
    def end(_job: Job, outputs: Outputs, _context: Context) -> Output:
        return {"got": outputs["WORK"]["answer"]}

    return Pipeline(
        name="one",
        presets=frozenset({"plain"}),
        transitions={"WORK": "END", "END": "DONE"},
        stages={"WORK": Stage(run), "END": Stage(end)},
    )


JOB = job("one\n\ntwo words", preset="plain")


def test_a_walk_keeps_what_the_service_would_keep(tmp_path: Path) -> None:
    outputs = walk(wordcount, JOB, tmp_path)
    assert outputs["COUNT"] == {"words": [1, 2]}
    assert outputs["REPORT"]["words"] == 3
    assert list((tmp_path / "artifacts").rglob("*report.txt"))

    def tuples(_job: Job, _outputs: Outputs, context: Context) -> Output:
        context.once("a part", lambda: (1, 2))
        return {"answer": context.once("a part", lambda: ())}

    assert walk(one_stage(tuples), JOB, tmp_path)["END"] == {"got": [1, 2]}
    with pytest.raises(ValueError, match="wordcount has no preset 'loud': plain"):
        walk(wordcount, job("x", preset="loud"), tmp_path)
    with pytest.raises(Never, match="bad_metadata"):
        walk(wordcount, job("x", preset="plain", pause_ms="long"), tmp_path)


def test_a_pipeline_that_is_made_well_can_be_killed_anywhere(tmp_path: Path) -> None:
    whole = walk(wordcount, JOB, tmp_path)
    stories = list(killed_at(wordcount, JOB, tmp_path))
    assert all(story.outputs == whole for story in stories)
    places = {story.place for story in stories}
    assert {"before report.txt is stored", "after the checkpoint of COUNT", "before the result"} < places
    assert len([place for place in places if place.startswith("__init__.py:")]) == 10
    assert len(list(killed_at(wordcount, JOB, tmp_path, at_most=10))) <= 10


@pytest.mark.parametrize("swallows", [False, True], ids=["", "and catches everything"])
def test_it_finds_what_is_lost_with_the_machine(tmp_path: Path, *, swallows: bool) -> None:
    seen: list[str] = []

    def careless(_job: Job, _outputs: Outputs, context: Context) -> Output:
        try:
            (context.scratch / "file").write_text("kept on a disk that is lost")
            seen.append("paid")
            return {"answer": str(context.scratch / "file")}
        except BaseException:
            if swallows:
                return {"answer": "made up"}
            raise

    def reads(_job: Job, outputs: Outputs, _context: Context) -> Output:
        return {"text": Path(outputs["WORK"]["answer"]).read_text()}

    pipeline = Pipeline(
        name="careless",
        presets=frozenset({"plain"}),
        transitions={"WORK": "END", "END": "DONE"},
        stages={"WORK": Stage(careless), "END": Stage(reads)},
    )
    walk(pipeline, JOB, tmp_path)
    with pytest.raises(FileNotFoundError):
        list(killed_at(pipeline, JOB, tmp_path))
    assert len(seen) > 2, "it has paid more than once"


@pytest.mark.parametrize(
    ("how", "most_bills", "unknown_at"),
    [
        ("repeatable", 1, 0),
        ("find", 1, 0),
        ("again", 2, 0),
        ("plain", 1, 1),
    ],
)
def test_an_order_is_made_once_wherever_it_is_killed(
    tmp_path: Path, how: str, most_bills: int, unknown_at: int
) -> None:
    provider = Provider()

    def work(_job: Job, _outputs: Outputs, context: Context) -> Output:
        effect = partial(
            context.effect,
            "video",
            provider.order if how == "repeatable" else provider.order_blindly,
            lambda operation: {"from": operation["operation"][:0]},
            price=Price(most_usd=1.0, cap_usd=2.0, actual_usd=lambda _result: 0.25),
        )
        return {
            "answer": {
                "repeatable": partial(effect, repeatable=True),
                "find": partial(effect, repeatable=False, find=provider.look, again=True),
                "again": partial(effect, repeatable=False, again=True),
                "plain": partial(effect, repeatable=False),
            }[how](),
            "usd": [one.cost_usd for one in context.spent()],
        }

    pipeline = one_stage(work)
    assert walk(pipeline, JOB, tmp_path)["WORK"]["usd"] == [0.25]
    provider.bills.clear()
    unknown, bills = 0, []
    for story in killed_at(pipeline, JOB, tmp_path):
        bills.append(len(provider.bills))
        provider.bills.clear()
        assert story.outputs or story.error, story.place
        unknown += bool(story.error and story.error.code == "effect_unknown")
    # The first story's bills include those of the walk that only counts.
    assert max(bills[1:]) == most_bills
    assert (unknown > 0) is bool(unknown_at)


def test_later_is_another_delivery(tmp_path: Path) -> None:
    tried: list[int] = []

    def work(_job: Job, _outputs: Outputs, context: Context) -> Output:
        context.once("a part", lambda: tried.append(0))
        tried.append(1)
        if len(tried) < 4:
            raise Unsure("busy", "Not now.")
        context.wait(1_000)
        return {"answer": "there"}

    kept = Kept()
    for _ in range(2):
        with pytest.raises(Later):
            walk(one_stage(work), JOB, tmp_path, kept=kept)
    assert walk(one_stage(work), JOB, tmp_path, kept=kept)["END"] == {"got": "there"}
    assert tried == [0, 1, 1, 1]


def test_assets_are_those_that_the_test_gives(tmp_path: Path) -> None:
    def work(job: Job, _outputs: Outputs, context: Context) -> Output:
        logo = context.asset(job.metadata["logo"], context.scratch / "logo.png")
        return {"answer": logo.read_text()}

    (tmp_path / "logo.png").write_text("a logo")
    asked, assets = job("x", preset="plain", logo="asset:1"), {"asset:1": tmp_path / "logo.png"}
    whole = walk(one_stage(work), asked, tmp_path, kept=Kept(assets=assets))
    assert whole["END"] == {"got": "a logo"}
    assert all(story.outputs == whole for story in killed_at(one_stage(work), asked, tmp_path, assets=assets))
    with pytest.raises(Never, match="asset_not_found"):
        walk(one_stage(work), asked, tmp_path)


def test_a_job_that_is_sent_back_begins_a_new_round(tmp_path: Path) -> None:
    def write(job: Job, outputs: Outputs, context: Context) -> Output:
        report = outputs.get("CHECK")
        return {"text": context.once("text", lambda: f"{job.round} {report}")}

    def check(_job: Job, outputs: Outputs, _context: Context) -> Output:
        return {"number": outputs.get("CHECK", {}).get("number", 0) + 1}

    pipeline = Pipeline(
        name="rounds",
        presets=frozenset({"plain"}),
        transitions={
            "WRITE": "CHECK",
            "CHECK": Choice(
                ("DONE", "WRITE"), lambda _, outputs: "WRITE" if outputs["CHECK"]["number"] < 3 else "DONE"
            ),
        },
        stages={"WRITE": Stage(write), "CHECK": Stage(check)},
    )
    whole = walk(pipeline, JOB, tmp_path)
    assert whole == {"WRITE": {"text": "2 {'number': 2}"}, "CHECK": {"number": 3}}
    assert all(story.outputs == whole for story in killed_at(pipeline, JOB, tmp_path))


@pytest.mark.parametrize("seed", range(4))
def test_the_memory_keeps_what_the_database_keeps(engine: Engine, seed: int) -> None:
    """The same writes in any order, to the delivery's own keeper and to the one for tests."""
    token = str(uuid4())
    row = {"id": "j", "user_id": "u", "content": "c", "preset": "p", "metadata": {}, "extra": {}, "stage": "A"}
    now = {"input_sha256": b"", "state": "processing", "state_before": "pending", "lease_token": token}
    db.execute(engine, insert(jobs).values(**row, **now), {})
    lease = Lease(job_id="j", run=1, hop=0, token=token, deadline=datetime.now(UTC) + timedelta(hours=1))
    real = Keeper(engine=engine, lease=lease, round=0, lease_s=30, out_of_time=lambda: False)
    memory = _Memory(Kept(), _Life(), SimpleNamespace(run=1), 0)
    dice = Random(seed)  # noqa: S311 (the same each time)
    ids: dict[str, tuple[str, str]] = {}
    for _ in range(60):
        name, price = dice.choice("xyz"), Price(most_usd=dice.choice([0.5, 0.1]), cap_usd=2.0)
        known = real.find_effect("A", name)
        act = dice.choice(_acts(known))
        of_real, of_memory = ids.get(name, ("", ""))
        is_taken = _act(real, act, name, of_real, price)
        assert _act(memory, act, name, of_memory, price) is is_taken, act
        one, other = real.find_effect("A", name), memory.find_effect("A", name)
        assert (one is None) is (other is None), act
        if one and other:
            ids[name] = one.request_id, other.request_id
            assert (one.unknown_id is None) is (other.unknown_id is None), act
            assert replace(one, request_id="", unknown_id=None) == replace(other, request_id="", unknown_id=None), act
        assert real.spent() == list(memory.spent()), act


def _acts(known: Effect | None) -> list[str]:
    """What may happen to an effect next."""
    if known is None:
        return ["intend"]
    if known.is_finished:
        return ["read"]
    if known.is_started:
        return ["started", "finished"]
    return ["clear_intent", "started", *(["order_again"] if known.orders == 1 else [])]


def _act(keeper: Keeper | _Memory, act: str, name: str, request_id: str, price: Price) -> bool:
    """False if an order would cost too much."""
    try:
        if act == "intend":
            keeper.intend("A", name, price)
        elif act == "order_again":
            keeper.order_again("A", name, request_id, price)
    except OverCap:
        return False
    if act == "clear_intent":
        keeper.clear_intent("A", name, request_id, Price(most_usd=0.1))
    elif act == "started":
        keeper.started("A", name, request_id, {"operation": name})
    elif act == "finished":
        keeper.finished("A", name, request_id, [name], change_usd=-0.05)
    return True
