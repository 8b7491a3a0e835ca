"""What a page is given and what it answers with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, TypeAlias

import flask
from werkzeug.datastructures import MultiDict

from service.auth.callers import Person
from service.console import forms
from service.delivery.parts import Parts
from service.errors import ServiceError

ROOT = "/console/"


class NotThere(ServiceError):
    """What was asked for does not exist (404)."""


class NotDone(ServiceError):
    """What was asked for cannot be done as things stand (409)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request for a page, by somebody who may see it. `form` is empty unless it is a POST."""

    parts: Parts
    person: Person
    args: MultiDict[str, str]
    form: MultiDict[str, str] = field(default_factory=MultiDict)

    def reason(self) -> str:
        """Return why the person acts. Raises `NotDone` if the form does not say."""
        why = forms.text_of(self.form, "why")
        if not why:
            raise NotDone("no_reason", "Say why, for those who find it later. Go back and fill in the reason.")
        return why


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A page to be rendered: the values for its template. `template` is another one than the page's own; `version`
    names the content, so that an unchanged page need not be rendered again."""

    values: Mapping[str, Any]
    template: str | None = None
    status: int = HTTPStatus.OK
    version: str | None = None


Answer: TypeAlias = Shown | flask.Response


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page at `ROOT` and its name. `title` puts it into the navigation; `act` answers a POST. `version` computes what
    `Shown.version` would be, without the rest."""

    name: str
    show: Callable[[Visit], Answer]
    act: Callable[[Visit], Answer] | None = None
    title: str = ""
    version: Callable[[Visit], str | None] | None = None

    @property
    def path(self) -> str:
        return ROOT if self.name == "overview" else f"{ROOT}{self.name}"
