# ruff: noqa: RUF001 -- the letters of other languages are meant
"""Lengths of a film that are written in words, or as people jot them down: "half a minute", "thirty-five seconds",
"une trentaine de secondes", 'max 35"', "секунд 30". Pure.
"""

import re

_NUMBERS = (
    "5 five fünf cinq cinco cinque vijf pięć пять fem beş / 8 eight acht huit ocho otto oito osiem восемь åtta otte "
    "sekiz / "
    "10 ten zehn dix diez dieci dez tien dziesięć десять tio ti on kymmenen dizaine decina dezena tiental / "
    "12 twelve zwölf douze doce dodici doze twaalf dwanaście двенадцать tolv douzaine / "
    "15 fifteen fünfzehn quinze quince quindici vijftien piętnaście пятнадцать femton femten onbeş quinzaine "
    "quindicina / "
    "20 twenty zwanzig vingt veinte venti vinte twintig dwadzieścia двадцать tjugo tyve yirmi vingtaine veintena "
    "ventina "
    "vintena twintigtal / 25 twenty-five twentyfive fünfundzwanzig vingt-cinq veinticinco venticinque vijfentwintig "
    "двадцать-пять tjugofem femogtyve / 30 thirty dreißig dreissig trente treinta trenta trinta dertig trzydzieści "
    "тридцать "
    "trettio tredive tretti otuz trentaine treintena trentina trintena dertigtal / 35 thirty-five thirtyfive "
    "fünfunddreißig trente-cinq trentacinque vijfendertig / 40 forty fourty vierzig quarante cuarenta quaranta "
    "quarenta veertig czterdzieści сорок fyrtio førti fyrre kırk quarantaine quarantina / 45 forty-five fortyfive "
    "fünfundvierzig quarante-cinq quarantacinque vijfenveertig сорок-пять / 50 fifty fünfzig cinquante cincuenta "
    "cinquanta "
    "cinquenta vijftig pięćdziesiąt пятьдесят femtio femti elli / 60 sixty sechzig soixante sesenta sessanta "
    "sessenta zestig "
    "sześćdziesiąt шестьдесят sextio seksti altmış / 90 ninety neunzig quatre-vingt-dix noventa novanta negentig "
    "девяносто"
)
_BY_WORD = {word: int(row.split()[0]) for row in _NUMBERS.split("/") for word in row.split()[1:]}
_UNITS = (
    r"(?:s|secs?|seconds?|sek(?:unden?)?|secondes?|seg(?:undos?)?|secondi|seconden|sekund\w*|saniye\w*|секунд\w*|сек|"
    r"sekunnin|sekuntia|másodperc\w*|sekundit|sekunžu|secunde|δευτερόλεπτ\w*|detik|giây|sekundi)"
)
_SPELLED = re.compile(
    rf"(?<!\w)(?P<word>{'|'.join(sorted(map(re.escape, _BY_WORD), key=len, reverse=True))})(?:[\s-]+(?P<more>five|"
    rf"cinq|cinco|y cinco|e cinque|e cinco|пять|fem|beş))?"
    rf"(?:\s+(?:de|d['’]|di|of|odd|von))?[\s-]*{_UNITS}(?!\w)",
    re.IGNORECASE,
)
_UNIT_FIRST = re.compile(r"(?<!\w)(?:секунд|сек\.?|saniye)\s+(?P<number>\d{1,3})(?![\w:]|[.,]\d)", re.IGNORECASE)
_MARKED = re.compile(r"(?<![\w.,])(?P<number>\d{1,3})\s?(?:\"|″|''|’’|”)(?!\w)")
_LATE_UNITS = re.compile(
    r"(?<![\d.,:])(?P<number>\d{1,3})\s?(?:seg(?!\w)|sekunnin|sekuntia|másodperc\w*|secunde|δευτερόλεπτ\w*|detik|"
    r"giây|сек\.|с(?!\w)|±\d초)",
    re.IGNORECASE,
)
_A_MINUTE = r"(?:minutos?|minut(?:en?|es?|i|y|s|t)?|minuut(?:je|in)?|минут[аыу]|dakika\w*|perc\w*)"
_HALF = re.compile(
    rf"(?<!\w)(?:half (?:a|uh) min(?:ute)?|(?:eine? )?halbe {_A_MINUTE}|(?:une )?demi[- ]?minute|medio minuto|mezzo "
    rf"minuto|meio minuto|"
    r"(?:een )?hal[fv]\w* minuu?t\w*|pół minuty|пол[- ]?минуты|yarım dakika\w*|halv\w* minutt?\w*|puoli minuuttia|"
    r"fél perc\w*|půl minuty)(?!\w)|"
    r"半分钟|半分鐘|半分間|30초|반 ?분|نصف دقيقة|نص دقيقة",
    re.IGNORECASE,
)
_AND_A_HALF = re.compile(
    r"(?<!\w)(?:(?:a|one) minute and a half|1[.,]5 ?min\w*|anderthalb minuten|eineinhalb minuten|une minute et demie|"
    r"un minuto y medio|un minuto e mezzo|"
    r"um minuto e meio|anderhalve minuut|półtorej minuty|полторы минуты|bir buçuk dakika)(?!\w)|一分半",
    re.IGNORECASE,
)
_WHOLE = re.compile(
    r"(?<!\w)(?:(?:a|one|1) min(?:ute)?|(?:eine|1) minute|une minute|un minuto|um minuto|één minuut|een "
    r"minuut(?:je)?|jedna minuta|minutę|"
    r"(?:одна|одну) минут[ау]|bir dakika|en minut+)(?!\w)|一分[钟鐘間]|1分|일 ?분|دقيقة واحدة",
    re.IGNORECASE,
)
_BESIDE_A_MINUTE = re.compile(
    r"(?<!\w)(?:max\w*|tops|most|under|about|around|film|video|clip|spot|ca|circa|höchstens|längstens|maximal|"
    r"environ|moins|"
    r"massimo|menos|como mucho|até|hooguit|maximaal|ok\.?|najwyżej|не (?:больше|более|длиннее)|en fazla|högst|lang|"
    r"long|short)(?!\w)",
    re.IGNORECASE,
)
"""What makes "a minute" the length of a film, and not a while: "one minute at most"."""
_FEW = 6
"""Words of a remark in which 35" is no size."""


def beside(sentence: str) -> str:
    """Return what stands before the length that a sentence writes out or jots down, or ""."""
    forms = (_AND_A_HALF, _HALF, _SPELLED, _UNIT_FIRST, _LATE_UNITS, _MARKED, _WHOLE)
    found = next((match for form in forms if (match := form.search(sentence))), None)
    return sentence[: found.start()] if found else ""


def spelled(sentence: str) -> float | None:
    """Return the length that a sentence writes out or jots down, in seconds, or None."""
    if _AND_A_HALF.search(sentence):
        return 90.0
    if _HALF.search(sentence):
        return 30.0
    words = _SPELLED.search(sentence)
    if words:
        tens = _BY_WORD[words["word"].casefold()]
        return float(tens + (5 if words["more"] and tens % 10 == 0 else 0))
    is_short = len(sentence.split()) <= _FEW
    figures = (
        _UNIT_FIRST.search(sentence) or _LATE_UNITS.search(sentence) or (_MARKED.search(sentence) if is_short else None)
    )
    if figures:
        return float(figures["number"])
    if (whole := _WHOLE.search(sentence)) and (
        whole.group() == sentence.strip(" .!") or _BESIDE_A_MINUTE.search(sentence)
    ):
        return 60.0
    return None
