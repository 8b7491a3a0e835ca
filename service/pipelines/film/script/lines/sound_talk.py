# ruff: noqa: RUF001 -- the letters of other languages are meant
"""What a job and its brief ask of voice and music: read from words, and taken out of what the film says. Pure.

English, French, German, Spanish, Italian and Portuguese are understood by their words, other languages by what their
clauses mean (`heard`).
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, cast

from service.pipelines.film.script.lines import heard as lines_heard
from service.pipelines.film.script.treatment import Mood
from service.pipelines.film.script.writing import denying
from service.pipelines.film.wishes import Wishes

Sex: TypeAlias = Literal["", "female", "male"]
Lead: TypeAlias = Literal["piano", "guitar", "strings", "bells", "synth"]
"""The instrument that the music is built around."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceWish:
    """Who is to speak; "" for what does not matter.

    `accent` is a language tag such as `en-gb`, `traits` are keys of `TRAITS`, `words` are what was asked for as it is
    written: it may name a voice.
    """

    is_off: bool = False
    sex: Sex = ""
    accent: str = ""
    traits: tuple[str, ...] = ()
    words: str = ""


ANY_VOICE = VoiceWish()


@dataclass(frozen=True, slots=True, kw_only=True)
class MusicWish:
    """What is to be played; None for what does not matter. `cannot`: what was asked for that the band cannot play."""

    is_off: bool = False
    mood: Mood | None = None
    lead: Lead | None = None
    cannot: tuple[str, ...] = ()
    words: str = ""


_OFF = frozenset(
    {"off", "none", "no", "mute", "muted", "silent", "aus", "keine", "aucune", "sans", "ninguna", "nessuna"}
)

