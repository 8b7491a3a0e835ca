# ruff: noqa: RUF001 -- the punctuation of other languages is meant
"""What in a text must never be cut or torn apart: addresses, telephone numbers, prices, percentages, dates, times,
quantities, and ranges of them. The one place that knows what they look like; sentences, clauses, lists, headlines and
captions are cut between them. Pure.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from service.pipelines.film.script import text
from service.pipelines.film.script.calendars import DAYS, EASTERN_DATE, EASTERN_TIME, EASTERN_TO, MONTHS, TO
from service.pipelines.film.script.places import PLACE, SHORT_STREET

_SPACE = "[ \u00a0\u202f]"
_FREE = r"(?<![0-9A-Za-z\u00c0-\u024f\u0370-\u04ff_.,])"
"""Not in the middle of a word or a number. Scripts without spaces, and Semitic prefixes, may stand before."""
_SIGN = r"(?:(?<![\w)\]])[+±\u2212-]|[+±\u2212])?"
# Bounded, so that a long row of numbers is not tried as one number from each of its places.
_NUMBER = (
    rf"{_FREE}\d{{1,3}}(?:[.,'’{_SPACE[1:-1]}]\d{{3}}){{1,5}}(?:[.,]\d{{1,2}})?(?!\d)|{_FREE}\d+(?:[.,]\d+){{0,5}}|"
    rf"[½¼¾⅓⅔]"
)
_MAGNITUDE = (
    rf"(?:{_SPACE}?(?:k|K|M|bn|B|m(?![\w²³/]))(?![\w²³])|{_SPACE}?(?:万|萬|億|亿|천|만|억)|{_SPACE}(?:hundred|thousand|million|"
    r"billion|trillion|lakh|crore|mille|millions?|milliards?|tausend|Tsd\.|Mio\.|Millionen?|Mrd\.|Milliarden?|mil|"
    r"millones|millón|milhões|milhão|mila|milioni|milione|miljoen|miljard|tys\.|mln|mld|milyon|milyar|bin|миллион\w*|"
    r"тыс\.|млн|млрд|ألف|مليون|مليار|آلاف|אלף|מיליון|लाख|करोड़|हज़ार|พัน|หมื่น|แสน|ล้าน)(?!\w))"
)
_SIGN_OF_MONEY = (
    r"(?:[$€£¥₹₩₽₺₴₫฿₪₱₦]|(?:US|C|A|R|HK|NZ|S)\$|(?:रु\.?)|"
    r"(?:USD|EUR|GBP|CHF|AED|SAR|JPY|CAD|AUD|SEK|NOK|DKK|PLN|CZK|INR|TRY|HUF|RON|BRL|MXN|ZAR|THB|ILS|KRW|CNY|RMB|TL|Fr\.|"
    r"kr)(?!\w))"
)
"""What may stand before an amount. A word of a script without spaces may not: it is the end of another ("정원 6명")."""
_CASE = r"(?:['’](?:[a-zçğıöşü]{1,4}))?(?!\w)"
"""The ending that Turkish writes after a sign or an abbreviation."""
_CURRENCY = (
    rf"(?:{_SIGN_OF_MONEY}{_CASE}|"
    r"(?:円|元|块|원|บาท|ريال(?:اً|ا)?|درهم(?:اً|ا)?|دينار(?:اً|ا)?|جنيه(?:اً|ا)?|ليرة|شيكل|شيقل|रुपये|रुपए)|"
    r"(?:zł|Kč|Ft|lei|Euros?|euros?|dollars?|pounds?|dirhams?|rupees?|baht|francs?|руб(?:лей|ля|ль|\.)?|грн)(?!\w))"
)
_PER = (
    r"(?:{s}?/{s}?(?:month|mo|year|yr|week|wk|day|hour|hr|h|kg|person|pp|night|mois|an|jour|semaine|nuit|personne|"
    r"Monat|Jahr|Tag|Woche|Nacht|Person|Std\.?|Stunde|Stück|mes|año|semana|noche|persona|pers\.?|mese|anno|notte|mês|ano|"
    r"noite|pessoa|maand|jaar|nacht|user|seat|team|adult|child|ticket|piece|m²|m2|sqm|qm|kWh|GB|mies\.|os\.|"
    r"月|年|人|泊|월|мес\.?|чел\.?)(?![\w²³]))"
).replace("{s}", _SPACE)
_UNIT = (
    r"(?:%|‰|°[CF]?|º[CF]|(?:k?m²|k?m³|sq\.?{s}ft\.?|sqft|km/h|mph|[kMG]?Wh|[kM]W|mAh|[kMGT]B|[kMG]Hz|Hz|dB|lux|lm|rpm|"
    r"px|[kmcµ]?g|[kcmµ]?m|[mcd]?l|kcal|cal|oz|lbs?|ft|mi|min|mins|sec|secs|s|h|hrs?|tsp|tbsp|cups?|x|×|Mbit/s|"
    r"Uhr|uur|Std\.|godz\.|szt\.|os\.|pers\.|чел\.|кг|км|см|мм|м²|г|л|мин|ч|TB|fps|acres?|ha|stars?)(?![\w²³])(?!/(?!(?:wk|week|day|month|mo|yr|year|hr|h|Woche|Monat|Tag)(?!\w)))|"
    r"(?:\w{1,15}{s})?(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?|times|metres|meters|kilometres|"
    r"kilometers|miles|grams|kilos|litres|liters|degrees|percent|per cent|pour cent|Prozent|por ciento|per cento|"
    r"por cento|procent|Stunden?|Minuten?|Tage?n?|Wochen?|Monate?n?|Jahre?n?|heures?|jours?|semaines?|mois|ans|horas?|"
    r"días?|semanas?|meses|años|ore|giorni|notti|notte|nuits?|noches?|nights?|nacht(?:en)?|dias|anos|noites?|dagen|weken|"
    r"jaar|dni|nocy|gün|gece|saat|часов|часа|дней|лет|नई?|किमी|कि\.मी\.|किलो|ग्राम|मीटर|लीटर|घंटे|मिनट|दिन|साल|ชั่วโมง|นาที|วัน|ปี|ثانية|دقيقة|ساعة|يوم(?:اً|ا)?|أيام|سنوات|שעות|דקות|ימים|שניות)(?!\w)|"
    r"時間|秒|小时|小時|分钟|分鐘|分間|分|日間|日|天|年間|年|か月|ヶ月|カ月|个月|個月|週間|周|人|名様?|個|个|台|種類|杯|本|枚|回|件|平米|坪|"
    r"시간|분|일|년|개월|주|명|개|잔|가지|층|평|ชม\.)"
).replace("{s}", _SPACE)
_NTH = r"\d{1,2}(?:st|nd|rd|th|er|\.|º|ª)?"
_TO = rf"(?:{_SPACE}?[–—~〜～-]{_SPACE}?|{_SPACE}{TO}{_SPACE})"
_AND = rf"{_SPACE}(?:and|&|und|et|y|e|en|i|и|ve){_SPACE}"
_DAY_MONTH = r"(?:0?[1-9]|[12]\d|3[01])\.(?:0[1-9]|1[0-2])\."
_WEEKDAY = r"(?: ?[（(][月火水木金土日一二三四五六월화수목금토일][）)])?"
_ONE_DATE = (
    rf"(?:(?:{DAYS}),?{_SPACE})?(?:"
    rf"(?<![\w.,$€£¥/])(?:{_NTH},{_SPACE}){{0,5}}{_NTH}(?:(?:{_TO}|,?{_AND})(?:(?:{DAYS}),?{_SPACE})?{_NTH})?(?:-?ב|{_SPACE}(?:de{_SPACE}|of{_SPACE}|i{_SPACE})?)(?:{MONTHS})(?![0-9A-Za-z\u00c0-\u04ff])"
    rf"|(?<!\w)(?:{MONTHS}){_SPACE}\d{{1,2}}(?:st|nd|rd|th)?(?![\w:.]\d|\w)(?:{_TO}\d{{1,2}}(?:st|nd|rd|th)?(?![\d:])|(?:,{_SPACE}\d{{1,2}}(?![\w:.,])){{0,4}},?{_AND}\d{{1,2}}(?:st|nd|rd|th|(?![\w:.%]))(?!{_SPACE}\w)|{_AND}\d{{1,2}}(?:st|nd|rd|th))?)"
    rf"(?:,?{_SPACE}(?:de{_SPACE})?(?:19|20|25)\d\d(?!\d))?"
    rf"|(?<!\d)(?:19|20)\d\d(?:[-/.] ?\d{{1,2}}){{2}}\.?{_WEEKDAY}"
    rf"(?: ?[~〜～–] ?(?:\d{{1,2}}\.)?\d{{1,2}}{_WEEKDAY})?(?!\d)"
    r"|(?<![\d.])\d{1,2}[./]\d{1,2}[./](?:19|"
    r"20)?\d\d(?![\d])"
    rf"|(?<![\d.,]){_DAY_MONTH}(?![\d])"
    rf"|{EASTERN_DATE}"
)
_PERHAPS = r"(?:voraussichtl(?:ich|\.)|ca\.|einschl(?:ießlich|\.)|incl(?:usive|\.)) "
_DATE = rf"(?:{_ONE_DATE})(?:(?:{_TO}(?:{_PERHAPS})?|{EASTERN_TO})(?:{_ONE_DATE}))?"
_CLOCK = (
    rf"(?<![\w:])(?:[01]?\d|2[0-4])(?:[:h.][0-5]\d)?{_SPACE}?(?:a\.m\.|p\.m\.|am|pm|AM|PM|Uhr|uur|ч)(?!\w)"
    rf"|(?<![\w:])(?:[01]?\d|2[0-4])(?::[0-5]\d(?!\d)(?:{_SPACE}?(?:h|hs|hrs)(?!\w))?|{_SPACE}?[hH]{_SPACE}?[0-5]\d(?!\w))"
    rf"|(?<![\w:])(?:[1-9]|1[0-2]) o['’]clock(?!\w)"
    rf"|(?:(?<=à )|(?<=dès )|(?<=de ))\d{{1,2}}{_SPACE}?[hH](?!\w)|{EASTERN_TIME}"
)
_HALF_CLOCK = r"(?<![\w:.])(?:[01]?\d|2[0-4])(?:[:h.][0-5]\d|[hH](?![\w]))?"
"""The first of two times, whose "p.m." or "Uhr" follows the second."""
_TELEPHONE = re.compile(
    r"(?<![\w.,/€$£-])(?:\d[\s-]?(?=\()|\+\d{1,3}[\s.\u00a0-]?(?:\(0\)\s?|\d{1,3}[\s.\u00a0-](?=\d))?)?(?:\(\d{1,5}\)[\s.-]?)?\d{2,5}"
    r"(?:(?:(?:\s[/–-]\s|[\s./\u00a0-])\d{2,5}){1,5}|(?<=\b0\d{2})[\s/-]\d{6,9}|(?<=\b0\d{3})[\s/-]\d{5,9}|(?<=\b0\d{4})[\s/-]\d{4,9})(?:-\d{1,4}(?!\d))?(?![\w%€$£])|(?<![\w.,/€$£+-])(?:0\d{8,10}|\+\d{9,14})(?!\w)"
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


@dataclass(frozen=True, slots=True)
class Token:
    """A part of a text, from `start` up to `end`, that belongs together."""

    kind: Kind
    start: int
    end: int


_AMOUNT = rf"(?:{_NUMBER}){_MAGNITUDE}?"
_ROUND = rf"(?:{_NUMBER})(?:[.,][-\u2013\u2014]{{1,2}}(?![\w-]))?{_MAGNITUDE}?"
"""An amount that may have a stroke instead of cents ("18.-")."""
_TAXED = rf"(?:{_SPACE}(?:net|gross|brut|netto|brutto|TTC|HT)(?=/|{_SPACE}?/))?"
_PRICE = (
    rf"{_SIGN}(?:{_SIGN_OF_MONEY}{_SPACE}?{_ROUND}|{_ROUND}{_SPACE}?{_CURRENCY}|{_FREE}\d{{1,5}}[.,][-–—]{{1,2}}(?![\w-]))"
    rf"(?:{_TAXED}{_PER}{{1,2}})?"
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
_SHARE = r"(?<![\w.,/])(?:\d{1,3}(?:[.,]\d)?/(?:5|10|20|100)|24/7|24h?/24|7j?/7)(?![\w/])"
_IN = (
    rf"{_FREE}\d{{1,3}}{_SPACE}(?:in|out of|von|sur|de cada|su|em cada|op(?: de)?|na|из|"
    rf"de){_SPACE}\d{{1,3}}(?![\w.,]\d|\w)"
)
"""One in four."""


_RULES: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (Kind.DATE, re.compile(_DATE, re.IGNORECASE)),
    (
        Kind.TIME,
        re.compile(
            rf"(?:{_CLOCK}|{_HALF_CLOCK}{_SPACE}?[hH]?){_TO}(?:[01]?\d|2[0-4]){_SPACE}?[hH](?![\w/])|"
            rf"(?<![\w:])\d{{1,2}}:[0-5]\d{_TO}(?:[01]?\d|2[0-4])(?=[.,;)!]?(?:\s|$))(?!{_SPACE}\w)",
            re.IGNORECASE,
        ),
    ),
    (Kind.TIME, re.compile(rf"(?:(?:{_CLOCK}|{_HALF_CLOCK})(?:{_TO}|{EASTERN_TO}))?(?:{_CLOCK})", re.IGNORECASE)),
    (
        Kind.PRICE,
        re.compile(rf"(?:(?:{_PRICE}|{_BARE}){_TO})?(?:{_PRICE})|{_SIGN_OF_MONEY}{_SPACE}?{_AMOUNT}{_TO}{_AMOUNT}"),
    ),
    (Kind.PERCENT, re.compile(rf"(?:(?:{_PERCENT}|{_BARE}){_TO})?(?:{_PERCENT})")),
    (
        Kind.QUANTITY,
        re.compile(rf"(?:(?:{_QUANTITY}|{_BARE})(?:{_TO}|{_SPACE}(?:and|und|et|y|e){_SPACE}(?=\d)))?(?:{_QUANTITY})"),
    ),
    (Kind.QUANTITY, re.compile(_COMPOUND, re.IGNORECASE)),
    (Kind.QUANTITY, re.compile(_IN)),
    (Kind.NUMBER, re.compile(_SHARE)),
    (
        Kind.NUMBER,
        re.compile(
            rf"{_BARE}(?:{_TO}{_BARE})?(?:(?:st|nd|rd|th|er|ère|e|ème|x|\+|\.?[ºª])(?!\w))?(?![0-9A-Za-z\u00c0-\u024f\u0370-\u04ff_])"
        ),
    ),
)


def find(content: str) -> list[Token]:
    """Return the tokens of a normalised text in their order. None overlap. Quotations are not among them
    (`quotations`), because there are others inside."""
    taken = bytearray(len(content))
    found: list[Token] = []
    for kind, start, end in _candidates(content):
        if start < end and not any(taken[start:end]):
            taken[start:end] = b"\x01" * (end - start)
            found.append(Token(kind, start, end))
    return sorted(found, key=lambda token: token.start)


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
    for match in _POINTED_HOURS.finditer(content):
        yield Kind.TIME, *match.span()
    yield from _slashed_dates(content)
    yield from _telephones(content)
    for kind, rule in _RULES:
        for match in rule.finditer(content):
            if not _DECADE.fullmatch(match.group()):
                yield kind, *match.span()


def _telephones(content: str) -> Iterator[tuple[Kind, int, int]]:
    for match in _ACCOUNT.finditer(content):
        yield Kind.TELEPHONE, *match.span()
    for match in _SHORT_CODE.finditer(content):
        yield Kind.TELEPHONE, *match.span(1)
    dates = [match.span() for match in _RULES[0][1].finditer(content)]
    for match in _TELEPHONE.finditer(content):
        called = _CALLED.search(content, max(match.start() - _BEFORE_A_NUMBER, 0), match.start()) is not None
        if _is_telephone(match.group(), called=called) and not any(
            start < match.end() and match.start() < end for start, end in dates
        ):
            yield Kind.TELEPHONE, *match.span()


def quotations(content: str) -> list[Token]:
    """Return the quotations, with their marks."""
    return [Token(Kind.QUOTATION, *match.span()) for match in _QUOTATION.finditer(content)]


_DAY_SLASH_MONTH = re.compile(
    rf"(?<![\w/.,$€£])\d{{1,2}}/\d{{1,2}}(?![\w/%])(?:(?:{_TO}|{_AND})(?:(?:{DAYS}),?{_SPACE})?\d{{1,2}}/\d{{1,2}}(?![\w/%]))?",
    re.IGNORECASE,
)
_DAY_POINT_MONTH = re.compile(
    r"(?:יום )?(?:ראשון|שני|שלישי|רביעי|חמישי|שישי|שבת),? (?:ה-?)?\d{1,2}[./]\d{1,2}(?![\w/])"
)
_NAMES_A_DAY = re.compile(
    rf"(?:(?<!\w)(?P<day>{DAYS}),?|(?<!\w)(?:on|by|until|from|am|bis|dia|até|hasta|dès le|jusqu['’]au|al|el)){_SPACE}$",
    re.IGNORECASE,
)
_LONGEST_DAY = 20


def _slashed_dates(content: str) -> Iterator[tuple[Kind, int, int]]:
    """Dates such as "15/03" and "Sun 3/22", which without a nought or the name of a day would be shares."""
    for match in _DAY_SLASH_MONTH.finditer(content) if "/" in content else ():
        named = _NAMES_A_DAY.search(content, max(match.start() - _LONGEST_DAY, 0), match.start())
        first, second = match.group().split("/")[:2]
        if named or first[0] == "0" or second[0] == "0":
            start = named.start("day") if named and named["day"] else match.start()
            yield Kind.DATE, start, match.end()
    for match in _DAY_POINT_MONTH.finditer(content) if _HEBREW.search(content) else ():
        yield Kind.DATE, *match.span()


_HEBREW = re.compile("[א-ת]")
_DECADE = re.compile(r"(?:19|20)\d0['’]?s")
_POINTED_HOURS = re.compile(
    r"(?<![\w.,€$£])(?:[01]?\d|2[0-4])\.[0-5]\d ?[-–—] ?(?:[01]?\d|2[0-4])\.[0-5]\d(?:[ \u00a0]?(?:Uhr|uur|h|"
    r"น\.)(?!\w))?(?![\w%€]|[.,-]\d|[ \u00a0][€$£])"
)
"""Hours of opening with points in them, which are no telephone number: "11.30-14.30"."""
_SHORT_CODE = re.compile(r"(?<!\w)[A-Z][A-Z0-9]{1,14} (?:to|an(?: die)?|au|al|para|naar|na) (\d{4,6})(?![\w.,/-]\d|\w)")
"""The number that a message of one word is sent to: "Text WARM to 70500"."""
_CALLED = re.compile(
    r"(?:tel|tél|tlf|phone|telefon\w*|téléphone|teléfono|mobil\w*|whatsapp|call|text|тел|☎|📞|☏|reservas?|reservations?|"
    r"réservations?|prenotazioni|prenota(?:te)?(?: al(?:lo)?)?|pedidos|citas?|bookings?|info|rsvp|contacto|kontakt|"
    r"hotline|문의|전화|예약|연락처|電話|电话|予約|"
    r"お問い合わせ|โทร|טלפון|هاتف|للتسجيل|للحجز|اتصل(?: على)?|फ़?ोन(?: करें)?|फोन(?: करें)?|संपर्क(?: करें)?|मोबाइल|"
    r"कॉल(?: करें)?)\W{0,3}$",
    re.IGNORECASE,
)
_BEFORE_A_NUMBER = 20


def _is_telephone(digits: str, *, called: bool) -> bool:
    """Say whether a group of figures is a telephone number rather than a number with spaces or a range of years. If it
    is `called` one, there is no doubt."""
    count = sum(character.isdigit() for character in digits)
    if not 7 <= count <= 15:
        return False
    groups = re.findall(r"\d+", digits)
    thousands = (
        all(len(group) == 3 for group in groups[1:]) and len(groups[0]) <= 3 and not digits.startswith(("+", "0", "("))
    )
    years = len(groups) == 2 and all(re.fullmatch(r"(?:19|20)\d\d", group) for group in groups)
    halves = [len(group) for group in groups] == [5, 5]
    return called or halves or digits.startswith(("+", "0", "(")) or (not thousands and not years and len(groups) >= 3)


_BRACKETS = re.compile(r"\([^()\n]{1,100}\)|（[^（）\n]{1,60}）|\[[^\[\]\n]{1,60}\]")


def _bracketed(content: str) -> list[tuple[int, int]]:
    return [match.span() for match in _BRACKETS.finditer(content)]


def cuts(content: str, where: re.Pattern[str]) -> list[str]:
    """Split `content` at the matches of `where` that are not inside a token or in brackets."""
    kept: list[list[int]] = []
    for start, end in sorted([*((token.start, token.end) for token in find(content)), *_bracketed(content)]):
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
