"""The money of other countries, as six languages say it beside an amount: the nouns of the Unicode CLDR (48), without
the country. Pure data."""

from collections.abc import Mapping

from service.pipelines.film.script.voice.saying import words

_CODES = (
    "CHF Fr. DKK SEK NOK kr PLN zł AED SAR INR ₹ TRY TL ₺ RUB ₽ CZK Kč HUF Ft CAD AUD MXN ZAR ILS ₪ KRW ₩ CNY EUR "
    "USD GBP JPY BRL R$"
)
_NAMES: Mapping[str, str] = {
    # Plurals in the order of the codes; a stroke before the singular if that is another word.
    "en": "francs francs kroner/krone kronor/krona kroner/krone kroner/krone zlotys zlotys dirhams riyals rupees "
    "rupees liras "
    "liras liras roubles roubles korunas korunas forints forints dollars dollars pesos rand shekels shekels won won "
    "yuan "
    "euros dollars pounds yen reais/real reais/real",
    "fr": "francs francs couronnes couronnes couronnes couronnes zlotys zlotys dirhams riyals roupies roupies "
    "livres livres "
    "livres roubles roubles couronnes couronnes forints forints dollars dollars pesos rands shekels shekels wons "
    "wons yuans "
    "euros dollars livres yens réals réals",
    "de": "Franken Franken Kronen/Krone Kronen/Krone Kronen/Krone Kronen/Krone Złoty Złoty Dirham Rial Rupien/Rupie "
    "Rupien/Rupie Lira Lira Lira Rubel Rubel Kronen/Krone Kronen/Krone Forint Forint Dollar Dollar Pesos/Peso Rand "
    "Schekel "
    "Schekel Won Won Yuan Euro Dollar Pfund Yen Real Real",
    "es": "francos francos coronas coronas coronas coronas eslotis eslotis dírhams riales/rial rupias rupias liras "
    "liras liras "
    "rublos rublos coronas coronas forintos forintos dólares/dólar dólares/dólar pesos rands séqueles/séquel "
    "séqueles/séquel "
    "wones/won wones/won yuanes/yuan euros dólares/dólar libras yenes/yen reales/real reales/real",
    "it": "franchi/franco franchi/franco corone/corona corone/corona corone/corona corone/corona zloty zloty dirham "
    "riyal "
    "rupie/rupia rupie/rupia lire/lira lire/lira lire/lira rubli/rublo rubli/rublo corone/corona corone/corona "
    "fiorini/fiorino "
    "fiorini/fiorino dollari/dollaro dollari/dollaro pesos/peso rand sicli/siclo sicli/siclo won won yuan euro "
    "dollari/dollaro sterline/sterlina yen real real",
    "pt": "francos francos coroas coroas coroas coroas zlotys zlotys dirhams riais/rial rupias rupias liras liras "
    "liras rublos "
    "rublos coroas coroas florins/florim florins/florim dólares/dólar dólares/dólar pesos rands shekels shekels "
    "wons wons "
    "yuans euros dólares/dólar libras ienes/iene reais/real reais/real",
}

_DOLLARS = words("US$ AU$ A$ NZ$ CA$ C$ HK$ S$ FJ$ J$ TT$ AUD CAD NZD HKD SGD")
_ALIKE = {
    "GHS": "cedis", "GH₵": "cedis", "₦": "naira", "NGN": "naira", "₱": "pesos", "PHP": "pesos", "ETB": "birr",
    "GEL": "lari", "THB": "baht", "฿": "baht", "VND": "dong", "₫": "dong", "RM": "ringgit", "MYR": "ringgit",
    "S/": "soles", "S/.": "soles", "ARS": "pesos", "CLP": "pesos", "COP": "pesos", "MXN": "pesos",
}  # fmt: skip
"""Names that are the same in all six."""
_OTHERS: Mapping[str, Mapping[str, str]] = {
    "en": {
        **dict.fromkeys(("KSh", "KES", "TSh", "TZS", "UGX", "USh"), "shillings"),
        **dict.fromkeys(("Rs", "Rs.", "PKR", "NPR", "LKR"), "rupees"),
        "EGP": "pounds",
        "R": "rand",
        "Rp": "rupiah",
        "IDR": "rupiah",
    },
}
DOLLAR_CODES = frozenset(words("USD MXN AUD CAD NZD HKD SGD ARS CLP COP"))
"""What may stand after a sum that has the sign already: "$25 USD"."""


def money(lang: str) -> dict[str, str]:
    """Return the plurals by code or sign."""
    plurals = {code: names.split("/")[0] for code, names in zip(_CODES.split(), _NAMES[lang].split(), strict=True)}
    plurals |= {**_ALIKE, **dict.fromkeys(_DOLLARS, plurals["USD"]), **_OTHERS.get(lang, {})}
    if lang == "de":
        del plurals["TL"]  # Teaspoons.
    return plurals


def singular(lang: str) -> dict[str, str]:
    """Return the singulars that need more than dropping the s, by their plurals."""
    pairs = (names.split("/") for names in _NAMES[lang].split() if "/" in names)
    return {pair[0]: pair[1] for pair in pairs}
