"""Everything that is measured of one film: what is heard, when, and how loud."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np

from lab.listening import levels, wording
from lab.listening.ears import Ears
from lab.listening.takes import Take
from lab.listening.wording import Heard, Sounds
from service.pipeline import Output
from service.pipelines.film.studio import loudness
from service.pipelines.film.studio.sound import Sound

LOUDER_DB = (0, 6, 12)
"""By how much the music is raised, to find how much room there is."""
LATE_S = 0.15


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a film was measured to be; times in seconds, levels in decibels.

    `written_down` is what the recogniser heard in the film; `alone` and `under` are the shares of sounds that it got
    wrong in the voice alone and under the music, by how much that is raised. `missed` are the words not heard in the
    film, `late` those that begin over 0.15 s off the plan, `lost` the lines that were not found at all.
    """

    name: str
    engine: str
    mood: str
    seconds: float
    words: int
    written_down: str
    missed: tuple[str, ...]
    alone: float
    under: Mapping[int, float]
    timed: int
    off_s: float
    off_most_s: float
    late: tuple[str, ...]
    lost: tuple[str, ...]
    over_music_db: float
    over_music_octaves_db: float
    hardest: tuple[str, float]
    trimmed_db: float
    pause_s: float
    jump_db: float
    silence_s: float
    ending_db: float
    clipped: int
    loudness_lufs: float
    true_peak_dbtp: float

    def to_json(self) -> Output:
        return asdict(self)


def listen(take: Take, ears: Ears, sounds: Sounds) -> Report:
    """Measure a film. Raises nothing that the film could cause."""
    voice = take.voice
    heard = {louder: _heard(take, ears, sounds, _mixed(voice, take.music, louder)) for louder in LOUDER_DB if louder}
    written = ears.write_down(take.decoded, take.lang)
    film = wording.compared(take.lines, written, take.lang, sounds)
    off, late, lost = _times(take, ears)
    whole, each = levels.over_the_music(voice, take.music, take.lines)
    return Report(
        name=take.name,
        engine=take.engine,
        mood=take.mood,
        seconds=round(len(take.decoded) / 48_000, 2),
        words=film.words,
        written_down=written,
        missed=film.missed,
        alone=_heard(take, ears, sounds, voice).error,
        under={0: film.error, **{louder: one.error for louder, one in heard.items()}},
        timed=len(off),
        off_s=float(np.median(np.abs(off))) if off else 0.0,
        off_most_s=float(np.max(np.abs(off))) if off else 0.0,
        late=late,
        lost=lost,
        over_music_db=whole,
        over_music_octaves_db=float(np.mean([ratio for _, ratio in each])),
        hardest=min(each, key=lambda word: word[1]),
        trimmed_db=max(line.trimmed_db for line in take.lines),
        pause_s=max(map(levels.longest_pause_s, take.lines)),
        jump_db=levels.largest_jump_db(take.music),
        silence_s=levels.longest_silence_s(take.decoded),
        ending_db=levels.ending_db(take.decoded),
        clipped=levels.clipped(take.decoded),
        loudness_lufs=loudness.lufs(take.decoded),
        true_peak_dbtp=loudness.true_peak_db(take.decoded),
    )


def _heard(take: Take, ears: Ears, sounds: Sounds, sound: Sound) -> Heard:
    return wording.compared(take.lines, ears.write_down(sound, take.lang), take.lang, sounds)


def _mixed(voice: Sound, music: Sound, louder_db: float) -> Sound:
    """The voice and louder music, mono; never clipped."""
    whole = voice + music.mean(axis=1) * np.float32(10 ** (louder_db / 20))
    return np.asarray(whole / max(1.0, float(np.abs(whole).max())), np.float32)


def _times(take: Take, ears: Ears) -> tuple[list[float], tuple[str, ...], tuple[str, ...]]:
    """How far each word is from its planned time, the words that are too far, and the lines that were not found."""
    off: list[float] = []
    late: list[str] = []
    lost: list[str] = []
    for line in take.lines:
        starts = ears.starts(line, take.decoded)
        if starts is None:
            lost.append(" ".join(word.text for word in line.words))
            continue
        for word, start in zip(line.words, starts, strict=True):
            if start == start:  # noqa: PLR0124 -- a word that is not said has no time
                off.append(start - word.start)
                if abs(start - word.start) > LATE_S:
                    late.append(f"{word.text} ({start - word.start:+.2f} s)")
    return off, tuple(late), tuple(lost)