_FEMALE = (
    r"female|wom[ae]n(?:['’]?s)?|feminine|lady|féminine?|femme|narratrice|weiblich\w*|frauenstimme|sprecherin|erzählerin|"
    r"femenin[ao]|feminina|mujer|mulher|locutora|narradora|femminile|donna"
)
_MALE = (
    r"male|m[ae]n(?:['’]?s)?|masculine|guy|masculine?|homme|männlich\w*|männerstimme|"
    r"masculin[ao]|hombre|homem|maschile|uomo"
)
_ACCENTS: tuple[tuple[str, str], ...] = (
    ("en-gb", r"british|english accent|u\.?k\.?|britannique|britisch\w*|británic[ao]|britannic[ao]|britânic[ao]"),
    ("en-us", r"american|u\.s\.|us accent|américaine?|amerikanisch\w*|american[ao]|general american"),
    ("en-gb-scotland", r"scottish|scots|écossaise?|schottisch\w*"),
    ("en-ie", r"irish|irlandaise?|irisch\w*"),
    ("en-au", r"australian|aussie"),
    ("en-in", r"indian"),
    ("en-za", r"south african"),
    ("fr-ca", r"québécoise?|quebec\w*|canadian french"),
    ("fr-be", r"belge|belgian"),
    ("fr-ch", r"suisse|swiss french"),
    ("de-at", r"österreichisch\w*|austrian"),
    ("de-ch", r"schweizerisch\w*|swiss german"),
    ("es-419", r"mexican[ao]?|latin(?:o|a)?(?: american)?|latinoamerican[ao]|argentin\w*"),
    ("es", r"castilian|castellan[ao]"),
    ("pt-br", r"brazilian|brasileir[ao]|brasileñ[ao]|brasilian\w*"),
    ("pt", r"european portuguese|português europeu"),
)
TRAITS: dict[str, str] = {
    "warm": r"warm\w*|friendly|chaleureu\w+|freundlich\w*|cálid[ao]|cald[ao]|amable|caloros[ao]",
    "calm": r"calm\w*|soft\w*|gentle|soothing|relaxed|posée?|douce|doux|ruhig\w*|sanft\w*|tranquil\w*|suave",
    "deep": r"deep|low|grave|tief\w*|profund\w+|profond\w+|dramatic|cinematic|epic",
    "bright": r"bright|energetic|upbeat|lively|cheerful|excited|dynamique|fröhlich\w*|lebhaft\w*|alegre|vivace|"
    r"enérgic\w+",
    "serious": r"serious|professional|authoritative|confident|neutral|news|sérieu\w+|seriös\w*|seri[ao]|"
    r"professionell\w*",
    "young": r"young|youthful|jeune|jung\w*|joven|giovane|jovem",
    "old": r"old|older|elderly|mature|âgée?|alt\w{0,2}|mayor|anzian[ao]",
    "child": r"child(?:['’]?s)?|children(?:['’]?s)?|kids?|enfant|kinderstimme|kind|niñ[ao]|bambin[ao]|criança",
    "robotic": r"robot\w*|robotic",
    "whispering": r"whisper\w*|chuchot\w*|flüster\w*",
}
"""What a voice may be like, with the words for it."""
_MOODS: tuple[tuple[Mood, str], ...] = (
    (
        "calm",
        (
            r"calm\w*|soft\w*|gentle|relax\w*|peaceful|quiet|meditat\w+|lullaby|douce|doux|apaisant\w*|ruhig\w*|sanft\w*|"
            r"entspann\w*|tranquil\w+|suave|rilassant\w+"
        ),
    ),
    (
        "dramatic",
        (
            r"dramati\w+|epic|épique|episch\w*|épic[ao]|cinemati\w+|tense|intense|dark|suspens\w+|serious|sad|melanchol\w+|"
            r"traurig\w*|triste"
        ),
    ),
    (
        "energetic",
        (
            r"energe\w+|upbeat|driving|pulsing|fast|powerful|dynami\w+|énergi\w+|schnell\w*|rythmée?|mitreißend\w*|"
            r"enérgic\w+"
        ),
    ),
    (
        "joyful",
        (
            r"joy\w*|happy|fun|funny|cheerful|playful|quirky|whimsical|joyeu\w+|gaie?|fröhlich\w*|heiter\w*|alegre|"
            r"allegr[ao]|divertid[ao]"
        ),
    ),
    ("elegant", r"elegan\w+|sophisticat\w+|luxur\w+|élégant\w*"),
    ("hopeful", r"hopeful|inspir\w+|uplifting|motivat\w+|optimis\w+|emotional|hoffnungsvoll\w*|esperanzador\w*"),
    ("warm", r"warm\w*|cosy|cozy|chaleureu\w+|cálid[ao]"),
)
_GENRES: tuple[tuple[Mood, str], ...] = (
    ("calm", r"ambient|lo-?fi"),
    ("dramatic", r"orchestral"),
    (
        "energetic",
        r"electro\w*|techno|edm|house|dance|rock|electrónic[ao]|elettronic[ao]|eletrônic[ao]|elektronisch\w*",
    ),
    ("joyful", r"pop|ukulele|party|festive"),
    ("elegant", r"classical|classique|klassisch\w*|clásic[ao]|classic[ao]|jazz\w*|lounge"),
    ("hopeful", r"corporate"),
    ("warm", r"acoustic|folk|acoustique|akustisch\w*|acústic[ao]|acustic[ao]"),
)
"""Kinds of music alone are no instruction: "Jazz music. Cold drinks." are what an evening offers."""
_LEADS: tuple[tuple[Lead, str], ...] = (
    ("piano", r"piano|pianos|klavier\w*|pianoforte"),
    ("guitar", r"guitars?|guitares?|gitarren?\w*|guitarras?|chitarr[ae]|acoustic|folk|ukulele"),
    (
        "strings",
        (
            r"strings?|violins?|violons?|cello|orchestra\w*|orchestre|streicher|geigen?|cuerdas|violin[eio]s?|archi|"
            r"cordes|classical|epic|cinematic"
        ),
    ),
    ("bells", r"bells?|glockenspiel|music box|celesta|xylophone|marimba|glocken"),
    ("synth", r"synth\w*|electronic|electro|techno|edm|house|ambient|elektronisch\w*|électronique"),
)
_CANNOT = re.compile(
    r"\b(rap|hip[- ]?hop|metal|reggae|country|opera|choir|choral|lyrics|vocals?|sung|singing|singer|trumpets?|brass|"
    r"saxophones?|flutes?|accordion|bagpipes|sitar|harp|chant\w*|gesang)\b",
    re.IGNORECASE,
)
_VOICE = (
    r"voices?|voice-?overs?|vo|narrators?|narrations?|narrated|speakers?|accents?|voix(?:-off)?|narrateurs?|narratrice|"
    r"stimmen?|frauenstimme|männerstimme|kinderstimme|sprecher(?:in)?|erzähler(?:in)?|akzent|voz|locutora?|narradora?|"
    r"narración|acento|voce|narratore|accento|sotaque|narração"
)
_MUSIC = r"music|soundtracks?|score|musique|musik|hintergrundmusik|klaviermusik|música|musica|bgm|banda sonora"
_NO = r"no|not|without|sans|pas de|ohne|keine?n?|sin|senza|sem|nessuna|sem"
_FILLERS = (
    r"please|use|using|with|and|or|but|a|an|the|in|on|for|by|of|to|as|some|just|it|its|be|should|must|is|"
    r"have|has|put|add|want|we|i|prefer|preferably|at|low|volume|light|video|film|clip|throughout|tone|style|sounding|"
    r"read|spoken|kind|native|very|une|un|le|la|les|des|avec|de|d['’]?|du|en|par|et|fond|off|svp|plaît|mit|ein|eine[rnms]?|"
    r"bitte|im|und|von|con|una|el|por|favor|y|e|per|favore|di|com|uma|um|fondo|sottofondo|fundo|utilisez|"
    r"nimm|verwende|usa|type"
)
_CONNECTS = re.compile(
    r"with|using|no|without|and|narrated|read|spoken|avec|sans|mit|ohne|con|sin|senza|com|sem|in|,|by|et|und|y|e",
    re.IGNORECASE,
)
_ORDER = re.compile(
    r"\b(?:videos?|films?|clips?|reels?|spots?|ads?|trailers?|teasers?|promos?|commercials?|vidéos?|werbespots?|"
    r"anuncios?|anúncios?)\b|^(?:please\s+)?(?:make|create|produce|generate|promote|advertise|explain|announce|write|"
    r"créez|créer|faites|faire|réalisez|erstellen?|mache?|produzieren?|haz|crea|hacer|crear|fai|fare|creare|faça|crie)\b",
    re.IGNORECASE,
)
_LONGEST_TALK = 400
"""Letters of a direction that are read: a longer one is about something else too."""
_TOKEN = re.compile(r"[\w'’.-]*\w['’]?|,")


