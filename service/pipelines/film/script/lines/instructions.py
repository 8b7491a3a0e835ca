# ruff: noqa: RUF001 -- the letters of other languages are meant
"""What in a brief is about the film itself: the order to make one, its length, its voice, music and look. None of it is
said or shown. Pure.

Orders are known in some twenty languages by the words for a film beside a verb of making or a length. A remark about
the film ("soft piano, no voice-over") is one all of whose words are of that trade: "live music, cold beer" is not.
"""

import re

from service.pipelines.film.script.lines import lengths, trade
from service.pipelines.film.script.writing import text, tokens
from service.pipelines.film.script.writing.tokens import Kind

FILM = (
    r"(?:videos?|vids?|vídeos?|vidéos?|videoclip|films?|movie|clips?|spots?|ads?|adverts?|advertisement|commercial|reels?|teaser|"
    r"trailer|promos?|animation|explainer|slideshow|pub|publicité|annonce|bande-annonce|court[- ]métrage|"
    r"\w*(?:video|clip|spot|film)s?|anuncio|comercial|filmato|filmpje|reclame|wideo|filmik|filmu|tanıtım|reklam(?:ı|\w*)?|"
    r"videosu|видео|видеоролик\w*|ролик\w*|відео|βίντεο)"
)
_FILM_WORD = re.compile(
    rf"(?<![\w-]){FILM}(?![\w-]|\s+(?:calls?|games?|doorbell|editor|editing|chats?|conferenc\w+|festival|club|library|store|"
    r"production))|動画|ビデオ|ムービー|映像|视频|影片|短片|視頻|영상|비디오|فيديو|مقطع|סרטון|סרט(?!\w)|וידאו|วิดีโอ|คลิป|वीडियो",
    re.IGNORECASE,
)
_POLITE = (
    r"(?:please|bitte|s'il (?:te|vous) pla[iî]t|merci de|por favor|per favore|graag|alsjeblieft|proszę|lütfen|"
    r"пожалуйста|请|"
    r"請|من فضلك|hi|hello|hey|hallo|bonjour|hola|ciao|olá)"
)
_MAKE = (
    r"(?:create|make|produce|generate|design|build|write|film|shoot|do(?! you)|turn|cut|edit|record|prepare|"
    r"(?:i|we)(?:'d| would)?(?: like| want| need| love)(?: you)?(?: to (?:create|make|produce|have))?|"
    r"(?:can|could|would|will) (?:you|u|ya|someone|anyone|anybody)(?: guys)?(?: please| pls| plz| possibly|"
    r" kindly)?(?: help (?:us|me))? "
    r"(?:create|make|produce|do|cut|edit|film|record|prepare|design|put together)|(?:we['’]re |i['’]m )?looking for|"
    r"(?:könnt ihr|kannst du|können sie)(?: bitte)?(?: (?:uns|mir))?|(?:pourriez-vous|pouvez-vous|peux-tu|tu peux)"
    r"(?: (?:nous|me))?(?: (?:faire|créer|réaliser))?|(?:podéis|puedes|podrías|pueden)(?: (?:hacer|crear)(?:nos|me)?)?|"
    r"(?:potete|puoi|potresti)(?: (?:fare|creare|farci|farmi))?|"
    r"erstelle?n?|erstellt|erzeuge|mache?|macht|produziere?|produziert|drehe?|dreht|gestalte|generiere|"
    r"wir (?:brauchen|möchten|"
    r"wollen|hätten gern)|ich (?:brauche|möchte|hätte gern)|"
    r"créez|créer|crée|faites|faire|fais|réalisez|réaliser|réalise|produisez|produire|générez|génère|montez|tournez|"
    r"(?:je|nous) (?:veux|voudrais|souhaite|souhaitons|voulons|voudrions)|"
    r"crea|cree|creen|créame|haz|hazme|haga|hagan|genera|produce|realiza|prepara|necesito|necesitamos|quiero|queremos|"
    r"fazer|hacer|realizar|produzir|crei|create|fai|fate|fammi|realizzate?|realizza|produci|genera|vorrei|vorremmo|serve|"
    r"crie|criar|cria|faça|faz|façam|produza|gere|preciso|precisamos|quero|"
    r"maak|creëer|produceer|genereer|ik wil|we willen|wij willen|"
    r"stwórz|stwórzcie|zrób|zróbcie|przygotuj|nagraj|wygeneruj|potrzebuj\w+|chc\w+|"
    r"hazırla\w*|oluştur\w*|"
    r"создай(?:те)?|сделай(?:те)?|снимите?|сгенерируй(?:те)?|нуж(?:ен|но|на)|створ\w+|зроб\w+|"
    r"skapa|gör|lav|lag|luo|vytvoř\w*|készíts\w*|creează|φτιάξε)"
)
_MAKES_FIRST = re.compile(
    rf"^[¡¿]?(?:{_POLITE}[,!]?\s+)?(?:(?:mir|uns|me|us|moi|nous)\s+)?{_MAKE}(?:[- ](?:moi|nous|me|us|mir|uns))?\s+",
    re.IGNORECASE,
)
_MAKES_LAST = re.compile(
    r"(?:にして|作って|作成して|制作して|生成して|お願い|つくって|希望|作成|制作|만들어|제작해|부탁|제작|yap\w*|hazırla\w*|oluştur\w*|"
    r"बनाइए|बनाएं|बनाएँ|बनाओ|बना दें|चाहिए)\S*[\s。.!！]*(?:ください|下さい|します|주세요)?[。.!！]?$"
)
_MAKES_ANYWHERE = re.compile(
    r"(?:请|請|帮我)?(?:制作|生成|做|拍|创作|製作)(?:一个|一個|一支|一条|一部|个)?|(?:أنشئ|اصنع|اعمل|صمم|نريد|أريد)\s|(?:צרו?|הכינו?|הפיקו|תכינו)\s|(?:สร้าง|ทำ|ผลิต)|(?:video|videosu|film|filmi)\s+(?:hazırla|oluştur|yap)\w*"
)
_SECONDS = (
    r"(?:s|sec|secs|seconds?|sekunden?|sek|secondes?|segundos?|secondi|seconden|sekund\w*|saniye\w*|секунд\w*|сек|秒钟?|秒間?|초|"
    r"ثانية|ثوان(?:ي|ٍ)?|שניות|วินาที|सेकंड)"
)
_MINUTES = r"(?:min|minutes?|minuten?|minutos?|minuti|dakika\w*|минут\w*|分钟|分|분|دقيقة|דקות|דקה|นาที|मिनट)"
_LENGTH = re.compile(
    rf"(?<![\d.,:/])(?<![A-Z]{{3}} \()(\d{{1,3}})\s?[-\u2011]?\s?({_SECONDS}|{_MINUTES})(?![a-zà-ÿ])", re.IGNORECASE
)
_SLATED = re.compile(
    r"(?<![\w:.])[:\u2033\u201d]?:(\d\d)s?(?= (?:\w+ ){0,2}(?:spot|tvc|ad|advert|commercial|film|video)\b)",
    re.IGNORECASE,
)
"""How agencies write a length: ":30 TV spot"."""
_IS_MINUTES = re.compile(_MINUTES, re.IGNORECASE)
_LONGEST_S, _SHORTEST_S = 180, 10
_SHORTEST_FILM_S = 5
"""Of seconds in a longer sentence that has a word for a film: "we have the clip, 4 seconds"."""
_FEW_WORDS, _A_LENGTH_ALONE = 3, 2
_PART_OF_A_FILM = re.compile(
    r"(?:\b(?:first|last|hold|every|each|for|erste[nr]?|letzte[nr]?|premières|dernières|primeros|últimos|primi|ultimi|"
    r"primeiros|eerste|laatste|первые|последние|logo|end card|silence|pause|black|fade|beat)\b[^.!?\d]{0,12}|"
    r"[前後后頭头各毎每≥>]\s?|(?:처음|첫|마지막|각|出镜|出鏡|停留)\s?|最初の|最後の|(?<![画像ームM尺さ])を\s?|(?<!\d)0\s?[〜~–-]\s?)$",
    re.IGNORECASE,
)
_ABOUT = re.compile(
    r"\s*[:\uff1a]\s+|[\s,]+(?:that|which|to)?\s*(?:about|for|on|of|announc\w+|present\w*|promot\w+|introduc\w+|celebrat\w+|"
    r"advertis\w+|with this (?:quote|text|script|copy)|über|für|zum|zur|von|qui présente|présentant|annonçant|sur|"
    r"pour|à propos d[eu]|"
    r"sobre|para|de(?=\s+(?:la|el|los|las|nuestr\w+)\s)|su|per|del(?:la|l')?|voor|over|o|dla|про|о|об|для|за|за|عن|ل|על|עבור|เกี่ยวกับ|สำหรับ)\s+|"
    r"\s+(?:per|sull|dell|pour|sur|d)\s?['’]|(?<=l)['’](?=\w)",
    re.IGNORECASE,
)
_LENGTH_PHRASE = re.compile(
    rf"[\s,]*(?:(?:de|di|von|of|van|with|mit|in|en|lasting|long|about|ca\.?|like|around|approx\.?|roughly|max\.?|maximum|under|"
    rf"no (?:longer|more) than|up to|circa|environ|unter|maximal|unos)\s+)*\d{{1,3}}\s?-?\s?(?:{_SECONDS}|"
    rf"{_MINUTES})(?!\w)"
    r"(?:\s+(?:long|lang|film|video|clip|vertical|hochkant|max|tops|or so))?(?:\s+(?:please|pls|plz|bitte))?\s*,?",
    re.IGNORECASE,
)
_NO_SUBJECT = re.compile(
    r"^(?:(?:our|my|the|your|unser\w*|notre|nuestr\w+|il nostro) )?(?:tiktok|instagram|insta|youtube|facebook|"
    r"linkedin|reels?|social media|stories|the web|our (?:website|site|channel)|"
    r"(?:home|small business|agency|shop) ?owners|homeowners|kids|teens|adults|beginners|parents|students|"
    r"(?:company |facebook |insta\w* )?(?:page|feed|story|account|channel|newsletter))\W*(?:page|account|feed|story|"
    r"channel|"
    r"reels?)?\W*$",
    re.IGNORECASE,
)

