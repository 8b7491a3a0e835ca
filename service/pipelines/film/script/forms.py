# ruff: noqa: RUF001 -- the punctuation of other languages is meant
"""The forms in which people paste a brief, read into parts in their order: running text, Markdown, lists under a
heading, a recipe, a programme with dates, a screenplay, a script with times. Pure.

Markup, headings of sections, labels and stage directions say what a part is; none of them is said or shown.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Literal, TypeAlias

from service.pipelines.film.script import sentences, sound_talk, text, tokens
from service.pipelines.film.script.tokens import Kind

Use: TypeAlias = Literal["say", "hook", "show", "list", "title", "call", "direction", "source"]
"""What a part is for: said and shown, said before all others, only shown, a list, the film's title, its call to action,
about the film itself, or a source of what is said."""

_FEWEST_ITEMS, _MOST_ITEMS = 3, 6
_LONGEST_ITEM = 64
_LONGEST_FACT = 32
_LONGEST_HEADING, _HEADING_WORDS = 48, 7


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a brief. `items` are those of a list, whose `text` is its heading, or ""."""

    use: Use
    text: str
    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """A brief's parts in their order, the hashtags at its end, without the sign, and the length in seconds that the
    times of its lines give it, or None."""

    parts: tuple[Part, ...]
    hashtags: tuple[str, ...]
    seconds: float | None = None


_IMAGE = re.compile(r"!\[[^\[\]\n]{0,200}\]\([^()\s]{1,500}\)")
_LINK = re.compile(r"\[([^\[\]\n]{1,200})\]\(([^()\s]{1,500})\)")
_EMPHASIS = re.compile(r"(?<![\w*])(\*{1,3}|_{1,3}|~~)(?=\S)([^*_~\n]{1,300}?)(?<=\S)\1(?![\w*])")
_TICKS = re.compile(r"`+")
_HEADING = re.compile(r"^\s*#{1,6}\s+(.*?)\s*#*$")
_BULLET = re.compile(r"^\s*(?:[-*+•▪‣·–—→✓✔☑✅👉]\s+|\[[ xX]\]\s+)")
_ORDINAL = re.compile(
    r"^\s*(?:step\s+)?\d{1,2}[.):]\s+|^\s*(?:[0-9]\ufe0f?\u20e3|🔟)\s*|^\s*[①-⑳❶-❿]\s*", re.IGNORECASE
)
_QUOTE = re.compile(r"^\s*>\s?")
_RULE = re.compile(r"^\s*(?:[-=*_~]\s*){3,}$|^\s*\|?(?:\s*:?-{2,}:?\s*\|)+\s*$")
_CELLS = re.compile(r"^\s*\|(.+)\|\s*$")
_HASHTAG = re.compile(r"(?<![\w&/])#(?![0-9a-fA-F]{3}(?:[0-9a-fA-F]{3})?\b)(\w*[^\W\d_]\w*)")
_TIMECODE = re.compile(r"^\s*[\[(]?\d{1,2}:\d\d(?:\s?[-–]\s?\d{1,2}:\d\d)?[\])]?\s*[-–:]?\s*(?=\S)")
_TIME_SPAN = re.compile(r"^\s*[\[(]?(\d{1,2}):(\d\d)\s?[-–]\s?(\d{1,2}):(\d\d)(?!\d)", re.MULTILINE)
_SECONDS = re.compile(r"^\s*[\[(]\d{1,3}\s?[-–]\s?\d{1,3}\s?s(?:ec)?[\])]\s*[-–:]?\s*", re.IGNORECASE)
_ASIDE = re.compile(r"^\s*[(\[][^()\[\]\n]{2,200}[)\]]\s*$")

