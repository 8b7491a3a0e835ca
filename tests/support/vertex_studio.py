"""What the fake Gemini answers the film: treatments, written by the local director, and verdicts."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from service.pipelines.film.presets import PRESETS
from service.pipelines.film.script.directing import rules
from service.pipelines.film.script.reading import brief
from service.pipelines.film.seeds import Seed
from service.pipelines.film.wishes import Wishes

Request = dict[str, Any]


def text_of(request: Request) -> dict[str, Any]:
    """Return the JSON document in a request, the only one."""
    (content,) = request["contents"]
    (text,) = [part["text"] for part in content["parts"] if "text" in part]
    document: dict[str, Any] = json.loads(text)
    return document


def images_of(request: Request) -> int:
    """Return how many pictures a request shows."""
    return sum("inlineData" in part for content in request["contents"] for part in content["parts"])


def draft(content: str, seconds: float, preset: str = "quick_social", lang: str | None = None) -> dict[str, Any]:
    """Return a good draft of a treatment, as a model would write it."""
    wishes = Wishes(duration_sec=seconds)
    made = rules.direct(brief.read(content, lang), wishes, PRESETS[preset], Seed.of_job("a model"))
    drafted = json.loads(json.dumps(made.to_json()))
    drafted["shots"][0]["purpose"] = "hook"
    for shot in drafted["shots"]:
        del shot["weight"]
        shot["visual"] = f"A photograph of {shot['headline'] or shot['items'][0]}."
    return dict(drafted)


@dataclass
class FakeGemini:
    """Answers for `FakeVertex.answer`. `drafts` and `verdicts` are used up in order; after the last, every answer is
    good. `asked` are the documents of the requests so far, `frames` how many pictures each screening showed."""

    drafts: list[Callable[[Request], Any]] = field(default_factory=list)
    verdicts: list[Any] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    frames: list[int] = field(default_factory=list)

    def __call__(self, request: Request) -> Any:
        document = text_of(request)
        self.asked.append(document)
        if "film_says" in document:
            self.frames.append(images_of(request))
            return self.verdicts.pop(0) if self.verdicts else {"score": 1.0, "faithful": True, "findings": []}
        if self.drafts:
            return self.drafts.pop(0)(request)
        return draft(document["brief"], document["seconds"], lang=document["lang"])
