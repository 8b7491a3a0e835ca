"""Buy speech from Gemini."""

import io
import re
import wave
from dataclasses import dataclass

from service.pipelines.film.providers.vertex import client
from service.pipelines.film.providers.vertex.client import Vertex

TIMEOUT_S = 120.0
"""Timeout of one text. Two minutes of speech, the longest reported to arrive whole, take less time than that to make
(https://github.com/googleapis/python-genai/issues/922)."""

RATE = 24_000
"""Samples a second if the answer does not say: what every model returns
(https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/text-to-speech/migration-guide)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """Mono 16-bit little-endian PCM of `rate` samples a second, and the tokens it is paid by."""

    samples: bytes
    rate: int
    tokens_in: int
    tokens_out: int


def say(vertex: Vertex, *, model: str, voice: str, text: str, lang: str) -> Speech:
    """Have `text` spoken word for word by the prebuilt `voice` (such as `Kore`) in `lang` (such as `en-US`).

    Raises what `client.meaning` returns and `client.parts` raises. An answer without sound, which these models return
    occasionally (https://github.com/google-gemini/cookbook/issues/1231), is `Unsure`, because it is paid.
    """
    from google.genai import types  # noqa: PLC0415

    response = client.generate(
        vertex,
        model,
        [types.Content(role="user", parts=[types.Part(text=text)])],
        # No temperature: the 3.8 models reject it.
        types.GenerateContentConfig(
            response_modalities=["AUDIO"],
            speech_config=types.SpeechConfig(
                language_code=lang,
                voice_config=types.VoiceConfig(
                    prebuilt_voice_config=types.PrebuiltVoiceConfig(voice_name=voice),
                ),
            ),
            http_options=client.http_options(TIMEOUT_S),
        ),
    )
    blobs = [part.inline_data for part in client.parts(response) if part.inline_data is not None]
    sounds = [pcm(blob.data or b"", blob.mime_type or "") for blob in blobs]
    rates = {rate for _, rate in sounds}
    samples = b"".join(data for data, _ in sounds)
    if not samples or len(rates) != 1:
        raise client.unreadable("The model's answer holds no sound.")
    tokens_in, tokens_out = client.tokens(response)
    return Speech(samples=samples, rate=rates.pop(), tokens_in=tokens_in, tokens_out=tokens_out)


def pcm(data: bytes, mime_type: str) -> tuple[bytes, int]:
    """Return the samples and the rate of a piece of sound: a WAV file, as from the 3.8 models, or bare PCM such as
    `audio/L16;codec=pcm;rate=24000`, as from earlier ones. Raises `Unsure` for any other sound."""
    if data.startswith(b"RIFF"):
        try:
            with wave.open(io.BytesIO(data)) as file:
                if (file.getnchannels(), file.getsampwidth()) == (1, 2):
                    return file.readframes(file.getnframes()), file.getframerate()
        except (wave.Error, EOFError) as error:
            raise client.unreadable("The model's sound cannot be read.") from error
    elif mime_type.lower().startswith(("audio/l16", "audio/pcm")):
        rate = re.search(r"rate=(\d{4,6})", mime_type)
        return data[: len(data) // 2 * 2], int(rate[1]) if rate else RATE
    raise client.unreadable(f"The model's sound is of an unknown kind ({client.clean(mime_type)}).")
