"""Real films, made and then read back by another program (PyAV)."""

import hashlib
import json
import re
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeAlias

import av
import numpy as np
import pytest
from PIL import Image

from lab.harness.film_context import FolderStore, LocalContext, local_context, walk
from service.pipeline import Interrupted, Job, Later, Never, Output
from service.pipelines.film import pipeline
from service.pipelines.film.studio import ffmpeg, loudness
from service.pipelines.film.studio.sound import RATE

pytestmark = pytest.mark.slow

Picture: TypeAlias = np.ndarray[Any, np.dtype[np.float64]]

LAMP = "Our new Aurora lamp wakes you up with 12 shades of sunrise. Order yours at aurora-lamp.com"
PAIN = "Du pain au levain, des tartes et des croissants. Venez goûter !"
HOSTILE = (
    "'; rm -rf / ; drawtext=text='x':fontfile=/etc/passwd \\n [[h@loU]] <speak>hello</speak> <c.red>--></c> "
    "00:00.000 --> 00:05.000 %{pts} $(touch owned) `id` file '/etc/passwd'"
)


def job(content: str, preset: str = "quick_social", job_id: str = "a-job", **metadata: Any) -> Job:
    return Job(id=job_id, user_id="u", content=content, preset=preset, metadata=metadata)


def made(asked: Job, folder: Path) -> dict[str, Output]:
    return walk(pipeline({}), asked, folder)


def path_of(url: str) -> Path:
    return Path(url.removeprefix("file://"))


def pictures(film: Path, side: int = 96) -> list[Picture]:
    with av.open(str(film)) as opened:
        video = opened.streams.video[0]
        small = (frame.reformat(width=side, height=side, format="gray") for frame in opened.decode(video))
        return [frame.to_ndarray().astype(np.float64) for frame in small]


def fingerprint(film: Path) -> str:
    digest = hashlib.sha256()
    with av.open(str(film)) as opened:
        for frame in opened.decode(opened.streams.video[0]):
            digest.update(frame.to_ndarray().tobytes())
    return digest.hexdigest()


