"""Who is called and as whom, how long a call may take, and what its errors mean."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Vertex:
    """A project of Google Cloud and a place of Vertex AI. `clips` is where Veo leaves its clips, `gs://bucket/prefix`."""

    project: str
    location: str
    clips: str

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Vertex":
        """Raises `BadSetting` where a setting is missing or wrong."""
        raise NotImplementedError(str(env))
