# ruff: noqa: RUF001 -- the letters of other languages are meant
"""What the address of a house looks like, as patterns. Its parts belong together, and its numbers count nothing.
Pure."""

import re

_NAME = r"[A-ZÀ-ÖØ-ÞĀ-ŽΑ-ΩА-ЯЁ][\w'’.-]{0,24}"
_SMALL = (
    r"(?:de la|de las|de los|de l'|de|du|des|del|della|delle|dei|da|do|das|dos|di|la|le|les|el|los|las|van|der|den|"
    r"von|et|y|e)"
)
_WORDS = rf"(?:(?: {_SMALL})?(?: [dl]['’]| ){_NAME}){{1,4}}"
_ENGLISH = (
    r"(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Boulevard|Blvd|Drive|Dr|Way|Court|Ct|Place|Pl|Square|Sq|Highway|Hwy|"
    r"Parkway|Pkwy|Terrace|Close|Row|Walk|Quay|Crescent|Circle|Cir|Mews|Wharf)(?!\w)\.?"
)
_STATE = r"(?:,? [A-Z]{2} \d{5}(?:-\d{4})?(?!\d)|,? [A-Z]{1,2}\d[\dA-Z]? \d[A-Z]{2}(?!\w))"
_GERMANIC = (
    r"(?:str\.|straße|strasse|weg|platz|allee|gasse|ring|damm|ufer|straat|laan|plein|gracht|kade|vägen|gatan|gate|vej)"
)
_BEFORE = (
    r"(?:[Rr]ue|[Aa]venue|[Bb]oulevard|[Bb]d\.?|[Pp]lace|[Qq]uai|[Cc]hemin|[Ii]mpasse|[Aa]llée|[Rr]oute|[Cc]ours|"
    r"[Cc]alle|C/|[Aa]v(?:da)?\.|[Aa]venida|[Pp]laza|[Pp]aseo|[Cc]arrer|[Rr]ua|[Pp]raça|[Ll]argo|[Tt]ravessa|"
    r"[Vv]ia|[Vv]iale|[Pp]iazza|[Cc]orso|ul\.|al\.|pl\.|os\.|ulica|ул\.|пр\.|пл\.|просп\.|пер\.|наб\.|вул\.)"
)

PLACE = re.compile(
    # 1428 Maple Grove Ln, Boise, ID 83702; 12 Castle Rd., Bristol BS35 1HH
    rf"(?<![\w.,])\d{{1,5}}[A-Za-z]? (?:[NSEW]\.? )?(?:{_NAME} ){{1,4}}{_ENGLISH}"
    rf"(?:,? (?:Apt|Suite|Ste|Unit|#)\.? ?\w{{1,5}})?(?:,(?: {_NAME}){{1,3}}(?={_STATE}))?{_STATE}?|"
    # Mt. Pleasant St., Castle Road
    rf"(?<!\w)(?:{_NAME} ){{1,3}}(?:St\.|Rd\.|Ave\.|Ln\.|Blvd\.|Dr\.(?= \d)|Street|Road|Avenue|Lane|Boulevard)(?!\w)"
    rf"(?:,(?: {_NAME}){{1,2}}(?={_STATE}))?{_STATE}?|"
    # Hauptstr. 12, Keizersgracht 7a
    rf"(?<!\w){_NAME[:-6]}{{0,24}}{_GERMANIC} \d{{1,4}}[a-z]?(?!\w)|"
    # Berliner Str. 5, Theodor-Schmidt-Straße 17
    rf"(?<!\w)(?:{_NAME}[ -]){{1,3}}(?:Str\.|Straße|Strasse|Weg|Platz|Allee|Gasse|Ring|Damm|Ufer) \d{{1,4}}[a-z]?"
    r"(?!\w)|"
    # 8 bis, rue de la Paix; Av. de la Constitución 45; ul. Długiej 14; ул. Садовая, д. 17
    rf"(?<![\w.,])(?:(?<![:–-])\d{{1,4}}(?: bis| ter| quater)?,? "
    rf"(?!\S{{1,3}}\.? ?[А-Я]|ul\.|al\.|pl\.|os\.))?(?<!\w){_BEFORE}{_WORDS}"
    rf"(?:,? (?:n\.?º? ?|nº ?|n° ?|д\. ?|m\. ?)?\d{{1,4}}[A-Za-zа-я]?(?![\wºª°]|\.[ºª°]))?|"
    r"(?:רחוב|רח׳|שדרות|שד׳|דרך|כיכר) [א-ת׳״]{2,20}(?: [א-ת׳״]{2,20}){0,2} \d{1,4}(?!\w)|"
    # 계동길 37
    r"[가-힣\d]{1,12}(?:로|길) \d{1,4}(?:-\d{1,3})?|"
    # The end of an address: a state or a county with its postcode.
    r"(?<!\w)[A-Z]{2} \d{5}(?:-\d{4})?(?!\d)|(?<!\w)[A-Z]{1,2}\d[\dA-Z]? \d[A-Z]{2}(?!\w)"
)
"""The address of a house, or the end of one with its postcode."""

SHORT_STREET = re.compile(r"(?:St|Rd|Ave|Ln|Blvd|Dr|Ct|Pl|Sq|Hwy|Pkwy|Ter|Cir)\.$")
"""The word for a street at the end of an address, shortened with a point."""