def _whole(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?:{pattern})", re.IGNORECASE)


def _within(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{pattern})(?!\w)", re.IGNORECASE)


_IS_VOICE, _IS_MUSIC = _within(_VOICE), _within(_MUSIC)
_IS_SEX = (("female", _within(_FEMALE)), ("male", _within(_MALE)))
_OF_ACCENT = [(tag, _within(words)) for tag, words in _ACCENTS]
_OF_TRAIT = [(trait, _within(words)) for trait, words in TRAITS.items()]
_OF_MOOD = [(mood, _within(words)) for mood, words in (*_MOODS, *_GENRES)]
_OF_LEAD = [(lead, _within(words)) for lead, words in _LEADS]
_NO_MUSIC = _within(rf"(?:{_NO})\s+(?:[\w-]+\s+){{0,2}}?(?:{_MUSIC})|voice[- ]?over only|voice only|nur stimme")
_NO_VOICE = _within(
    rf"(?:{_NO})\s+(?:(?:a|any|une|eine?|una|um|uma)\s+)?(?:{_VOICE})|music only|only music|text only|nur text|"
    r"nur musik|silent film|unnarrated"
)
_WHOSE = re.compile(r"\s+(?:d['’]|de (?!fond)|of |von |like |wie |comme |como |come |from )", re.IGNORECASE)
_SILENT = re.compile(
    r"^(?:please,? )?(?:make )?(?:it )?(?:a )?(?:silent (?:film|video|movie)|(?:text|music|voice) only)\b.{0,24}$",
    re.IGNORECASE,
)
_NOT_THIS_SEX = re.compile(rf"\b(?:{_NO})\s+(?:an?\s+)?(?:({_FEMALE})|({_MALE}))\s+(?:{_VOICE})\b", re.IGNORECASE)
_LABELLED = re.compile(r"^\s*([^:：\n]{2,30})[:：]\s*(.+)$", re.DOTALL)
_QUALIFIERS = "|".join([_FEMALE, _MALE, *(words for _, words in _ACCENTS), *TRAITS.values()])
_COLOURS = "|".join(words for _, words in _MOODS)
_PLAYED = "|".join(words for _, words in (*_LEADS, *_GENRES))
_IS_PLAYED = _whole(_PLAYED)
_ONE_OF = {
    "noun": _whole(f"{_VOICE}|{_MUSIC}"),
    "telling": _whole(rf"{_QUALIFIERS}|{_COLOURS}|{_NO}|only|background|hintergrund\w*|instrumental"),
    "other": _whole(
        f"{_PLAYED}|{_CANNOT.pattern[3:-3]}|{_FILLERS}|,|english|accent|american|fran[çc]aise?|deutsche?r?"
    ),
}