_FORBIDS = re.compile(
    r"^(?:(?:please|pls|plz|kindly|and|also|btw|nb|n\.b\.|ps|p\.s\.|note|remarque|nota)\s*[,:!]?\s+){0,3}"
    r"(?:avoid(?:ing)? (?:the words?|words?|saying|using|showing|mentioning|any|phrases?|clichés?|"
    r"jargon|stock)\b|"
    r"(?:don['’]?t|do not|never|avoid)\s+(?:call it|make it (?:sound|look|feel|too)|"
    r"show\w*|includ\w+|mention\w*|film\w*|"
    r"(?:us(?:e|ing)|add\w*|say\w*|put\w*|make it)\s.{0,40}\b(?:stock|footage|photos?|images?|music|voice\w*|logos?|"
    r"text|people|colou?rs?|fonts?|emojis?|"
    r"words?|the word|salesy|boring|cheesy|clichés?))|no stock (?:footage|photos|images)|(?:bitte\s+)?(?:nicht|"
    r"keine?n?)\s.{1,60}\s(?:zeigen|verwenden|nennen|einblenden)|"
    r"zeigt?\s+(?:bitte\s+)?keine?n?|ne (?:pas )?montr\w+|n['’]utilis\w+ pas|no (?:muestres?|muestren|mostrar|uses?|"
    r"usar)|"
    r"non (?:mostrare|usare|mostrate)|não (?:mostr\w+|us\w+)|toon geen|gebruik geen|не показыва\w+)\b",
    re.IGNORECASE,
)
_POINTS = re.compile(
    r"^(?:and\s+|then\s+|maybe\s+|perhaps\s+|please\s+|pls\s+|(?:could|can) (?:you|u|we)\s+)?(?:ends?|finish|close|"
    r"start|open|begin)\s+(?:it\s+|the (?:video|film|clip)\s+)?(?:with|on|"
    r"by)\s*(?:the\s+)?:?\s*|"
    r"^(?:terminez|terminer|finissez|finis|termine|termina|terminar|terminad|chiudi|chiudere|concludi|eindig|"
    r"sluit af|beende|"
    r"ende|schließe)\s+(?:par|sur|avec|con|com|met|mit)\s*:?\s*|^(?:final|last) (?:shot|frame|card|screen)\s*:\s*",
    re.IGNORECASE,
)
_CAPTION = re.compile(
    r"^(?:(?:on[- ]?screen|overlay) text|text (?:on screen|overlay)|show(?: the)? (?:text|words)|"
    r"add(?: the)? text)\s*[:\uff1a]\s*",
    re.IGNORECASE,
)
_TO_THE_MAKERS = re.compile(
    r"^(?:a )?(?:notes?|nota|hinweise?|anmerkung(?:en)?|remarque) (?:for|to|para|per|pour|für|an) "
    r"(?:the |el |la |le |l['’]|den |die |das )?"
    r"(?:director|editor|team|designer|video|film|maker|montador|monteur|regista|regie|cutter|equipo)|"
    r"^ملاحظة لل|\bleave (?:it|this|that|them) (?:off|out)\b|"
    r"^(?:the |our |das |le |el |il )?logo (?:(?:will )?follows?|to follow|is coming|kommt|à suivre|suivra|sigue|segue)"
    r"\b",
    re.IGNORECASE,
)
"""Words that only whoever makes the film is told."""
_UNSURE = re.compile(
    r" ?[(\[](?:(?:to be )?(?:check|confirm)\w*|tbc|tbd|ask|not sure|noch (?:zu )?klären|à (?:confirmer|vérifier)|"
    r"por confirmar|da (?:confermare|verificare))\b[^()\[\]\n]{0,120}[)\]]",
    re.IGNORECASE,
)
_HEX = re.compile(r"(?<![\w/.#])#(?:[0-9a-fA-F]{6}\b|(?!\d{3}\b)[0-9a-fA-F]{3}\b)")
"""A colour. "#240" is the number of something."""

