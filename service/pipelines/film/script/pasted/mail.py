# ruff: noqa: RUF001 -- the letters of other languages are meant
"""A brief that is a mail: its text, without its header and what it answers to. Pure."""

import re
from collections.abc import Sequence
from itertools import dropwhile, pairwise

from service.pipelines.film.script.lines import labels
from service.pipelines.film.script.writing import tokens
from service.pipelines.film.script.writing.tokens import Kind

_HEADER = re.compile(
    r"^\s*(?:from|to|cc|bcc|subject|date|sent|reply-to|attachments?|von|an|betreff|gesendet|datum|de|à|objet|envoyé|"
    r"para|"
    r"asunto|enviado|fecha|da|a|oggetto|inviato|data|assunto|onderwerp|aan|van|temat|do|od|от|кому|тема)\s*:\s*\S.*$",
    re.IGNORECASE,
)
_SUBJECT = re.compile(r"^\s*(?:subject|betreff|objet|asunto|oggetto|assunto|onderwerp|temat|тема)\s*:", re.IGNORECASE)
_SENDER = re.compile(
    r"^\s*(?:from|to|cc|von|an|de|à|para|da|a|aan|van|do|od|от|кому)\s*:|[^\n]*@|[^\n]*:\s*(?:re|fwd?|aw|wg|tr|rv)\s*:",
    re.IGNORECASE,
)
_FEWEST_FIELDS = 2
_ANSWERED = re.compile(
    r"^\s*(?:(?:(?:begin )?forwarded message|original message|пересылаемое сообщение|weitergeleitete nachricht)\s*:?|"
    r"-{2,}\s*(?:original message|forwarded message|ursprüngliche nachricht|message d['’]origine|"
    r"mensaje original|"
    r"messaggio originale)\b.*|(?:on|am|le|el|il|em|op)\b.{4,80}\b(?:wrote|schrieb|a écrit|escribió|ha scritto|"
    r"escreveu|schreef)\b.{0,40}:?)\s*$",
    re.IGNORECASE,
)
"""The start of the mail that this one answers."""
_BELOW = re.compile(
    r"\b(?:(?:text|copy|brief|script|details?|info|mail|message|version|see|as) (?:is )?below|below is|"
    r"forward(?:ing|ed)|fyi|siehe unten|(?:text|infos?) unten|"
    r"weitergeleitet|ci-dessous|voir plus bas|más abajo|abajo|qui sotto|in calce|abaixo|hieronder)\b",
    re.IGNORECASE,
)
"""What is to be filmed is in the mail that was answered."""
_QUOTED = re.compile(r"^\s*>")
_MARKS = re.compile(r"^\s*> ?")
"""The mark of one answer. What was answered before has one more."""
_FACTS = frozenset({Kind.PRICE, Kind.PERCENT, Kind.DATE, Kind.ADDRESS, Kind.TELEPHONE})


def without_header(content: str) -> tuple[str, bool]:
    """Return the text of a mail and whether it is one; any other text as it is."""
    lines = _with_senders(content.split("\n"))
    content = "\n".join(lines)
    fields = 0
    while fields < len(lines) and (_HEADER.match(lines[fields]) or not lines[fields].strip()):
        fields += 1
    header = [line for line in lines[:fields] if line.strip()]
    has_subject = any(map(_SUBJECT.match, header))
    is_mail = has_subject and (len(header) >= _FEWEST_FIELDS or _is_answer(header[0], "\n".join(lines[fields:])))
    # "Objet :" and "Date :" over "Lieu :" are of a form.
    is_mail = is_mail and (any(map(_SENDER.match, header)) or not labels.name_of("".join(lines[fields : fields + 1])))
    body = lines[fields:] if is_mail else lines
    end = next((at for at, line in enumerate(body) if _answered(line)), len(body))
    if not is_mail and end == len(body):
        return content, False
    kept = [line for line in body[:end] if not _QUOTED.match(line)]
    quoted = [line for line in body[:end] if _QUOTED.match(line)] + body[end:]
    is_empty = not any(any(map(str.isalnum, line)) for line in kept)
    if is_empty or any(map(_BELOW.search, kept)) or (_tells(quoted) and not _tells(kept)):
        # A mail that only hands on another.
        handed = dropwhile(_is_header, (_MARKS.sub("", line) for line in quoted if not _answered(line)))
        inner, _ = without_header("\n".join(handed))
        return "\n".join([*kept, inner]), True
    return "\n".join(kept), True


def _with_senders(lines: Sequence[str]) -> list[str]:
    """The lines, with who sent what is quoted ("> Feladó: Zsuzsa") in English, whatever its language: the first that is
    quoted, with one word before its colon that is no label."""
    told: list[str] = []
    for before, line in pairwise(["", *lines]):
        sent = None if _QUOTED.match(before) or _HEADER.match(_MARKS.sub("", line)) else _SENT.match(line)
        is_sender = sent and not labels.labelled(f"{sent['field']}: x")[0] and not _tells([line])
        told.append(f"{sent['mark']}From: {sent['value']}" if sent and is_sender else line)
    return told


_SENT = re.compile(
    r"^(?P<mark>\s*>+\s*)(?P<field>[^\W\d_]{1,12})\s*[:：]\s*(?P<value>[^\s.!?。？！]+(?: [^\s.!?。？！]+){0,5})\s*$"
)


def _is_answer(subject: str, body: str) -> bool:
    """Say whether a subject alone is a mail's: it answers, hands on or corrects, or a greeting follows it."""
    return bool(_ANSWERS.search(subject) or _GREETS.match(body))


_ANSWERS = re.compile(
    r":\s*(?:re|fwd?|aw|wg|rv|tr|rif|enc|antw|doorst|vs|sv|odp|ynt)\s*:|\b(?:correct\w+|korrektur|corrección|oops|"
    r"sorry)\b",
    re.IGNORECASE,
)
_GREETS = re.compile(
    r"\s*(?:hi|hello|hey|dear|good (?:morning|afternoon|evening)|afternoon|morning|team|all|hallo|liebe\w*|guten|"
    r"bonjour|"
    r"cher|chère|hola|buen[oa]s|estimad\w+|ciao|gentil\w+|car[oai]|olá|prezad\w+|beste|geachte|hej|cześć|привет|"
    r"здравствуйте)\b[^.!?\n]{0,30}[,.!:\n]",
    re.IGNORECASE,
)


def _is_header(line: str) -> bool:
    return bool(_HEADER.match(line)) or not line.strip()


def _tells(lines: Sequence[str]) -> bool:
    """Say whether lines have what an advertisement is about: a price, a date, where to turn."""
    return any(token.kind in _FACTS for line in lines for token in tokens.find(line))


def _answered(line: str) -> bool:
    return bool(_ANSWERED.match(re.sub(r"^[\s>]+", "", line)))
