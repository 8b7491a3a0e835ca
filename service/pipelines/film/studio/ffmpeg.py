"""Every ffmpeg command line that the film uses. None contains words of a brief: only numbers, and names that the film
gave its own files."""

from collections.abc import Sequence
from pathlib import Path

import imageio_ffmpeg

from service.pipelines.film.studio.sound import RATE

MEASURED_SIDE = 36
"""Pixels of the small pictures that `measure` returns, each way."""
MEASURED_HZ = 16_000
"""Sample rate of the sound that `measure` writes."""

_QUIET = ("-hide_banner", "-nostdin", "-loglevel", "error")
_REPORT = ("-hide_banner", "-nostdin", "-nostats", "-loglevel", "info")
_FILE = ("-protocol_whitelist", "file")
"""Before each input: whatever a file turns out to be, it opens no address (https://ffmpeg.org/ffmpeg-protocols.html)."""
MOST_PIXELS = 9_000_000
"""Of a frame of a clip: a little over 3840x2160. A decoder holds up to 17 frames, 13 MB each at this size."""
_CLIP = (*_FILE, "-f", "mov", "-codec_whitelist", "h264,hevc,av1,vp9,mpeg4,mjpeg", "-max_pixels", f"{MOST_PIXELS}")
"""Before a film or a clip as input: an MP4 file in one of these codecs, not a playlist or a drawing under its name."""
_AAC = ("-c:a", "aac", "-b:a", "192k", "-ar", f"{RATE}", "-flags:a", "+bitexact")
_COLOUR = ("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv")

THREADS = 2
"""Of one encoder. The same on every machine, because x264 makes different frames with a different number."""


def program() -> Path:
    return Path(imageio_ffmpeg.get_ffmpeg_exe())


def version() -> str:
    return str(imageio_ffmpeg.get_ffmpeg_version())


def encode_frames(width: int, height: int, fps: int, crf: int, to: Path, *, threads: int = THREADS) -> list[str | Path]:
    """Encode raw YUV 4:2:0 frames from stdin to H.264.

    The encoder looks only a few frames ahead and back and keeps no queue: x264 takes about 9 MB for each frame of
    1080x1920 that it holds, and two encoders run at a time.
    """
    shape = ("-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", f"{width}x{height}", "-r", f"{fps}", *_COLOUR)
    looks = "subme=1:ref=1:rc-lookahead=4:sync-lookahead=0:bframes=2:b-pyramid=none"
    coder = ("-c:v", "libx264", "-preset", "veryfast", "-tune", "animation", "-x264-params", looks)
    aim = (
        "-crf",
        f"{crf}",
        "-profile:v",
        "high",
        "-threads",
        f"{threads}",
        "-g",
        f"{fps * 2}",
        "-pix_fmt",
        "yuv420p",
        *_COLOUR,
    )
    source = ("-threads", "1", "-thread_queue_size", "1", "-i", "pipe:0", "-filter_threads", "1")
    # All shots and their lengths share one time base, so that they can be joined without being encoded again. In
    # milliseconds, the default for lengths, the length of 130 frames is not exact, and the next shot would begin early.
    base = f"{fps * 512}"
    track = ("-video_track_timescale", base, "-movie_timescale", base, "-an", "-y", to)
    return [program(), "-hide_banner", "-loglevel", "error", *shape, *source, *coder, *aim, *track]


def to_aac(wav: Path, to: Path) -> list[str | Path]:
    """Encode a sound as it is in the film."""
    return [program(), *_QUIET, *_FILE, "-i", wav, *_AAC, "-map_metadata", "-1", "-fflags", "+bitexact", "-y", to]


def samples(flac: Path, seconds: float) -> list[str | Path]:
    """Decode the first seconds of a FLAC file to 32-bit samples in stereo on stdout."""
    shape = ("-f", "f32le", "-ac", "2", "-ar", f"{RATE}")
    return [program(), *_QUIET, *_FILE, "-f", "flac", "-i", flac, "-t", f"{seconds}", *shape, "pipe:1"]


def measure_sound(sound: Path) -> list[str | Path]:
    """Decode a sound and report its loudness and true peak."""
    return [program(), *_REPORT, *_FILE, "-i", sound, "-af", "ebur128=peak=true:framelog=quiet", "-f", "null", "-"]