_WORD = re.compile(r"[^\W_][\w'’:/-]*")
_CLAUSES = re.compile(r"\s*[,;&+]\s*|\s+(?:and|und|et|y|e|en|i|ve|и)\s+", re.IGNORECASE)
_EASTERN_SUBJECT = re.compile(
    r"(?:[女男]性の?(?:ナレーション|声)|[女男]声(?!優)|(?:声|ナレーター)で|音楽(?![会祭隊])|BGM|ナレーション|声優|字幕|雰囲気|トーン|音乐|配乐|配音|旁白|字幕|风格|風格|음악(?!회|제|대)|배경음악|목소리|내레이션|"
    r"자막|분위기|موسيقى|صوت نسائي|صوت رجالي|"
    r"نبرة|מוזיקה|קריינות|דיבוב|ดนตรี|เสียงบรรยาย|เพลงประกอบ|संगीत|आवाज़)"
)
_MOST_REMARK_WORDS, _MOST_REMARK_LETTERS = 16, 28
_NEWS = frozenset({Kind.PRICE, Kind.PERCENT, Kind.DATE, Kind.TELEPHONE, Kind.ADDRESS, Kind.PLACE})


def subject(sentence: str) -> str | None:
    """Return what an order to make a film says the film is about, "" if it does not say, or None for any other
    sentence."""
    film = _FILM_WORD.search(sentence)
    if film is None:
        return None
    is_near_the_start = len(sentence[: film.start()].split()) <= _WORDS_BEFORE_A_FILM
    first = _MAKES_FIRST.match(sentence)
    straight = first and not _TO_SOMETHING_ELSE.search(sentence[first.end() : film.start()])
    ordered = (straight and is_near_the_start) or _MAKES_LAST.search(sentence) or _MAKES_ANYWHERE.search(sentence)
    if not ordered and not _is_announced(sentence):
        return None
    rest = _LENGTH_PHRASE.sub(" ", sentence[film.end() :], count=1)
    about = _ABOUT.search(rest)
    eastern = _EASTERN_ABOUT.search(sentence)
    if eastern:
        return (eastern["before"] or eastern["after"] or "").strip()
    if about is None or _NO_SUBJECT.match(rest[about.end() :]):
        return ""
    return text.capital(_OURS.sub("", rest[about.end() :].strip()))