_LABELS: dict[Use, str] = {
    "say": "vo|v\\.o\\.|voice[- ]?over|voix off|narrator|narration|speaker|sprecher|erzähler|body|intro|outro|"
    "problem|"
    "solution|lösung|when|where|what|who|why|how|date|time|place|venue|location|wann|wo|was|wer|quand|où|quoi|qui|"
    "offer|"
    "benefits?|features?|slogan|tagline|message|key message|text|script|texte|angebot|point \\d|"
    "scene text|"
    "insight|challenge|result|proof|reason|fact|tip|usp|headline|subject|topic|sujet|thema|story|product|service|about|"
    "product (?:\\+|and|&) offer|copy|main message|core message|promise|angle|"
    "address|adresse|dirección|indirizzo|morada|endereço|adres|adresas|адрес|住所|場所|日時|日時・場所|会場|地址|地点|时间|時間|"
    "주소|장소|일시|पता|स्थान|समय|ที่อยู่|สถานที่|العنوان|المكان|الزمان|כתובת|מקום|lugar|fecha|hora|luogo|data|local|waar|wanneer|"
    "où et quand|gdzie|kiedy|где|когда|place et date|ort|datum|uhrzeit|zeit",
    "hook": "hook|accroche|opener|opening|opening line|aufhänger|gancho|aggancio",
    "show": "super|supers|on[- ]screen(?: text)?|text on screen|screen text|title card|end card|endcard|caption|"
    "lower third|"
    "einblendung|incrustation|carton|logo line|packshot|super text|card",
    "title": "title|name|brand|product name|company|client|event|titre|nom|marque|entreprise|événement|titel|marke|"
    "firma",
    "call": "call to action|call-to-action|cta|action|appel à l'action|appel a l'action|handlungsaufforderung|phone|"
    "tel|"
    "telephone|téléphone|telefon|teléfono|telefono|telefone|телефон|тел|電話|电话|전화|फ़ोन|फोन|संपर्क|โทร|هاتف|للتواصل|טלפון|contact|"
    "contacto|contatto|contato|kontakt|website|web|link|book|booking|tickets|rsvp|"
    "llamada a la acción|invito all'azione|chamada para ação|closing line|close",
    "source": "sources?|source s?|quellen?|sources? :|credits?|footnotes?|disclaimer|references?|réf(?:érence)?s?",
    "direction": "tone|tone of voice|audience|target|target audience|style|mood|music|duration|length|format|visuals?|"
    "colou?rs?|platforms?|goal|objective|budget|language|aspect ratio|voice|voice talent|narrator voice|accent|logo|"
    "stimme|akzent|voz|voce|acento|accento|voix|background music|soundtrack|hintergrundmusik|música|musica|"
    "ton|public|cible|public cible|"
    "ambiance|musique|durée|visuels|couleurs|plateforme|objectif|langue|zielgruppe|stil|stimmung|musik|dauer|länge|"
    "farben|"
    "plattform|ziel|sprache|sfx|sound|sound effects|fx|camera|kamera|shot|angle|cut to|cut|fade (?:in|out)|transition|"
    "scene|szene|scène|setting|action line|b-roll|broll|footage|notes?|note to editor|brand colou?rs?|do not|don't|"
    "avoid|project|projekt|projet|proyecto|progetto|projeto|client brief|brief|don'?ts|dos and don'?ts|"
    "deliverables?|specs?|"
    "voice-?over style|vibe|look|look and feel|font|fonts|hashtags?|deadline for the video|file format|resolution|"
    "tono|público|público objetivo|estilo|música|duración|formato|idioma|voz|pubblico|stile|musica|durata|lingua|voce|"
    "tom|público-alvo|duração|doelgroep|toon|stijl|muziek|duur|taal|stem|ton i styl|styl|muzyka|тон|стиль|музыка|"
    "аудитория|"
    "голос|длительность|müzik|süre|トーン|音楽|雰囲気|ターゲット|风格|音乐|目标受众|톤|음악|분위기",
}
_USE_OF_LABEL = [(use, re.compile(rf"(?:{labels})", re.IGNORECASE)) for use, labels in _LABELS.items()]
_LABEL = re.compile(r"^([^\W\d_][^\n:：,;!?\"“«]{0,30}?)(?:\s*\([^()\n]{1,30}\))?\s*[:：]\s*(.*)$", re.DOTALL)
_SLUG = re.compile(
    r"^\s*(?:(?:scene|szene|scène|shot|plan)\s*\d+\b.*|(?:int|ext|int/ext)\s*[./].*|(?:fade|cut|dissolve|"
    r"smash cut)\b[ \w:.]*)$",
    re.IGNORECASE,
)
"""A heading of a scene. What follows on its line describes the picture."""
_BOILERPLATE = re.compile(
    r"^(?:for immediate release|press release|media (?:contact|release)|(?:press )?contact|pressemitteilung|"
    r"pressekontakt|"
    r"communiqué de presse|contact presse|comunicado de prensa|comunicato stampa|persbericht|notes? to editors?|"
    r"embargoed? (?:until|till)|ends|-+ ?ends ?-+)\b[^\n]{0,160}$",
    re.IGNORECASE,
)
_PRESS = re.compile(
    r"^(?:for immediate release|press release|pressemitteilung|communiqué de presse|comunicado de prensa|"
    r"comunicato stampa|persbericht)\b",
    re.IGNORECASE,
)
_DATELINE = re.compile(r"^[A-ZÀ-Þ][A-ZÀ-Þ .,-]{2,40}[,(] ?[^–—\n]{4,40} ?[–—-]+ ")
_FACTS = re.compile(r"\s+[|·•]\s+")
_ENUMERATED = re.compile(r"(?:(?<=\s)|(?<=^))\(?(\d)[).]\s+(?=\S)")
_SPOKEN_LABEL = re.compile(
    r"^\s*(?:vo|v\.o\.|voice[- ]?over|narrator|narration|voix off|sprecher|speaker)\b[^:\n]{0,20}:", re.IGNORECASE
)


