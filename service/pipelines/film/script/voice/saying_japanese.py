# ruff: noqa: RUF001 -- the letters and signs of Japanese are meant
"""Figures with their counters, signs and units in Japanese, as they are said: in katakana, which every later step reads
as it is. Pure.

What a counter does to a number is in any grammar, such as Kaiser et al., Japanese: A Comprehensive Grammar (2013).
Where two readings are right, the usual one of broadcasts is here.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

_DIGITS = ("ゼロ", "イチ", "ニ", "サン", "ヨン", "ゴ", "ロク", "ナナ", "ハチ", "キュー")
_HUNDREDS = {1: "ヒャク", 3: "サンビャク", 6: "ロッピャク", 8: "ハッピャク"}
_THOUSANDS = {1: "セン", 3: "サンゼン", 8: "ハッセン"}
_POWERS = ("", "マン", "オク", "チョー")
_MOST_DIGITS = 16
_TELEPHONE = 9
"""Digits, at least, of a telephone number."""

# How the last digit of a number is said before a counter.
_HARD = {1: "イッ", 6: "ロッ", 8: "ハッ", 10: "ジュッ"}
_SOFT = {1: "イッ", 8: "ハッ", 10: "ジュッ"}
_COUNTERS: Mapping[str, tuple[str, Mapping[int, str]]] = MappingProxyType(
    {
        "円": ("エン", {4: "ヨ"}),
        "年": ("ネン", {4: "ヨ"}),
        "月": ("ガツ", {4: "シ", 7: "シチ", 9: "ク"}),
        "時": ("ジ", {4: "ヨ", 7: "シチ", 9: "ク"}),
        "名": ("メー", {}),
        "人": ("ニン", {4: "ヨ"}),
        "個": ("コ", _HARD),
        "回": ("カイ", _HARD),
        "階": ("カイ", _HARD),
        "件": ("ケン", _HARD),
        "軒": ("ケン", _HARD),
        "か月": ("カゲツ", _HARD),
        "カ月": ("カゲツ", _HARD),
        "ヶ月": ("カゲツ", _HARD),
        "ヵ月": ("カゲツ", _HARD),
        "か国": ("カコク", _HARD),
        "カ国": ("カコク", _HARD),
        "ヶ国": ("カコク", _HARD),
        "歳": ("サイ", _SOFT),
        "才": ("サイ", _SOFT),
        "冊": ("サツ", _SOFT),
        "席": ("セキ", _SOFT),
        "週": ("シュー", _SOFT),
        "種": ("シュ", _SOFT),
        "周": ("シュー", _SOFT),
        "足": ("ソク", _SOFT),
        "点": ("テン", _SOFT),
        "頭": ("トー", _SOFT),
        "着": ("チャク", _SOFT),
        "通": ("ツー", _SOFT),
        "%": ("パーセント", {10: "ジュッ"}),
        "kg": ("キログラム", {10: "ジュッ"}),
        "g": ("グラム", {}),
        "km": ("キロメートル", {10: "ジュッ"}),
        "cm": ("センチメートル", {10: "ジュッ"}),
        "mm": ("ミリメートル", {}),
        "m": ("メートル", {}),
        "ml": ("ミリリットル", {}),
        "mL": ("ミリリットル", {}),
        "L": ("リットル", {}),
        "GB": ("ギガバイト", {}),
        "℃": ("ド", {}),
        "°C": ("ド", {}),
        "倍": ("バイ", {}),
        "台": ("ダイ", {}),
        "枚": ("マイ", {}),
        "位": ("イ", {}),
        "号": ("ゴー", {}),
        "番": ("バン", {}),
        "度": ("ド", {}),
        "秒": ("ビョー", {}),
        "代": ("ダイ", {}),
        "曲": ("キョク", _HARD),
        "ドル": ("ドル", {}),
        "ユーロ": ("ユーロ", {}),
    }
)
# These counters change themselves, too: 一本 is "ippon", 三本 "sambon".
_CHANGING: Mapping[str, tuple[str, str, str, str]] = MappingProxyType(
    {
        "本": ("ホン", "ポン", "ボン", "ホン"),
        "杯": ("ハイ", "パイ", "バイ", "ハイ"),
        "匹": ("ヒキ", "ピキ", "ビキ", "ヒキ"),
        "分": ("フン", "プン", "プン", "プン"),
        "泊": ("ハク", "パク", "パク", "ハク"),
    }
)
"""As they are; after 1, 6, 8 and 10; after 3; after 4."""
_AFTERWARDS = {"間": "カン", "様": "サマ", "類": "ルイ"}
_DAYS: Mapping[int, str] = MappingProxyType(
    {
        1: "ツイタチ",
        2: "フツカ",
        3: "ミッカ",
        4: "ヨッカ",
        5: "イツカ",
        6: "ムイカ",
        7: "ナノカ",
        8: "ヨーカ",
        9: "ココノカ",
        10: "トーカ",
        14: "ジューヨッカ",
        20: "ハツカ",
        24: "ニジューヨッカ",
    }
)
_THINGS: Mapping[int, str] = MappingProxyType(
    {
        1: "ヒトツ",
        2: "フタツ",
        3: "ミッツ",
        4: "ヨッツ",
        5: "イツツ",
        6: "ムッツ",
        7: "ナナツ",
        8: "ヤッツ",
        9: "ココノツ",
    }
)
_NATIVE = {1: "ヒト", 2: "フタ"}
_WHOLE = {("人", 1): "ヒトリ", ("人", 2): "フタリ", ("歳", 20): "ハタチ", ("才", 20): "ハタチ", ("階", 3): "サンガイ"}

_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_NAMES = "|".join(sorted(map(re.escape, (*_COUNTERS, *_CHANGING, "日", "つ", "箱", "皿")), key=len, reverse=True))
_MONEY = re.compile(rf"([¥$€])({_NUMBER})([万億兆]?)")
_SIGNS = {"¥": "円", "$": "ドル", "€": "ユーロ"}
_CLOCK = re.compile(r"(?<![\d:])([01]?\d|2[0-4]):([0-5]\d)(?![\d:])")
_FROM_TO = re.compile(r"(?<=[\d時分日月円%人名])\s?[〜~–](?=\s?\d|\s*$)")
_HYPHENS = re.compile(r"\d+(?:-\d+)+")
_COUNTED = re.compile(rf"({_NUMBER})([万億兆]?)(?:({_NAMES})([間様類])?(?![A-Za-z]))?")
_ISO_DATE = re.compile(r"(?<!\d)(\d{4})[-/](\d\d?)[-/](\d\d?)(?!\d)")
_WIDE = {ord("０") + digit: ord("0") + digit for digit in range(10)} | {ord("％"): "%", ord("￥"): "¥", ord("："): ":"}
_WIDE |= {ord("～"): "〜", ord("，"): ","}
_PEOPLE = re.compile(r"(?<![〇一二三四五六七八九十百千万])([一二])人(?!前|組|三脚)")
_AFTER_A_MONTH = re.compile(r"\d月$")


def said(word: str) -> str:
    """Return a written phrase with everything that has figures in katakana, the rest as it is: 「5月3日に」 is
    「ゴガツミッカに」."""
    plain = word.translate(_WIDE)
    plain = _ISO_DATE.sub(lambda found: f"{found[1]}年{int(found[2])}月{int(found[3])}日", plain)
    plain = _MONEY.sub(lambda found: f"{found[2]}{found[3]}{_SIGNS[found[1]]}", plain)
    plain = _CLOCK.sub(_time, plain)
    plain = _FROM_TO.sub("から", plain)
    plain = _PEOPLE.sub(lambda found: {"一": "ヒトリ", "二": "フタリ"}[found[1]], plain)
    plain = _HYPHENS.sub(_hyphened, plain)
    return _COUNTED.sub(lambda found: _counted(found, plain[: found.start()]), plain)


def _hyphened(found: re.Match[str]) -> str:
    """The numbers of an address, 「1-2-3」, or a telephone number."""
    parts = found[0].split("-")
    is_telephone = found[0].startswith("0") or sum(map(len, parts)) >= _TELEPHONE
    return digits(found[0]) if is_telephone else "ノ".join(map(number, map(int, parts)))


def digits(word: str) -> str:
    """Return a telephone number, or a part of one, digit by digit."""
    groups = re.findall(r"\d+", word.translate(_WIDE))
    return "ノ".join("".join(_DIGITS[int(digit)] for digit in group) for group in groups)


def number(value: int) -> str:
    """Return a whole number in katakana; one of over 16 digits digit by digit."""
    if value == 0:
        return _DIGITS[0]
    if len(str(value)) > _MOST_DIGITS:
        return digits(str(value))
    said = ""
    for power in reversed(range(len(_POWERS))):
        four = value // 10 ** (4 * power) % 10_000
        if four:
            name = _POWERS[power]
            group = _below_ten_thousand(four, is_first_of_many=power > 0)
            said += (_changed(group, four, _SOFT) if name == "チョー" else group) + name
    return said


def _below_ten_thousand(value: int, *, is_first_of_many: bool) -> str:
    thousands, hundreds, tens, ones = (value // unit % 10 for unit in (1000, 100, 10, 1))
    said = _THOUSANDS.get(thousands, f"{_DIGITS[thousands]}セン") if thousands else ""
    if thousands == 1 and is_first_of_many:
        said = "イッセン"
    said += _HUNDREDS.get(hundreds, f"{_DIGITS[hundreds]}ヒャク") if hundreds else ""
    said += f"{_DIGITS[tens] if tens > 1 else ''}ジュー" if tens else ""
    return said + (_DIGITS[ones] if ones else "")


def _time(found: re.Match[str]) -> str:
    return f"{int(found[1])}時" if found[2] == "00" else f"{int(found[1])}時{int(found[2])}分"


def _counted(found: re.Match[str], before: str) -> str:
    """A number with the counter after it."""
    return _with_counter(found[1].replace(",", ""), found[2], found[3] or "", before) + _AFTERWARDS.get(found[4], "")


def _with_counter(figure: str, power: str, counter: str, before: str) -> str:
    whole, _, after = figure.partition(".")
    name = {"万": "マン", "億": "オク", "兆": "チョー", "": ""}[power]
    if after or name:
        last = f"{_decimal(whole, after) if after else number(int(whole))}{name}"
        return last + _counter_alone(counter)
    value = int(whole)
    if len(whole) > 1 and whole[0] == "0":
        return digits(whole) + _counter_alone(counter)
    if (counter, value) in _WHOLE:
        return _WHOLE[counter, value]
    if counter == "日":
        is_date = bool(_AFTER_A_MONTH.search(before)) or value > 1
        return _DAYS[value] if value in _DAYS and is_date else f"{number(value)}ニチ"
    if counter == "つ":
        return _THINGS.get(value, f"{number(value)}ツ")
    if counter in {"箱", "皿"}:
        return _NATIVE.get(value, number(value)) + {"箱": "ハコ", "皿": "サラ"}[counter]
    if counter in _CHANGING:
        return _with_changing(value, _CHANGING[counter])
    spoken, changes = _COUNTERS.get(counter, ("", {}))
    return _changed(number(value), value, changes) + spoken


def _with_changing(value: int, counter: tuple[str, str, str, str]) -> str:
    plain, sharp, after_three, after_four = counter
    said, last = number(value), 10 if value % 10 == 0 and value % 100 else value % 10
    if said.endswith(("ヒャク", "ビャク", "ピャク")):
        return said.removesuffix("ク") + "ッ" + sharp
    if last in _HARD:
        return _changed(said, value, _HARD) + sharp
    ends_in_n = last == 3 or said.endswith(("セン", "ゼン", "マン"))
    return said + (after_three if ends_in_n else after_four if last == 4 else plain)


def _changed(said: str, value: int, changes: Mapping[int, str]) -> str:
    """A number with its last part as a counter changes it."""
    last = 10 if value % 10 == 0 and value % 100 else value % 10
    usual = "ジュー" if last == 10 else _DIGITS[last]
    return said.removesuffix(usual) + changes[last] if last in changes and said.endswith(usual) else said


def _decimal(whole: str, after: str) -> str:
    first = "レー" if int(whole) == 0 else _changed(number(int(whole)), int(whole), _SOFT)
    return f"{first}テン{''.join(_DIGITS[int(digit)] for digit in after)}"


def _counter_alone(counter: str) -> str:
    if counter in _CHANGING:
        return _CHANGING[counter][0]
    return {"日": "ニチ", "つ": "ツ", "箱": "ハコ", "皿": "サラ"}.get(counter, _COUNTERS.get(counter, ("", {}))[0])
