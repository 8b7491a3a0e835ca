"""QA_TECHNICAL: the finished file measured, not believed, and held against what was planned."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from service.pipeline import Context, Job, Never, Output, Outputs
from service.pipelines.film.script.timeline import FPS, Timeline
from service.pipelines.film.studio import mp4, probe
from service.pipelines.film.studio.probe import Measured, Stretch

LENGTH_OFF = 0.05
"""Of the planned length."""
LOUDNESS_LUFS, LOUDNESS_OFF = -14.0, 1.0
PEAK_DBTP = -1.0
BLACK_S = 0.5
"""No shot is black. A cut covers the picture for less than a third of a second, in a colour that may be dark."""
FROZEN_S = 2.0
"""Something moves in every frame of a film (good ones were never still for a fifth of a second); a picture that stands
for longer than this looks as if the player had stopped."""
SILENT_S = 2.0
"""Music goes through the whole film. A rest in it may be a bar long."""
MUTE_S = 0.5
"""Silence while words are said. Between two words of one line there is less."""
TRACKS_OFF_S = 0.1
"""Between the beginnings of picture and sound. Viewers put up with 90 ms of sound ahead of the picture, and twice that
behind it (ITU-R BT.1359)."""
ENDS_OFF_S = 0.25
"""Between their ends: a frame of AAC is 21 ms, and a chord may ring on."""
DECODED_OFF_S = 0.2
"""Between what the index promises and what could be decoded."""
STEP_OFF_S = 0.2
"""Of the speech and the cuts against the plan, as measured. Good films are within 0.1 s, the measure's own error."""
SPEECH_HEARD, SPEECH_PLAIN, SPEECH_BETTER = 0.2, 0.3, 0.05
"""Agreement of sound and words (`probe.speech_step`): good films have 0.4 to 0.8, music alone had under 0.2 nine times
out of ten. The sound is late where it agrees plainly, and by so much better elsewhere."""
CUTS_PLAIN, CUTS_BETTER = 3.0, 2.0
"""Agreement of pictures and cuts (`probe.cuts_step`): good films have 8 to 18."""
BYTES_A_SECOND = 2_000_000
"""Twice what YouTube asks for 1080p at 30 frames a second, 8 Mbit/s (https://support.google.com/youtube/answer/1722171);
films have a tenth of it."""

_TIMES = re.compile(r"(?:(\d+):)?(\d\d):(\d\d)\.(\d{3}) --> (?:(\d+):)?(\d\d):(\d\d)\.(\d{3})(?: .*)?")
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&nbsp;", " "), ("&lrm;", ""), ("&rlm;", ""), ("&amp;", "&"))


@dataclass(frozen=True, slots=True)
class Cue:
    """Of a WebVTT file, in seconds."""

    start: float
    end: float
    text: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the film was to be. `is_spoken`: a voice says the plan's words."""

    width: int
    height: int
    plan: Timeline
    is_spoken: bool


def run(_job: Job, outputs: Outputs, ctx: Context) -> Output:
    """Raises `Never("qa_technical_failed")` with all that is wrong, `Later("probe_failed")` where ffmpeg breaks."""
    ctx.progress(0.0, "measuring the film")
    render, analysis, audio = outputs["RENDER_EXECUTION"], outputs["ANALYSIS"], outputs["AUDIO_GENERATION"]
    film = ctx.artifacts.fetch(render["film_url"], ctx.scratch / "film.mp4")
    captions = ctx.artifacts.fetch(render["captions_url"], ctx.scratch / "captions.vtt")
    wanted = Wanted(
        width=analysis["width"],
        height=analysis["height"],
        plan=Timeline.from_json(audio["timeline"]),
        is_spoken=audio["voice"] is not None,
    )
    measured, wrong = examine(ctx, film, captions.read_text("utf-8"), wanted)
    if wrong or measured is None:
        code, sentence = "qa_technical_failed", f"The film does not measure up: {'; '.join(wrong)}."
        raise Never(code, sentence)
    return {"passed": True, "measured": measured.to_json()}


def examine(ctx: Context, film: Path, captions: str, wanted: Wanted) -> tuple[Measured | None, list[str]]:
    """What was measured, None for what is no film at all, and what is wrong, each in a few words."""
    about_captions = list(captions_findings(captions, wanted.plan))
    try:
        measured = probe.measure(ctx, film, wanted.plan)
    except mp4.Broken as error:
        return None, [str(error), *about_captions]
    return measured, [*findings(measured, wanted), *about_captions]


def findings(found: Measured, wanted: Wanted) -> list[str]:
    """What is wrong with the film, each in a few words; an empty list for a good one."""
    return [
        *_form(found, wanted),
        *_length(found, wanted.plan.seconds),
        *_seen_and_heard(found, wanted.plan),
        *_step(found, wanted),
    ]


