# ruff: noqa: RUF001 -- the letters of other languages are meant
"""How briefs open without saying what they are about: greetings, news, job advertisements, adverbials. Pure."""

import re

from service.pipelines.film.script.writing import tokens

_OPENERS = re.compile(
    r"^(?:we(?:'|’)?re hiring|we are hiring|now hiring|join us|join our \w+|for rent|to let|zu vermieten|à louer|"
    r"à vendre|se alquila|se vende|affittasi|vendesi|te huur|te koop|hello|hi|hey|good news|big news|news|"
    r"breaking|attention|announcement|save the date|coming soon|now open|it(?:'|’)?s here|guess what|wir suchen|"
    r"wir stellen ein|nous recrutons|on recrute|bonne nouvelle|achtung|estamos contratando|importante|urgent|reminder|"
    r"last chance|sale|you(?:'|’)?re invited|you are invited|invitation|did you know|just listed|just sold|new listing|"
    r"for sale|new episode.*|new in|new|now available|big sale|grand opening|gran inauguraci[oó]n|gran apertura|neu|"
    r"neueröffnung|nouveau|nouveauté|ouverture|vous êtes invités?|nuovo|novità|grande apertura|novidade|inauguração|"
    r"vaga aberta|nowość|yeni|nieuw|новинка|внимание|oferta|offerta|promo(?:tion|ción)?|angebot|le saviez-vous|"
    r"wusstest du|wussten sie|sabías que|¿?sabías que|lo sapevi|sabia que|provisionsfrei|exklusiv|rarität|top-lage|"
    r"just reduced|price drop|our story|unsere geschichte|notre histoire|"
    r"nuestra historia|la nostra storia|a nossa história|opening (?:hours|times)|öffnungszeiten|horaires?|horarios?|"
    r"orari|"
    r"about (?:us|this item|the product|this product)|pov|price|preis|prix|precio|prezzo|preço|overview|tl;?dr|readme)"
    r"\b.{0,12}$|^(?:新発売|新登場|お知らせ|祝|新品上市|重磅|속보|신제품|알림).{0,4}$",
    re.IGNORECASE,
)
_SHOUTED_WORDS = 3
_ADVERBIAL = re.compile(
    r"^(?:(?:\w+ ){1,2}(?:ago|später|later)$|(?:only|nur|solo|seulement|uniquement|alleen|tylko|from|since|after|"
    r"before|when|if|while|as|in|on|at|by|every|each|"
    r"this|last|"
    r"next|today|tonight|tomorrow|ab|seit|wenn|nach|vor|am|im|jeden|jede|heute|dès|depuis|quand|si|après|avant|en|"
    r"à partir|desde|cuando|tras|a partir|dal|dopo|quando|se|após|vanaf|als|na|od|gdy|po|с|если|после)\b)",
    re.IGNORECASE,
)
_NO_SUBJECT = re.compile(
    r"^(?:here|this|these|it|you|we|there|they|that|hier|das|es|du|sie|wir|voici|vous|nous|c['’]est|aquí|tú|ecco)\b",
    re.IGNORECASE,
)
_POSTSCRIPT = re.compile(
    r"^(?:p\.?\s?p?\.?s\.?|n\.?b\.?|oh,? and|addendum|nachtrag|one more thing|almost forgot|"
    r"fast vergessen)\s*[:.,–—-]*\s+(?=\S)",
    re.IGNORECASE,
)
"""How people begin what they forgot to say."""
_LEADS_TO = re.compile(
    r"^(?:(?:ok(?:ay)?|so|well|anyway|anyhow|basically|and|but|then|now)[ ,]+){0,3}"
    r"(?:what (?:it|this|we|i|you|the \w+)(?: \w+){0,2} (?:should|must|want|wants|needs?|has|have|"
    r"would like|['’]d like|['’]d)(?: to)?(?: \w+)? (?:say|tell|get across)(?: \w+)? is|"
    r"(?:it|this|the (?:film|video|ad|clip)) (?:should|must|needs to|has to) (?:just )?say|"
    r"(?:we|i) (?:just )?want (?:people|them|every(?:one|body)|viewers) to know)\s*[:,]?\s+(?:that\s+)?(?=\w)|"
    r"^(?:(?:alors|donc|bref|et|mais|bueno|pues|entonces|y|allora|quindi|então|e)[ ,]+){0,3}"
    r"(?:ce qu(?:e|['’])\s?[^,.!?]{2,30} dire,? c['’]est que|lo que [^,.!?]{2,30} decir es que|"
    r"(?:quello|ciò) che [^,.!?]{2,30} dire è che|o que [^,.!?]{2,30} dizer é que)\s+(?=\w)",
    re.IGNORECASE,
)
"""How people begin to dictate what is to be told: "anyway what it should say is that"."""
_CLAUSES = re.compile(r"\s*[:;\u2013\u2014]\s+|,\s+|[，、；：]")


