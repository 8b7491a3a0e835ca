# ruff: noqa: RUF001 -- the quotation marks of other languages are meant
"""What somebody says in a sentence, and who does. Pure."""

import re

from service.pipelines.film.script.writing import wording

_QUOTE = re.compile(r"[\"“«„]\s*([^\"“”«»„]{8,160}?)\s*[,.]?\s*[\"”»“]")
_GOES_ON = re.compile(r",? [^\"“”«»„.!?:]{3,48}[,.] ?[\"“«„]\s*([^\"“”«»„]{3,120}?)\s*[,.]?\s*[\"”»“]")
_TITLE_POINT = r"(?<=\b[A-ZÀ-Þ])\.(?=[, ])|(?<=\bMr)\.|(?<=\bMrs)\.|(?<=\bMs)\.|(?<=\bDr)\.|(?<=\bProf)\."
"""The point of somebody's title or initial."""
_ATTRIBUTED = re.compile(rf"\s*[–—-]\s*((?:[^.!?:;\n]|{_TITLE_POINT}){{2,60}})")
_SPEAKER = re.compile(
    rf"(?:says|said|dit|explique|raconte)\s+((?:[^,.:;«»“”\"]|{_TITLE_POINT}){{2,120}})", re.IGNORECASE
)
_WORDS_OF_A_SENTENCE, _TITLE_WORDS = 4, 5


def quotation(said: str) -> re.Match[str] | None:
    """Return what somebody says in a sentence, with its marks; None if nobody does."""
    quote = _QUOTE.search(said)
    return quote if quote and _is_somebodys(said, quote) else None


def words(said: str, quote: re.Match[str]) -> str:
    """Return the words of a quotation, both halves of one that "he says" is in the middle of."""
    second = _GOES_ON.match(said, quote.end())
    if second is None:
        return wording.tidy(quote.group(1))
    comma = "" if quote.group(1)[-1:] in ".!?…" else ","
    return f"{wording.tidy(quote.group(1))}{comma} {wording.tidy(second.group(1))}"


def speaker(said: str, quote: re.Match[str]) -> str:
    """Return who says a quotation, as the sentence names them; "" if it does not."""
    named = _ATTRIBUTED.match(said[quote.end() :]) or _SPEAKER.search(said)
    return wording.tidy(named.group(1)) if named else ""


def _is_somebodys(said: str, quote: re.Match[str]) -> bool:
    """Say whether a quotation is what somebody says, rather than a title, or a word held at arm's length."""
    words = quote.group(1)
    is_whole = len(said.strip(' .!?"“”«»')) <= len(words) + 2
    is_sentence = words[:1].isupper() and len(words.split()) >= _WORDS_OF_A_SENTENCE
    told = bool(speaker(said, quote))
    is_title = (
        len(words.split()) <= _TITLE_WORDS and words.rstrip()[-1:] not in ".!?," and quote.group()[-2:-1] not in ",."
    )
    return is_whole or (told and not is_title) or (is_sentence and not is_title) or quote.group()[-2:-1] in ".!?,"
