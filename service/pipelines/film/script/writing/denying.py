# ruff: noqa: RUF001 -- the letters of other languages are meant
"""What a wish asks for and what it asks not to have: "Lake, mist, no people" asks for a lake and mist. Pure.

The words that deny are few in any language, and stand before what they deny, after it ("Blut bitte
nicht zeigen"), or at the end of the clause ("血は映さないで").
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from service.pipelines.film.script.writing.wording import word_set


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a wish, and whether it is asked for, or asked not to be."""

    text: str
    is_denied: bool


_BREAKS = re.compile(r"(?<=[.!?\u3002\uff01\uff1f\u061f])\s*|[;:\uff1b\uff1a|\u2022]|\s[–—/-]+\s|^\s*[-–—*]+\s*")
"""What no denial reaches over."""
_COMMAS = re.compile(r"[,،、，()\[\]（）·]\s*|\s(?:and|und|et|y|e|en|i|и|ve|og|och|ja|a|és|και)\s")
_TURNS = re.compile(
    r"\b(?:but|just|only|instead|rather|maybe|perhaps|vielleicht|peut-être|quizás?|forse|talvez|misschien|może|может|"
    r"belki|aber|sondern|lieber|nur|stattdessen|mais|plutôt|seulement|juste|pero|sino|solo|"
    r"mejor|ma|bensì|piuttosto|mas|só|antes|maar|liever|alleen|wel|ale|tylko|raczej|но|лучше|только|зато|ama|sadece|"
    r"yerine|men|bara|kun|hellere|heller|vaan|mutta)(?!\w)|لكن|بس|فقط|而是|代わりに|대신",
    re.IGNORECASE,
)
"""After one of these, something is asked for again."""
_ASKS = re.compile(
    r"^(?:please |bitte |por favor |per favore |s'il vous plaît |пожалуйста )?(?:show|use|film|yes|zeigt?|nehmt|"
    r"montre[rz]?|"
    r"que se vean?|mostra\w*|muestr\w*|mostr\w*|toon|laat|pokaż\w*|покажите|göster\w*|vis|visa|näytä|请拍|拍)(?!\w)",
    re.IGNORECASE,
)
"""What begins a new wish: "no boats, show the harbour"."""
_BEFORE = word_set(
    "no without zero zilch nary kein keine keinen keinem keiner ohne nix nichts sans aucun aucune ni sin ningun "
    "ninguna "
    "nada senza niente nessun nessuna sem nenhum nenhuma geen zonder bez zadnych zadne zadnego żadnych żadne без "
    "никаких "
    "никакой никакого ingen inget inga utan uden uten ikkje ingi ilman keine nej nie χωρις χωρίς fara fără nincs "
    "nelkul "
    "tanpa jangan bukan huwag walang bila không đừng sense cap avoid avoiding skip exclude excluding drop ban vermeide "
    "vermeidet eviter evitez évitez evite évite evitar evita eviten evitad evitare evitate evitem vermijd vermijden "
    "unikac unikaj unikajcie unikać избегать избегайте избегаем undvik undga undgå unnga unngå valta vältä bitteohne "
    "بدون بلا دون תוך בלי ללא bezpłatnie"
)
"""What denies the words after it."""
_WHOLE = word_set(
    "not never don't dont doesn't can't cannot won't mustn't shouldn't shan't isn't aren't nobody nicht nie niemals "
    "pas "
    "jamais nunca jamas mai non nao não niet nooit не нельзя нету nem ne nikdy inte aldrig ikke aldri ei ala älä alkaa "
    "älkää saa не треба nu μην όχι δεν neither nor nowhere forbidden verboten interdit interdite interdits prohibido "
    "prohibidos vietato vietati proibido proibidos verboden zabronione запрещено forbjudet forbudt kielletty yasak "
    "yasaktır olmasın istemiyoruz istemiyorum istemem yok değil göstermeyin kullanmayın koymayın koymayalım olmayacak "
    "vermeiden weglassen banned overused overdone cliche cliché out لا لن ما مو مش ممنوع ולא לא אין אל nahi nahin मत "
    "नहीं न बिना "
    "نہیں مت نہ بغیر hates hate deteste odia tidak ❌ 🚫 🙅 ✗ ✘ ☒"
)
"""What denies its clause."""
_OF_SPANISH = re.compile(r"\bno\s+(?:se|debe\w*|pued\w+|aparezc\w+|salg\w+|quier\w+|queremos)\b", re.IGNORECASE)
_SUFFIXED = re.compile(r"\w{2,}(?:mesin|masın|meyin|mayın|mesinler|masınlar|mayalım|meyelim)(?!\w)", re.IGNORECASE)
_UNSPACED = re.compile(
    r"不[要需想用得可许許准能是出露拍放配必该該]|别|別(?!途)|勿|禁[止用]|[没沒無无]有|[无無]|唔[好要]|拒绝|避免|谢绝|"
    r"なし|ナシ|無し|不要|禁止|NG|ないで|しない|ません|避け|控え|やめ|嫌|だめ|ダメ|いらない|要らない|勘弁|以外|"
    r"없이|없는|없음|없어도|말아|말고|마세요|마십시오|마시|않게|않도록|안 [가-힣]|안됩|금지|사절|지양|"
    r"자제|빼[고주]|제외|싫|불가|절대|"
    r"ไม่|ห้าม|อย่า|งด|بدون|بلا\b|תימנע"
)
_DENIES_AT_THE_END = re.compile(
    r"[\u3040-\u30ff\uac00-\ud7af].{0,8}$|\b(?:yok|olmasın|istemiyoruz|istemem|istemiyorum|yasak|\w+m[ae]y[ıi]n|नहीं|"
    r"मत)\W*$"
)
"""What is denied in languages whose verbs come last, with the list before it."""
_UNSPACED_LETTERS = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_NOT_DENYING = re.compile(
    r"\b(?:(?:do ?n['’]?t|never|not) (?:forget|miss|worry|hesitate|leave \w+ out)|not only|no matter|no problem|no "
    r"worries|"
    r"why not|if not|or not|no\.? \d|nr\.? \d|nicht (?:nur|vergessen)|vergesst nicht|n['’]oublie[rz]?(?: pas)?|pas "
    r"(?:seulement|mal)|ne pas oublier|"
    r"no (?:solo|olvid\w+)|sin falta|non (?:solo|dimentic\w+)|não (?:só|esque\w+)|niet (?:alleen|vergeten)|nie "
    r"(?:tylko|zapomn\w+)|не (?:только|забу\w+)|"
    r"inte (?:bara|glöm\w*)|ikke (?:bare|glem\w*)|unutma\w*)\b|忘れ(?:ず|ない)|[别別]忘|不[仅僅只但]|잊지",
    re.IGNORECASE,
)
_ONLY = re.compile(
    r"\b(?:only|just|nothing but|nur|bloß|ausschließlich|seulement|juste|que du|que de la|rien que|uniquement|solo|"
    r"sólo|solamente|únicamente|soltanto|solamente|só|somente|apenas|alleen|enkel|tylko|samo|sam|sama|только|лишь|"
    r"sadece|"
    r"yalnızca|bara|endast|kun|bare|vain|csak|jen|pouze)(?!\w)|だけ|のみ|只|仅|僅|만(?!\w)|만 |فقط|بس(?!\w)|เท่านั้น|แค่",
    re.IGNORECASE,
)
_EMPTY = word_set(
    "ok okay please pls plz thanks thank you thx zeigen zeige bitte gezeigt sehen sehen zu im bild s'il vous plait svp "
    "merci por favor gracias per favore grazie graag aub alsjeblieft prosze proszę пожалуйста показывать abbilden "
    "abgebildet erwähnen allowed at all shown seen visible in the on any shot picture pictures screen film video "
    "needed "
    "wanted this time ever again sichtbar einblenden verwenden tonen laten zien getoond pokazywac pokazywać visa "
    "visas vise vises näytä"
)
"""What may follow a denial whose word is before it: "moose NOT ok"."""
_ASKING = word_set(
    "show use include say mention do go want to for things what anything we i you images bilder imágenes list "
    "wünschen gewünscht"
)
"""What may stand beside a denial that is for the lines under it: "Please don't show:"."""
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*|[❌🚫🙅✗✘☒]")
_FEW, _FEW_LETTERS = 4, 10
"""Words, or letters of a script without spaces, of what may go on with a list of what is not wanted."""
_HEADING_WORDS = 7