def _form(found: Measured, wanted: Wanted) -> Iterator[str]:
    if found.video_codec != "h264":
        yield f"the picture is {found.video_codec or 'unknown'} and not h264"
    if found.pixel_format != "yuv420p":
        yield f"the pixels are {found.pixel_format or 'unknown'} and not yuv420p"
    if found.audio_codec != "aac":
        yield f"the sound is {found.audio_codec or 'unknown'} and not aac"
    if (found.width, found.height) != (wanted.width, wanted.height):
        yield f"it is {found.width}x{found.height} and not {wanted.width}x{wanted.height}"
    if found.fps == 0.0:
        yield "its frames are not equally long"
    elif abs(found.fps - FPS) > 0.01:
        yield f"it has {found.fps:g} frames a second and not {FPS}"
    if not found.is_index_first:
        yield "its index comes after the media, so that no player can begin before it has all of it"
    if found.bytes > BYTES_A_SECOND * wanted.plan.seconds:
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


def _seen_and_heard(found: Measured, plan: Timeline) -> Iterator[str]:
    for start, end in found.black:
        if end - start >= BLACK_S:
            yield f"it is black from {start:.1f} to {end:.1f} s"
    for start, end in found.frozen:
        if end - start >= FROZEN_S:
            yield f"its picture stands still from {start:.1f} to {end:.1f} s"
    for start, end in found.silent:
        if _said_within(plan, (start, end)) >= MUTE_S:
            yield f"it is silent from {start:.1f} to {end:.1f} s, while words are said"
        elif end - start >= SILENT_S:
            yield f"it is silent from {start:.1f} to {end:.1f} s"
    if abs(found.loudness_lufs - LOUDNESS_LUFS) > LOUDNESS_OFF:
        allowed = f"{LOUDNESS_LUFS:g}, give or take {LOUDNESS_OFF:g}"
        yield f"its loudness is {found.loudness_lufs:.1f} LUFS and not {allowed}"
    if found.true_peak_dbtp > PEAK_DBTP:
        yield f"its true peak is {found.true_peak_dbtp:.1f} dBTP, over {PEAK_DBTP:g}"


def _step(found: Measured, wanted: Wanted) -> Iterator[str]:
    speech, cuts = found.speech if wanted.is_spoken else None, found.cuts
    if speech is not None:
        if speech.best >= SPEECH_PLAIN and speech.best - speech.planned >= SPEECH_BETTER:
            yield f"its narration is heard {_late(speech.late_s)} than its words are planned"
        elif speech.planned < SPEECH_HEARD:
            yield "no narration is heard where words are planned"
    if cuts is not None and cuts.best >= CUTS_PLAIN and cuts.best >= CUTS_BETTER * cuts.planned:
        yield f"its pictures change {_late(cuts.late_s)} than its shots are planned"


def captions_findings(vtt: str, plan: Timeline) -> Iterator[str]:
    """What is wrong with the captions of a film of this plan, each in a few words."""
    cues = read_vtt(vtt)
    if cues is None:
        yield "the captions are no WebVTT file"
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
    said, shown = _letters([word.text for slot in plan.slots for word in slot.words]), _letters([c.text for c in cues])
    if said != shown:
        at = next((place for place, (a, b) in enumerate(zip(said, shown, strict=False)) if a != b), None)
        at = min(len(said), len(shown)) if at is None else at
        # Where a word of the one is only cut short in the other, the words before it help to find the place.
        since = max(at - 12, 0)
        yield f"the captions say '…{shown[since : at + 12]}…' where the narration says '…{said[since : at + 12]}…'"


def read_vtt(vtt: str) -> list[Cue] | None:
    """The cues of a WebVTT file, with their text as it is shown; None for what is none."""
    lines = vtt.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    if not re.fullmatch(r"WEBVTT(?:[ \t].*)?", lines[0]):
        return None
    cues: list[Cue] = []
    for block in re.split(r"\n{2,}", "\n".join(lines[1:]).strip("\n")):
        times, _, words = block.partition("\n")
        if "-->" not in times:
            # The line before the times is the cue's name, unless this is a note or a style.
            times, _, words = words.partition("\n")
        if "-->" not in times:
            continue
        match = _TIMES.fullmatch(times.strip())
        if match is None:
            return None
        shown = re.sub(r"<[^>]*>", "", words)
        for entity, letter in _ENTITIES:
            shown = shown.replace(entity, letter)
        cues.append(Cue(_seconds(match.groups()[:4]), _seconds(match.groups()[4:]), shown))
    return cues


def _seconds(clock: Sequence[str | None]) -> float:
    hours, minutes, seconds, thousandths = (int(part or 0) for part in clock)
    return hours * 3600 + minutes * 60 + seconds + thousandths / 1000


def _letters(parts: Sequence[str]) -> str:
    """Without blanks: a line that is broken says the same."""
    return "".join("".join(part.split()) for part in parts)


def _said_within(plan: Timeline, stretch: Stretch) -> float:
    start, end = stretch
    words = [word for slot in plan.slots for word in slot.words]
    return sum(max(min(word.end, end) - max(word.start, start), 0.0) for word in words)


def _late(seconds: float) -> str:
    return f"{abs(seconds):.1f} s {'later' if seconds > 0 else 'earlier'}"
