# ruff: noqa: RUF001 -- the punctuation of other languages is meant
"""A script in columns ("Visual | Audio" and rows under it), also one whose table was pasted flat, as the lines of a
screenplay. Pure."""

import re
from collections.abc import Sequence

from service.pipelines.film.script.pasted import screenplay
from service.pipelines.film.script.writing import text, tokens

_SEPARATORS = ("||", "|", "｜", "\t", " / ", " // ", " # ", ";")
_SEEN = re.compile(
    r"(?:what )?(?:we |you |they )?(?:see|sees)|seen|videos?|visuals?|visions?|pictures?|images?|bild(?:er)?|shots?|"
    r"scenes?|szenen?|on screen|screen|action|camera|vidéo|visuels?|images?|on voit|imagen(?:es)?|imagem|imagens|"
    r"vemos|billede|bilde|kuva|kép|slika|imagine|слика|відео|εικονα|εικόνα|תמונה|صورة|الصورة|تصویر|ویژول|दृश्य|"
    r"विज़ुअल|ภาพ|görsel|"
    r"immagin[ei]|vídeo|beeld|obraz|bild|кадр|видео|изображение|görüntü|映像|画面|画|絵|화면|영상",
    re.IGNORECASE,
)
_HEARD = re.compile(
    r"(?:what )?(?:we |you |they )?(?:hear|hears)|heard|audio|sounds?|vo|v\.o\.|voice-?\s?over|voice|narration|"
    r"narrator|dialogue|dialog|spoken(?: text)?|words?|ton|sprecher(?:text)?|son|on entend|voix(?: off)?|texte|"
    r"áudio|ouvimos|oímos|ljud|lyd|ääni|hang|sunet|zvuk|аудио|аудіо|ηχος|ήχος|קול|סאונד|صوت|الصوت|صدا|آڈیو|ध्वनि|"
    r"ऑडियो|เสียง|"
    r"sonido|locución|voz(?: en off)?|som|locução|suono|voce|geluid|dźwięk|lektor|звук|голос|текст|ses|"
    r"音声|音|声|ナレーション|旁白|解说|声音|소리|음성|내레이션",
    re.IGNORECASE,
)
_SHOWN = re.compile(
    r"(?:on[- ]?screen )?text|text on screen|supers?|graphics?|gfx|titles?|captions?|einblendung|incrustation|"
    r"テロップ|字幕|자막",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    r"#|no\.?|nr\.?|time(?:code)?s?|tc|secs?\.?|seconds?|when|zeit|temps|tiempo|tempo|czas|время|süre|秒|時間|时间|시간",
    re.IGNORECASE,
)
_AROUND = re.compile(r"^[^\w#]+|[^\w#.]+$")
_SHORT_FOR = re.compile(r"\s*\([^\W\d_]{1,3}\)\s*$")
"""What a column's name is short for in its rows: "Visual (V)"."""
_NAMED_SHOWN = re.compile(
    r"^\s*(?:title|words|caption|card|skilt|schrift|texte|texto|testo|tekst)\s*[:：]\s*(?=\S)", re.IGNORECASE
)
"""The label of what is shown among what is seen."""
_QUOTES = '"“«„「'
_SOUND_FIRST = re.compile(r"^(?P<sound>[^\"“«„「]{2,48}?)[.,;:–—-]?\s+(?P<words>[\"“«„「][^\"“”«»„「」]+[\"”»“」].*)$")
"""What is heard before somebody speaks: 'Tick. Tick. "It is thirsty."'."""
_SPEAKER = re.compile(r"^[^\W\d_][\w .'’-]{0,20}(?:\s*\([^()]{1,20}\))?\s*:\s*(?=[^\s\d])")
_SOUND = re.compile(r"(?:music|sfx|sounds?|musik|musique|música|musica|muziek|muzyka|музыка)\b", re.IGNORECASE)
_FEW_WORDS, _FEW_WIDE = 3, 8
_FEWEST_ROWS = 2


def as_script(lines: Sequence[str]) -> list[str]:
    """Return the lines, with the rows under a head of columns as the lines of a screenplay."""
    told: list[str] = []
    at = 0
    while at < len(lines):
        found = _head(lines[at])
        rows = _rows(lines[at + 1 :], *found) if found else []
        if found and len([row for row in rows if row]) >= _FEWEST_ROWS:
            told += _told(rows, found[1])
            at += 1 + len(rows)
            continue
        told.append(lines[at])
        at += 1
    return told


def _head(line: str) -> tuple[str, tuple[str, ...]] | None:
    """Return what parts the columns that a line names, and what each is for: "seen", "heard", "shown" or ""."""
    for separator in _SEPARATORS:
        cells = [_AROUND.sub("", _SHORT_FOR.sub("", cell)) for cell in line.strip(" |｜").split(separator)]
        uses = [_use(cell) for cell in cells]
        if None not in uses and "seen" in uses and ("heard" in uses or "shown" in uses):
            return separator, tuple(use for use in uses if use is not None)
    return None