def assemble(listed: Path, sound: Path, to: Path) -> list[str | Path]:
    """Join the shots that the file `listed` names, with the sound that `to_aac` encoded, into a film that is ready to
    stream. Nothing is encoded again, so what was measured is what is heard."""
    pictures = (*_FILE, "-f", "concat", "-safe", "0", "-i", listed)
    as_they_are = ("-map", "0:v:0", "-map", "1:a:0", "-c", "copy")
    plain = ("-map_metadata", "-1", "-movflags", "+faststart", "-fflags", "+bitexact")
    return [program(), *_QUIET, *pictures, *_FILE, "-i", sound, *as_they_are, *plain, "-y", to]


def measure(film: Path, sound_to: Path, frames: Sequence[int] = (), frames_to: Path | None = None) -> list[str | Path]:
    """Decode a whole film once and report what is black, frozen or silent in it, and how loud it is.

    Its frames go to stdout as grey pictures of MEASURED_SIDE pixels each way, its sound to the file `sound_to` as
    16-bit mono at MEASURED_HZ, both with the film's own timing. `frames`, numbered from 0, go to the file `frames_to`
    as grey pictures of half the film's size.
    """
    small = "scale=270:-2:flags=area"
    found = "blackdetect=d=0.1:pix_th=0.06,freezedetect=n=-65dB:d=1"
    start = "[p]" if frames else "[0:v:0]"
    picture = f"{start}{small},{found},scale={MEASURED_SIDE}:{MEASURED_SIDE}:flags=area,format=gray[v]"
    measured = "ebur128=peak=true:framelog=quiet,silencedetect=n=-50dB:d=0.5,anullsink"
    sound = f"[0:a:0]aresample=async=1:first_pts=0,asplit[a][b];[a]{measured};[b]aresample={MEASURED_HZ}[h]"
    to_stdout = ("-map", "[v]", "-fps_mode", "passthrough", "-f", "rawvideo", "pipe:1")
    to_file: tuple[str | Path, ...] = ("-map", "[h]", "-ac", "1", "-f", "s16le", "-y", sound_to)
    if frames and frames_to is not None:
        chosen = "+".join(f"eq(n,{number})" for number in frames)
        half = "scale=trunc(iw/2):trunc(ih/2):flags=area,format=gray"
        picture = f"[0:v:0]split[p][q];[q]select='{chosen}',{half}[r];{picture}"
        to_file = (*to_file, "-map", "[r]", "-fps_mode", "passthrough", "-f", "rawvideo", "-y", frames_to)
    return [
        program(),
        *_REPORT,
        *_FILE,
        "-f",
        "mov",
        "-i",
        film,
        "-filter_complex",
        f"{picture};{sound}",
        *to_stdout,
        *to_file,
    ]


def decode_frames(clip: Path, width: int, height: int, fps: int, slower: float) -> list[str | Path]:
    """Decode a clip to raw YUV 4:2:0 frames on stdout, scaled to fill the frame and slowed down `slower` times."""
    fill = f"scale={width}:{height}:force_original_aspect_ratio=increase:out_color_matrix=bt709:out_range=tv"
    chain = f"setpts={slower:.4f}*PTS,fps={fps},{fill},crop={width}:{height},format=yuv420p"
    return [
        program(),
        *_QUIET,
        "-threads",
        "1",
        *_CLIP,
        "-i",
        clip,
        "-an",
        "-filter_threads",
        "1",
        "-vf",
        chain,
        "-f",
        "rawvideo",
        "-",
    ]


def one_frame(film: Path, second: float, width: int, to: Path) -> list[str | Path]:
    """Write the frame at `second` to a JPEG file `width` pixels wide."""
    picture = ("-frames:v", "1", "-vf", f"scale={width}:-2", "-q:v", "3", "-y", to)
    return [program(), *_QUIET, "-ss", f"{second:.3f}", *_CLIP, "-i", film, *picture]


def faster(wav: Path, pace: float, to: Path) -> list[str | Path]:
    """Speed a sound up `pace` times at the same pitch."""
    return [program(), *_QUIET, *_FILE, "-i", wav, "-af", f"atempo={pace:.4f}", "-c:a", "pcm_s16le", "-y", to]
