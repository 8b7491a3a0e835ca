"""What a brief's wishes ask of voice and music, in any language of the encoder: by what their clauses mean, and not by
their words, which `sound_talk` knows in six. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.pipelines.film.script.learnt import likeness, wished
from service.pipelines.film.script.learnt.wished import Kind
from service.pipelines.film.script.writing import denying

_LEADS = {
    "piano": "piano, grand piano",
    "guitar": "guitar, ukulele, banjo",
    "strings": "violin, cello, string quartet, fiddle",
    "bells": "bells, xylophone",
    "synth": "synthesizer",
}
_OTHERS = "trumpet, saxophone, flute, accordion, harp, choir, brass band, church organ, bagpipes, sitar, harmonica"
_INSTRUMENTS = likeness.listed({**_LEADS, **{one: one for one in _OTHERS.split(", ")}})
_SEXES = (Kind.FEMALE, Kind.MALE)
_ALIKE = 0.65
"""How near a word must be to the name of an instrument to be one."""
_SURE_OF_SILENCE = 0.93
"""How likely a clause must be to want no voice, or no music."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What is asked for: no voice or no music, the voice's sex or "", and the instruments, in their order."""

    is_unvoiced: bool = False
    is_unplayed: bool = False
    sex: str = ""
    instruments: tuple[str, ...] = ()


def asked(wishes: Sequence[str]) -> Heard:
    """Return what the wishes of a brief ask for."""
    sexes = [str(kind) for clause, kind in wished.asked(wishes, *_SEXES) if not denying.denies(clause)]
    silent = wished.asked(wishes, Kind.UNVOICED, Kind.UNPLAYED, least=_SURE_OF_SILENCE)
    kinds = [kind for clause, kind in silent if _takes_away(clause, kind)]
    pieces = [piece.text for piece in denying.pieces(wishes) if not piece.is_denied]
    return Heard(
        is_unvoiced=Kind.UNVOICED in kinds and not sexes,
        is_unplayed=Kind.UNPLAYED in kinds,
        sex=sexes[0] if sexes else "",
        instruments=tuple(dict.fromkeys(name for _, name in likeness.nearest(pieces, _INSTRUMENTS, _ALIKE))),
    )


def _takes_away(clause: str, kind: Kind) -> bool:
    """Say whether a clause denies something, or wants nothing but words and music."""
    return denying.denies(clause) or (kind is Kind.UNVOICED and denying.limits(clause))
