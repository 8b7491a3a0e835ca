"""QA_TECHNICAL: small real films, each broken in one way, and what it finds in them."""

import hashlib
import json
import re
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pytest

from lab.harness.film_context import local_context, walk
from service.pipeline import Job, Later, Never
from service.pipelines.film import pipeline
from service.pipelines.film.script.voice import captions
from service.pipelines.film.script.voice.timeline import FPS, Slot, Timeline, Word
from service.pipelines.film.stages import qa_technical
from service.pipelines.film.stages.qa_technical import Expected
from service.pipelines.film.studio import cuts, ffmpeg, loudness, mp4, soundtrack
from service.pipelines.film.studio.sound import RATE

WIDTH, HEIGHT, SECONDS = 144, 256, 8
CHANCE = np.random.default_rng(7)
TEXTURES = [CHANCE.integers(40, 220, (HEIGHT // 16, WIDTH // 16), np.uint8) for _ in range(4)]
WORDS = ((0.4, 0.8), (0.9, 1.2), (1.3, 1.7), (2.6, 3.1), (3.2, 3.4), (3.8, 4.2), (4.7, 5.1), (5.3, 5.6))
NOISE = CHANCE.standard_normal(SECONDS * RATE)

Sound: TypeAlias = npt.NDArray[np.float32]


def plan() -> Timeline:
    """Three shots, with words except in the last two seconds."""
    words = [Word(f"word{place}", start, end) for place, (start, end) in enumerate(WORDS)]
    bounds = [(0, 69), (69, 129), (129, SECONDS * FPS)]
    return Timeline(
        tuple(
            Slot(first, end, tuple(word for word in words if first <= word.start * FPS < end)) for first, end in bounds
        )
    )


def picture(second: float) -> bytes:
    """A moving texture, a different one for each shot from the middle of the cut to it on."""
    middle = cuts.FRAMES // 2 / FPS
    shot = max(sum(second >= slot.start_s + middle - 1e-6 for slot in plan().slots), 1)
    moved = np.roll(np.kron(TEXTURES[shot], np.ones((16, 16), np.uint8)), round(second * 8), axis=0)
    return moved.tobytes()


def mix(*, words: bool = True) -> Sound:
    """Three notes as music and noise for each word, mastered."""
    at = np.arange(SECONDS * RATE) / RATE
    sound = np.sum([0.06 * np.sin(2 * np.pi * hertz * at) for hertz in (220.0, 277.2, 329.6)], axis=0)
    for start, end in WORDS if words else ():
        first, last = round(start * RATE), round(end * RATE)
        sound[first:last] += 0.1 * NOISE[first:last] * np.hanning(last - first)
    stereo = np.repeat(np.asarray(sound, np.float32)[:, None], 2, axis=1)
    return loudness.master(stereo)


def shifted(sound: Sound, seconds: float) -> Sound:
    return np.roll(sound, round(seconds * RATE), axis=0)


def muted(sound: Sound, start: float, end: float) -> Sound:
    quiet = sound.copy()
    quiet[round(start * RATE) : round(end * RATE)] = 0
    return quiet


def clicked(sound: Sound) -> Sound:
    """Add a burst at full scale, too short to make the whole any louder."""
    burst = sound.copy()
    at = np.arange(RATE // 50) / RATE
    burst[4 * RATE : 4 * RATE + len(at)] = np.sin(2 * np.pi * 500 * at)[:, None]
    return burst


@cache
def good_mix() -> Sound:
    """The mix of the good film, mastered once for all tests. Do not change it in place."""
    return mix()


H264 = ("-c:v", "libx264", "-pix_fmt", "yuv420p")
AAC = ("-c:a", "aac", "-b:a", "192k", "-ar", "48000")
FAST_START = ("-movflags", "+faststart")


@dataclass(frozen=True)
class Recipe:
    """How a film is made; by default a good one. What it has in common with the good film is copied from that and not
    coded again."""

    picture: Callable[[float], bytes] = picture
    sound: Callable[[], Sound] = good_mix
    seconds: float = SECONDS
    fps: int = FPS
    before_sound: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    video: tuple[str, ...] = H264
    audio: tuple[str, ...] = AAC
    more: tuple[str, ...] = FAST_START

    def make(self, folder: Path) -> Path:
        good, film = folder / "good.mp4", folder / "film.mp4"
        good.write_bytes(good_film())
        if self == GOOD:
            return good.rename(film)
        is_seen = replace(self, sound=good_mix, audio=AAC, before_sound=(), more=FAST_START) == GOOD
        is_heard = (self.sound, self.seconds, self.audio) == (good_mix, SECONDS, AAC)
        self.code(folder / "sound.wav", film, good if is_seen else None, good if is_heard else None)
        return film

    def code(self, wav: Path, film: Path, seen: Path | None = None, heard: Path | None = None) -> None:
        """Write the film, with the picture of `seen` and the sound of `heard` if they are given."""
        raw = ("-f", "rawvideo", "-pix_fmt", "gray", "-s", f"{WIDTH}x{HEIGHT}", "-r", f"{self.fps}", "-i", "pipe:0")
        frames = b""
        if not seen:
            frames = b"".join(self.picture(number / self.fps) for number in range(round(self.seconds * self.fps)))
        if not heard:
            soundtrack.write(self.sound(), wav)
        pictures: list[str | Path] = ["-i", seen] if seen else [*raw]
        sounds: list[str | Path] = [*self.before_sound, "-i", heard or wav]
        coded = ("-c:v", "copy") if seen else (*self.filters, *self.video, "-preset", "ultrafast", "-crf", "20")
        coded += ("-c:a", "copy") if heard else self.audio
        both = ("-map", "0:v", "-map", "1:a", *coded, "-threads", "1")
        code(*pictures, *sounds, *both, *self.more, film, frames=frames)


def code(*args: str | Path, frames: bytes = b"") -> None:
    subprocess.run([ffmpeg.program(), "-v", "error", *args[:-1], "-y", args[-1]], input=frames, check=True)


@cache
def good_film() -> bytes:
    """The bytes of the good film, made once for all tests."""
    with tempfile.TemporaryDirectory() as folder:
        wav, film = Path(folder, "sound.wav"), Path(folder, "film.mp4")
        GOOD.code(wav, film)
        return film.read_bytes()


GOOD = Recipe()
BLACK, STILL = bytes([0] * WIDTH * HEIGHT), picture(3.0)


def expected(*, is_spoken: bool = True, timeline: Timeline | None = None) -> Expected:
    return Expected(width=WIDTH, height=HEIGHT, plan=timeline or plan(), is_spoken=is_spoken)


def found(film: Path, folder: Path, want: Expected | None = None, vtt: str | None = None) -> list[str]:
    want = want or expected()
    said = captions.webvtt(captions.cues(want.plan)) if vtt is None else vtt
    return qa_technical.examine(local_context(folder / "context"), film, said, want)[1]


BROKEN: dict[str, tuple[Recipe, list[str]]] = {
    "a frozen stretch": (
        Recipe(picture=lambda s: STILL if 5 <= s < 7.5 else picture(s)),
        ["its picture stands still from 5\\.[0-3] to 7\\.5 s"],
    ),
    "frozen to the end": (
        Recipe(picture=lambda s: STILL if s >= 5 else picture(s)),
        ["its picture stands still from 5\\.[0-3] to 8\\.0 s"],
    ),
    "a black stretch": (
        Recipe(picture=lambda s: BLACK if 6 <= s < 6.8 else picture(s)),
        ["it is black from 6.0 to 6.8 s"],
    ),
    "silence while words are said": (
        Recipe(sound=lambda: muted(good_mix(), 2.5, 3.5)),
        ["it is silent from 2.5 to 3.5 s, while words are said"],
    ),
    "silence where nothing is said": (
        Recipe(sound=lambda: muted(good_mix(), 5.7, 8)),
        ["it is silent from 5.7 to 8.0 s"],
    ),
    "another rate": (Recipe(fps=25), ["it has 25 frames a second and not 30"]),
    "an uneven rate": (
        Recipe(filters=("-vf", "select=mod(n\\,7)-3", "-fps_mode", "vfr")),
        ["its frames are not equally long"],
    ),
    "late sound": (
        Recipe(sound=lambda: shifted(good_mix(), 0.4)),
        ["its narration is heard 0.4 s later than its words are planned"],
    ),
    "early sound": (
        Recipe(sound=lambda: shifted(good_mix(), -0.3)),
        ["its narration is heard 0.3 s earlier than its words are planned"],
    ),
    "a sound track that begins late": (
        Recipe(before_sound=("-itsoffset", "0.4"), sound=lambda: good_mix()[: round(7.6 * RATE)]),
        [
            "its sound begins 0\\.[34]\\d s after its picture",
            "its narration is heard 0.4 s later than its words are planned",
        ],
    ),
    "late pictures": (
        Recipe(picture=lambda s: picture(max(s - 0.5, 0) + 0.001 * s)),
        ["its pictures change 0.5 s later than its shots are planned"],
    ),
    "no narration": (Recipe(sound=lambda: mix(words=False)), ["no narration is heard where words are planned"]),
    "too loud": (
        Recipe(sound=lambda: np.clip(good_mix() * 1.4, -0.85, 0.85)),
        ["its loudness is -11\\.\\d LUFS and not -14, give or take 1", "its true peak is -?0\\.\\d dBTP, over -1"],
    ),
    "too quiet": (
        Recipe(sound=lambda: good_mix() * np.float32(0.7)),
        ["its loudness is -17\\.\\d LUFS and not -14, give or take 1"],
    ),
    "a peak": (Recipe(sound=lambda: clicked(good_mix())), ["its true peak is -?[01]\\.\\d dBTP, over -1"]),
    "too short": (
        Recipe(seconds=7, sound=lambda: good_mix()[: 7 * RATE]),
        ["its picture lasts 7.00 s and not 8.00 s", "its sound lasts 7.00 s and not 8.00 s"],
    ),
    "sound that ends early": (
        Recipe(sound=lambda: good_mix()[: round(7.7 * RATE)]),
        ["its sound ends 0.30 s before its picture"],
    ),
    "an index at the end": (Recipe(more=()), ["its index comes after the media"]),
    "other codecs": (
        Recipe(video=("-c:v", "mpeg4", "-pix_fmt", "yuv420p"), audio=("-c:a", "libmp3lame", "-ar", "48000")),
        ["the picture is mpeg4 and not h264", "the sound is mp3 and not aac"],
    ),
    "pixels that few players show": (
        Recipe(video=("-c:v", "libx264", "-pix_fmt", "yuv444p")),
        ["the pixels are yuv444p and not yuv420p"],
    ),
    "another size": (Recipe(filters=("-vf", "scale=128:228")), ["it is 128x228 and not 144x256"]),
    "no sound": (Recipe(more=("-an", *FAST_START)), ["it has no sound"]),
    "no picture": (Recipe(more=("-vn", *FAST_START)), ["it has no picture"]),
}


def test_a_good_film_passes(tmp_path: Path) -> None:
    film = GOOD.make(tmp_path)
    assert found(film, tmp_path) == []


@pytest.mark.parametrize("fault", BROKEN)
def test_each_fault_is_found_and_nothing_else(tmp_path: Path, fault: str) -> None:
    recipe, patterns = BROKEN[fault]
    wrong = found(recipe.make(tmp_path), tmp_path)
    assert len(wrong) == len(patterns), wrong
    for sentence, pattern in zip(wrong, patterns, strict=True):
        assert re.search(pattern, sentence), sentence


def test_a_film_without_a_voice_need_not_have_its_words_heard(tmp_path: Path) -> None:
    film = replace(GOOD, sound=lambda: mix(words=False)).make(tmp_path)
    assert found(film, tmp_path, expected(is_spoken=False)) == []


def test_a_file_that_is_truncated_or_corrupted(tmp_path: Path) -> None:
    film = GOOD.make(tmp_path)
    whole = film.read_bytes()
    film.write_bytes(whole[: len(whole) * 3 // 5])
    assert found(film, tmp_path / "1") == ["it is cut off: mdat ends after the end of the file"]
    film.write_bytes(whole[: whole.index(b"moov") + 100])
    assert "it is cut off" in found(film, tmp_path / "2")[0]
    film.write_bytes(whole[: len(whole) // 2] + bytes(len(whole) - len(whole) // 2))
    assert any("can be played" in sentence for sentence in found(film, tmp_path / "3"))
    film.write_bytes(b"<html>no film</html>" * 100)
    assert len(found(film, tmp_path / "4")) == 1
    film.write_bytes(b"")
    assert found(film, tmp_path / "5") == ["it is not an MP4 file with an index and media"]


def test_a_file_that_is_far_too_large(tmp_path: Path) -> None:
    film = GOOD.make(tmp_path)
    empty = 20_000_000
    film.write_bytes(film.read_bytes() + (empty + 8).to_bytes(4, "big") + b"free" + bytes(empty))
    (wrong,) = found(film, tmp_path)
    assert wrong.endswith(" MB, over 2 MB a second")


def test_an_index_that_cannot_be_read(tmp_path: Path) -> None:
    film = GOOD.make(tmp_path)
    whole = film.read_bytes()
    for name in (b"mvhd", b"stts", b"mdhd", b"hdlr"):
        film.write_bytes(whole.replace(name, b"xxxx"))
        with pytest.raises(mp4.Broken):
            mp4.read(film)


CAPTIONS: dict[str, tuple[Callable[[str], str], str]] = {
    "beyond the end": (lambda vtt: vtt.replace("00:00:05.950", "00:00:08.500"), "ends at 8.50 s, after the film's end"),
    "one over the other": (
        lambda vtt: vtt.replace("--> 00:00:02.050", "--> 00:00:02.900"),
        "are shown at the same time",
    ),
    "an end before its beginning": (
        lambda vtt: vtt.replace("--> 00:00:02.050", "--> 00:00:00.100"),
        "before it begins",
    ),
    "an empty one": (lambda vtt: vtt + "\n9\n00:00:06.000 --> 00:00:06.500\n<i> </i>\n", "caption 4 is empty"),
    "a word that is not said": (lambda vtt: vtt.replace("word4", "word5"), "where the narration says"),
    "a word too few": (lambda vtt: vtt.replace(" word7", ""), "where the narration says"),
    "a word too many": (lambda vtt: vtt.replace("word7", "word7 more"), "where the narration says"),
    "an invalid time": (lambda vtt: vtt.replace("00:00:02.050", "2 seconds"), "not a WebVTT file"),
    "another format": (lambda vtt: vtt.replace("WEBVTT\n\n", "").replace(".", ","), "not a WebVTT file"),
    "nothing": (lambda _vtt: "", "not a WebVTT file"),
    "no cues": (lambda _vtt: "WEBVTT\n", "where the narration says"),
}


def test_good_captions_pass_in_every_form_of_webvtt() -> None:
    vtt = captions.webvtt(captions.cues(plan()))
    assert vtt.count("-->") == 3
    for written in (
        vtt,
        vtt.replace("\n", "\r\n"),
        "\ufeff" + vtt.replace("WEBVTT", "WEBVTT - a film\n\nNOTE of nobody\n\nSTYLE\n::cue {}"),
        vtt.replace("word4", "<00:00:03.200><c>word4</c>").replace(" --> 00:00:05", " --> 00:00:05") + "\n\n",
        vtt.replace("00:00:0", "00:0"),
        vtt.replace("00:00:02.050", "00:00:02.050 align:start line:90%"),
        vtt.replace("word1 word2", "word1\nword2"),
    ):
        assert list(qa_technical.captions_findings(written, plan())) == []
    signs = Timeline((Slot(0, 60, (Word("<b>", 0.1, 0.5), Word("&amp;", 0.5, 1.0))),))
    assert list(qa_technical.captions_findings(captions.webvtt(captions.cues(signs)), signs)) == []


@pytest.mark.parametrize("fault", CAPTIONS)
def test_each_fault_in_captions_is_found(fault: str) -> None:
    spoil, says = CAPTIONS[fault]
    vtt = captions.webvtt(captions.cues(plan()))
    assert spoil(vtt) != vtt
    wrong = list(qa_technical.captions_findings(spoil(vtt), plan()))
    assert [sentence for sentence in wrong if says in sentence], wrong
    assert len(wrong) == 1


def test_the_stage_names_everything_that_is_wrong_at_once(tmp_path: Path) -> None:
    film = replace(GOOD, sound=lambda: good_mix() * np.float32(0.5), more=()).make(tmp_path)
    ctx = local_context(tmp_path / "context")
    vtt = tmp_path / "captions.vtt"
    vtt.write_text("WEBVTT\n", encoding="utf-8")
    outputs: dict[str, Any] = {
        "ANALYSIS": {"width": WIDTH, "height": HEIGHT},
        "AUDIO_GENERATION": {"timeline": plan().to_json(), "voice": "espeak"},
        "RENDER_EXECUTION": {
            "film_url": ctx.artifacts.put(film, "film.mp4", "video/mp4"),
            "captions_url": ctx.artifacts.put(vtt, "captions.vtt", "text/vtt"),
        },
    }
    job = Job(id="j", user_id="u", content="x", preset="quick_social", metadata={})
    with pytest.raises(Never) as caught:
        qa_technical.run(job, outputs, ctx)
    assert caught.value.code == "qa_technical_failed"
    for part in ("loudness", "index", "captions say"):
        assert part in caught.value.sentence
    assert len(caught.value.sentence) < 2_000


def test_a_measure_that_breaks_may_succeed_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    film = GOOD.make(tmp_path)
    usual = ffmpeg.measure
    monkeypatch.setattr(ffmpeg, "measure", lambda *films: [*usual(*films)[:-1], "-nonsense"])
    with pytest.raises(Later) as caught:
        found(film, tmp_path)
    assert caught.value.code == "probe_failed"


@pytest.mark.slow
def test_a_film_of_the_pipeline_passes_and_shows_its_faults(tmp_path: Path) -> None:
    """The same film, with its sound or its picture shifted by ffmpeg."""
    content = "Our lamp wakes you with sunrise. It lasts for forty hours. Order yours today."
    job = Job(id="j", user_id="u", content=content, preset="quick_social", metadata={"duration_sec": 9})
    outputs = walk(pipeline({}), job, tmp_path / "film")
    good = Path(outputs["RENDER_EXECUTION"]["film_url"].removeprefix("file://"))
    timeline = Timeline.from_json(outputs["AUDIO_GENERATION"]["timeline"])
    want = Expected(width=1080, height=1920, plan=timeline, is_spoken=outputs["AUDIO_GENERATION"]["voice"] is not None)
    assert want.is_spoken
    assert len(timeline.slots) > 2
    spoilt = tmp_path / "spoilt.mp4"
    result = outputs["FINALIZE"]
    manifest = json.loads(Path(result["manifest_url"].removeprefix("file://")).read_text("utf-8"))
    for name in ("film", "poster", "captions"):
        data = Path(result[f"{name}_url"].removeprefix("file://")).read_bytes()
        kept = {"url": result[f"{name}_url"], "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
        assert manifest["artifacts"][name] == kept
    for name in ("inputs", "seed", "versions", "costs", "qa", "plan", "treatment", "timeline"):
        assert manifest[name], name
    assert {source["what"] for source in manifest["sources"]} == {"program", "fonts", "voice", "music", "pictures"}

    def spoil(*options: str) -> str:
        command: list[str | Path] = [ffmpeg.program(), "-v", "error", "-i", good, *options]
        subprocess.run([*command, "-movflags", "+faststart", "-y", spoilt], check=True)
        return "; ".join(found(spoilt, tmp_path / f"context-{len(list(tmp_path.iterdir()))}", want))

    assert spoil("-c", "copy") == ""
    sound = ("-c:v", "copy", "-c:a", "aac", "-b:a", "192k")
    late = spoil(*sound, "-af", "adelay=400:all=1,atrim=0:9")
    assert re.search(r"narration is heard 0\.[345] s later", late), late
    early = spoil(*sound, "-af", "atrim=0.4,asetpts=N/SR/TB,apad=whole_dur=9")
    assert re.search(r"narration is heard 0\.[345] s earlier", early), early
    assert "LUFS" in spoil(*sound, "-af", "volume=-4dB")
    picture = ("-c:a", "copy", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
    late = spoil(*picture, "-vf", "tpad=start=15:start_mode=clone,trim=end_frame=270")
    assert "its pictures change 0.5 s later than its shots are planned" in late
    assert "stands still" in spoil(*picture, "-vf", "loop=loop=75:size=1:start=120,trim=end_frame=270")