@pytest.mark.parametrize(
    ("preset", "ratio", "size"),
    [
        ("quick_social", None, (1080, 1920)),
        ("brand_campaign", None, (1920, 1080)),
        ("premium_spot", "1:1", (1080, 1080)),
    ],
)
def test_a_film_plays_everywhere(preset: str, ratio: str | None, size: tuple[int, int], tmp_path: Path) -> None:
    outputs = made(job(LAMP, preset, duration_sec=6.3, aspect_ratio=ratio), tmp_path)
    result = outputs["FINALIZE"]
    film = path_of(result["film_url"])
    with av.open(str(film)) as opened:
        video, audio = opened.streams.video[0], opened.streams.audio[0]
        assert (video.codec_context.name, video.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert (video.codec_context.width, video.codec_context.height) == size
        assert video.average_rate == 30
        assert (audio.codec_context.name, audio.codec_context.sample_rate) == ("aac", 48000)
        assert opened.duration is not None
        assert opened.duration / 1e6 == pytest.approx(6.3, rel=0.02)
        assert video.time_base is not None
        times = [frame.pts * video.time_base for frame in opened.decode(video) if frame.pts is not None]
    assert times == [Fraction(number, 30) for number in range(189)]
    # The index comes before the pictures, so that a browser can start at once.
    head = film.read_bytes()
    assert head.find(b"moov") < head.find(b"mdat")
    frames = pictures(film)
    moves = [float(np.abs(a - b).mean()) for a, b in zip(frames[:-5:5], frames[5::5], strict=True)]
    assert min(moves) > 0.01
    # A single colour may fill the frame only during a cut.
    assert sum(frame.std() > 2 for frame in frames) > 0.9 * len(frames)
    with Image.open(path_of(result["poster_url"])) as poster:
        assert poster.size == size
    assert path_of(result["captions_url"]).read_text("utf-8").startswith("WEBVTT\n\n1\n")
    manifest = json.loads(path_of(result["manifest_url"]).read_text("utf-8"))
    assert manifest["inputs"]["content"] == LAMP
    assert manifest["plan"]["cost_usd"] == manifest["costs"]["spent_usd"] == result["costs"]["plan_usd"] == 0
    assert manifest["versions"]["numpy"]
    assert result["qa"]["technical"]["passed"]
    json.dumps(outputs)


@pytest.mark.parametrize(
    ("name", "seconds", "main"),
    [
        ("quote", 4.0, ["It always seems impossible until it's done", "Nelson Mandela"]),
        ("ar", 5.0, ["2,499", "2,999", "techsouq.ae"]),
        ("job", 5.0, ["Senior Backend Engineer", "31 January", "jobs@northwind-robotics.com"]),
    ],
)
def test_a_film_of_a_real_brief_keeps_to_it_and_never_stands_still(
    name: str, seconds: float, main: list[str], tmp_path: Path
) -> None:
    """QA_TECHNICAL reads the words back in the picture, and hears the narration in step."""
    brief = json.loads((Path(__file__).parent / "briefs" / f"{name}.json").read_text())
    outputs = made(job(brief["content"], duration_sec=seconds, aspect_ratio="1:1"), tmp_path)
    result = outputs["FINALIZE"]
    assert result["qa"]["technical"]["passed"]
    assert result["qa"]["semantic"]["passed"]
    shown = json.dumps(outputs["FAST_TRACK"]["treatment"], ensure_ascii=False)
    assert [words for words in main if words not in shown] == []
    assert [words for words in brief["expect"]["never"] if words in shown] == []
    frames = pictures(path_of(result["film_url"]))
    assert min(np.abs(frames[at + 15] - frames[at]).max() for at in range(0, len(frames) - 15, 15)) > 4


def test_the_sound_is_as_loud_as_it_should_be_and_speaks(tmp_path: Path) -> None:
    outputs = made(job(PAIN, duration_sec=6), tmp_path)
    film = path_of(outputs["FINALIZE"]["film_url"])
    args: list[str | Path] = [ffmpeg.program(), "-hide_banner", "-nostats", "-i", film]
    asked = ["-af", "ebur128=peak=true:framelog=quiet", "-f", "null", "-"]
    said = subprocess.run([*args, *asked], capture_output=True, text=True, check=True).stderr
    loud, peak = re.search(r"I:\s+(-?[\d.]+) LUFS", said), re.search(r"Peak:\s+(-?[\d.]+) dBFS", said)
    assert loud is not None
    assert peak is not None
    assert float(loud.group(1)) == pytest.approx(-14.0, abs=1.0)
    assert float(peak.group(1)) <= -1.0
    with av.open(str(film)) as opened:
        sound = np.concatenate([frame.to_ndarray() for frame in opened.decode(opened.streams.audio[0])], axis=1).T
    assert len(sound) / RATE == pytest.approx(6.0, abs=0.1)
    levels = [loudness.k_level(sound[at : at + RATE]) for at in range(0, 5 * RATE, RATE)]
    assert min(levels) > -40
    words = [word for slot in outputs["AUDIO_GENERATION"]["timeline"]["slots"] for word in slot["words"]]
    assert [word["text"] for word in words][:4] == ["Du", "pain", "au", "levain,"]


def test_the_same_job_makes_the_same_frames_alone_or_beside_other_jobs(tmp_path: Path) -> None:
    asked = {
        "alone": job(PAIN, job_id="one", duration_sec=4),
        "again": job(PAIN, job_id="one", duration_sec=4),
        "other": job(LAMP, job_id="two", duration_sec=4, lang="de"),
    }
    alone = fingerprint(path_of(made(asked["alone"], tmp_path / "alone")["FINALIZE"]["film_url"]))
    with ThreadPoolExecutor(2) as pool:
        films = list(pool.map(lambda name: made(asked[name], tmp_path / name), ("again", "other")))
    again, other = (path_of(film["FINALIZE"]["film_url"]) for film in films)
    assert fingerprint(again) == alone
    assert fingerprint(other) != alone
    script = films[1]["FAST_TRACK"]["treatment"]
    assert "levain" not in json.dumps(script, ensure_ascii=False)


def test_hostile_words_are_only_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    outputs = made(job(HOSTILE, job_id="../../x", duration_sec=4, style="x':y=1", mood="<b>"), tmp_path / "films")
    assert outputs["FINALIZE"]["qa"]["technical"]["passed"]
    assert not list(tmp_path.rglob("owned"))
    assert {path.name for path in (tmp_path / "films" / "artifacts").rglob("*") if path.is_file()} >= {"film.mp4"}
    captions = path_of(outputs["FINALIZE"]["captions_url"]).read_text("utf-8")
    assert not re.search(r"<(?!$)|^NOTE|-->\s*99", captions.split("\n", 2)[2].replace(" --> ", " "), re.MULTILINE)


@pytest.mark.parametrize(
    "content", ["宇宙の夜明け。新しい時計が今日から。", "مرحبا بالعالم 12 مرة", "नमस्ते दुनिया", "☕ 🎉 x"]
)
def test_other_scripts(content: str, tmp_path: Path) -> None:
    assert made(job(content, duration_sec=3), tmp_path)["QA_TECHNICAL"]["passed"]


def test_letters_without_a_font_refuse_the_job(tmp_path: Path) -> None:
    with pytest.raises(Never) as caught:
        made(job("Hello \U00012000\U00012001"), tmp_path)
    assert caught.value.code == "unsupported_script"
    assert "\U00012000" in caught.value.sentence


def render(asked: Job, outputs: dict[str, Output], ctx: LocalContext) -> Output:
    return pipeline({}).stages["RENDER_EXECUTION"].run(asked, outputs, ctx)


def before_render(asked: Job, folder: Path) -> tuple[dict[str, Output], LocalContext]:
    film, outputs, stage = pipeline({}), dict[str, Output](), "INIT"
    ctx = local_context(folder)
    while stage != "RENDER_EXECUTION":
        outputs[stage] = film.stages[stage].run(asked, outputs, ctx)
        stage = film.after(stage, asked, outputs)
    return outputs, ctx


def test_a_stopped_render_leaves_no_process_and_resumes_with_what_is_done(tmp_path: Path) -> None:
    asked = job(PAIN, duration_sec=8)
    outputs, ctx = before_render(asked, tmp_path)
    kept = threading.Event()

    class StopsAfterOne(LocalContext):
        def once(self, name: str, make: Any, *, needs_s: float = 0.0) -> Any:
            value = super().once(name, make, needs_s=needs_s)
            kept.set()
            self.stopped.set()
            return value

    stopping = StopsAfterOne(scratch=ctx.scratch, artifacts=ctx.artifacts)
    with pytest.raises(Interrupted):
        render(asked, outputs, stopping)
    assert kept.is_set()
    assert all(child.poll() is not None for child in stopping.children)
    done = dict(stopping.parts)
    assert 0 < len(done) < len(outputs["AUDIO_GENERATION"]["timeline"]["slots"])

    (tmp_path / "elsewhere").mkdir()
    resumed = LocalContext(
        scratch=tmp_path / "elsewhere", artifacts=FolderStore(tmp_path / "artifacts"), parts=dict(done)
    )
    render(asked, outputs, resumed)
    assert not set(resumed.made) & set(done)
    assert all(child.poll() is not None for child in resumed.children)


def test_a_broken_encoder_may_succeed_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = job(PAIN, duration_sec=3)
    outputs, ctx = before_render(asked, tmp_path)
    usual = ffmpeg.encode_frames

    def broken(width: int, height: int, fps: int, crf: int, to: Path) -> list[str | Path]:
        return [*usual(width, height, fps, crf, to)[:-1], "-nonsense", to]

    monkeypatch.setattr(ffmpeg, "encode_frames", broken)
    with pytest.raises(Later) as caught:
        render(asked, outputs, ctx)
    assert caught.value.code == "render_failed"
    assert "nonsense" not in caught.value.sentence
    assert all(child.poll() is not None for child in ctx.children)


def test_a_killed_encoder_is_an_interruption_if_the_stage_is_to_stop(tmp_path: Path) -> None:
    asked = job(PAIN, duration_sec=6)
    outputs, ctx = before_render(asked, tmp_path)

    class Killed(LocalContext):
        def popen(self, args: Any, **kwargs: Any) -> "subprocess.Popen[bytes]":
            child = super().popen(args, **kwargs)
            self.stopped.set()
            child.kill()
            return child

    killed = Killed(scratch=ctx.scratch, artifacts=ctx.artifacts)
    with pytest.raises(Interrupted):
        render(asked, outputs, killed)
