# ruff: noqa: RUF001 -- the punctuation of other languages is meant
"""Screenplays and scripts with times: what is said in them, what is shown, and what only describes the picture. "
"Pure."""

import re
from collections.abc import Sequence

from service.pipelines.film.script.lines import sound_talk
from service.pipelines.film.script.lines.labels import Use

_SLUG = re.compile(
    r"^\s*(?:(?:scene|szene|scène|scéna|escena|scena|cena|scen|séquence|secuencia|sequenza|sequenz|sequência|shot|plan|plano|"
    r"inquadratura|einstellung|frame|panel|bild|beeld|kadr|ujęcie|сцена|кадр|sahne|plan|toma|szín|kohtaus|σκηνή)\s*"
    r"(?:(?:#\s?)?\d+\b|the (?:first|second|third|fourth|fifth|sixth|last)\b).*|"
    r"(?:シーン|カット|場面|장면|씬|컷|场景|場景|镜头|鏡頭|分镜|画面|दृश्य|مشهد|المشهد|סצנה|ฉาก)\s*"
    r"(?:[\d一二三四五六七八九十०-९٠-٩]+|ال\w+)(?:\s*[:：–—-].*|\s.*|[（(].*)?|"
    r"第?[\d一二三四五六七八九十]+\s*(?:场|場|镜|鏡|幕)\b.*|"
    r"(?:int|ext|int/ext)\s*[./].*|"
    r"(?:fade|cut|dissolve|smash cut|open)(?: (?:in|out|to|up|from|on|through|black|back)\b[ \w:.…-]*|[:.…]*))$",
    re.IGNORECASE,
)
"""A heading of a scene, or how one gives way to the next. What follows on its line describes the picture."""
_ASIDE = re.compile(r"^\s*[(\[][^()\[\]\n]{2,200}[)\]]\s*$")
_VOICED = r"\((?:v\.?\s?o\.?|o\.?\s?s\.?|o\.?\s?c\.?|off|cont['’]?d)\.?\)"
_CUE = re.compile(rf"^\s*[^\W\d_a-zà-ÿ][^\Wa-zà-ÿ .]*(?: [^\Wa-zà-ÿ.]+){{0,3}}(?:\s*(?i:{_VOICED}))*\s*:?\s*$")
"""A speaker's name in capitals on a line of its own."""
_VOICED_CUE = re.compile(rf"^\s*[^\n:]{{1,30}}\s*{_VOICED}\s*:?\s*$", re.IGNORECASE)
_VOICED_LINE = re.compile(rf"^\s*[^\W\d_a-zà-ÿ][^\Wa-zà-ÿ]{{1,20}}\s*{_VOICED}\s*:", re.IGNORECASE)
_NO_SPEAKER = re.compile(
    r"^\W*(?:super|supers|title|titles|end card|logo|montage|end|the end|later|music|sfx|intro|outro)\W*$",
    re.IGNORECASE,
)
_SPOKEN = (
    r"vo|v\.o\.?|voice[- ]?over|narration|voix off|anncr|announcer|locución|voz (?:en )?off|locução|voce fuori campo|"
    r"vertelstem|закадровый голос|голос за кадром|dış ses|seslendirme|ナレーション|내레이션|나레이션|旁白|画外音|解说|"
    r"التعليق الصوتي|वॉइस ?ओवर|קריינות|เสียงบรรยาย"
)
"""Labels of what is heard."""
_SPEAKERS = (
    r"off|narrator|voix|sprecher(?:in)?|speaker|erzähler(?:in)?|locutora?|voice|stem|stimme|vox|voz|narrador[ae]?|voce|narratore|"
    r"commentaarstem|głos|lektor|berättar(?:röst|e)|диктор|голос|ナレーター|성우|المعلق|صوت|वाचक|आवाज़|קריין|เสียงพากย์"
)
"""Labels that stand before what is heard, or say in one line who speaks."""
_SAID = rf"{_SPOKEN}|{_SPEAKERS}|text|texto|texte|tekst|testo|текст|文字|텍스트|النص|טקסט|ข้อความ"
_SHOWN = (
    r"supers?|super text|gfx(?: text)?|on[- ]screen(?: text)?|text on screen|end ?card|title card|"
    r"carton(?: final)?|écran final|texte à l['’]écran|incrustation|einblendung|texttafel|schrifttafel|rótulos?|"
    r"texto en pantalla|sobreimpres(?:o|ión)|cartel final|texto (?:na|no) (?:tela|ecrã)|lettering|letreiro|"
    r"testo a schermo|scritta|cartello(?: finale)?|tekst in beeld|eindkaart|napisy?|plansza(?: końcowa)?|textruta|"
    r"slutbild|титры?|надпись|текст на экране|плашка|ekran yazısı|kapanış yazısı|テロップ|字幕|자막|片尾字幕|"
    r"النص على الشاشة|כיתוב"
)
_FOR_THE_MAKERS = (
    r"sfx|fx|sounds?(?: design)?|grad(?:e|ing)|"
    r"music|video|visuals?|audio|picture|image|bild|bilder|ton|musik|son|musique|imagen|sonido|música|imagem|"
    r"som|immagine|suono|musica|beeld|geluid|muziek|obraz|dźwięk|muzyka|картинка|видео|звук|музыка|görüntü|müzik|"
    r"映像|画面|音|音楽|音效|音乐|音樂|効果音|영상|화면|음악|효과음|المشهد|الصورة|الموسيقى|दृश्य|संगीत|camera|opt"
)
_LABELS: tuple[tuple[Use, str], ...] = (("say", _SAID), ("show", _SHOWN), ("direction", _FOR_THE_MAKERS))
_USES: dict[Use, re.Pattern[str]] = {use: re.compile(words, re.IGNORECASE) for use, words in _LABELS}
"""What the labels of a script say that their words are for."""
_SPOKEN_LABEL = re.compile(rf"^\s*(?:{_SPOKEN})(?!\w)[^:：\n]{{0,24}}[:：]", re.IGNORECASE)
_SPEAKER_LABEL = re.compile(rf"^\s*(?:{_SPEAKERS})(?!\w)[^:：\n]{{0,24}}[:：]", re.IGNORECASE)
_SPEAKS = re.compile(r"^\s*([A-ZÀ-Þ][A-ZÀ-Þ .'’-]{1,24}\d{0,2})(?:\s*\([^()]{1,40}\))?:\s*(?P<words>\S.*)$")
_VOICED_LINE = re.compile(rf"^\s*[^\n:()]{{1,30}}\s*(?:{_VOICED}|\(\s*v\.?\s?o\.?\b[^()]{{0,40}}\))\s*:", re.IGNORECASE)
_MANNER = re.compile(r"^\s*[(\[][^()\[\]\n]{2,40}[)\]]\s*(?=\S)")
"""How somebody speaks, before what they say: "(calm) It was delicious."."""
_LABEL = re.compile(r"^\s*([^\n:：()]{1,24}?)(?: ?\d)?\s*(?:\([^()\n]{1,40}\))?\s*[:：]\s*(\S.*)$")
_AFTER_A_SLUG = re.compile(r"^[^:：]{1,60}[:：]\s*(?P<words>\S.*)$")
_QUOTED = re.compile(r"[\"“«„]([^\"“”«»„]{2,120})[\"”»“]")
_OTHER_MARKS = re.compile(
    r"^\s*(?:supers?|sfx|fx|audio|music|end card|title card|on[- ]screen text|text on screen|logo)\s*[:(]",
    re.IGNORECASE,
)
_FEW_LINES = 3
_OF_THE_CAMERA = re.compile(
    r"\b(?:camera|close-?up|zoom|pan|shot|b-?roll|montage|cut|cuts|fade|angle|footage|slow[- ]?mo\w*|drone|we see|"
    r"screen)\b",
    re.IGNORECASE,
)


