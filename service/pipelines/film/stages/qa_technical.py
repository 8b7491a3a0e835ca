"""QA_TECHNICAL: measure the finished file, whatever earlier stages said of it, and compare it with the plan."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from service.pipeline import Context, Job, Never, Output, Outputs
from service.pipelines.film.script.voice import captions
from service.pipelines.film.script.voice.timeline import FPS, Timeline
from service.pipelines.film.studio import fonts, mp4, probe, reading, sources
from service.pipelines.film.studio.probe import Measured, Stretch
from service.pipelines.film.studio.reading import Look

LENGTH_OFF = 0.05
"""As a share of the planned length."""
LOUDNESS_LUFS, LOUDNESS_OFF = -14.0, 1.0
PEAK_DBTP = -1.0
BLACK_S = 0.5
"""No shot is black. A cut covers the picture for less than a third of a second, possibly in a dark colour."""
FROZEN_S = 2.0
"""Something moves in every frame (good films were never still for a fifth of a second). A picture that stands still for
longer than this looks as if the player had stopped."""
SILENT_S = 2.0
"""Music plays through the whole film. A rest in it may be a bar long."""
MUTE_S = 0.5
"""Silence while words are said. The pauses between the words of a line are shorter."""
TRACKS_OFF_S = 0.1
"""Between the starts of picture and sound. Viewers accept sound 90 ms ahead of the picture, and twice that behind it
(ITU-R BT.1359)."""
ENDS_OFF_S = 0.25
"""Between their ends. A frame of AAC is 21 ms, and a chord may ring on."""
DECODED_OFF_S = 0.2
"""Between what the index promises and what could be decoded."""
SPEECH_HEARD, SPEECH_PLAIN, SPEECH_BETTER = 0.2, 0.3, 0.05
"""Agreement of sound and words (`probe.speech_alignment`). Good films have 0.4 to 0.8; music alone had less than 0.2
nine times out of ten. The sound is early or late if it agrees clearly (PLAIN), and better by BETTER, at another
delay."""
CUTS_PLAIN, CUTS_BETTER = 3.0, 2.0
"""Agreement of pictures and cuts (`probe.cuts_alignment`). Good films have 8 to 18. Early or late likewise, but BETTER
is a factor."""
BYTES_A_SECOND = 2_000_000
"""Twice what YouTube recommends for 1080p at 30 frames a second, 8 Mbit/s
(https://support.google.com/youtube/answer/1722171). Our films need a tenth of it."""

_CONTEXT_LETTERS = 12


@dataclass(frozen=True, slots=True)
class Expected:
    """What the film should be. `is_spoken`: a voice says the plan's words; `is_played`: music plays all through."""

    width: int
    height: int
    plan: Timeline
    is_spoken: bool
    is_played: bool = True


def run(job: Job, outputs: Outputs, ctx: Context) -> Output:
    """Raises `Never("qa_technical_failed")` with everything that is wrong, `Later("probe_failed")` if ffmpeg breaks."""
    ctx.progress(0.0, "measuring the film")
    render, analysis, audio = outputs["RENDER_EXECUTION"], outputs["ANALYSIS"], outputs["AUDIO_GENERATION"]
    film = ctx.artifacts.fetch(render["film_url"], ctx.scratch / "film.mp4")
    vtt = ctx.artifacts.fetch(render["captions_url"], ctx.scratch / "captions.vtt")
    expected = Expected(
        width=analysis["width"],
        height=analysis["height"],
        plan=Timeline.from_json(audio["timeline"]),
        is_spoken=audio["voice"] is not None,
        is_played=audio.get("music") != "off",
    )
    looked = _looks(job, outputs, ctx)
    measured, wrong = examine(ctx, film, vtt.read_text("utf-8"), expected, looked)
    if wrong or measured is None:
        raise Never("qa_technical_failed", f"The film does not measure up: {'; '.join(wrong)}.")
    return {"passed": True, "measured": measured.to_json()}


def examine(
    ctx: Context, film: Path, vtt: str, expected: Expected, looked: Sequence[Look] = ()
) -> tuple[Measured | None, list[str]]:
    """Return the measurements, None if the file is not a film at all, and what is wrong, each in a few words. `looked`
    says which words must be seen in which frames."""
    about_captions = list(captions_findings(vtt, expected.plan))
    read = ctx.scratch / "read.raw"
    try:
        measured = probe.measure(ctx, film, expected.plan, [look.frame for look in looked], read)
    except mp4.Broken as error:
        return None, [str(error), *about_captions]
    unread = list(reading.findings(read, (expected.width, expected.height), looked)) if looked else []
    return measured, [*findings(measured, expected), *about_captions, *unread]


def _looks(job: Job, outputs: Outputs, ctx: Context) -> list[Look]:
    """Return which words must be seen in which frames; none of a film that was rendered before that was recorded."""
    plated = outputs["RENDER_EXECUTION"].get("plated")
    if plated is None:
        return []
    film, face = sources.film_of(job, outputs, ctx)
    with fonts.using(face):
        return reading.looks(film, plated)


def findings(found: Measured, expected: Expected) -> list[str]:
    """Return what is wrong with the film, each in a few words; nothing for a good one."""
    return [
        *_form(found, expected),
        *_length(found, expected.plan.seconds),
        *_seen(found),
        *_heard(found, expected),
        *_in_step(found, expected),
    ]


def _form(found: Measured, expected: Expected) -> Iterator[str]:
    if found.video_codec != "h264":
        yield f"the picture is {found.video_codec or 'unknown'} and not h264"
    if found.pixel_format != "yuv420p":
        yield f"the pixels are {found.pixel_format or 'unknown'} and not yuv420p"
    if found.audio_codec != "aac":
        yield f"the sound is {found.audio_codec or 'unknown'} and not aac"
    if (found.width, found.height) != (expected.width, expected.height):
        yield f"it is {found.width}x{found.height} and not {expected.width}x{expected.height}"
    if found.fps == 0.0:
        yield "its frames are not equally long"
    elif abs(found.fps - FPS) > 0.01:
        yield f"it has {found.fps:g} frames a second and not {FPS}"
    if not found.is_index_first:
        yield "its index comes after the media, so that no player can begin before it has all of it"
    if found.bytes > BYTES_A_SECOND * expected.plan.seconds:
        yield f"it has {found.bytes / 1e6:.1f} MB, over {BYTES_A_SECOND / 1e6:g} MB a second"


def _length(found: Measured, seconds: float) -> Iterator[str]:
    for name, decoded, (start, end) in (
        ("picture", found.picture_s, found.picture_at),
        ("sound", found.sound_s - found.sound_at[0], found.sound_at),
    ):
        if abs(end - seconds) > LENGTH_OFF * seconds:
            yield f"its {name} lasts {end:.2f} s and not {seconds:.2f} s"
        if decoded < end - start - DECODED_OFF_S:
            yield f"only {max(decoded, 0.0):.2f} s of its {name} can be played, of {end - start:.2f} s"
    ahead = found.picture_at[0] - found.sound_at[0]
    if abs(ahead) > TRACKS_OFF_S:
        late = "sound" if ahead < 0 else "picture"
        yield f"its {late} begins {abs(ahead):.2f} s after its {'picture' if ahead < 0 else 'sound'}"
    apart = found.picture_at[1] - found.sound_at[1]
    if abs(apart) > ENDS_OFF_S:
        first = "sound" if apart > 0 else "picture"
        yield f"its {first} ends {abs(apart):.2f} s before its {'picture' if apart > 0 else 'sound'}"


def _seen(found: Measured) -> Iterator[str]:
    for start, end in found.black:
        if end - start >= BLACK_S:
            yield f"it is black from {start:.1f} to {end:.1f} s"
    for start, end in found.frozen:
        if end - start >= FROZEN_S:
            yield f"its picture stands still from {start:.1f} to {end:.1f} s"


def _heard(found: Measured, expected: Expected) -> Iterator[str]:
    if not expected.is_spoken and not expected.is_played:
        # A silent film, as its brief asks.
        return
    for start, end in found.silent:
        if expected.is_spoken and _said_within(expected.plan, (start, end)) >= MUTE_S:
            yield f"it is silent from {start:.1f} to {end:.1f} s, while words are said"
        elif expected.is_played and end - start >= SILENT_S:
            yield f"it is silent from {start:.1f} to {end:.1f} s"
    if abs(found.loudness_lufs - LOUDNESS_LUFS) > LOUDNESS_OFF:
        allowed = f"{LOUDNESS_LUFS:g}, give or take {LOUDNESS_OFF:g}"
        yield f"its loudness is {found.loudness_lufs:.1f} LUFS and not {allowed}"
    if found.true_peak_dbtp > PEAK_DBTP:
        yield f"its true peak is {found.true_peak_dbtp:.1f} dBTP, over {PEAK_DBTP:g}"


def _in_step(found: Measured, expected: Expected) -> Iterator[str]:
    speech, cuts = found.speech if expected.is_spoken else None, found.cuts
    if speech is not None:
        if speech.best >= SPEECH_PLAIN and speech.best - speech.planned >= SPEECH_BETTER:
            yield f"its narration is heard {_late(speech.late_s)} than its words are planned"
        elif speech.planned < SPEECH_HEARD:
            yield "no narration is heard where words are planned"
    if cuts is not None and cuts.best >= CUTS_PLAIN and cuts.best >= CUTS_BETTER * cuts.planned:
        yield f"its pictures change {_late(cuts.late_s)} than its shots are planned"


def captions_findings(vtt: str, plan: Timeline) -> Iterator[str]:
    """Yield what is wrong with the captions of a film with this plan, each in a few words."""
    cues = captions.read_webvtt(vtt)
    if cues is None:
        yield "the captions are not a WebVTT file"
        return
    for number, cue in enumerate(cues, 1):
        if cue.end <= cue.start:
            yield f"caption {number} ends at {cue.end:.2f} s, before it begins"
        if cue.end > plan.seconds + 1 / FPS:
            yield f"caption {number} ends at {cue.end:.2f} s, after the film's end at {plan.seconds:.2f} s"
        if not cue.text.strip():
            yield f"caption {number} is empty"
    for number, (before, after) in enumerate(pairwise(cues), 1):
        if after.start < before.end:
            yield f"captions {number} and {number + 1} are shown at the same time"
    said = _letters([word.text for slot in plan.slots for word in slot.words])
    shown = _letters([cue.text for cue in cues])
    if said != shown:
        differ = (index for index, (a, b) in enumerate(zip(said, shown, strict=False)) if a != b)
        at = next(differ, min(len(said), len(shown)))
        # Quote some letters before the difference too: they help to find it if a word is only cut short.
        near = slice(max(at - _CONTEXT_LETTERS, 0), at + _CONTEXT_LETTERS)
        yield f"the captions say '…{shown[near]}…' where the narration says '…{said[near]}…'"


def _letters(parts: Sequence[str]) -> str:
    """Join the parts without blanks, so that line breaks make no difference."""
    return "".join("".join(part.split()) for part in parts)


def _said_within(plan: Timeline, stretch: Stretch) -> float:
    """Return for how many seconds of the stretch words are planned."""
    start, end = stretch
    words = [word for slot in plan.slots for word in slot.words]
    return sum(max(min(word.end, end) - max(word.start, start), 0.0) for word in words)


def _late(seconds: float) -> str:
    return f"{abs(seconds):.1f} s {'later' if seconds > 0 else 'earlier'}"
