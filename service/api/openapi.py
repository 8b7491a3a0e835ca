"""The document that describes every route of the service (OpenAPI 3.1.1). Pure; a test compares it with the
routes and their answers.

https://spec.openapis.org/oas/v3.1.1.html, with schemas of JSON Schema 2020-12.
"""

import re
from collections.abc import Mapping
from typing import Any

from werkzeug.routing import Map

from service.api.idempotency import KEPT_H
from service.api.operations import PATHS
from service.api.schemas import schemas

IMPLIED = ("HEAD", "OPTIONS")
"""Methods that Flask answers by itself for every path."""
PAGES = ("docs", "front")
"""The blueprints whose routes are pages for people, and no part of the API."""

_DESCRIPTION = f"""A text brief in, a finished short film out.

Callers send `Authorization: Bearer` with an OIDC token that Google signed. A token for the API does not open `/push`,
nor the reverse.

Every error is answered as `application/problem+json` (RFC 9457). Its `code` is stable; its `detail` is a sentence for
people. 503 carries `Retry-After` in seconds: the same request can be sent again.

`Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header) belongs to its caller and is kept for at least {KEPT_H}
hours from its first use. A request that is refused before it is stored (400, 401, 403, 413, 422) uses up no key.
"""


def document(presets: frozenset[str]) -> dict[str, Any]:
    """Return the description of every route, for a pipeline with these presets."""
    return {
        "openapi": "3.1.1",
        "info": {"title": "aiprod-pipeline", "version": "1", "description": _DESCRIPTION},
        "paths": PATHS,
        "components": {
            "securitySchemes": {
                "api": _bearer("`aud` is API_AUDIENCE, `email` one of API_CALLERS or API_OPERATORS"),
                "push": _bearer("`aud` is PUSH_AUDIENCE, `email` one of PUSH_SERVICE_ACCOUNT"),
            },
            "schemas": schemas(presets),
        },
    }


def served(full: Mapping[str, Any], routes: Map) -> dict[str, Any]:
    """Return the document without the operations that this process does not serve (`SURFACE`)."""
    available = operations_of(routes)
    paths = {
        path: {method: operation for method, operation in operations.items() if (path, method) in available}
        for path, operations in full["paths"].items()
    }
    return {**full, "paths": {path: operations for path, operations in paths.items() if operations}}


def operations_of(routes: Map) -> set[tuple[str, str]]:
    """Return every (path, method) that an application answers, as this document writes them: `/job/{id}`, `get`. The
    console's pages are for people."""
    return {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in routes.iter_rules()
        if rule.endpoint.partition(".")[0] not in PAGES
        for method in rule.methods or ()
        if method not in IMPLIED and not rule.rule.startswith("/console")
    }


def _bearer(description: str) -> dict[str, str]:
    return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": description}
