"""A pipeline that cannot be loaded is told in a sentence that says what can be named."""

import importlib
from pathlib import Path

import pytest

from service.errors import SettingsError
from service.loading import load_pipeline

MODULE = """
from service.pipeline import BadSetting, Pipeline, Stage


def check(env):
    return make({"COLOUR": "red"})


def make(env):
    if "COLOUR" not in env:
        raise BadSetting("COLOUR", "must be set")
    return Pipeline(name="m", presets=frozenset("a"), transitions={"A": "B"}, stages={"A": Stage(lambda *_: {})})


def broken(env):
    return env["NOTHING"]


def helper(one, two): ...


ready = make({"COLOUR": "red"})
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "mirror_of_tests.py").write_text(MODULE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.invalidate_caches()
    return tmp_path


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("mirror_of_tests", "needs a name after a colon: mirror_of_tests has: ready, check, make, broken."),
        ("mirror_of_tests:mak", "names nothing: mirror_of_tests has: ready, check, make, broken."),
        ("miror_of_tests:make", "(did you mean mirror_of_tests?)"),
        ("flim", "(did you mean film?)"),
        ("mirror_of_tests:MODULE_NAME", "mirror_of_tests has: "),
        ("mirror_of_tests:broken", "cannot be made: KeyError: 'NOTHING' (mirror_of_tests.py:16)."),
        ("mirror-of-tests:make", "is not a module's name."),
        ("mirror_of_tests:make", "COLOUR must be set"),
    ],
)
def test_the_sentence_says_what_is_wrong(here: Path, spec: str, said: str) -> None:
    assert here.exists()
    with pytest.raises(SettingsError) as refused:
        load_pipeline(spec, {})
    assert said in refused.value.sentence


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("x = {}['words']", "KeyError: 'words' (broken_in_tests.py:1)"),
        ("import nothing_of_the_kind", "ModuleNotFoundError: No module named 'nothing_of_the_kind'"),
        ("\ndef f(:", "SyntaxError: invalid syntax (broken_in_tests.py:2)"),
        ("raise SystemExit(3)", "SystemExit: 3"),
    ],
)
def test_a_module_that_cannot_be_imported_is_named_with_its_line(here: Path, code: str, said: str) -> None:
    (here / "broken_in_tests.py").write_text(code)
    importlib.invalidate_caches()
    with pytest.raises(SettingsError) as refused:
        load_pipeline("broken_in_tests:pipeline", {})
    assert said in refused.value.sentence


def test_what_is_right_is_loaded(here: Path) -> None:
    assert here.exists()
    for name in ("ready", "check"):
        assert load_pipeline(f"mirror_of_tests:{name}", {}).name == "m"