_FOLDED = re.compile(
    r"(?<=[\s.)!?\"”|])(?=(?:VO|V\.O\.|VOICE[- ]?OVER|AUDIO|SUPERS?|SFX|MUSIC|VIDEO|VISUALS?|TEXT|"
    r"ON[- ]SCREEN(?: TEXT)?|"
    r"NARRATOR|END CARD|LOGO)(?: ?\([^()\n]{1,20}\))?:)"
)
"""The start of a script's next label in the middle of a line."""
_PICTURED = re.compile(
    r"^\s*(?:video|visuals?|picture|images?|graphics?|bild(?:er)?|beeld|imagen|imagem|immagini?|obraz|action)\s*:",
    re.IGNORECASE,
)
_HEARD = re.compile(
    r"^\s*(?:audio|ton|son|sound|geluid|suono|suoni|sonido|som|ljud|dźwięk)\s*:\s*(?P<words>.*)$", re.IGNORECASE
)
_SOUNDS = re.compile(r"\b(?:sfx|fx|music|musik|musique|música|sounds?|jingle|noise|alarm|silence)\b", re.IGNORECASE)


def unfolded(line: str) -> list[str]:
    """Return a line of a script with several labels ("VIDEO: … VO: …") as a line for each."""
    return [part.strip(" |") for part in _FOLDED.split(line) if part.strip(" |")]


def is_pictured(line: str) -> bool:
    """Say whether a line of a script says what is seen: "VIDEO: An alarm clock"."""
    return bool(_PICTURED.match(line))


