"""Who does what for a film: each capability's provider, chosen by settings."""

import importlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from service.pipeline import BadSetting
from service.pipelines.film.providers.protocols import Providers

PROVIDERS: Mapping[str, str] = MappingProxyType(
    {
        "local": "service.pipelines.film.providers.local",
        "vertex": "service.pipelines.film.providers.vertex",
    }
)
"""By name: the package of a provider. It has a module for each capability, and that a function `make(env)` which
returns what implements the capability's protocol, or raises `BadSetting`."""

CAPABILITIES = ("director", "illustrator", "narrator", "critic")


def choose(env: Mapping[str, str]) -> Providers:
    """The providers that `PROVIDER` names for all capabilities and `PROVIDER_DIRECTOR`, `PROVIDER_ILLUSTRATOR`,
    `PROVIDER_NARRATOR` and `PROVIDER_CRITIC` for one each; "local" where nothing is said.

    Raises `BadSetting`.
    """
    made: dict[str, Any] = {}
    for capability in CAPABILITIES:
        own = f"PROVIDER_{capability.upper()}"
        setting = own if env.get(own) else "PROVIDER"
        name = env.get(setting) or "local"
        if name not in PROVIDERS:
            raise BadSetting(setting, f"must be one of {', '.join(PROVIDERS)}, not {name!r}.")
        # By name, so that what a provider stands on is loaded only where it is used.
        module = importlib.import_module(f"{PROVIDERS[name]}.{capability}")
        made[capability] = module.make(env)
    return Providers(**made)
