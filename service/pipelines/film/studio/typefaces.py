"""The typeface of a film: which of those in `letters/` belongs to its name in the storyboard, if it has all letters.

They are cuts of fonts under the OFL (`letters/NOTICE` says which): the Latin letters of Western European languages,
and the weights in use. All other films are set in Noto's.
"""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from service.pipelines.film.script.look.storyboard import Typeface
from service.pipelines.film.studio import fonts
from service.pipelines.film.studio.fonts import Face

_FOLDER = Path(__file__).parent / "letters"
_ITALIC = _FOLDER / "fraunces-italic.ttf"
"""For quotations: a slanted cut of the sans faces says less than a serif's italics."""
_FACES: Mapping[Typeface, Face] = MappingProxyType(
    {
        "archivo": Face(_FOLDER / "archivo.ttf", italic=_ITALIC),
        "bricolage": Face(_FOLDER / "bricolage.ttf", italic=_ITALIC),
        "fraunces": Face(_FOLDER / "fraunces.ttf", italic=_ITALIC),
        "fraunces-fine": Face(_FOLDER / "fraunces-fine.ttf", italic=_ITALIC),
        "gabarito": Face(_FOLDER / "gabarito.ttf", italic=_ITALIC),
        "outfit": Face(_FOLDER / "outfit.ttf", italic=_ITALIC),
    }
)


def face_of(typeface: Typeface | None, words: str) -> Face | None:
    """Return the face that sets `words`, or None if it lacks one of their letters: no word is set in two faces."""
    face = _FACES.get(typeface) if typeface else None
    if face is None or not all(fonts.has(face, letter) for letter in words if letter.isalpha()):
        return None
    return face
