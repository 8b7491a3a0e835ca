# ruff: noqa: RUF001 -- the letters of other languages are meant
"""The sign of a sum of money: a tag for a price, another for wages and gifts, and none for a funeral; and of a share.
Pure."""

import re

TAG, MONEY, SCALES, SEAL = "sign-tag", "sign-money", "sign-scales", "sign-seal-percent"

_GRAVE = re.compile(
    r"\b(?:funer|cremati|crémation|cremaci|cremaz|cremaç|obsèques|inhumation|beerdig|trauer|uitvaart|crematie|"
    r"begrafenis|begravning|undertaker|bereave|obituar|condolenc|kondolen|hospice|hospiz|burial|sepelio|tanatorio|"
    r"velatorio|velório|onoranze)|bestattung|葬|火化|장례",
    re.IGNORECASE,
)
_WEIGHED = re.compile(r"\bweigh|\d pounds? (?:light|heavy)", re.IGNORECASE)
_POUNDS = re.compile(r"\d pounds?\b", re.IGNORECASE)
_OFTEN = 3
"""How often a film with its words on screen names what it is about: a brass band that plays at funerals too is no
funeral."""
_HIRES = re.compile(
    r"\b(?:vacanc(?:y|ies)|we['’]re hiring|salary|salaried|wages?|pay rise|on strike|your cv|(?:is|are) wanted|"
    r"job (?:advert|offer|title)|"
    r"Bewerbung|Gehalt|Azubis?|Lehrstelle|Ausbildung(?:splatz| zum| zur)|Stellenangebot|Tarifvertrag|Streik|"
    r"candidature|nous recrutons|salaire|en grève|oferta de empleo|"
    r"salario|sueldo|huelga|stipendio|sciopero|salário|greve|vacature|salaris|lön)\b|\(m/w/d\)|月給|時給|給与|月薪|薪资|"
    r"工资|월급|시급|연봉",
    re.IGNORECASE,
)
"""What only a film about work for pay speaks of."""
_APPEALS = re.compile(
    r"\b(?:donate|donations?|Spenden\w*|IBAN|faites un don|vos dons|doações|donar|donaciones|donazioni|"
    r"dona ora)\b|寄付|募金|捐款",
    re.IGNORECASE,
)
"""What only a film that asks for gifts speaks of."""
_NOT_FOR_SALE = re.compile(
    r"\b(?:raised(?! beds?)|donat\w+|fundrais\w+|pledged?|grants?|prizes?|refund\w*|fined|a fine of|pensions?|"
    r"budget|debts?|"
    r"profits?|revenue|bills?(?! of)|stipend|wages?|salar\w+|(?<![^\n])pay(?=\s*(?::|\n|$))|earn(?:s|ed)?|"
    r"retainer|allowance|compensation|"
    r"spende\w*|gesammelt|erlös|lohn|gehalt|rente|preisgeld|\w*entschädigung|zuschuss|"
    r"(?:un|vos|des) dons?|collectée?s?|une collecte|subvention|salaire|indemnité|"
    r"(?:you(?:['’]ll| will)? (?:get|receive)|sie (?:erhalten|bekommen)|du (?:erhältst|bekommst)|u krijgt|u ontvangt|"
    r"je krijgt|je ontvangt|vous (?:recevez|recevrez|touchez)|recibir(?:á|ás|éis)|riceverà|riceverai|riceve|receberá|"
    r"otrzymasz|otrzymają|otrzymujesz)(?=[^.!?\n]{0,12}\d)|vergoeding|indemnizza\w+|wynagrodzeni\w+|"
    r"budżet|presupuesto|orçamento|begroting|rewards?|belohnung|finderlohn|récompense|recompensa|ricompensa|"
    r"donaci\w+|donar|recaudad\w+|premios?|multa|salario|sueldo|beca|"
    r"donazion\w+|raccolt[aio]|premi|premio|stipendio|doaç\w+|arrecad\w+|prêmio|salário)\b|"
    r"寄付|募金|酬谢|賞金|奖金|捐|薪|상금|기부|급여",
    re.IGNORECASE,
)

_OFFERED = re.compile(
    r"[-–−]\s?\d+ ?%|\b(?:off|discount\w*|sales?|saves?|savings?|cheaper|reduc\w+|rebate|cashback|rabatt\w*|nachlass|"
    r"sparen|reduziert|skonto|remise|soldes?|réduction|promo\w*|descuento\w*|rebaja\w*|dto|oferta|scont\w+|saldi|"
    r"desconto\w*|promoção|korting|aanbieding|zniżk\w+|rabat\w*|indirim\w*|alennus\w*|rea)\b|скидк|割引|オフ|セール|"
    r"折|优惠|할인|세일|خصم|تخفيض|छूट|הנחה|ลด",
    re.IGNORECASE,
)


def of_share(said: str) -> str:
    """Return the sign of a percentage in what a shot says: a seal for a discount, "" for any other."""
    return SEAL if _OFFERED.search(said) else ""


def sign(said: str, whole: str) -> str:
    """Return the sign of a sum in what a shot says, in a film with the words `whole`; "" for none."""
    if _POUNDS.search(said) and _WEIGHED.search(said):
        return SCALES
    if _GRAVE.search(said) or len(_GRAVE.findall(whole)) >= _OFTEN:
        return ""
    return MONEY if _NOT_FOR_SALE.search(said) or _HIRES.search(whole) or _APPEALS.search(whole) else TAG