def read(content: str) -> Sheet:
    """Read a normalised text, whose lines are kept."""
    lines, hashtags = _plain_lines(content)
    is_press = any(_PRESS.match(line.text) for line in lines[:3])
    if is_press:
        lines = [
            replace(line, text=_DATELINE.sub("", line.text)) for line in lines if not _BOILERPLATE.match(line.text)
        ]
    is_screenplay = any(_SLUG.match(line.text) or _SPOKEN_LABEL.match(line.text) for line in lines)
    parts: list[Part] = []
    index = 0
    while index < len(lines):
        taken, found = _next(lines, index, is_screenplay=is_screenplay)
        parts += found
        index += taken
    return Sheet(tuple(part for part in parts if _says_something(part)), hashtags, _timed_seconds(content))


def _timed_seconds(content: str) -> float | None:
    """The end of the last of a script's times ("[0:00-0:03]"), if the first begins at nought."""
    spans = [[int(figure) for figure in span.groups()] for span in _TIME_SPAN.finditer(content)]
    if len(spans) < _FEWEST_ITEMS - 1 or spans[0][:2] != [0, 0]:
        return None
    return float(max(60 * minutes + seconds for _, _, minutes, seconds in spans))


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    is_heading: bool = False
    is_item: bool = False
    is_step: bool = False


