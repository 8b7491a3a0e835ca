# ruff: noqa: RUF001 -- the letters of other languages are meant
"""A brief that was copied from a web page, without what stands around its text: menus, the path to the page, buttons,
cookies, how often it was seen. Pure."""

import re
from collections.abc import Sequence

from service.pipelines.film.script.learnt import meaning
from service.pipelines.film.script.lines.markup import Line
from service.pipelines.film.script.writing import tokens
from service.pipelines.film.script.writing.tokens import Kind

_PARTS = re.compile(r"\s*[|·•/♥♡❤]\ufe0f?\s*|\s{3,}|\s+[–—-]\s+|\s*[>›»→]\s*|\s+(?=▾)")
_PATH = re.compile(r"\s[>›»→]\s")
_PLACES = re.compile(
    r"(?:my )?(?:home(?: ?page)?|log ?in|log-in|sign (?:in|up)|register|basket|cart|bag|faqs?|contacts?(?: us)?|"
    r"about(?: us)?|shop|"
    r"blog|news|careers|jobs|privacy(?: policy)?|cookies?(?: settings| policy)?|imprint|site ?map|accessibility|"
    r"terms(?: of (?:use|service))?|"
    r"complaints(?: procedure)?|advertise(?: with us)?|(?:log|sign) out|search|menu|account|help|"
    r"press|gallery|newsletter|intranet|skip to (?:main )?content|"
    r"back to top|share|print(?: this page)?|save|"
    r"start(?:seite)?|impressum|datenschutz|kontakt|über uns|warenkorb|anmelden|agb|presse|karriere|suche|"
    r"accueil|panier|mentions légales|connexion|à propos|boutique|actualités|cgv|confidentialité|"
    r"inicio|contacto|aviso legal|carrito|tienda|nosotros|noticias|prensa|política de (?:cookies|privacidad)|"
    r"chi siamo|contatti|carrello|accedi|aiuto|lavora con noi|início|contactos?|contato|carrinho|loja|sobre(?: nós)?|"
    r"winkelwagen|over ons|klantenservice|retourneren|strona główna|o nas|koszyk|forside|hem|kundvagn|handlekurv|"
    r"главная|контакты|корзина|войти|о нас|ana sayfa|iletişim|sepet(?:im)?|hakkımızda|"
    r"ホーム|トップ|お問い合わせ|カート|ログイン|会社概要|首页|首頁|关于我们|联系我们|购物车|登录|홈|장바구니|로그인|문의|"
    r"الرئيسية|اتصل بنا|السلة|من نحن|मुखपृष्ठ|होम|संपर्क|हमारे बारे में|בית|צור קשר|หน้าแรก|ติดต่อเรา)",
    re.IGNORECASE,
)
"""What the menus of web pages lead to."""
_COUNT = re.compile(r"\s*\(\d{1,3}\)$|[\s☰▾▼↓↑🔍🔒🛒]+$|^[\s☰🔍]+")
_BUTTON = re.compile(
    r"(?:skip to (?:main )?content|back to top|load more\b.{0,20}|write a review|"
    r"share this(?: page| job| post| article)?|print this page|you are here\s?:.{0,80}|"
    r"(?:accept|reject|allow|manage)(?: all)? (?:cookies?|consent)\b.{0,40}|cookie (?:settings|policy|preferences)|"
    r"(?:we|this (?:web)?site|our (?:web)?site) uses? .{0,40}cookies?\b.{0,60}|was this (?:page|article|"
    r"review) helpful\b.{0,24}|"
    r"(?:join our |sign up to our )?newsletter\s?:? (?:enter )?(?:your )?e-?mail.{0,20}|"
    r"(?:posted|published|updated|last updated) (?:\d{1,3}|an?|one|two|three) (?:minutes?|hours?|days?|weeks?|"
    r"months?) ago\b.{0,40}|"
    r"(?:see|view|show|read) (?:full|all|more|the full)(?: [\w-]+){0,3}\s?[→›»▾]+|read more|show more|"
    r"(?:accept|manage) consent|cookie-einstellungen|alle cookies akzeptieren|"
    r"zum inhalt springen|nach oben|weiterlesen|"
    r"mehr lesen|"
    r"(?:tout )?accepter(?: les cookies)?|lire la suite|haut de page|retour en haut|"
    r"aceptar (?:todas las )?cookies|leer más|accetta (?:tutti i )?cookie|"
    r"leggi tutto|aceitar cookies|ler mais|cookies accepteren|lees meer|"
    r"(?:the )?(?:mit|apache(?:[- ]2\.0)?|[al]?gpl(?:[- ]?v?\d(?:\.0)?)?|bsd|mpl)(?: licen[cs]e)?\W{0,3}©.{0,80}|"
    r"続きを読む|阅读更多|더 보기)[\s.!→›»]*",
    re.IGNORECASE,
)
"""What only a page has: a line that nobody reads to a viewer."""
_ALONE = (
    *("read all reviews", "write a review", "compare products", "customers also bought", "share this page"),
    *("print this page", "skip to content", "back to top", "next page", "site map", "report this page"),
    *("cookie settings", "accept all cookies", "privacy policy", "terms and conditions of use", "leave a comment"),
    *("add to calendar", "download as .ics", "subscribe to our newsletter", "change language"),
)
"""What the buttons of pages say, for what means the same in other languages."""
_IN_ROWS = (*_ALONE, "log in", "shopping cart", "add to basket", "add to wishlist", "my account", "search", "in stock")
"""The same beside others, where a call to buy is one more button."""
_SURE, _NEAR, _BESIDE = 0.85, 0.75, 0.6
"""How near a line, a part of one, and one beside a part that is this near must be to what buttons say."""
_LANGUAGE = re.compile(
    r"(?:EN|ES|DE|FR|IT|PT|NL|PL|RU|UA|UK|TR|AR|JA|JP|ZH|CN|KO|KR|SV|DA|NO|FI|EL|HE|HU|CS|RO|BG|HR|SL|SK|VAL|CAT?|EU|GL|CY|GA|"
    r"English|Español|Deutsch|Français|Italiano|Português|Nederlands|Polski|Русский|Українська|Türkçe|العربية|日本語|中文|한국어|"
    r"Cymraeg|Gaeilge|Català|Euskara|Galego)"
)
"""A language, as a page names those that it is in."""
_RATED = re.compile(r"^[★☆⭐✩]{3,}\W*\d[\d.,  ]*\s?[^\W\d_]{3,14}\)?(?=\W|$)")
"""How many rated a product: "★★★★☆ (87 reviews) | In stock"."""
_NAMED = re.compile(r"^[^\W\d_][^\W\d_ ]{2,14}(?: [^\W\d_]{2,10})?\s?:\s+")
_MOST_WORDS, _LONGEST = 4, 28
_FEWEST, _FEWEST_KNOWN = 3, 2
_FACTS = frozenset({Kind.PRICE, Kind.PERCENT, Kind.DATE, Kind.TELEPHONE, Kind.ADDRESS})