def _is_a_figure(part: str) -> bool:
    return any(token.start == 0 and token.end >= len(part.rstrip(" .!?")) for token in tokens.find(part))


def only_opens(sentence: str) -> bool:
    """Say whether a sentence opens a brief without saying what it is about: "We're hiring!", "NO EXCUSES."."""
    words = sentence.strip(" .!?…¡¿").split()
    shouted = sentence.isupper() and 1 < len(words) <= _SHOUTED_WORDS and sentence.rstrip()[-1:] in ".!"
    return bool(_OPENERS.match(sentence.strip(" .!?…¡¿"))) or shouted


def told(sentence: str) -> str:
    """Return a sentence without how people begin what they forgot to say, or dictate."""
    bare = _POSTSCRIPT.sub("", sentence)
    words = _LEADS_TO.sub("", bare)
    return words if words == bare else _AND_THAT.sub(r"\g<and> ", words)


def dictates(sentence: str) -> bool:
    """Say whether a sentence begins as people dictate what is to be told: "what it should say is that"."""
    return bool(_LEADS_TO.match(sentence))


_AND_THAT = re.compile(r"(?<=\s)(?P<and>and|et|y|e) (?:that|que|che)\s")
"""The next clause of what is dictated: "it is made here and that she uses British flowers"."""


_TOPIC = re.compile(
    r"(?:(?:the |die |der |das |la |le |les |el |los |las |il |lo |gli |o |os |a |as )?(?:benefits?|importance|"
    r"history|advantages|dangers|basics|"
    r"future|art|science|causes|effects|signs|types|story|facts|introduction|vorteile|bedeutung|geschichte|grundlagen|ursachen|"
    r"avantages|bienfaits|importance|histoire|causes|beneficios|importancia|historia|ventajas|benefici|importanza|storia|"
    r"benefícios|importância|história) (?:of|to|in|about|von|der|des|de|du|d['’]|della|del|dell['’]|do|da)\b|"
    r"(?:how|why|what|explain|tips (?:for|on)|facts about|ways to|wie|warum|was|comment|pourquoi|cómo|por qué|come|"
    r"perché|como)\b).*",
    re.IGNORECASE,
)
_NAMED_SMALL = re.compile(r"(?:the|el|la|los|las|le|les|il|lo|gli|der|die|das|het|os|as) [a-zà-ÿ]")
_MOST_TOPIC_WORDS = 7
_WISHES = re.compile(
    r"\b(?:happy|merry|congrat\w*|welcome|thanks?|love|good luck|we|our|us|i|my|you|your|sale|free|open(?:ing|s)?|"
    r"new|now|today|"
    r"tonight|tomorrow|coming soon|join|buy|visit|wir|unser\w*|alles gute|herzlich\w*|joyeux|bonne|bon|feliz|"
    r"buon\w*|felice)\b",
    re.IGNORECASE,
)
_PRAISE = re.compile(
    r"\b(?:best|finest|\w{3,}[^aeiou]est|most|only|perfect|great|real|true|beste\w*|einzige\w*|schönste\w*|meilleur\w*|"
    r"seule?s?|mejor(?:es)?|únic[oa]s?|miglior\w*|unic[oa]|melhor(?:es)?|beau|belle|vrai\w*)\b",
    re.IGNORECASE,
)
"""What only a slogan says of its thing: "the best bread in town"."""


def is_topic(content: str) -> bool:
    """Say whether a whole brief only names what to speak of: "the water cycle", "Benefits of green tea"."""
    words = content.strip()
    is_line = (
        "\n" not in words and words[-1:].isalnum() and len(words.split()) <= _MOST_TOPIC_WORDS and "," not in words
    )
    if not is_line or tokens.find(words) or _WISHES.search(words) or _PRAISE.search(words):
        return False
    has_name = any(word[:1].isupper() for word in words.split()[1:]) and not words[:1].islower()
    return bool(_NAMED_SMALL.match(words)) or (bool(_TOPIC.fullmatch(words)) and not has_name)


def subject(sentence: str, fits: int) -> str:
    """Return the clause of a sentence that says what it is about, if one fits into `fits` letters: the first, or the
    one after "Three days ago"; else ""."""
    parts = [part.strip() for part in _CLAUSES.split(sentence) if part.strip()]
    parts = parts[1:] if len(parts) > 1 and _OPENERS.match(parts[0]) else parts
    parts = [part for part in parts if not _is_a_figure(part)] or parts
    if len(parts) > 1 and _ADVERBIAL.match(parts[0]) and len(parts[1]) <= fits and not _NO_SUBJECT.match(parts[1]):
        return parts[1]
    return parts[0] if parts and len(parts[0]) <= fits else ""
