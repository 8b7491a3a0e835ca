"""The routes of assets: upload a file that jobs may use, list what is kept, delete one.

Uploads are general: what an asset is good for is the pipeline's business. No route returns a stored file.
"""

import logging
import os
from collections.abc import Sequence

import flask
from werkzeug.datastructures import MultiDict

from service.api.answers import json_answer
from service.api.views import AssetsView, AssetView, KeptAssetView
from service.assets.examine import MAX_BYTES, examined
from service.assets.names import Reader, owner_key, parse, references_in, user_key
from service.assets.store import Kept
from service.auth.callers import Caller
from service.delivery import children
from service.delivery.messages import MAX_USER_ID, JobMessage
from service.delivery.parts import Parts
from service.errors import BadField, Unavailable
from service.http.body import read_body
from service.pipeline import Later
from service.problems import problem
from service.strictjson import storable

log = logging.getLogger(__name__)

MOST_BYTES, MOST_FILES = 200_000_000, 500
"""What one account may keep: some hundred logos and photographs, or ten pieces of music."""
MOST_REFERENCES = 32
"""In the metadata of one job: each is looked for when the job is submitted."""


def upload(parts: Parts, caller: Caller) -> flask.Response:
    """Keep the file in the body, decoded and rewritten; answer with the reference to put into a job's metadata."""
    user_id = _user(flask.request.args)
    if user_id is not None:
        caller.check_user(user_id)
    owner, user = owner_key(caller.email), user_key(user_id)
    with (
        read_body(flask.request, parts.slots.called, max_bytes=MAX_BYTES) as body,
        examined(body, children.environment(os.environ)) as found,
    ):
        size = found.path.stat().st_size
        refusal = _full(parts.assets.of_owner(owner), size)
        if refusal is not None:
            return refusal
        try:
            name = parts.assets.put(found.path, owner, user, name=found.name, content_type=found.media_type)
        except Later as error:
            raise Unavailable(error.code, error.sentence) from error
        view = AssetView(
            asset=name.reference,
            kind=found.kind,
            media_type=found.media_type,
            bytes=size,
            user_id=user_id,
            about=dict(found.about),
        )
    log.info("asset kept", extra={"action": "asset", "by": caller.email, "asset": name.reference, "bytes": size})
    return json_answer(view, 201)


def list_assets(parts: Parts, caller: Caller) -> flask.Response:
    """Answer with what the caller's account keeps, newest first."""
    kept = parts.assets.of_owner(owner_key(caller.email))
    views = [
        KeptAssetView(asset=one.name.reference, kind=one.name.kind, bytes=one.bytes, uploaded_at=one.at) for one in kept
    ]
    return json_answer(AssetsView(assets=views, bytes=sum(one.bytes for one in kept), most_bytes=MOST_BYTES))


def remove(parts: Parts, caller: Caller, path: str) -> flask.Response:
    """Delete an asset. Jobs that need it fail from now on. Deleting one that is gone succeeds again."""
    name = parse(f"asset:{path.removeprefix('asset:')}")
    if name is None or not (caller.is_operator or name.owner == owner_key(caller.email)):
        return problem(404, "asset_not_found", "This account has no such asset.")
    parts.assets.remove(name)
    log.info("asset deleted", extra={"action": "asset_delete", "by": caller.email, "asset": name.reference})
    return flask.Response(status=204)


def check_references(parts: Parts, caller: Caller, job: JobMessage) -> None:
    """Raise `BadField` for a job whose metadata refers to an asset that it may not read, or that does not exist."""
    references = references_in(job.metadata)
    if len(references) > MOST_REFERENCES:
        sentence = f"metadata refers to {len(references)} assets; a job may use at most {MOST_REFERENCES}."
        raise BadField("too_many_assets", sentence, field="metadata")
    reader = Reader(submitted_by=caller.email, user_id=job.user_id, is_operator=caller.is_operator)
    for reference in references:
        name = parse(reference)
        if name is None or not reader.may_read(name) or not parts.assets.has(name):
            sentence = f"metadata refers to {reference}, but there is no such asset for jobs of this caller and user."
            raise BadField("asset_not_found", sentence, field="metadata")


def _full(kept: Sequence[Kept], size: int) -> flask.Response | None:
    """The answer to an upload for which the account has no room; two at once may both find some."""
    if len(kept) < MOST_FILES and sum(one.bytes for one in kept) + size <= MOST_BYTES:
        return None
    sentence = (
        f"This account keeps {len(kept)} assets, and has no room for {size:,} bytes more: at most {MOST_FILES} files "
        f"of {MOST_BYTES:,} bytes in all. Delete some that are no longer needed."
    )
    return problem(409, "assets_full", sentence)


def _user(arguments: MultiDict[str, str]) -> str | None:
    for name in arguments:
        if name != "user_id":
            sentence = f"There is no parameter '{storable(name, 64)}'; an upload takes user_id."
            raise BadField("unknown_parameter", sentence, field=name)
    # An empty one is wrong too: it would silently be an upload for all users.
    given = arguments.getlist("user_id")
    user_id = given[0] if given else None
    if user_id is not None and (len(given) > 1 or not user_id.strip() or storable(user_id, MAX_USER_ID) != user_id):
        raise BadField(
            "bad_user_id", f"'user_id' must be one text of at most {MAX_USER_ID} characters.", field="user_id"
        )
    return user_id