def asked(wishes: Wishes, directions: Iterable[str]) -> tuple[VoiceWish, MusicWish]:
    """Return what the job's metadata asks for; what it leaves open, as the brief's directions ask for it."""
    heard = [direction[:_LONGEST_TALK] for direction in directions]
    voice = _voice(" ".join(line for line in heard if _IS_VOICE.search(line) or _NO_VOICE.search(line)))
    music_talk = [_about_music(line) for line in heard if _IS_MUSIC.search(line) or _NO_MUSIC.search(line)]
    music = _music(" ".join(music_talk), [piece.text for piece in denying.pieces(music_talk) if not piece.is_denied])
    by_meaning = lines_heard.asked(heard)
    voice = replace(
        voice,
        is_off=voice.is_off or (by_meaning.is_unvoiced and not (voice.sex or voice.accent or voice.traits)),
        sex=voice.sex or cast("Sex", by_meaning.sex),
    )
    played = by_meaning.instruments
    music = replace(
        music,
        is_off=music.is_off or by_meaning.is_unplayed,
        lead=music.lead or next((lead for lead, _ in _LEADS if lead in played), None),
        cannot=tuple(dict.fromkeys((*music.cannot, *(one for one in played if one not in dict(_LEADS))))),
    )
    if wishes.voice:
        voice = _chosen_voice(wishes.voice, voice)
    if wishes.music:
        music = MusicWish() if wishes.own_track else _chosen_music(wishes.music)
    return voice, music


def _chosen_voice(words: str, by_brief: VoiceWish) -> VoiceWish:
    if words.strip().casefold() in _OFF:
        return VoiceWish(is_off=True, words=words)
    chosen = _voice(words)
    if chosen.is_off:
        return chosen
    return replace(chosen, sex=chosen.sex or by_brief.sex, accent=chosen.accent or by_brief.accent)


def _chosen_music(words: str) -> MusicWish:
    return MusicWish(is_off=True, words=words) if words.strip().casefold() in _OFF else _music(words)


def _voice(words: str) -> VoiceWish:
    not_this = _NOT_THIS_SEX.search(words)
    silent = _NO_VOICE.search(words)
    if silent and _WHOSE.match(words, silent.end()):
        # "Pas de voix d'enfant" asks for another one.
        silent = None
    sex = next((sex for sex, known in _IS_SEX if known.search(words)), "")
    if not_this:
        sex = "male" if not_this.group(1) else "female"
    return VoiceWish(
        is_off=bool(silent) and not not_this,
        sex=cast("Sex", sex),
        accent=next((tag for tag, known in _OF_ACCENT if known.search(words)), ""),
        traits=tuple(trait for trait, known in _OF_TRAIT if known.search(words)),
        words=words,
    )