def _plain_lines(content: str) -> tuple[list[_Line], tuple[str, ...]]:
    """The lines without their markup, each with what the markup said of it, and the hashtags."""
    lines: list[_Line] = []
    hashtags: dict[str, None] = {}
    written = content.split("\n")
    signs = Counter(_sign_of(raw) for raw in written)
    for raw in written:
        if not raw.strip() or _RULE.match(raw):
            continue
        heading = _HEADING.match(raw)
        bare = heading.group(1) if heading else _QUOTE.sub("", raw)
        cells = _CELLS.match(bare)
        if cells:
            bare = ", ".join(cell.strip() for cell in cells.group(1).split("|") if cell.strip())
        is_step = not heading and bool(_ORDINAL.match(bare))
        is_item = not heading and not is_step and bool(_BULLET.match(bare) or cells)
        sign = "" if heading or is_step or is_item else _sign_of(bare)
        # A picture before two lines or more makes items of them; one alone says what its line is about.
        is_item = is_item or (bool(sign) and signs[sign] > 1)
        bare = bare.lstrip()[len(sign) :].lstrip() if sign and len(written) > 1 else bare
        bare = _ORDINAL.sub("", bare) if is_step else _BULLET.sub("", bare) if is_item else bare
        bare = _TICKS.sub("", _link_texts(_IMAGE.sub("", bare)))
        while (plain := _EMPHASIS.sub(r"\2", bare)) != bare:
            bare = plain
        bare, found = _without_hashtags(bare)
        hashtags.update(dict.fromkeys(found))
        bare = " ".join(bare.split())
        if any(character.isalnum() for character in bare):
            lines.append(_Line(bare, is_heading=heading is not None, is_item=is_item, is_step=is_step))
    return lines, tuple(hashtags)


def _sign_of(line: str) -> str:
    """The pictures that a line begins with, before a space."""
    first = line.lstrip().split(" ", 1)[0]
    return first if first and all(text.is_picture(character) for character in first) else ""


def _link_texts(line: str) -> str:
    """A link's words without its address, which is for a click that a film does not have."""
    return _LINK.sub(lambda link: link.group(1), line)


def _without_hashtags(line: str) -> tuple[str, list[str]]:
    """A line without the hashtags at its end. Those in its middle are words of it."""
    found = _HASHTAG.findall(line)
    if not found:
        return line, []
    words = line.split(" ")
    while words and not _HASHTAG.sub("", words[-1]).strip(" .!"):
        words.pop()
    return _HASHTAG.sub(lambda tag: tag.group(1), " ".join(words)), found


def _next(lines: Sequence[_Line], index: int, *, is_screenplay: bool) -> tuple[int, list[Part]]:
    """What begins at a line: how many lines it takes, and its parts."""
    line = lines[index]
    if is_screenplay:
        return 1, _of_screenplay(line)
    if _ASIDE.match(line.text):
        return 1, [Part("direction", line.text.strip("()[] "))]
    after = lines[index + 1 :]
    if after and _is_heading(line, after[0]):
        items = _run(after)
        heading = line.text.rstrip(":：").strip()
        title = [Part("title", heading)] if line.is_heading and index == 0 else []
        if items:
            # What kind of list it is shows by itself.
            return 1 + len(items), [*title, *_list(heading, items)]
        return 1, title or ([Part("say", heading)] if line.is_heading else [])
    if line.is_heading:
        return 1, [Part("title" if index == 0 else "say", line.text)]
    run = _run(lines[index:])
    if len(run) > 1:
        return len(run), _list("", run)
    return 1, _facts(line.text) or _of_text(line.text)


def _facts(line: str) -> list[Part]:
    """A line of facts with strokes or points between them ("4 bed | 2 bath | 2,340 sq ft"), as a list."""
    facts = [fact.strip() for fact in _FACTS.split(line) if fact.strip()]
    is_list = _FEWEST_ITEMS <= len(facts) <= _MOST_ITEMS and all(len(fact) <= _LONGEST_FACT for fact in facts)
    return [Part("list", "", tuple(facts))] if is_list else []


def _is_heading(line: _Line, following: _Line) -> bool:
    """Say whether a line is the heading of the lines after it: marked as one, or short with a colon before a list."""
    if line.is_item or line.is_step:
        return False
    is_short = len(line.text) <= _LONGEST_HEADING and len(line.text.split()) <= _HEADING_WORDS
    opens = line.text.endswith((":", "：")) or line.is_heading
    return is_short and opens and (following.is_item or following.is_step or not line.is_heading)


def _run(lines: Sequence[_Line]) -> list[_Line]:
    """The lines from the first that are items of one list: marked alike, or each beginning with a date or a time."""
    if not lines:
        return []
    first = lines[0]
    if first.is_item or first.is_step:
        kinds = (first.is_item, first.is_step)
        return list(takewhile(lambda line: (line.is_item, line.is_step) == kinds, lines))
    dated = list(takewhile(lambda line: not line.is_heading and _begins_with_a_date(line.text), lines))
    return dated if len(dated) > 1 else []