def pieces(wishes: Iterable[str]) -> Iterator[Piece]:
    """Yield the parts of wishes, in their order. What stands under "Please avoid:" is denied."""
    is_under = False
    for wish in wishes:
        if _is_bare(wish):
            is_under = True
            continue
        head, colon, rest = wish.partition(":")
        is_short = len(head.split()) <= _HEADING_WORDS
        if colon and is_short and denies(head):
            is_under = not rest.strip()
            yield from (Piece(piece.text, is_denied=True) for piece in _of(rest))
            continue
        is_under = is_under and len(wish.split()) <= 2 * _HEADING_WORDS and not _TURNS.match(wish)
        yield from (Piece(piece.text, piece.is_denied or is_under) for piece in _of(wish))


def denies(text: str) -> bool:
    """Say whether a text has a word that denies."""
    bare = _NOT_DENYING.sub(" ", text)
    folded = [word.casefold().replace("’", "'") for word in _WORD.findall(bare)]
    return bool(not (_BEFORE | _WHOLE).isdisjoint(folded) or _SUFFIXED.search(bare) or _UNSPACED.search(bare))


def limits(text: str) -> bool:
    """Say whether a text wants one thing and nothing else: "text only", "nur Musik", "字幕だけ"."""
    return bool(_ONLY.search(text))