_OURS = re.compile(r"^(?:my|mein(?:e|en|em|er)?|mon|ma|mes|mi|mis|meu|minha|mijn|mój|moja|mio|mia)\s+", re.IGNORECASE)
"""Whoever asks for the film is not whoever sees it."""
_WORDS_BEFORE_A_FILM = 8
_TO_SOMETHING_ELSE = re.compile(r"\b(?:with|your|to|from|through|via|dein\w*|ihr\w*|votre|tu)\b", re.IGNORECASE)
"""What is made is not the film ("build your home with video tours")."""
_EASTERN_ABOUT = re.compile(
    r"^(?P<before>.{2,60}?)(?:についての|に関する|を紹介する|에 대한|에 관한|के बारे में)|"
    r"(?:[，,、]\s*)(?:介绍|关于|宣传|主题是|推广)(?P<after>.{2,})$"
)
_NEAR = 24
_SURELY_A_FILM = re.compile(
    r"(?<![\w-])(?:\w*videos?|vídeos?|vidéos?|clips?|\w*films?|teaser|trailer|promo|explainer|reel|commercial|filmpje|"
    r"filmik|wideo|видео|видеоролик\w*|ролик\w*|videosu)(?!\w)(?!\s+calls?)|動画|视频|短片|影片|영상|"
    r"فيديو|סרטון|วิดีโอ|คลิป|वीडियो",
    re.IGNORECASE,
)
_OPENS_WITH_A_FILM = re.compile(
    r"^(?!(?:watch|see|check|view|stream|our|my|new)\b)(?:an?|une?|ein|eine|una?|um|uma|een)?\s*(?:[\w%-]+[\s,]+){0,4}?$",
    re.IGNORECASE,
)