def _begins_with_a_date(line: str) -> bool:
    first = next(iter(tokens.find(line)), None)
    return (
        first is not None and first.start == 0 and first.kind in {Kind.DATE, Kind.TIME} and len(line) <= _LONGEST_ITEM
    )


def _list(heading: str, lines: Sequence[_Line]) -> list[Part]:
    """A list as lists of at most six short items; steps and long items are sentences of their own."""
    if lines[0].is_step or len(lines) < _FEWEST_ITEMS or any(len(line.text) > _LONGEST_ITEM for line in lines):
        return [part for line in lines for part in _of_text(line.text)]
    labelled = [_of_text(line.text) for line in lines]
    if any(part.use in {"call", "direction", "source", "title"} for found in labelled for part in found):
        return [part for found in labelled for part in found]
    shots = -(-len(lines) // _MOST_ITEMS)
    each = -(-len(lines) // shots)
    groups = [lines[start : start + each] for start in range(0, len(lines), each)]
    return [Part("list", heading, tuple(line.text.rstrip(".,;") for line in group)) for group in groups]


def _of_screenplay(line: _Line) -> list[Part]:
    if _SLUG.match(line.text) or _ASIDE.match(line.text):
        return [Part("direction", line.text)]
    bare = _SECONDS.sub("", _TIMECODE.sub("", line.text)) if not _LABEL.match(line.text) else line.text
    use, words = labelled(bare)
    if use is None:
        # A line without a label describes the picture.
        return [Part("direction", bare)]
    return _sentences(use, words)


def _of_text(line: str) -> list[Part]:
    bare = _SECONDS.sub("", line)
    if bare != line or re.match(r"^\s*[\[(]\d{1,2}:\d\d", line):
        bare = _TIMECODE.sub("", bare)
    use, words = labelled(bare)
    steps = _enumerated(words) if use is None else []
    if steps:
        return [part for step in steps for part in _sentences("say", step)]
    return _sentences(use or "say", words)


def _enumerated(words: str) -> list[str]:
    """A line with "1) … 2) …" in it, cut before each number and without them; [] for any other line."""
    marks = list(_ENUMERATED.finditer(words))
    if len(marks) < 2 or [int(mark.group(1)) for mark in marks] != list(range(1, len(marks) + 1)):
        return []
    ends = [*(mark.start() for mark in marks[1:]), len(words)]
    steps = [words[mark.end() : end].strip(" ,;") for mark, end in zip(marks, ends, strict=True)]
    return [part for part in [words[: marks[0].start()].strip(), *(_as_sentence(step) for step in steps)] if part]


def _as_sentence(words: str) -> str:
    return words if words[-1:] in ".!?…。" else f"{words}."


def _sentences(use: Use, words: str) -> list[Part]:
    if use in {"title", "direction", "source", "show"}:
        return [Part(use, words)]
    return [Part(use, sentence) for sentence in sentences.split(words)]


def labelled(line: str) -> tuple[Use | None, str]:
    """Return what the label of a line says it is, and the line without it; None and the line if it has none."""
    label = _LABEL.match(line)
    if label is None:
        return None, line
    name = label.group(1).replace("’", "'").strip()
    for use, known in _USE_OF_LABEL:
        if use == "say" and sound_talk.is_label(name) and not sound_talk.taken_out(line)[0]:
            # "Narrator: British, male" says who speaks, and not what.
            return "direction", line.strip()
        if known.fullmatch(name) and any(character.isalnum() for character in label.group(2)):
            # Of what is heard, the label says which part is meant.
            return use, line.strip() if use == "direction" and sound_talk.is_label(name) else label.group(2).strip()
    return None, line


def _says_something(part: Part) -> bool:
    return bool(part.items) or any(character.isalnum() for character in part.text)
