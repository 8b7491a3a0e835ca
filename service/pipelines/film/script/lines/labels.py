# ruff: noqa: RUF001 -- the letters of other languages are meant
"""The labels of a brief's lines ("Tone:", "Wo:", "SUPER:") and the headings of its parts, and what each says that the
words after it are for. Pure."""

import re
from typing import Literal, TypeAlias

from service.pipelines.film.script.lines import sound_talk
from service.pipelines.film.script.writing import denying

Use: TypeAlias = Literal["say", "hook", "show", "list", "title", "call", "direction", "source"]
"""What a part is for: said and shown, said before all others, only shown, a list, the film's title, its call to action,
about the film itself, or a source of what is said."""

_LABELS: dict[Use, str] = {
    "say": "sub-?head(?:line|ing)?|standfirst|kicker|strapline|body copy|lede|description|beschreibung|"
    "kurzbeschreibung|descripción|descrizione|descrição|omschrijving|opis|описание|"
    "trade|ask|key facts?|facts?|fakten|line \\d{1,2}|logline|quote|zitat|citation|cita|"
    "(?:(?:short|elevator) )?pitch|"
    "korte pitch|proposition|organi[sz]ation|organi[sz]er|organizator|organisateur|auftraggeber|veranstalter|"
    "organisatie|(?:the )?occasion|message in one sentence|"
    "vo|v\\.o\\.|voice[- ]?over|voix off|narrator|narration|speaker|sprecher(?:in)?|erzähler(?:in)?|"
    "narrat(?:eur|rice|ore)|narradora?|locutora?|lektor(?:ka)?|диктор|body|intro|outro|"
    "problem|pain|pain points?|"
    "solution|lösung|when|where|what|who|why|how|date|time|place|venue|location|wann|wo|was|wer|quand|où|quoi|qui|"
    "offer|"
    "end[- ]?line|closing words|sign[- ]off|remate|phrase de fin|frase final|frase finale|schluss(?:satz|zeile)|"
    "slotzin|slagzin|hasło końcowe|"
    "benefits?|features?|slogan|tagline|message|key message|text|script|texte|angebot|point \\d|"
    "scene text|"
    "insight|challenge|result|proof|reason|fact|tip|usp|headline|subject|topic|sujet|thema|story|product|service|about|"
    "product (?:\\+|and|&) offer|(?:(?:final|approved|agreed|new|draft|ad|film|video) )?(?:copy|text|script|wording)|"
    "main message|core message|promise|angle|"
    "address|adresse|dirección|indirizzo|morada|endereço|adres|adresas|адрес|住所|場所|日時|日時・場所|会場|勤務地|勤務時間|時給|給与|応募|応募資格|"
    "仕事内容|募集|地址|地点|时间|時間|招聘|岗位|工作地点|月薪|薪资|要求|工作时间|联系人|出店数|"
    "주소|장소|일시|일정|기간|행사내용|내용|대상|पता|स्थान|समय|ที่อยู่|สถานที่|العنوان|المكان|الزمان|כתובת|מקום|lugar|fecha|hora|luogo|"
    "data|local|waar|wanneer|"
    "où et quand|gdzie|kiedy|где|когда|place et date|ort|datum|uhrzeit|zeit",
    "hook": "hook|accroche|opener|opening|opening line|aufhänger|gancho|aggancio",
    "show": "super|supers|on[- ]screen(?: text)?|text on screen|screen text|title card|end card|endcard|caption|"
    "lower third|"
    "einblendung|incrustation|carton|logo line|packshot|super text|card|"
    "(?:closing|final|end) (?:card|frame|screen|title)|"
    "schlusstafel|schlussbild|abspann|insert|carton de fin|cartello finale|rótulo final|slotkaart|eindkaart|"
    "tablica końcowa",
    "title": "(?:business|company|event|campaign|project|shop|brand) (?:name|title)|name der firma|firmenname|"
    "naam (?:organisatie|bedrijf)|nombre (?:de la empresa|del negocio)|nome (?:dell['’]azienda|da empresa|attività)|"
    "nazwa firmy|название(?: компании)?|title|name|brand|label|shop|store|designer|product name|company|client|event|"
    "titre|nom|marque|"
    "entreprise|événement|titel|marke|"
    "firma",
    "call": "button|kontakt im film|call to action|call-to-action|cta|action|appel à l'action|"
    "appel a l'action|handlungsaufforderung|phone|"
    "tel|"
    "telephone|téléphone|telefon|teléfono|telefono|telefone|телефон|тел|電話|电话|联系电话|联系方式|报名方式|お問い合わせ|問い合わせ|予約|전화|문의|"
    "문의처|예약|신청|फ़ोन|फोन|संपर्क|โทร|هاتف|للتواصل|טלפון|contact|"
    "contacto|contatto|contato|kontakt|website|web|link|book|booking|rsvp|"
    "призыв(?: к действию)?|заклик(?: до дії)?|wezwanie do działania|oproep(?: tot actie)?|"
    "llamada a la acción|invito all'azione|chamada para ação|closing line|close",
    "source": "footer|small print|legal line|required language|"
    "sources?|source s?|quellen?|sources? :|credits?|footnotes?|disclaimer|references?|réf(?:érence)?s?",
    "direction": "tone|tone of voice|audience|target|target audience|style|mood|music|duration|length|format|visuals?|"
    "colou?rs?|platforms?|goal|objective|budget|language|aspect ratio|voice|voice talent|narrator voice|accent|logo|"
    "stimme|akzent|voz|voce|acento|accento|voix|background music|soundtrack|hintergrundmusik|música|musica|"
    "ton|public|cible|public cible|"
    "ambiance|musique|durée|visuels|couleurs|plateforme|objectif|langue|zielgruppe|stil|stimmung|musik|dauer|länge|"
    "farben|"
    "plattform|ziel|sprache|sfx|sound|sound effects|fx|camera|kamera|shot|angle|cut to|cut|fade (?:in|out)|transition|"
    "scene|szene|scène|setting|action line|b-roll|broll|footage|notes?|note to editor|brand colou?rs?|do not|don't|"
    "avoid|project|projekt|projet|proyecto|progetto|projeto|client brief|brief|don'?ts|dos and don'?ts|"
    "deliverables?|specs?|"
    "voice-?over style|vibe|look|look and feel|font|fonts|hashtags?|notes? (?:to|for) (?:the )?\\w+|mandator(?:y|ies)|"
    "deadline for the video|file format|resolution|"
    "tono|público|público objetivo|estilo|música|duración|formato|idioma|voz|pubblico|stile|musica|durata|lingua|voce|"
    "tom|público-alvo|duração|doelgroep|toon|stijl|muziek|duur|taal|stem|ton i styl|styl|muzyka|тон|стиль|музыка|"
    "аудитория|"
    "голос|длительность|хронометраж(?: ролика)?|"
    "müzik|süre|トーン|音楽|雰囲気|ターゲット|风格|音乐|目标受众|톤|음악|분위기",
}
_USE_OF_LABEL = [(use, re.compile(rf"(?:{labels})", re.IGNORECASE)) for use, labels in _LABELS.items()]
_LABEL = re.compile(r"^([^\W\d_][^\n:：,;!?\"“«]{0,30}?)(?:\s*\([^()\n]{1,30}\))?\s*[:：]\s*(.*)$", re.DOTALL)
_OF_A_FORM: tuple[tuple[Use, re.Pattern[str]], ...] = (
    ("call", re.compile(r"\b(?:call to action|cta)\b", re.IGNORECASE)),
    (
        "say",
        re.compile(
            r"\b(?:messages?|proofs?|support(?:ing)?|benefits?|features?|offers?|claims?|reasons?|usps?|selling|"
            r"promise|"
            r"copy|headline|tagline|slogan|points?|botschaft|nutzen|argumente?|message|preuves?|mensaje|messaggio|"
            r"mensagem)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "direction",
        re.compile(
            r"\b(?:videos?|films?|clips?|objectives?|goals?|aims?|purpose|kpis?|target|audience|viewers?|lengths?|"
            r"duration|"
            r"runtime|variants?|versions?|ratios?|formats?|deliverables?|tone|styles?|rules?|guidelines?|mandator(?:y|"
            r"ies)|"
            r"do-?nots?|do['’]?s|don['’]?ts?|avoid|deadline|due|budget|music|sound|audio|voice|platforms?|channels?|"
            r"placement|arc|structure|storyboard|assets?|approval|legal|languages?|subtitles?|captions?|visuals?|look|"
            r"mood|"
            r"colou?rs?|fonts?|logo|branding|personality|competitors?|background|context|ziel\w*|zielgruppe|laufzeit|"
            r"vorgaben|pflicht\w*|objectif|cible|consignes|obligatoire|objetivo|público|obiettivo)\b",
            re.IGNORECASE,
        ),
    ),
)
"""What the words of any other label say in a brief that is a form filled in for whoever makes the film."""
_ASKED = re.compile(
    r"^(?:what|who|when|where|why|how|which|was|wer|wo|wann|warum|wie|welche\w*|qué|quién|cuándo|dónde|cómo|quoi|qui|"
    r"quand|où|pourquoi|comment|quel\w*|che|cosa|chi|quando|dove|perché|come|o que|quem|onde|como|wat|wie|waar|wanneer|"
    r"waarom|hoe|co|kto|gdzie|kiedy|jak|что|кто|где|когда|как)\b",
    re.IGNORECASE,
)
"""A label that asks: "What is the occasion: …"."""
_QUESTION = re.compile(r"^(?P<asked>[^?:\n]{3,60}\?)\s+(?P<answer>\S.*)$", re.DOTALL)
_ONE_VALUE = re.compile(
    r"(?:brand )?colou?rs?|music|background music|soundtrack|voice(?:-?over)?|accent|length|duration|runtime|format|"
    r"aspect ratio|platforms?|language|tone(?: of voice)?|style|mood|fonts?|logo|budget|vibe|farben?|musik|stimme|"
    r"dauer|"
    r"länge|sprache|stil|stimmung|ton|couleurs?|musique|voix|durée|langue|ambiance|colores?|música|voz|duración|tono|"
    r"estilo|idioma|colori|musica|voce|durata|lingua|stile|cores|duração|kleuren|muziek|stem|duur|taal|stijl|toon",
    re.IGNORECASE,
)
"""Labels of directions that one sentence answers: what follows it on the line is the brief again."""
_LASTS = re.compile(
    r"duration|length|durée|dauer|duración|durata|duração|duur|czas trwania|süre|длительность|хронометраж",
    re.IGNORECASE,
)
_LONG_TIME = re.compile(
    r"(?<!\d)(?:[5-9]|\d{2,3})\s?min|\d\s?(?:h(?:ours?|rs?)?|days?|nights?|weeks?|months?|years?|stunden?|tage?|"
    r"nächte|wochen|monate|jahre|heures?|"
    r"jours?|"
    r"semaines?|mois|ans|horas?|días?|semanas?|meses|años?|ore|giorni|settimane|mesi|anni|dias?|noites|uur|dagen|weken|"
    r"maanden|godzin\w*|dni|tygodni\w*|saat|gün|hafta|час\w*|дн\w*|недел\w*|месяц\w*|km|miles?)(?!\w)|"
    r"\d\s?(?:時間|日間|週間|か月|小时|小時|天|시간|주간|개월)",
    re.IGNORECASE,
)

METHOD = re.compile(
    r"(?:the )?(?:steps?|method|directions|instructions|preparation|how to(?: make it)?|what to do|"
    r"(?:die )?zubereitung|"
    r"anleitung|so geht['’]?s|schritte|(?:la )?préparation|étapes|réalisation|(?:la )?preparación|elaboración|pasos|"
    r"(?:la )?preparazione|procedimento|(?:modo de )?preparo|preparação|bereiding|bereidingswijze|przygotowanie|"
    r"sposób przygotowania|yapılışı|hazırlanışı|приготовление|作り方|手順|做法|步骤|만드는 법|طريقة التحضير|विधि)",
    re.IGNORECASE,
)
"""Headings of steps."""
_SECTION = re.compile(
    r"(?:the |les |die |los |las |gli |as |os )?(?:ingredients?|zutaten|ingrédients|ingredientes|ingredienti|"
    r"ingrediënten|"
    r"składniki|malzemeler|ингредиенты|材料|用料|재료|المكونات|सामग्री|what you(?:['’]ll| will)? need|you will need|"
    r"key (?:points?|facts|messages?|benefits)|prices?|pricing|costs?|next steps?|"
    r"(?:unique )?selling points?|usps?|bullet points?|"
    r"why|what|who|when|where|how|wann|wo|was|wer|warum|quand|où|quoi|qui|pourquoi|cuándo|dónde|qué|quién|quando|dove|"
    r"kernpunkte|points clés|puntos clave|punti chiave|pontos[- ]chave|課題|解決|締め|"
    r"overview|introduction|intro|description|summary|background|features?|highlights|key features|details|timeline|"
    r"schedule|programme|program|agenda|prizes|contacts?|contact us|about|about us|about (?:the|this) (?:item|product|"
    r"event|property|role|company)|faqs?|install(?:ation)?|usage|getting started|quick ?start|licen[cs]e|requirements|"
    r"prerequisites|resources|overview|what['’]s (?:new|changed|included)|changelog|changes|full changelog|"
    r"beschreibung|übersicht|ablauf|programm|kontakt|anfahrt|details|à propos|description|programme|infos pratiques|"
    r"descripción|características|programa|contacto|descrizione|caratteristiche|programma|contatti|descrição|"
    r"contactos?|"
    r"beschrijving|opis|kontakt|açıklama|описание|контакты|概要|特長|特徴|お問い合わせ|简介|概述|개요|소개|문의)",
    re.IGNORECASE,
)
"""Headings that say only what kind of part follows."""


_SHOWN = re.compile(
    r"(?:the |les |die |los |las |gli |as |os )?(?:ingredients?|zutaten|ingrédients|ingredientes|ingredienti|"
    r"ingrediënten|"
    r"składniki|malzemeler|ингредиенты|材料|用料|재료|المكونات|सामग्री|timeline|schedule|programme|program|agenda|prizes|"
    r"requirements|programm|ablauf|programa|programma|特長|特徴)",
    re.IGNORECASE,
)
"""Those of them that say something over a list."""


def is_shown_over_a_list(line: str) -> bool:
    """Say whether a heading that nobody says stands over its list all the same: "Ingredients"."""
    return not is_section(line) or bool(_SHOWN.fullmatch(line.strip(" :：.")))


def is_method(line: str) -> bool:
    """Say whether a line is the heading of steps."""
    return bool(METHOD.fullmatch(line.strip(" :：.")))


def is_section(line: str) -> bool:
    """Say whether a line is a heading that only says what kind of part follows, so that nobody misses it."""
    return bool(_SECTION.fullmatch(line.strip(" :：."))) or is_method(line)


def is_of_a_script(heading: str) -> bool:
    """Say whether a heading only says what its part of a script is for: "Hook (2 s)", "CTA", "フック"."""
    return labelled(f"{heading}: x")[0] in {"hook", "call", "title", "show", "direction"} or bool(
        _PARTS_OF_A_SCRIPT.fullmatch(heading.split("(", maxsplit=1)[0].strip())
    )


_PARTS_OF_A_SCRIPT = re.compile(
    r"(?:key )?messages?|body|intro|outro|opening|closing|main part|hauptteil|einstieg|corps|"
    r"développement|cuerpo|desarrollo|corpo|"
    r"フック|ボディ|本編|導入|鉤子|钩子|內容|内容|行動|行动|开场|結尾|结尾|본문|도입|마무리|हुक|मुख्य भाग",
    re.IGNORECASE,
)


def labelled(line: str, *, in_form: bool = False) -> tuple[Use | None, str]:
    """Return what the label of a line says it is, and the line without it; None and the line if it has none.

    `in_form`: the brief is a form, so that a label with the word "objective" in it is for the film's makers.
    """
    label = _LABEL.match(line)
    if label is None:
        asked = _QUESTION.match(line) if in_form else None
        return ("say", asked["answer"]) if asked else (None, line)
    name = label.group(1).replace("’", "'").strip()
    if not any(character.isalnum() for character in label.group(2)):
        return None, line
    if _LASTS.fullmatch(name) and _LONG_TIME.search(label.group(2)):
        # How long a course or a walk takes, and not a film.
        return None, line
    for use, known in _USE_OF_LABEL:
        if use == "say" and sound_talk.is_label(name) and not sound_talk.taken_out(line)[0]:
            # "Narrator: British, male" says who speaks, and not what.
            return "direction", line.strip()
        if known.fullmatch(name):
            # Of what is heard, the label says which part is meant, and of what is not wanted, that it is not.
            is_meant = use == "direction" and (sound_talk.is_label(name) or denying.denies(name))
            return use, line.strip() if is_meant else label.group(2).strip()
    use_in_form = _of_a_form(name) if in_form else None
    if use_in_form == "direction" and denying.denies(name):
        return use_in_form, line.strip()
    return (use_in_form, label.group(2).strip()) if use_in_form else (None, line)


def _of_a_form(name: str) -> Use | None:
    """Return what any label of a form says that its words are for."""
    use = next((use for use, words in _OF_A_FORM if words.search(name)), None)
    return use or ("say" if _ASKED.match(name) else None)


def asked(question: str) -> Use:
    """Return what the answer to a question of the film's makers is for: "Anything to avoid?", "Call to action?"."""
    if _HOW.search(question):
        return "direction"
    return "call" if _of_a_form(question) == "call" else "say"


_HOW = re.compile(
    r"\b(?:tone|style|music|soundtrack|moods?|look|vibe|feel(?:ing)?|lengths?|duration|formats?|budget|deadline|avoid|"
    r"do['’]?s and don['’]?ts|dos|mandator(?:y|ies)|must[- ]haves|logo|colou?rs?|voice(?:-?over)?|accent|platforms?|"
    r"your (?:name|role|e-?mail|phone|contact)|who (?:should|will|is going to) (?:see|watch)|"
    r"what is (?:the|this) (?:video|film) for|"
    r"on (?:the )?(?:screen|camera)|make \w+ hate|off[- ]limits|sensitive|taboos?|approv\w+|signs? off|references?|"
    r"images?|immagini|imágenes|imagens|bilder|beelden|känsla|längd|undvik\w*|tyyli|musiikki|vältettävä\w*|"
    r"ton|stil|stimmung|musik|länge|vermeiden|freigabe|sprecher\w*|ambiance|durée|musique|éviter|voix|interdits?|"
    r"estilo|tono|música|duración|evitar|aprueba|voz|stile|musica|durata|evitare|voce|tom|duração|aprova|stijl|toon|"
    r"muziek|lengte|vermijden|styl|muzyka|unikać|стиль|музыка|избегать)\b|"
    r"雰囲気|音楽|トーン|長さ|風格|风格|音乐|感觉|感覺|禁忌|时长|분위기|음악|길이",
    re.IGNORECASE,
)
"""What only the film's makers ask."""


def lasts_long(words: str) -> bool:
    """Say whether words tell how long something takes that is no film: "2 h 10, one interval"."""
    return bool(_LONG_TIME.search(words))


def without_verdict(line: str) -> str:
    """Return what a meeting decided without the word for it: "Agreed: $13.50 for 150 g"."""
    return _VERDICT.sub("", line)


_VERDICT = re.compile(
    r"^\s*(?:(?:it was )?(?:agreed|approved|resolved|decided|carried|moved)(?: (?:line|quotation|text|copy|wording|"
    r"that the film "
    r"says?))?|decisions?|resolution|beschlossen|beschluss|freigegeben|décidé|décision|approuvé|validé|acordado|"
    r"acuerdo|"
    r"aprobado|deciso|approvato|decidido|aprovado|besloten|besluit|akkoord|ustalono|decyzja|решено|kararlaştırıldı|"
    r"決定事項?|決議|合意|决议|决定|결정|합의)\s*[:：]\s*(?=\S)",
    re.IGNORECASE,
)


def opened(line: str) -> str:
    """Return a line with a known label in brackets ("[HEADLINE] One mic.") or before "=" with a colon after it, or as
    it is."""
    label = _BRACKETED.match(line) or _EQUALLED.match(line)
    name = _NUMBER_AFTER.sub("", label["name"]) if label else ""
    return f"{name}: {line[label.end() :]}" if label and labelled(f"{name}: x")[0] is not None else line


_NUMBER_AFTER = re.compile(r"(?<=[^\W\d_]) \d{1,2}$")
"""Of several with the same label: "[BODY 2]"."""
_BRACKETED = re.compile(r"^\s*\[(?P<name>[^\W\d_][^\[\]\n:,]{1,30})(?:,[^\[\]\n]{1,20})?\]\s*[:–—-]?\s*(?=\S)")


_EQUALLED = re.compile(r"^\s*(?P<name>[^\W\d_][^\W\d_ ]{1,14}(?: [^\W\d_]{2,14})?) ?= ?(?=[^\W_])")


def name_of(line: str) -> str:
    """Return the label of a line, or "" if it has none."""
    label = _LABEL.match(line)
    return label.group(1).replace("’", "'").strip() if label else ""


def takes_one_value(line: str) -> bool:
    """Say whether the label of a line is one that a sentence answers ("Colours: #FF6600."), so that the sentences after
    it are the brief's again."""
    return bool(_ONE_VALUE.fullmatch(name_of(line)))


def unlabelled(line: str) -> str:
    """Return a line without a label that says what can be seen: "Where: Hall 3" is a place by itself."""
    use, words = labelled(line)
    return words if use == "say" else line