def _is_announced(sentence: str) -> bool:
    """Say whether a sentence names a film with its length, or is "a video about …"."""
    film = _SURELY_A_FILM.search(sentence)
    if film is None:
        return False
    length = next((found for found in _LENGTH.finditer(sentence) if _as_seconds(found) <= _LONGEST_S), None)
    if length and min(abs(length.start() - film.end()), abs(film.start() - length.end())) <= _NEAR:
        return True
    about = _ABOUT.match(sentence[film.end() :])
    return bool(_OPENS_WITH_A_FILM.match(sentence[: film.start()]) and about and about.group().strip(" ,:"))


_HANDED = re.compile(
    r"^(?:(?:here(?:['’]s| is)|this is|hier ist|voici|aquí (?:está|va)|ecco) )?(?:the |a |an |our |your |der |die |"
    r"das |le |la |el |il |o )?"
    r"(?:final |new |video |film |ad )?(?:script|copy|text|storyboard|voice-?over|vo|wording|skript|drehbuch|guion|"
    r"guión|testo|roteiro)"
    r"(?: text)? (?:for|of|für|pour|para|per) (?P<title>[^.!?:\n]{3,60}?)\s*[:\uff1a]\s*",
    re.IGNORECASE,
)


def handed(line: str) -> tuple[str, str] | None:
    """Return what a script is for and the script, of a line that begins with "script for the farmers market:"; None for
    any other line."""
    found = _HANDED.match(line)
    return (found["title"].strip(), line[found.end() :].strip()) if found else None