def without_frame(lines: Sequence[Line]) -> list[Line]:
    """Return the lines without those that are only of a page; all if nothing would be left."""
    kept = [
        line for line in lines if line.is_item or line.is_step or not (_is_button(line.text) or _is_menu(line.text))
    ]
    return kept or list(lines)


def _nearness(words: str, buttons: Sequence[str]) -> float:
    """How near words are to what the buttons of pages say, -1 to 1. A number in them counts something."""
    bare = " ".join(_FIGURES.sub(" ", words).split()).casefold()
    return float((meaning.of([bare]) @ meaning.of(buttons).T).max()) if bare else 0.0


_FIGURES = re.compile(r"\(?\d[\d.,]*\)?")


def _is_button(line: str) -> bool:
    """Say whether a line is a button of a page: "Read all 212 reviews"."""
    is_short = len(line) <= _LONGEST and len(line.split()) <= _MOST_WORDS + 1
    return bool(_BUTTON.fullmatch(line)) or (is_short and _nearness(line, _ALONE) >= _SURE)


def _is_menu(line: str) -> bool:
    """Say whether a line names three places of a page or more, one of them known (two if it has figures): "Join |
    Loans | Log in", "Share: Facebook | X | Print"; or is the path to one: "Home > Jobs > Coach"."""
    parts = [_COUNT.sub("", part).strip() for part in _PARTS.split(_NAMED.sub("", line)) if part.strip()]
    parts = [part for part in parts if any(map(str.isalnum, part))]
    if any(len(part) > _LONGEST or len(part.split()) > _MOST_WORDS for part in parts):
        return False
    if (len(parts) > 1 and all(map(_LANGUAGE.fullmatch, parts))) or _RATED.match(line):
        return True
    if len(parts) < _FEWEST_KNOWN:
        return False
    listed = [bool(_PLACES.fullmatch(part) or _BUTTON.fullmatch(part)) for part in parts]
    near = [1.0 if is_so else _nearness(part, _IN_ROWS) for part, is_so in zip(parts, listed, strict=True)]
    # "Menu / Carte" stands over dishes: only a button makes one of what is beside it.
    least = _BESIDE if any(_NEAR <= one < 1 for one in near) else _NEAR
    known = sum(one >= least for one in near)
    if not known:
        return False
    has_figures = any(map(str.isdigit, line))
    is_one = len(parts) >= _FEWEST and known >= (_FEWEST_KNOWN if has_figures else 1)
    is_one = is_one or (len(parts) > 1 and bool(_PATH.search(line)) and bool(_PLACES.fullmatch(parts[0])))
    is_one = is_one or (len(parts) > 1 and known == len(parts))
    return is_one and not any(token.kind in _FACTS for token in tokens.find(line))
