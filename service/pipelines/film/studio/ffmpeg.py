"""Every command line of ffmpeg that the film uses. No word of a brief is ever in one: only numbers, and names of
files that the film gave itself."""

from pathlib import Path

import imageio_ffmpeg

SEEN_SIDE = 36
HEARD_HZ = 16_000

_QUIET = ("-hide_banner", "-nostdin", "-loglevel", "error")
_AAC = ("-c:a", "aac", "-b:a", "192k", "-ar", "48000", "-flags:a", "+bitexact")
_COLOUR = ("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv")

THREADS = 2
"""Of one encoder. Fixed, whatever the machine: x264 makes other frames with another number."""


def program() -> Path:
    return Path(imageio_ffmpeg.get_ffmpeg_exe())


def version() -> str:
    return str(imageio_ffmpeg.get_ffmpeg_version())


def encode_frames(width: int, height: int, fps: int, crf: int, to: Path, *, threads: int = THREADS) -> list[str | Path]:
    """Raw YUV 4:2:0 frames on stdin to H.264.

    It looks only a few frames ahead and back and keeps no queue: at 1080x1920 a frame that x264 holds takes
    some 9 MB, and two encoders run beside each other.
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
    # One time base for all shots and for their lengths, so that they can be joined as they are: in milliseconds, the
    # usual one of lengths, a shot of 130 frames has none that is exact, and the next would begin too early.
    base = f"{fps * 512}"
    track = ("-video_track_timescale", base, "-movie_timescale", base, "-an", "-y", to)
    return [program(), "-hide_banner", "-loglevel", "error", *shape, *source, *coder, *aim, *track]


def to_aac(wav: Path, to: Path) -> list[str | Path]:
    """A sound as the film has it."""
    return [program(), *_QUIET, "-i", wav, *_AAC, "-map_metadata", "-1", "-fflags", "+bitexact", "-y", to]


def hear(sound: Path) -> list[str | Path]:
    """Decode a sound once and report its loudness and true peak."""
    args = ("-hide_banner", "-nostdin", "-nostats", "-loglevel", "info", "-i")
    return [program(), *args, sound, "-af", "ebur128=peak=true:framelog=quiet", "-f", "null", "-"]


def assemble(listed: Path, sound: Path, to: Path) -> list[str | Path]:
    """The shots that the file `listed` names, one after the other, with their sound as `to_aac` coded it, ready to
    stream. Nothing is coded again: what was measured is what is heard."""
    pictures = ("-f", "concat", "-safe", "0", "-i", listed)
    as_they_are = ("-map", "0:v:0", "-map", "1:a:0", "-c", "copy")
    plain = ("-map_metadata", "-1", "-movflags", "+faststart", "-fflags", "+bitexact")
    return [program(), *_QUIET, *pictures, "-i", sound, *as_they_are, *plain, "-y", to]


def measure(film: Path, heard: Path) -> list[str | Path]:
    """Decode all of a film once and report on it: what is black, frozen or silent, and how loud it is.

    Its frames come to stdout as grey pictures of SEEN_SIDE pixels each way, its sound into the file `heard` as 16-bit
    mono at HEARD_HZ, both in the film's own time.
    """
    small = "scale=270:-2:flags=area"
    found = "blackdetect=d=0.1:pix_th=0.06,freezedetect=n=-65dB:d=1"
    picture = f"[0:v:0]{small},{found},scale={SEEN_SIDE}:{SEEN_SIDE}:flags=area,format=gray[v]"
    measured = "ebur128=peak=true:framelog=quiet,silencedetect=n=-50dB:d=0.5,anullsink"
    sound = f"[0:a:0]aresample=async=1:first_pts=0,asplit[a][b];[a]{measured};[b]aresample={HEARD_HZ}[h]"
    args = ("-hide_banner", "-nostdin", "-nostats", "-loglevel", "info", "-i", film)
    to_stdout = ("-map", "[v]", "-fps_mode", "passthrough", "-f", "rawvideo", "pipe:1")
    to_file = ("-map", "[h]", "-ac", "1", "-f", "s16le", "-y", heard)
    return [program(), *args, "-filter_complex", f"{picture};{sound}", *to_stdout, *to_file]


def decode_frames(clip: Path, width: int, height: int, fps: int, slower: float) -> list[str | Path]:
    """A clip as raw YUV 4:2:0 frames on stdout, filling the frame, played `slower` times as long."""
    fill = f"scale={width}:{height}:force_original_aspect_ratio=increase:out_color_matrix=bt709:out_range=tv"
    chain = f"setpts={slower:.4f}*PTS,fps={fps},{fill},crop={width}:{height},format=yuv420p"
    args = ("-hide_banner", "-nostdin", "-loglevel", "error", "-threads", "1", "-i")
    return [program(), *args, clip, "-an", "-filter_threads", "1", "-vf", chain, "-f", "rawvideo", "-"]


def one_frame(film: Path, second: float, width: int, to: Path) -> list[str | Path]:
    """The frame at `second` as a JPEG file `width` pixels wide."""
    picture = ("-frames:v", "1", "-vf", f"scale={width}:-2", "-q:v", "3", "-y", to)
    return [program(), *_QUIET, "-ss", f"{second:.3f}", "-i", film, *picture]


def faster(wav: Path, pace: float, to: Path) -> list[str | Path]:
    """A sound `pace` times as fast at the same pitch."""
    return [program(), *_QUIET, "-i", wav, "-af", f"atempo={pace:.4f}", "-c:a", "pcm_s16le", "-y", to]
