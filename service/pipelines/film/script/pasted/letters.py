# ruff: noqa: RUF001 -- the letters of other languages are meant
"""A brief that is a letter to whoever makes the film: without its greeting and its thanks. Pure."""

import re
from collections.abc import Sequence
from dataclasses import replace

from service.pipelines.film.script.lines import instructions
from service.pipelines.film.script.lines.markup import Line
from service.pipelines.film.script.writing import sentences, tokens

_GREETING = re.compile(
    r"^(?:hi|hello|hey|dear|good (?:morning|afternoon|evening)|hallo|liebe[rs]?|guten (?:tag|morgen)|moin|servus|"
    r"bonjour|"
    r"salut|hola|buenos días|buenas|ciao|salve|buongiorno|olá|oi|bom dia|hoi|beste|cześć|dzień dobry|merhaba|привет|"
    r"здравствуйте)\b(?:[ ,][^,.!?\n]{0,30})?[,!.]\s*",
    re.IGNORECASE,
)
_THANKS = re.compile(
    r"(?:^|(?<=[.!?] ))(?:(?:many |lots of )?thanks(?: (?:so much|a lot|in advance|again|very much))?|"
    r"thx|tks|ty|thank you(?: (?:so|very) "
    r"much)?(?: in advance)?|cheers|best(?: wishes| regards)?|(?:kind|warm)(?:est)? regards|regards|sincerely|"
    r"all the best|"
    r"(?:vielen |herzlichen |besten )?dank(?:e)?(?: (?:im voraus|schon mal|dir|euch))?|danke|(?:liebe|viele|beste|"
    r"schöne|"
    r"mit freundlichen) grüße[nß]?|lg|vg|merci(?: (?:beaucoup|d['’]avance))?|cordialement|bien à vous|"
    r"(?:muchas )?gracias|"
    r"(?:un )?saludos?|(?:molte |tante )?grazie(?: mille)?|(?:cordiali )?saluti|(?:muito )?obrigad[oa]|abraços?|"
    r"(?:alvast )?bedankt|groetjes|dziękuję|pozdrawiam|teşekkürler|спасибо)"
    r"[!,.…]*(?:\s*(?:[A-ZÀ-ÞА-Я][\w'’.-]{1,20}[ ,]*){0,3})?\W*$",
    re.IGNORECASE,
)
"""The thanks at the end, with the name of who says them."""
_NAME = re.compile(r"^[–—-]?\s*[A-ZÀ-ÞА-Я][\w'’-]{1,20}(?: [A-ZÀ-ÞА-Я][\w'’-]{1,20}){0,2}$")


def bare(lines: Sequence[Line], *, is_mail: bool = False) -> list[Line]:
    """Return the lines of a letter without what is only between its writer and its reader, and those of any other text
    as they are. A mail (`is_mail`) is one in any case."""
    if not lines or not (is_mail or is_letter([line.text for line in lines])):
        return list(lines)
    lines = [replace(line, text=_to_readers(line.text)) for line in lines]
    first = _GREETING.sub("", f"{lines[0].text} ").strip()
    kept = [replace(lines[0], text=first), *lines[1:]]
    end = len(kept)
    if end > 1 and _NAME.match(kept[-1].text) and _THANKS.search(kept[-2].text):
        end -= 1
    last = _THANKS.sub("", kept[end - 1].text).strip()
    return [line for line in [*kept[: end - 1], replace(kept[end - 1], text=last)] if line.text]


def without_signature(lines: Sequence[Line]) -> list[Line]:
    """Return the lines without who signed at their end and how to reach them ("Kind regards," over a name and a
    number); with it if nothing else says where to turn, or if that is all."""
    first = max(1, len(lines) - _MOST_SIGNED)
    start = next((at for at in range(first, len(lines)) if _is_signed(lines[at:])), len(lines))
    told = lines[:start]
    return list(told) if any(map(_says_where, told)) else list(lines)


def _is_signed(lines: Sequence[Line]) -> bool:
    """Say whether lines are how a letter closes and who signs it, and at most their office, number and address."""
    closing, *signed = [line.text for line in lines]
    if not signed:
        names = _CLOSES.match(closing)
        return names is not None and _says_where(lines[0]) and len(closing.split()) <= _MOST_WORDS_SIGNED
    is_closing = closing.endswith((",", "，")) or _CLOSES.match(closing)
    is_short = all(len(line) <= _LONGEST_SIGNED and not line.endswith((".", "!", "?")) for line in signed)
    return bool(is_closing) and len(closing) <= _LONGEST_SIGNED and is_short and bool(_SIGNS.match(signed[0]))


def _says_where(line: Line) -> bool:
    return any(token.kind in tokens.CONTACTS for token in tokens.find(line.text))