def heard(line: str) -> str | None:
    """Return what "AUDIO:" has somebody say, "" if it is only a sound, or None for any other line."""
    found = _HEARD.match(line)
    if found is None:
        return None
    words = found["words"].strip()
    is_sound = is_aside(words) or (_SOUNDS.search(words) and not _QUOTED.search(words))
    return "" if is_sound else words.strip('"“”«»„ ')


def is_label(name: str) -> bool:
    """Say whether a name is a label of scripts: "VO", "SUPER", "Rótulo"."""
    return any(words.fullmatch(name.strip()) for words in _USES.values())


def is_told(name: str) -> bool:
    """Say whether a name is the label of what is said or shown."""
    return any(_USES[use].fullmatch(name.strip()) for use in ("say", "show"))


def is_spoken(name: str) -> bool:
    """Say whether a name is the label of a voice: "VO", "VO (FERRYMAN)"."""
    return bool(_USES["say"].fullmatch(name.strip())) or bool(_NAMED_CUE.match(name))


def labelled(line: str) -> tuple[Use | None, str]:
    """Return what a script's label says that a line is for, and the line without it; None and the line without one."""
    label = _LABEL.match(line)
    use = next((use for use, words in _USES.items() if label and words.fullmatch(label[1].strip())), None)
    if label is None or use is None:
        return None, line
    if use == "direction" or (sound_talk.is_label(label[1].strip()) and not sound_talk.taken_out(line)[0]):
        return "direction", line.strip()
    return use, _MANNER.sub("", label[2].strip()) if use == "say" else label[2].strip()


def unquoted(words: str) -> str:
    """Return words without the quotation marks around all of them."""
    whole = _ALL_QUOTED.fullmatch(words)
    return whole[1] if whole else words


def is_slug(line: str) -> bool:
    return bool(_SLUG.match(line))


def is_aside(line: str) -> bool:
    """Say whether a line is all in brackets: "(whispering)"."""
    return bool(_ASIDE.match(line))


def is_one(lines: Sequence[str]) -> bool:
    """Say whether a text is a screenplay: it has two marks of one, or one and other labels."""
    marks = sum(
        bool(_SLUG.match(line) or _VOICED_CUE.match(line) or _VOICED_LINE.match(line) or _SPOKEN_LABEL.match(line))
        for line in lines
        if labelled(line)[0] != "direction"
    )
    voices = sum(bool(_SPEAKER_LABEL.match(line)) and labelled(line)[0] == "say" for line in lines)
    others = sum(bool(_OTHER_MARKS.match(line) or is_pictured(line) or is_aside(line)) for line in lines)
    marks += voices if voices > 1 or others else 0
    return marks > 1 or (marks == 1 and (others > 0 or len(lines) <= _FEW_LINES))


def has_speakers(lines: Sequence[str]) -> bool:
    """Say whether anybody speaks in a script: what stands there without a label describes the picture then."""
    return any(labelled(line)[0] == "say" or is_cue(line) or spoken(line) or heard(line) for line in lines)


_ALL_QUOTED = re.compile(r"[\"“«„「]([^\"“”«»„「」]+)[\"”»“」]")
_NAMED_CUE = re.compile(rf"^\s*(?:{_SPOKEN})\s*\([^()\n]{{2,30}}\)(?:\s*\([^()\n]{{2,20}}\))*\s*:?\s*$", re.IGNORECASE)
"""A voice on a line of its own, with whose it is: "VO (FERRYMAN) (CONT'D)"."""


def is_cue(line: str) -> bool:
    """Say whether a line is the name of whoever says the next."""
    is_name = (
        _VOICED_CUE.match(line) or _NAMED_CUE.match(line) or (_CUE.match(line) and line.split("(", 1)[0].isupper())
    )
    return bool(is_name) and not is_slug(line) and not _NO_SPEAKER.match(line)


def spoken(line: str) -> str:
    """Return what "ANNA: I want to sleep" has her say, or "" if nobody speaks."""
    speaks = _SPEAKS.match(line)
    return _MANNER.sub("", speaks["words"]) if speaks else ""


def told(line: str) -> tuple[list[str], str]:
    """Return what the heading of a scene puts on screen, in quotation marks, and what else it tells, or "" if that only
    describes the picture. For scripts in which nobody speaks."""
    after = _AFTER_A_SLUG.match(line)
    words = after["words"] if after else ""
    quoted = [words.strip() for words in _QUOTED.findall(words)]
    rest = _QUOTED.sub("", words).strip(" .,:–—-")
    return quoted, "" if quoted or _OF_THE_CAMERA.search(words) or len(rest.split()) < 3 else words