def _use(cell: str) -> str | None:
    columns = (("seen", _SEEN), ("heard", _HEARD), ("shown", _SHOWN), ("", _COUNTED))
    return next((use for use, names in columns if names.fullmatch(cell)), None)


def _rows(lines: Sequence[str], separator: str, uses: Sequence[str]) -> list[list[str]]:
    """The cells of the rows under a head, up to a line that is none; [] for an empty line or a rule."""
    rows: list[list[str]] = []
    for line in lines:
        cells = [cell.strip() for cell in line.strip().strip("|｜").split(separator, len(uses) - 1)]
        if len(cells) == 1 and (use := _use_of_a_row(cells[0])) in uses:
            # A row of one cell, with the label of its column.
            cells = [cells[0] if one == use else "" for one in uses]
        if any(map(str.isalnum, line)) and len(cells) < len(uses):
            break
        rows.append(cells if any(map(str.isalnum, line)) else [])
    while rows and not rows[-1]:
        rows.pop()
    return rows


def _use_of_a_row(cell: str) -> str:
    """Which column a cell is of by its own label: "seen", "heard", or "" if it has none."""
    if _NAMED_SHOWN.match(cell):
        return "seen"
    return {"say": "heard", "show": "seen"}.get(screenplay.labelled(cell)[0] or "", "")


def _told(rows: Sequence[Sequence[str]], uses: Sequence[str]) -> list[str]:
    told: list[str] = []
    heard = [cell for row in rows for cell, use in zip(row, uses, strict=False) if use == "heard"]
    is_quoted = any(quote in cell for cell in heard for quote in _QUOTES)
    for number, row in enumerate(_uncounted([row for row in rows if row]), 1):
        for cell, use in zip(row, uses, strict=True):
            if not any(map(str.isalnum, cell)):
                continue
            if use == "seen" and (_NAMED_SHOWN.match(cell) or screenplay.labelled(cell)[0] == "show"):
                words = _NAMED_SHOWN.sub("", cell) if _NAMED_SHOWN.match(cell) else screenplay.labelled(cell)[1]
                told.append(f"SUPER: {screenplay.unquoted(words)}")
            elif use == "seen":
                told.append(f"SHOT {number} – {cell}")
            elif use == "shown":
                told.append(f"SUPER: {screenplay.unquoted(cell)}")
            elif use == "heard":
                told += _heard(cell, is_quoted=is_quoted)
    return told


def _uncounted(rows: Sequence[Sequence[str]]) -> list[Sequence[str]]:
    """The rows without what counts their cells: "V1 Clock | A1 Open at six." over "V2 …"."""
    is_counted = all(
        (found := _COUNTED_CELL.match(cell)) and int(found[1]) == number
        for number, row in enumerate(rows, 1)
        for cell in row
        if cell
    )
    return [[_COUNTED_CELL.sub("", cell) for cell in row] for row in rows] if is_counted else list(rows)


_COUNTED_CELL = re.compile(r"^[^\W\d_]{1,2}(\d{1,2})\s+")


def _heard(cell: str, *, is_quoted: bool) -> list[str]:
    """The lines of what is heard: a sound, what somebody says, or both. `is_quoted`: the script has what is said in
    quotation marks, so that a few words without them are a sound."""
    if screenplay.labelled(cell)[0] is not None:
        return [cell]
    if both := _SOUND_FIRST.match(cell):
        return [f"SFX: {both['sound']}", f"VO: {screenplay.unquoted(both['words'])}"]
    words = _SPEAKER.sub("", cell)
    return [f"SFX: {cell}" if _is_a_sound(words, is_quoted=is_quoted) else f"VO: {screenplay.unquoted(words)}"]


def _is_a_sound(cell: str, *, is_quoted: bool) -> bool:
    if cell[:1] in _QUOTES or tokens.find(cell):
        return False
    is_short = is_quoted and len(cell.split()) <= _FEW_WORDS and sum(map(text.wide, cell)) <= _FEW_WIDE
    return is_short or cell[:1].islower() or bool(_SOUND.match(cell)) or screenplay.is_aside(cell)


_TABBED = re.compile(r"(?<=\S) ?(?:\t+(?: ?[|｜][ \t]*)?|\|\||｜｜) ?(?=\S)")
_FEWEST_TABBED = 3


def barred(content: str) -> str:
    """Return a text with a stroke in the place of tabs or two strokes, if several of its lines have cells between."""
    lines = content.split("\n")
    is_table = sum(bool(_TABBED.search(line)) for line in lines) >= _FEWEST_TABBED
    return "\n".join(_TABBED.sub(" | ", line) for line in lines) if is_table else content
