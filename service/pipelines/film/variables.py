"""The environment variables that the film reads: who makes its parts, and how Vertex AI is asked.

`make docs` makes their part of docs/configuration.md from it; a test compares it with what the providers read.
"""

from service.variables import Variable

WHO = (
    Variable("PROVIDER", "Who makes the parts of a film: `local` (this machine) or `vertex` (Vertex AI).", "local"),
    Variable("PROVIDER_DIRECTOR", "Who writes the treatment, if not `PROVIDER`.", optional=True),
    Variable("PROVIDER_ILLUSTRATOR", "Who makes stills and clips, if not `PROVIDER`.", optional=True),
    Variable("PROVIDER_NARRATOR", "Who speaks, if not `PROVIDER`.", optional=True),
    Variable("PROVIDER_CRITIC", "Who judges the film, if not `PROVIDER`.", optional=True),
)

VERTEX = (
    Variable("VERTEX_LOCATION", "Where the models are called; single regions have no speech and no stills.", "global"),
    Variable("VERTEX_WORDS_MODEL", "Writes treatments and verdicts.", "gemini-3.8-flash"),
    Variable("VERTEX_STILLS_MODEL", "Makes still pictures.", "gemini-3.1-flash-image"),
    Variable("VERTEX_CLIPS_MODEL", "Makes clips.", "veo-3.1-fast-generate-001"),
    Variable("VERTEX_SPEECH_MODEL", "Speaks.", "gemini-3.8-flash-lite-tts"),
    Variable("VERTEX_VOICE", "The prebuilt voice that it speaks with.", "Kore"),
    Variable(
        "VERTEX_CLIPS_URL",
        "Where Veo leaves its clips, `gs://bucket/prefix`. Default: `clips` in `ARTIFACTS_URL`, if that is a bucket.",
        optional=True,
    ),
)

FILM = (*WHO, *VERTEX)