def asks_for_a_film(words: str) -> bool:
    """Say whether one of the sentences of a line orders a film, or asks for one."""
    return handed(words) is not None or any(
        subject(sentence) is not None for sentence in re.split(r"(?<=[.!?])\s+", words)
    )


def is_remark(sentence: str) -> bool:
    """Say whether a sentence is about the film's voice, music, look or form, and nothing else."""
    if _HEX.search(sentence) or _FORBIDS.match(sentence) or _TO_THE_MAKERS.search(sentence):
        return True
    if is_how_long(sentence):
        return True
    limit = _LIMIT.match(sentence)
    if limit and _is_of_the_trade(_CLAUSES.split(sentence[limit.start(1) :].strip(" .!"))[0]):
        return True
    if not _is_about_the_world(sentence):
        if _EASTERN_SUBJECT.search(sentence) and len(sentence) <= _MOST_REMARK_LETTERS:
            return True
        found = [word.lower().replace("’", "'") for word in _WORD.findall(sentence)]
        if 0 < len(found) <= _MOST_REMARK_WORDS:
            clauses = [clause for clause in _CLAUSES.split(sentence.strip(" .!")) if clause]
            remarks = sum(_is_of_the_trade(clause) for clause in clauses)
            strong = any(word in trade.SUBJECTS for word in found)
            alone = (
                len(clauses) <= 2
                and any(word in trade.STYLES for word in found)
                and any(word in trade.KINDS for word in found)
            )
            # One clause of four may be of the world ("no English words").
            # "Jazz music" is what an evening offers; "soft music" and "no music" are asked for.
            asked = not trade.ONLY_MUSIC.issuperset(trade.SUBJECTS.intersection(found)) or any(
                word in trade.STYLES or word in trade.NONE for word in found
            )
            return ((strong and asked) or alone) and remarks >= max(1, round(0.7 * len(clauses)))
    return False


_HOW_LONG = re.compile(
    r"(?:(?:and|so|maybe|also)\s+)?(?:(?:can|could) (?:you|u|we) |please |pls )?(?:make|keep|do|have) it (?:\w+ ){0,3}?"
    rf"\d{{1,3}}\s?-?\s?{_SECONDS}(?!\w)|"
    rf"(?:i (?:think|guess|was thinking)|ideally|maybe|perhaps)\b[^.!?]{{0,24}}\d{{1,3}}\s?-?\s?{_SECONDS}(?!\w)|"
    rf"[^.!?]{{0,16}}\d{{1,3}}\s?-?\s?{_SECONDS} "
    r"(?:would be|is (?:fine|ok|enough|good)|should be (?:fine|ok|enough)|max|tops)\b",
    re.IGNORECASE,
)
"""How long a film is to be, as people say it: "can you make it like 20 seconds", "I think 40 seconds would be good"."""
_LIMIT = re.compile(
    r"(?:please |pls |bitte )?(?:keep it (?:to|under|around)|max(?:imum|imal|\.)?|not? (?:longer|more) than|up to|"
    r"under|about|around|like|ca\.?|"
    rf"höchstens|maximal|environ|máximo|massimo)\s+(\d{{1,3}}\s?-?\s?{_SECONDS})(?!\w)",
    re.IGNORECASE,
)
"""How long the film may be: "Max 25 seconds"."""


def is_how_long(sentence: str) -> bool:
    """Say whether a sentence only says how long the film is to be."""
    return _HOW_LONG.match(sentence) is not None and len(sentence.split()) <= _MOST_REMARK_WORDS