_MOST_SIGNED, _LONGEST_SIGNED, _MOST_WORDS_SIGNED = 6, 64, 10
_CLOSES = re.compile(
    r"(?:thx|tks|thanks|thank you|cheers|(?:(?:kind|best|warm|many)(?:est)? )?(?:regards|rgds|wishes|thanks)|best|"
    r"yours|sincerely|"
    r"respectfully|cordially|warmly|all the best|god bless|remain blessed|mit (?:freundlich|best|herzlich|lieb)\w+|"
    r"(?:viele|liebe|beste|herzliche|schöne) grüße|gruß|grüsse?|gruss|lg|vg|mfg|cordialement|bien à vous|merci|"
    r"salutations|saludos|"
    r"un saludo|atentamente|gracias|(?:cordiali |distinti )?saluti|grazie|atenciosamente|cumprimentos|abraços?|"
    r"obrigad[oa]|"
    r"met vriendelijke groet\w*|groet\w*|bedankt|med vänlig\w*|vänligen|mvh|venlig hilsen|hilsen|pozdrawiam|dziękuję|"
    r"z poważaniem|saygılarımla|teşekkürler|с уважением|спасибо|diolch\w*|sincères salutations)(?!\w)",
    re.IGNORECASE,
)
_SIGNS = re.compile(
    r"(?:[–—-]\s*)?(?:(?:Dr|Prof|Mrs?|Ms|Frau|Herr|Fr|Sr|Mme|M)\.? )*[A-ZÀ-ÞА-Я][\w'’.-]*(?: (?:[A-ZÀ-ÞА-Я][\w'’.-]*|"
    r"van|von|de|da|di|den|der)){0,3}"
    r"(?: \([^()]{2,24}\))?(?:, .{2,60})?$"
)


def _to_readers(line: str) -> str:
    """A line without the sentences that only speak to whoever reads the letter."""
    told = [_TALK_FIRST.sub("", sentence) for sentence in sentences.split(line)]
    kept = [_NOT_THAT.sub("", sentence) for sentence in told if not _TALK.match(sentence)]
    return " ".join(sentence for sentence in kept if any(map(str.isalnum, sentence)))


_TALK_FIRST = re.compile(
    r"^(?:as (?:discussed|agreed|promised|requested)|per our (?:call|chat)|wie besprochen|comme convenu|como acordado|"
    r"como (?:hablamos|combinado)|come d['’]accordo)\b[,:]?\s*(?:(?:please|pls|bitte|merci de|"
    r"por favor) [^.!?–—:-]{3,60}"
    r"\s?[–—:-]\s*)?",
    re.IGNORECASE,
)
"""How a sentence begins that speaks to the film's makers first: "As discussed please change the date – …"."""
_TALK = re.compile(
    r"^(?:(?:many )?thanks for|(?:it['’]s |this is )?(?:approved|signed off|ok(?:ay)?['’]?(?:d|ed)?) (?:by|from)|"
    r"go ahead|freigegeben|validé par|"
    r"aprobado por|approvato da|aprovado p|thank you for|(?:i )?hope (?:you|this)|just (?:a quick|following|"
    r"checking)|following up|"
    r"please (?:find|see|change|update|correct|let|send|confirm)|pls (?:change|update|fix|send|confirm)|"
    r"(?:see |please see )?attached|let (?:me|us) know|looking forward|can you (?:send|confirm|have it)|"
    r"(?:does|would|is) that (?:work|ok)|sorry for|any questions|call me|talk (?:soon|later)|we need (?:it|this) by|"
    r"(?:deadline|due) (?:is|by)|vielen dank für|danke für|anbei|im anhang|ich freue mich|bei fragen|meld(?:e|"
    r"et) (?:dich|"
    r"euch)|merci pour|ci-joint|veuillez trouver|n['’]hésitez pas|gracias por|adjunt[oa]|quedo a la espera|grazie per|"
    r"in allegato|obrigad[oa] pel|em anexo|segue em anexo)\b",
    re.IGNORECASE,
)
"""A sentence that speaks to the film's makers."""
_NOT_THAT = re.compile(r"\s*\((?:not|nicht|pas|no|non|não) (?:on |the |am |le |el |il )?[^()]{2,32}\)", re.IGNORECASE)
"""What was wrong before: "Saturday 21 March (not 14 March!)"."""


def is_letter(lines: Sequence[str]) -> bool:
    """Say whether a text begins or ends like a letter, and asks for a film."""
    greets = bool(_GREETING.match(lines[0]))
    thanks = any(_THANKS.search(line) for line in lines[-2:])
    # "Hi, we are Nordlys" greets the film's viewers; whoever asks for a film speaks to its makers.
    return (greets or thanks) and any(
        instructions.asks_for_a_film(_GREETING.sub("", line))
        or any(map(instructions.is_how_long, sentences.split(line)))
        for line in lines
    )
