"""Who provides the parts of a film: a provider for each capability, chosen by settings.

Read protocols first, which says what a provider may do; then `local/`, four small files that need no account and no
network, and `vertex/`, Google's Vertex AI. A provider may import the film's studio, script and money, and never another
provider; the studio imports none of them.
"""

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
"""The package of each provider, by its name. It has a module for each capability with a function `make(env)`, which
returns an implementation of the capability's protocol or raises `BadSetting`."""

CAPABILITIES = ("director", "illustrator", "narrator", "critic")


def choose(env: Mapping[str, str]) -> Providers:
    """Return the providers that the settings name: `PROVIDER` for all capabilities, `PROVIDER_DIRECTOR`,
    `PROVIDER_ILLUSTRATOR`, `PROVIDER_NARRATOR` and `PROVIDER_CRITIC` for one each; "local" by default.

    Raises `BadSetting`.
    """
    chosen: dict[str, Any] = {}
    for capability in CAPABILITIES:
        name = _name(env, capability)
        # Imported by name, so that a provider and the libraries it needs are loaded only if it is used.
        module = importlib.import_module(f"{PROVIDERS[name]}.{capability}")
        chosen[capability] = module.make(env)
    return Providers(**chosen)


def names(env: Mapping[str, str]) -> frozenset[str]:
    """Return the names of the providers that the settings choose. Raises `BadSetting`."""
    return frozenset(_name(env, capability) for capability in CAPABILITIES)


def _name(env: Mapping[str, str], capability: str) -> str:
    own = f"PROVIDER_{capability.upper()}"
    setting = own if env.get(own) else "PROVIDER"
    name = env.get(setting) or "local"
    if name not in PROVIDERS:
        raise BadSetting(setting, f"must be one of {', '.join(PROVIDERS)}, not {name!r}.")
    return name