def _is_about_the_world(sentence: str) -> bool:
    return any(token.kind in _NEWS for token in tokens.find(sentence))


def _is_of_the_trade(clause: str) -> bool:
    """Say whether every word of a clause is one that remarks about films are made of."""
    words = [word.lower().replace("’", "'").strip("'") for word in _WORD.findall(clause)]
    return bool(words) and all(
        word in trade.SUBJECTS or word in trade.STYLES or word in trade.KINDS or word in trade.GLUE or word.isdigit()
        for word in words
    )


_REQUEST = re.compile(
    r"(?:^|(?<=[。！？\s]))[^。.!！?？]{0,32}"
    r"(?:感じ|雰囲気|音楽|BGM|声|トーン|秒(?:くらい|ぐらい|程度|以内)?|분위기|느낌|음악|목소리|톤|"
    r"초 ?(?:정도|이내|분량)?|영상)"
    r"[^。.!！?？]{0,12}"
    r"(?:お願いします|お願い致します|お願い|してください|して下さい|만들어 ?주세요|"
    r"해 ?주세요|부탁드립니다|부탁드려요|부탁해요)"
    r"[。.!！]?\s*$"
)
"""What a Japanese or Korean brief asks of the film at its end."""


def requested(words: str) -> tuple[str, str]:
    """Return a sentence without the request about the film that it ends with, and that request; each may be ""."""
    found = _REQUEST.search(words)
    return (words[: found.start()].strip(), found.group().strip()) if found else (words, "")


def is_only_of_the_trade(words: str) -> bool:
    """Say whether all that is said is of the films' trade: "Elegant, slow"."""
    clauses = [clause for clause in _CLAUSES.split(words.strip(" .!")) if clause]
    known = {word.lower() for word in _WORD.findall(words)} & (trade.SUBJECTS | trade.STYLES | trade.KINDS)
    return bool(known) and all(map(_is_of_the_trade, clauses))


def without_doubts(content: str) -> str:
    """Return a brief without what it leaves open in brackets: "(check with Ruth)", "[TBC]"."""
    return _UNSURE.sub("", content)


def pointed_at(sentence: str) -> str | None:
    """Return what "End with…" is to end with, or None for any other sentence."""
    points = _POINTS.match(sentence)
    return sentence[points.end() :].strip() if points else None


def captioned(sentence: str) -> str | None:
    """Return the words that "On-screen text:" puts on screen, or None for any other sentence."""
    caption = _CAPTION.match(sentence)
    return sentence[caption.end() :].strip() if caption else None


def seconds(sentence: str) -> float | None:
    """Return the length that an order or a remark asks for, in seconds. That of a part of the film is none, and few
    seconds are one only of a film: "keep the boss to 1 sec", "logo at the end, 3 seconds"."""
    if slated := _SLATED.search(sentence):
        return float(slated[1])
    words = len(text.words(sentence))
    is_of_a_film = _FILM_WORD.search(sentence) is not None or words <= _FEW_WORDS
    asked = (
        _as_seconds(length)
        for length in _LENGTH.finditer(sentence)
        if not _PART_OF_A_FILM.search(sentence, 0, length.start())
    )
    least = 0 if words <= _A_LENGTH_ALONE else _SHORTEST_FILM_S if is_of_a_film else _SHORTEST_S
    found = next((length for length in asked if least <= length <= _LONGEST_S), None)
    if found is None and not _PART_OF_A_FILM.search(lengths.beside(sentence)):
        spelled = lengths.spelled(sentence)
        found = spelled if spelled is not None and max(least, _SHORTEST_FILM_S) <= spelled <= _LONGEST_S else None
    return found


def _as_seconds(length: re.Match[str]) -> float:
    return float(length.group(1)) * (60 if _IS_MINUTES.fullmatch(length.group(2)) else 1)
