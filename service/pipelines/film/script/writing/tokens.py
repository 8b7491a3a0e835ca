# ruff: noqa: RUF001 -- the punctuation of other languages is meant
"""What in a text must never be cut or torn apart: addresses, telephone numbers, prices, percentages, dates, times,
quantities, and ranges of them. The one place that knows what they look like; sentences, clauses, lists, headlines and
captions are cut between them. Pure.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

from service.pipelines.film.script.writing import dates, text
from service.pipelines.film.script.writing.calendars import TO
from service.pipelines.film.script.writing.places import PLACE, SHORT_STREET
from service.pipelines.film.script.writing.times import TIME

_LONGEST_KEPT = 500
"""Letters of a text whose tokens are remembered."""

_SPACE = "[ \u00a0\u202f]"
_FREE = r"(?<![0-9A-Za-z\u00c0-\u024f\u0370-\u04ff\u1e00-\u1eff_.,])"
"""Not in the middle of a word or a number. Scripts without spaces, and Semitic prefixes, may stand before."""
_SIGN = r"(?:(?<![\w)\]])[+±\u2212-]|[+±\u2212])?"
# Bounded, so that a long row of numbers is not tried as one number from each of its places.
_NUMBER = (
    rf"{_FREE}(?:\d{{1,2}} )?[1-9]/(?:[2-9]|1[026])(?![\w/]|[.,]\d)|"
    rf"{_FREE}\d{{1,3}}{_SPACE}?[½¼¾⅓⅔]|"
    rf"{_FREE}\d{{1,3}}(?:[.,'’{_SPACE[1:-1]}]\d{{3}}){{1,5}}(?:[.,]\d{{1,2}})?(?!\d)|{_FREE}\d+(?:[.,]\d+){{0,5}}|"
    rf"[½¼¾⅓⅔]"
)
_WHOLE = r"(?![0-9A-Za-z\u00c0-\u024f\u0370-\u04ff\u1e00-\u1eff_²³])"
"""No letter of a word goes on. Scripts without spaces may."""
_MAGNITUDE = (
    rf"(?:{_SPACE}?(?:k|K|M|bn|B|m(?![\w²³/])){_WHOLE}|{_SPACE}?(?:万|萬|億|亿|천|만|억)|{_SPACE}(?:hundred|thousand|million|"
    r"billion|trillion|lakh|crore|mille|millions?|milliards?|tausend|Tsd\.|Mio\.|Millionen?|Mrd\.|Milliarden?|mil|"
    r"millones|millón|milhões|milhão|mila|milioni|milione|miljoen|miljard|tys\.|mln|mld|milyon|milyar|bin|миллион\w*|"
    r"тыс\.|млн|млрд|ألف|مليون|مليار|آلاف|אלף|מיליון|लाख|करोड़|हज़ार|พัน|หมื่น|แสน|ล้าน)(?!\w)|"
    rf"{_SPACE}?(?:พัน|หมื่น|แสน|ล้าน)(?=บาท))"
)
_SIGN_OF_MONEY = (
    r"(?:[$€£¥₹₩₽₺₴₫฿₪₱₦]|(?:GH)?₵|(?:US|CA?|AU?|R|HK|NZ|S|FJ|J|TT|NT|MX)\$|S/\.?|(?:रु\.?)|"
    r"(?:USD|EUR|GBP|CHF|AED|SAR|JPY|CAD|AUD|SEK|NOK|DKK|PLN|CZK|INR|TRY|HUF|RON|BRL|MXN|ZAR|THB|ILS|KRW|CNY|RMB|VND|IDR|MYR|SGD|PHP|HKD|TWD|TL|Rp\.?|RM|Fr\.|Rs\.?|"
    r"KSh|KES|TSh|TZS|UGX|GHS|NGN|PKR|NPR|LKR|EGP|ETB|GEL|MAD|TND|JOD|KWD|QAR|"
    r"kr)(?!\w))"
)
"""What may stand before an amount. A word of a script without spaces may not: it is the end of another ("정원 6명")."""
_CASE = r"(?:['’](?:[a-zçğıöşü]{1,4}))?(?!\w)"
"""The ending that Turkish writes after a sign or an abbreviation."""
_CURRENCY = (
    rf"(?:{_SIGN_OF_MONEY}{_CASE}|"
    r"(?:円|元|块|원|บาท|ريال(?:اً|ًا|ا)?|درهم(?:اً|ًا|ا)?|دينار(?:اً|ًا|ا)?|جنيه(?:اً|ًا|ا)?|ليرة|شيكل|شيقل|دولار(?:اً|ًا|ا|ات)?|دنانير|دراهم|ريالات|جنيهات|ليرات|يورو|ש״ח|रुपये|रुपए)|"
    r"บ\.|[đ₫](?!\w)|(?:ر\.س|د\.إ|ج\.م|د\.ك|ر\.ق|د\.أ)(?!\w)|"
    r"(?:cents?|pence|centimes?|céntimos?|centavos?|zł|Kč|Ft|lei|Euros?|euros?|dollars?|pounds?|dirhams?|rupees?|baht|francs?|руб(?:лей|ля|ль|\.)?|грн)(?!\w))"
)
_PER = (
    r"(?:{s}?/{s}?(?:month|mo|year|yr|week|wk|day|hour|hr|h|kg|person|pp|night|mois|an|jour|semaine|nuit|personne|"
    r"Monat|Jahr|Tag|Woche|Nacht|Person|Std\.?|Stunde|Stück|mes|año|semana|noche|persona|pers\.?|mese|anno|notte|mês|ano|"
    r"noite|pessoa|maand|jaar|nacht|user|seat|team|adult|child|ticket|piece|m²|m2|sqm|qm|kWh|GB|mies\.|os\.|"
    r"เดือน|วัน|คน|คืน|ปี|माह|महीना|"
    r"月|年|人|泊|월|мес\.?|чел\.?)(?![\w²³]))"
).replace("{s}", _SPACE)
_UNIT = (
    (
        r"(?:%|‰|★|م²|°[CF]?|º[CF]|(?:k?m²|k?m³|sq\.?{s}ft\.?|sqft|km/[htu]|mph|[kMG]?Wh|[kM]W|mAh|[kMGT]B|[kMG]Hz|Hz|dB|lux|lm|rpm|"
        r"px|[kmcµ]?g|[kcmµ]?m|[mcd]?l|kcal|cal|oz|lbs?|ft|mi|min|mins|sec|secs|s|h|hrs?|tsp|tbsp|cups?|x|×|Mbit/s|"
        r"Uhr|uur|Std\.|godz\.|szt\.|os\.|pers\.|чел\.|кг|км|см|мм|м²|г|л|мин|ч|TB|fps|acres?|ha|stars?){z}(?!/(?!(?:wk|week|day|month|mo|yr|year|hr|h|Woche|Monat|Tag)(?!\w)))|"
        r"(?:\w{1,15}{s})?(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?|times|metres|meters|inch(?:es)?|feet|kilometres|"
        r"kilometers|miles|grams|kilos|litres|liters|degrees|percent|per cent|pour cent|Prozent|por ciento|per cento|"
        r"por cento|procent|heures?|jours?|semaines?|mois|ans|horas?|"
        r"días?|semanas?|meses|años|ore|giorni|notti|notte|nuits?|noches?|nights?|nacht(?:en)?|dias|anos|noites?|dagen|weken|"
        r"jaar|dni|nocy|gün|gece|saat|часов|часа|дней|лет|नई?|(?i:Jahre?n?|Tage?n?|Monate?n?|Wochen?|Stunden?|Minuten?|Sekunden?|"
        r"secondes?|minutes?|minutos|minutos?|segundos?|minuti|secondi|mesi|anni|settimane|settimana|giorno|"
        r"seconden|minuten|uur|maanden|jaren|timmar|timme|minuter|sekunder|dagar|veckor|månader|minut[ayę]?|"
        r"sekund[ayę]?|godzin[aęy]?|miesięcy|miesiące|tygodni|lata?|dakika|saniye|hafta|yıl|minuto)|"
        r"минут[аыу]?|секунд[аыу]?|час(?:ова?|а)?|дн(?:ей|я)|недел[ьяи]|месяц(?:а|ев)?|सेकंड|सेकेंड|महीने|महीना|हफ़्ते|हफ्ते|सप्ताह|"
        r"एकड़|बीघा|किमी|कि\.मी\.|वर्ग\s(?:फुट|फीट|गज|मीटर)|किलो|ग्राम|मीटर|लीटर|घंटे|मिनट|दिन|साल|ชั่วโมง|นาที|วัน|ปี|ثانية|دقيقة|ساعة|يوم(?:اً|ا)?|أيام|سنوات|שעות|דקות|ימים|שניות)(?!\w)|"
        r"個人|个人|個月|歳|才|岁|歲|階|樓|楼|頭|匹|社|室|部屋|間房|区画|ページ|コース|時間|秒|小时|小時|分钟|分鐘|分間|分|日間|日|天|年間|年|か月|ヶ月|カ月|个月|個月|週間|周|人|名様?|個|个|台|種類|杯|本|枚|回|件|平米|坪|公里|千米|米|公斤|"
        r"시간|분|일|년|개월|주|명|개|잔|가지|층|평|"
        r"(?:מ״ר|ק״מ|ס״מ|ק״ג)(?!\w)|(?:ชม|กม|ซม|มม|กก|มล|ตร\.?ม|ตร\.?ว|ม|ก|ล)\.)"
    )
    .replace("{s}", _SPACE)
    .replace("{z}", _WHOLE)
)
_TO = rf"(?:{_SPACE}?[–—~〜～-]{_SPACE}?|{_SPACE}{TO}{_SPACE})"
_AND = rf"{_SPACE}(?:and|&|und|u\.|et|y|e|en|i|и|ve){_SPACE}"
_TELEPHONE = re.compile(
    r"(?<![0-9A-Za-z\u00c0-\u024f\u0370-\u04ff_.,/€$£-])(?:0\d{5}-\d{5}(?!\d)|3\d\d[.\s/-]\d{6,7}(?!\d)|\d{7,11}(?![\w%€$£]|[.,]\d)|(?:\d[\s-]?(?=\()|1[\s.-](?=\d{3}[\s.-]\d{3})|8[\s-](?=\(?\d{3,5}\)?[\s-]\d{2,3}-\d\d-\d\d(?!\d))|\+\d{1,3}[\s.\u00a0-]?(?:\(0\)\s?|\d{1,3}[\s.\u00a0-](?=\d))?)?(?:\(\d{1,5}\)[\s.-]?)?\d{2,5}"
    r"(?:(?:\s[/–-]\s|[\s./\u00a0-])\d{2,5}(?:[\s./\u00a0-]\d{2,5}){0,4}|(?<=\b0\d)[\s/-]\d{6,8}|(?<=\b0\d{2})(?:\s/\s|[\s/-])\d{6,9}|(?<=\b0\d{3})(?:\s/\s|[\s/-])\d{5,9}|(?<=\b0\d{4})(?:\s/\s|[\s/-])\d{4,9})(?:-\d{1,4})?(?![0-9A-Za-z\u00c0-\u024f\u0370-\u04ff%€$£]))"
)
_FIGURE = re.compile(r"[\d½¼¾⅓⅔]")
_ACCOUNT = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?(?!\w)")
"""The number of a bank account (IBAN): a place to turn to, and whole like a telephone number."""
_QUOTATION = re.compile(
    r"“[^“”\n]{2,300}”|«[^«»\n]{2,300}»|„[^„“”\n]{2,300}[“”]|\"[^\"\n]{2,300}\"|「[^「」\n]{1,200}」"
)


class Kind(IntEnum):
    """What a token is, in the order in which they make the hero of a film: the price of a thing is its news."""

    PRICE = 1
    PERCENT = 2
    DATE = 3
    QUANTITY = 4
    TIME = 5
    NUMBER = 6
    ADDRESS = 7
    TELEPHONE = 8
    QUOTATION = 9
    PLACE = 10


CONTACTS = frozenset({Kind.ADDRESS, Kind.TELEPHONE})
"""Where to turn."""


@dataclass(frozen=True, slots=True)
class Token:
    """A part of a text, from `start` up to `end`, that belongs together."""

    kind: Kind
    start: int
    end: int


_AMOUNT = rf"(?:{_NUMBER}){_MAGNITUDE}?"
_ROUND = rf"(?:{_NUMBER})(?:[.,][-\u2013\u2014]{{1,2}}(?![\w-]))?{_MAGNITUDE}?"
"""An amount that may have a stroke instead of cents ("18.-")."""
_STROKED = rf"(?:{_NUMBER})(?:[.,:][-\u2013\u2014]{{1,2}}(?![\w-])|/-)"
"""An amount with a stroke instead of cents is one of money."""
_ATTACHED = (
    r"(?<![\w-])(?:R|RM|KSh|KES|TSh|Rs\.?|Rp\.?|CHF|EUR|USD|GBP|AED|ZAR|NGN|GHS)"
    r"(?:\d{1,3}(?:[ ,]\d{3})+(?:[.,]\d\d)?|\d{2,5}(?:[.,]\d\d)?)(?![\w-]|[.,]\d)"
)
"""An amount with letters before it and no space, "R450", "RM1,200"; with one figure it is rather a model."""
_TAXED = rf"(?:{_SPACE}(?:net|gross|brut|netto|brutto|TTC|HT)(?=/|{_SPACE}?/))?"
_PRICE = (
    rf"{_SIGN}(?:{_SIGN_OF_MONEY}{_SPACE}?{_ROUND}|{_ROUND}{_SPACE}?{_CURRENCY})"
    rf"(?:{_TAXED}{_PER}{{1,2}})?|{_STROKED}"
)
_PERCENT = (
    rf"{_SIGN}(?:{_NUMBER}){_SPACE}?(?:%|percent(?!\w)|per cent(?!\w)|pour cent(?!\w)|Prozent(?!\w)|por ciento(?!\w)|"
    rf"per cento(?!\w)|por cento(?!\w)|procent(?!\w)|٪|割引?|折)|%\d{{1,3}}(?!\d){_CASE}"
)
_QUANTITY = rf"{_SIGN}(?:{_NUMBER})(?:{_MAGNITUDE}|\+?{_SPACE}?{_UNIT}{_PER}?)"
_BARE = rf"{_SIGN}{_AMOUNT}"
_COMPOUND = (
    rf"(?:{_NUMBER})-(?:second|minute|hour|day|week|month|year|mile|metre|meter|page|piece|star|inch|foot|course|acre|"
    r"bed|bedroom|seat|part|step|man|person|night)(?!\w)"
)
_IN_TENS_OF_THOUSANDS = (
    r"(?<![\d.,])(?:\d[\d.,]{0,12}[万萬億亿억만천] ?){1,2}(?:\d[\d,]{0,8}[万萬만천]? ?)?(?:円|元|块|원)|"
    r"[满滿]\d{1,6}[减減送]\d{1,6}"
)
"""12万5,000円, 8억 5,000만원; so much off from so much on."""
_LENGTH = rf"(?:{_SPACE}?(?:[cm]?m|km|in|ft|px|Zoll|k?g|[mc]?l|L|oz)(?![\w²³]))?"
_SIZE = (
    rf"{_FREE}\d{{1,4}}(?:[.,]\d{{1,3}})?{_LENGTH}(?:{_SPACE}?[x×]{_SPACE}?\d{{1,4}}(?:[.,]\d{{1,3}})?{_LENGTH}){{1,2}}"
    r"(?![\w²³])"
)
"""140x190; 30 × 40 cm."""
_FEW = rf"(?!(?:19|20)\d\d(?!\d))\d{{1,3}}(?![\w%€$£]|[.,:/]\d|{_SPACE}?%)"
_JOINED = (
    rf"(?<![–—-])(?<! to )(?<! bis )(?<! a )(?<! à )(?<! às ){_FREE}{_FEW}(?:,{_SPACE}{_FEW}){{0,3}}{_AND}{_FEW}"
    rf"(?!{_TO}\d)"
)
"""Bus lines, rooms, pages: "4 and 17"."""
_SHARE = r"(?<![\w.,/])(?:\d{1,3}(?:[.,]\d)?/(?:5|10|20|100)|24/7|24h?/24|7j?/7)(?![\w/])"
_IN = (
    rf"{_FREE}\d{{1,3}}{_SPACE}(?:in|out of|von|sur|de cada|su|em cada|op(?: de)?|na|из|"
    rf"de){_SPACE}\d{{1,3}}(?!{_SPACE}\d{{3}}(?!\d))(?![\w.,]\d|\w)"
)
"""One in four."""


_RULES: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (Kind.TIME, TIME),
    (Kind.PRICE, re.compile(_IN_TENS_OF_THOUSANDS)),
    (Kind.PRICE, re.compile(rf"{_ATTACHED}(?:{_TO}(?:{_ATTACHED}|{_AMOUNT}(?![.,]\d|\w)))?{_PER}?")),
    (
        Kind.PRICE,
        re.compile(
            rf"{_SIGN_OF_MONEY}{_SPACE}?{_AMOUNT}{_TO}{_AMOUNT}(?![.,]\d|\w|{_SPACE}?%){_PER}?|"
            rf"(?:(?:{_PRICE}|{_BARE}){_TO})?(?:{_PRICE})"
        ),
    ),
    (Kind.PERCENT, re.compile(rf"(?:(?:{_PERCENT}|{_BARE}){_TO})?(?:{_PERCENT})")),
    (Kind.QUANTITY, re.compile(_SIZE, re.IGNORECASE)),
    (
        Kind.QUANTITY,
        re.compile(rf"(?:(?:{_QUANTITY}|{_BARE})(?:{_TO}|{_SPACE}(?:and|und|et|y|e){_SPACE}(?=\d)))?(?:{_QUANTITY})"),
    ),
    (Kind.QUANTITY, re.compile(_COMPOUND, re.IGNORECASE)),
    (Kind.QUANTITY, re.compile(_IN)),
    (Kind.NUMBER, re.compile(_SHARE)),
    (Kind.NUMBER, re.compile(_JOINED)),
    (
        Kind.NUMBER,
        re.compile(
            rf"{_BARE}(?:{_TO}{_BARE})?(?:(?:st|nd|rd|th|er|ère|e|ème|x|\+|\.?[ºª°])(?!\w))?(?![.,]\d)(?![0-9A-Za-z\u00c0-\u024f\u0370-\u04ff_])"
        ),
    ),
)


def find(content: str) -> list[Token]:
    """Return the tokens of a normalised text in their order. None overlap. Quotations are not among them
    (`quotations`), because there are others inside."""
    return [*(_found_before(content) if len(content) <= _LONGEST_KEPT else _found(content))]


@lru_cache(maxsize=2048)
def _found_before(content: str) -> tuple[Token, ...]:
    """As `_found`, for texts that are looked at many times while a film is planned."""
    return _found(content)


def _found(content: str) -> tuple[Token, ...]:
    taken = bytearray(len(content))
    found: list[Token] = []
    for kind, start, end in _candidates(content):
        if start < end and not any(taken[start:end]):
            taken[start:end] = b"\x01" * (end - start)
            found.append(Token(kind, start, end))
    return tuple(sorted(found, key=lambda token: token.start))


def _candidates(content: str) -> Iterator[tuple[Kind, int, int]]:
    for start, end in text.address_spans(content):
        yield Kind.ADDRESS, start, end
    for match in PLACE.finditer(content):
        # A point ends a sentence, unless an abbreviation is before it.
        is_whole = not match.group().endswith(".") or SHORT_STREET.search(match.group())
        yield Kind.PLACE, match.start(), match.end() - (not is_whole)
    if not _FIGURE.search(content):
        # All others have one; most sentences have none, and are looked at many times.
        return
    whens = list(dates.spans(content))
    yield from _telephones(content, [*whens, *(match.span() for match in TIME.finditer(content))])
    for start, end in whens:
        if not _MEASURED.match(content, end):
            yield Kind.DATE, start, end
    for kind, rule in _RULES:
        for match in rule.finditer(content):
            if not _DECADE.fullmatch(match.group()):
                is_plural = _is_plural(content, match)
                yield Kind.NUMBER if is_plural else kind, match.start(), match.end() - is_plural


def _is_plural(content: str, found: re.Match[str]) -> bool:
    """Say whether the s after a number is no seconds but a plural: "under 12s"."""
    return (
        found.group()[-2:-1].isdigit()
        and found.group().endswith("s")
        and content[: found.start()].endswith(("under ", "over ", "Under ", "Over "))
    )


def _telephones(content: str, others: Sequence[tuple[int, int]]) -> Iterator[tuple[Kind, int, int]]:
    """Telephone numbers, accounts and the numbers of short messages that are none of the `others`."""
    for match in _ACCOUNT.finditer(content):
        yield Kind.TELEPHONE, *match.span()
    for match in _SHORT_CODE.finditer(content):
        yield Kind.TELEPHONE, *match.span(1)
    for match in _TELEPHONE.finditer(content):
        begin = max(match.start() - _BEFORE_A_NUMBER, 0)
        called = _CALLED.search(content, begin, match.start()) is not None
        if match.group()[0] not in "0+(" and _NUMBERED.search(content, begin, match.start()):
            continue
        if _is_telephone(match.group(), content[match.end() : match.end() + 8], called=called) and not any(
            start < match.end() and match.start() < end for start, end in others
        ):
            yield Kind.TELEPHONE, *match.span()


def quotations(content: str) -> list[Token]:
    """Return the quotations, with their marks."""
    return [Token(Kind.QUOTATION, *match.span()) for match in _QUOTATION.finditer(content)]


_CALLED = re.compile(
    r"(?:tel|טל|tél|tlf|phone|telefon\w*|téléphone|teléfono|mobil\w*|whatsapp|call|text|тел|☎|📞|☏|reserv\w+|réserv\w+|"
    r"prenota\w*(?: al(?:lo)?)?|pedidos|citas?|bookings?|info|rsvp|"
    r"contacto|kontakt|hotline|예약|연락처|予約|お問い合わせ|للتسجيل|للحجز|"
    r"foh?n(?:e)?|फ़?ोन(?: करें| नंबर)?|फोन(?: करें| नंबर)?|कॉल(?: करें)?|संपर्क(?: करें)?|मोबाइल|โทร|"
    r"هاتف|اتصلوا|اتصل(?: بنا)?|جوال|טלפון|נייד|电话|電話|전화|문의|예약|상담)\W{0,3}$",
    re.IGNORECASE,
)
_BEFORE_A_NUMBER = 24
_NUMBERED = re.compile(
    r"(?:n[°º]|№|\b(?:siret|siren|rcs|orias|rbq|abn|acn|hrb|stnr|steuernummer|"
    r"(?:charity|company|registration|licen[cs]e) (?:no|number|nr)))[.:]?\s?$",
    re.IGNORECASE,
)
"""What is before the number of a register."""
_SHORT_CODE = re.compile(r"(?<!\w)[A-Z][A-Z0-9]{1,14} (?:to|an(?: die)?|au|al|para|naar|na) (\d{4,6})(?![\w.,/-]\d|\w)")
"""The number that a message of one word is sent to: "Text WARM to 70500"."""
_MEASURED = re.compile(rf"{_SPACE}?(?:°|%|[$€£](?!\d)|(?:[kcm]?m|k?g)(?![\w./]))")
"""What follows a figure that is not a day: "in January 9 °C"."""
_DECADE = re.compile(r"(?:19|20)\d0['’]?s")
_ALONE = re.compile(r"\s*(?:$|[.,;)|·]|(?:o|ou|y|e|or|and|und|oder|et)\s)")
"""What follows a number that counts nothing."""
_DECIMALS = re.compile(r"\d{1,2}[./]\d{1,2}[./]\d{2,4}|\d{1,3}[.,]\d\d ?[-–] ?\d{1,3}[.,]\d\d")
_MOBILE = "6789"
"""What the numbers of India, and those of Spain and Portugal, begin with; in Lisbon with a two."""


def _is_telephone(digits: str, after: str, *, called: bool) -> bool:
    """Say whether a group of figures is a telephone number rather than a number with spaces or a range of years. If it
    is `called` one, there is no doubt. `after` is what follows it."""
    count = sum(character.isdigit() for character in digits)
    if not 7 <= count <= 15 or _DECIMALS.fullmatch(digits):
        return False
    groups = re.findall(r"\d+", digits)
    lengths = [len(group) for group in groups]
    if lengths in ([3, 6], [3, 7]) and digits[0] == "3":
        return True  # A mobile of Italy.
    if " " in digits and (
        (lengths == [5, 5] and digits[0] in _MOBILE)
        or (lengths == [3, 3, 3] and digits[0] in f"2{_MOBILE}" and _ALONE.match(after))
    ):
        return True
    thousands = (
        all(length == 3 for length in lengths[1:]) and lengths[0] <= 3 and not digits.startswith(("+", "0", "("))
    )
    years = len(groups) == 2 and all(re.fullmatch(r"(?:19|20)\d\d", group) for group in groups)
    return called or digits.startswith(("+", "0", "(")) or (not thousands and not years and len(groups) >= 3)


_BRACKETS = re.compile(
    r"\([^()\n]{1,100}\)|（[^（）\n]{1,60}）|\[[^\[\]\n]{1,60}\]|"
    r"「[^「」\n]{1,120}」|『[^『』\n]{1,120}』|【[^【】\n]{1,60}】|"
    r"(?<!\w)\"(?=\S)[^\"\n]{2,60}(?<=\S)\"(?!\w)|[“„][^“”„\n]{2,120}[”“]|«[^«»\n]{2,60}»"
)
"""Brackets and short quotations, which are kept whole."""


def bracketed(content: str) -> list[tuple[int, int]]:
    """Return where brackets and short quotations are, which are kept whole."""
    return [match.span() for match in _BRACKETS.finditer(content)]


def cuts(content: str, where: re.Pattern[str]) -> list[str]:
    """Split `content` at the matches of `where` that are not inside a token or in brackets."""
    kept: list[list[int]] = []
    for start, end in sorted([*((token.start, token.end) for token in find(content)), *bracketed(content)]):
        if kept and start < kept[-1][1]:
            kept[-1][1] = max(kept[-1][1], end)
        else:
            kept.append([start, end])
    starts = [start for start, _ in kept]
    parts: list[str] = []
    begin = 0
    for match in where.finditer(content):
        # Only the last token that starts before the match ends can reach into it.
        at = bisect_left(starts, max(match.end(), match.start() + 1)) - 1
        inside = at >= 0 and match.start() < kept[at][1] and (bool(match.group()) or starts[at] < match.start())
        if not inside:
            parts.append(content[begin : match.start()])
            begin = match.end()
    return [*parts, content[begin:]]