def _music(words: str, asked_for: Sequence[str] | None = None) -> MusicWish:
    """What is asked of music; `asked_for`: the parts of the words that do not deny."""
    wanted = words if asked_for is None else " ".join(asked_for)
    bare = _OFF | {f"music: {off}" for off in _OFF}
    is_off = bool(_NO_MUSIC.search(words)) or words.strip(" .!").casefold() in bare
    labelled = _LABELLED.match(words)
    if labelled and labelled.group(2).strip(" .!").casefold() in _OFF:
        is_off = True
    return MusicWish(
        is_off=is_off,
        mood=next((mood for mood, known in _OF_MOOD if known.search(wanted)), None),
        lead=next((lead for lead, known in _OF_LEAD if known.search(wanted)), None),
        cannot=tuple(dict.fromkeys(found.lower() for found in _CANNOT.findall(wanted))),
        words=words,
    )


def _about_music(line: str) -> str:
    """The part of a direction that is about music: its other parts may be about the voice or the picture."""
    if _LABELLED.match(line):
        return line
    parts = re.split(r"[,;.]| and (?:an? )?(?=[^,;.]*(?:voice|narrat))| und | et ", line)
    about = [part for part in parts if _IS_MUSIC.search(part) or any(known.search(part) for _, known in _OF_LEAD)]
    # "Cinematic, epic music": adjectives may stand before a comma.
    return " ".join(about) if _IS_VOICE.search(line) else line


def is_label(name: str) -> bool:
    """Say whether a label such as "Voice" or "Music" is about what is heard."""
    return bool(
        _IS_VOICE.fullmatch(name) or _IS_MUSIC.fullmatch(name) or name.casefold() in {"sound", "background music"}
    )


def taken_out(sentence: str) -> tuple[str, str]:
    """Return a sentence without what it says about the film's voice and music, and that part of it; each may be "".

    "Make a film with a warm female voice about our bakery" gives "Make a film about our bakery" and "with a warm female
    voice". "Live music every Friday" is about an event, and stays whole.
    """
    found = list(_TOKEN.finditer(sentence))
    kinds = [_kind(token.group()) for token in found]
    if _is_about_sound([token.group() for token in found], kinds):
        return "", sentence
    is_order = bool(_ORDER.search(sentence))
    for start, end in _runs(found, kinds):
        said = sentence[found[start].start() : found[end - 1].end()]
        if _tells(said, kinds[start:end], is_order=is_order):
            rest = f"{sentence[: found[start].start()].rstrip(' ,')} {sentence[found[end - 1].end() :].lstrip(' ,')}"
            rest = re.sub(r"\s+([.!?])", r"\1", rest).strip()
            return (rest, said) if any(character.isalnum() for character in rest) else ("", sentence)
    return sentence, ""


def _runs(found: Sequence[re.Match[str]], kinds: Sequence[str]) -> Iterator[tuple[int, int]]:
    """The first and the end token of each longest part of a sentence that begins with a word such as "with", is all
    talk of sound and has its noun."""
    start = 0
    while start < len(found):
        end = start
        while end < len(found) and kinds[end]:
            end += 1
        after = max(end, start + 1)
        while start < end and not _CONNECTS.fullmatch(found[start].group()):
            start += 1
        while end > start and kinds[end - 1] == "other" and not _IS_PLAYED.fullmatch(found[end - 1].group()):
            end -= 1
        if "noun" in kinds[start:end]:
            yield start, end
        start = after


def _kind(word: str) -> str:
    bare = word.strip(".'’")
    return next((kind for kind, known in _ONE_OF.items() if known.fullmatch(bare)), "")


def _is_about_sound(words: Sequence[str], kinds: Sequence[str]) -> bool:
    """Say whether every word of a sentence is talk of voice or music, and tells how it should be."""
    if _SILENT.match(" ".join(words)):
        return True
    return bool(kinds) and all(kinds) and "noun" in kinds and "telling" in kinds and len(words) <= 16


def _tells(said: str, kinds: Sequence[str], *, is_order: bool) -> bool:
    """Say whether a part of a sentence asks for a voice or a music. In a sentence that orders no film, only a voice of
    a sex or an accent is certain to be the film's."""
    if is_order:
        return "telling" in kinds or any(known.search(said) for _, known in _OF_LEAD)
    voiced = _IS_VOICE.search(said)
    return bool(voiced) and any(known.search(said) for _, known in (*_IS_SEX, *_OF_ACCENT))
