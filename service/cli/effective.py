"""The settings as the service would read them, and where each is from. Values that hold a password are hidden."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from service.pipelines.film.variables import FILM
from service.variables import SERVICE, Variable

HIDDEN = "(set)"


@dataclass(frozen=True, slots=True)
class Effective:
    """A setting's value, and its `origin`: `environment`, `dev` or `default`."""

    name: str
    value: str
    origin: str


def effective(env: Mapping[str, str], own: Mapping[str, str]) -> list[Effective]:
    """Return all settings in the order of docs/configuration.md. `env` is what the service would be given, `own` is
    this process's environment; what only `env` has is from the running dev."""
    is_film = (env.get("PIPELINE", "").strip() or "film") == "film"
    return [_one(variable, env, own) for variable in (*SERVICE, *(FILM if is_film else ()))]


def _one(variable: Variable, env: Mapping[str, str], own: Mapping[str, str]) -> Effective:
    name = variable.name
    if not env.get(name, "").strip():
        return Effective(name, variable.default, "default")
    origin = "environment" if own.get(name, "").strip() else "dev"
    return Effective(name, _shown(name, env[name].strip()), origin)


def _shown(name: str, value: str) -> str:
    if name != "DATABASE_URL":
        return value
    try:
        return make_url(value).render_as_string(hide_password=True)
    except (ArgumentError, ValueError):
        return HIDDEN
