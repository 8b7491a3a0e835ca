"""`POST /prune`, which a scheduler calls at night."""

import flask

from service.api.answers import json_answer
from service.api.views import PrunedView, view_of
from service.delivery.parts import Parts
from service.operator import prune

PRUNE_S = 45.0
"""How long one call prunes; deploy/setup.sh has it called again."""


def run_prune(parts: Parts, caller: str) -> flask.Response:
    """Delete what is over and old enough, for less than a minute; the next call continues."""

    def remove_files(job_id: str) -> int:
        store = parts.artifacts(job_id)
        return 0 if store.expires else store.remove()

    wanted = prune.Wanted(retain_days=parts.settings.retain_days)
    pruned = prune.prune(
        parts.engine,
        wanted,
        who=caller,
        for_s=PRUNE_S,
        remove_files=remove_files,
        remove_assets=parts.assets.remove_before,
    )
    return json_answer(view_of(PrunedView, pruned))
