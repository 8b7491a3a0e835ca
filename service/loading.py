"""Load the pipeline that `PIPELINE` names, or say in a sentence why that cannot be done and what can be named."""

import difflib
import importlib
import inspect
import os
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

from service.errors import SettingsError
from service.pipeline import BadSetting, Pipeline

BUILT_IN = {"film": "service.pipelines.film:pipeline", "drill": "service.pipelines.drill:pipeline"}
MANY = 12
"""Names that a sentence lists at most."""


def load_pipeline(spec: str, env: Mapping[str, str]) -> Pipeline:
    """Load the pipeline that `PIPELINE` names: a built-in one, or `package.module:name`, which is a `Pipeline` or a
    function from the environment to one. Raises `SettingsError`; its cause is the exception of the pipeline's own code.
    """
    module_name, _, attribute = BUILT_IN.get(spec, spec).partition(":")
    module = _module(spec, module_name)
    if not attribute:
        raise _wrong(spec, f"needs a name after a colon: {_what_is_in(module)}")
    if not hasattr(module, attribute):
        raise _wrong(spec, f"names nothing: {_what_is_in(module)}")
    named = getattr(module, attribute)
    if isinstance(named, Pipeline):
        return named
    if not callable(named):
        raise _wrong(spec, f"is {type(named).__name__}, neither a Pipeline nor a function: {_what_is_in(module)}")
    try:
        found = named(env)
    except BadSetting as error:
        raise SettingsError(f"{error.name} {error.sentence}") from error
    except Exception as error:
        raise _wrong(spec, f"cannot be made: {_said(error)}") from error
    if not isinstance(found, Pipeline):
        raise _wrong(spec, f"returns {type(found).__name__}, which is not a service.pipeline.Pipeline")
    return found


def candidates(module: ModuleType) -> list[str]:
    """Return the names in a module that `PIPELINE` may name: its pipelines, then its own functions of one argument."""
    public = {name: value for name, value in vars(module).items() if not name.startswith("_")}
    pipelines = [name for name, value in public.items() if isinstance(value, Pipeline)]
    makers = [
        name
        for name, value in public.items()
        if inspect.isfunction(value)
        and value.__module__ == module.__name__
        and len(inspect.signature(value).parameters) == 1
    ]
    return [*pipelines, *makers]


def _module(spec: str, name: str) -> ModuleType:
    if not name or not all(part.isidentifier() for part in name.split(".")):
        raise _wrong(spec, "is not a module's name")
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise _wrong(spec, f"cannot be imported: {_said(error)}") from error
        like = difflib.get_close_matches(spec if ":" not in spec else name, [*_modules_here(), *BUILT_IN], 1)
        hint = f" (did you mean {like[0]}?)" if like else ""
        raise _wrong(spec, f"names no module that can be found in {Path.cwd()} or is installed{hint}") from error
    except (Exception, SystemExit) as error:
        raise _wrong(spec, f"cannot be imported: {_said(error)}") from error


def _what_is_in(module: ModuleType) -> str:
    names = candidates(module)
    listed = ", ".join(names[:MANY]) + (" …" if len(names) > MANY else "")
    return f"{module.__name__} has: {listed}" if names else f"{module.__name__} has no pipeline"


def _modules_here() -> list[str]:
    """The modules and packages in the working directory, if it is where modules are looked for."""
    if not {"", str(Path.cwd())} & set(sys.path):
        return []
    here = [Path(entry.path) for entry in os.scandir()]
    return [path.stem for path in here if path.suffix == ".py" or (path / "__init__.py").is_file()]


def _said(error: BaseException) -> str:
    """The exception, and the file and line of the innermost frame that is not Python's own import system."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{type(error).__name__}: {error.msg} ({Path(error.filename).name}:{error.lineno})"
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith("<frozen ")]
    own = [frame for frame in frames if Path(frame.filename) not in (Path(__file__), Path(importlib.__file__))]
    place = f" ({Path(own[-1].filename).name}:{own[-1].lineno})" if own else ""
    return f"{type(error).__name__}: {error}{place}".replace("\n", " ")


def _wrong(spec: str, why: str) -> SettingsError:
    return SettingsError(f"PIPELINE must be film, drill or package.module:name of a pipeline; {spec!r} {why}.")