def _is_bare(wish: str) -> bool:
    """Say whether a wish only denies what stands under it: "DON'T", "Nicht zeigen:", "Please avoid"."""
    words = [word.casefold().replace("’", "'") for word in _WORD.findall(wish)]
    denying = _BEFORE | _WHOLE
    return bool(words) and not denying.isdisjoint(words) and all(word in denying | _EMPTY | _ASKING for word in words)


def _of(wish: str) -> Iterator[Piece]:
    sentences = [part for part in _BREAKS.split(wish) if part]
    for sentence, after in zip(sentences, [*sentences[1:], ""], strict=False):
        if sentence.rstrip().endswith(("?", "？")) and _is_bare(after):
            # "Rabbits? Never."
            yield Piece(sentence, is_denied=True)
            continue
        goes_on = False
        listed: list[Piece] = []
        before: list[Piece] = []
        for clause in filter(None, (part.strip() for part in _COMMAS.split(sentence))):
            found = list(_turned(clause))
            if goes_on and len(found) == 1 and not found[0].is_denied and _may_go_on(clause):
                found = [Piece(clause, is_denied=True)]
            goes_on = found[-1].is_denied
            if goes_on and _DENIES_AT_THE_END.search(clause):
                while listed and not listed[-1].is_denied and _may_go_on(listed[-1].text):
                    before.append(Piece(listed.pop().text, is_denied=True))
                listed += reversed(before)
                before = []
            listed += found
        yield from listed


def _may_go_on(clause: str) -> bool:
    if _TURNS.search(clause) or _ASKS.match(clause):
        return False
    return len(clause.split()) <= _FEW if not _UNSPACED_LETTERS.search(clause) else len(clause) <= _FEW_LETTERS


def _turned(clause: str) -> Iterator[Piece]:
    """The parts of a clause before and after a word such as "but"."""
    turn = next((found for found in _TURNS.finditer(clause) if found.start()), None)
    if turn is not None and denies(clause[: turn.start()]):
        yield from _cut(clause[: turn.start()])
        yield from _cut(clause[turn.end() :])
    else:
        yield from _cut(clause)


def _cut(clause: str) -> Iterator[Piece]:
    bare = _NOT_DENYING.sub(lambda found: " " * len(found.group()), clause)
    if not denies(clause):
        yield from ([Piece(clause.strip(), is_denied=False)] if clause.strip() else [])
        return
    words = list(_WORD.finditer(bare))
    folded = [word.group().casefold().replace("’", "'") for word in words]
    at = next((place for place, word in enumerate(folded) if word in _BEFORE), None)
    is_whole = (
        at is None
        or any(word in _WHOLE for word in folded)
        or _OF_SPANISH.search(clause)
        or all(word in _EMPTY for word in folded[at + 1 :])
    )
    if at is None or is_whole:
        yield Piece(clause.strip(), is_denied=True)
        return
    before = clause[: words[at].start()].strip()
    yield from ([Piece(before, is_denied=False)] if before else [])
    yield Piece(clause[words[at].start() :].strip(), is_denied=True)
