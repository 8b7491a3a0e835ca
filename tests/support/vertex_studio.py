"""What the fake Gemini answers the film: treatments that are the local director's, and verdicts."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from service.pipelines.film.presets import PRESETS
from service.pipelines.film.script import brief, rules
from service.pipelines.film.seeds import Seed
from service.pipelines.film.wishes import Wishes

Request = dict[str, Any]


def text_of(request: Request) -> dict[str, Any]:
    """The one JSON document that a request is about."""
    (content,) = request["contents"]
    (text,) = [part["text"] for part in content["parts"] if "text" in part]
    told: dict[str, Any] = json.loads(text)
    return told


def images_of(request: Request) -> int:
    """How many pictures a request shows."""
    return sum("inlineData" in part for content in request["contents"] for part in content["parts"])


def draft(content: str, seconds: float, preset: str = "quick_social", lang: str | None = None) -> dict[str, Any]:
    """A good draft of a treatment, as a model would write it."""
    wishes = Wishes(duration_sec=seconds)
    made = rules.direct(brief.read(content, lang), wishes, PRESETS[preset], Seed.of_job("a model"))
    drafted = json.loads(json.dumps(made.to_json()))
    drafted["shots"][0]["purpose"] = "hook"
    for shot in drafted["shots"]:
        del shot["weight"]
        shot["visual"] = f"A photograph of {shot['headline'] or shot['items'][0]}."
    return dict(drafted)


@dataclass
class Gemini:
    """Answers of the fake, to be put into `FakeVertex.answer`. `drafts` and `verdicts` are taken one after the other;
    after the last, every answer is good."""

    drafts: list[Callable[[Request], Any]] = field(default_factory=list)
    verdicts: list[Any] = field(default_factory=list)
    told: list[dict[str, Any]] = field(default_factory=list)
    frames: list[int] = field(default_factory=list)

    def __call__(self, request: Request) -> Any:
        told = text_of(request)
        self.told.append(told)
        if "film_says" in told:
            self.frames.append(images_of(request))
            return self.verdicts.pop(0) if self.verdicts else {"score": 1.0, "faithful": True, "findings": []}
        if self.drafts:
            return self.drafts.pop(0)(request)
        return draft(told["brief"], told["seconds"], lang=told["lang"])
