# ruff: noqa: RUF001, ISC004 -- the letters of other languages are meant
"""Briefs of the kinds that people paste, and what the plan of each is called, shows and never shows."""

from dataclasses import dataclass

import pytest

from service.pipelines.film.presets import PRESETS
from service.pipelines.film.script import brief, rules, text, viewing
from service.pipelines.film.script.treatment import Treatment
from service.pipelines.film.seeds import Seed
from service.pipelines.film.wishes import Wishes
from tests.pipelines.film.test_real_briefs import timed


@dataclass(frozen=True)
class Plan:
    """What a plan is called, what it shows in whole lines, and what is in none of its words."""

    title: str
    shown: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


CASES: dict[str, tuple[str, Plan]] = {
    "a direction on the brief's line": (
        "Colours: #FF6600. Bakery Nord opens on Saturday at 7 am, 14 Harbour Street. Free coffee for the first 100.",
        Plan("Bakery Nord", ("7 am", "100"), ("FF6600", "Colours")),
    ),
    "three directions on the brief's line": (
        "Music: calm piano. Voice: female. Length: 15 seconds. Aurora Yoga, new studio in Lyon, first class free, "
        "aurora-yoga.fr",
        Plan("Aurora Yoga", ("New studio in Lyon", "First class free", "aurora-yoga.fr"), ("piano", "Length")),
    ),
    "a form": (
        "Client: Havn Kayaks\nObjective: drive bookings\nAudience: couples 25-45\nKey message: See Oslo from the "
        "water.\n"
        "Support: Small groups of 8, guides who grew up here, all gear included.\nOffer: 2-hour tour NOK 395\n"
        "Mandatory: logo at the end, URL havnkayaks.no\nBrand rules: no purple\nDon't: no selfies",
        Plan("Havn Kayaks", ("See Oslo from the water", "NOK 395", "havnkayaks.no"),
             ("Support", "Mandatory", "purple", "couples", "logo")),
    ),
    "a letter": (
        "Hi team, can you do a short video for our Instagram? It's for the bake sale next Friday (12 March) from "
        "2–5 pm "
        "in the school hall. All cakes £2. Maybe something bright and fun, with upbeat music. Thanks! Priya",
        Plan("The bake sale next Friday", ("2–5 pm", "£2"), ("Hi team", "Instagram", "Thanks", "Priya", "upbeat")),
    ),
    "a screenplay with speakers": (
        "[OPEN ON: a quiet kitchen at night]\nNARRATOR (V.O.)\nThree in the morning. Again.\nANNA\n(whispering)\n"
        "I just want to sleep.\nCUT TO: a phone on the table\nSUPER: Sleep 42% faster*\nFADE TO BLACK.\n"
        "SUPER: Lull. Free on the App Store.\n*Study with 214 adults, 2026.",
        Plan("Lull", ("I just want to sleep", "42%", "Lull. Free on the App Store"), ("ANNA", "whispering", "FADE")),
    ),
    "a script with columns": (
        "| Video | Audio |\n| --- | --- |\n| Girls run along the beach. | Girl 1: Wow, what's this? |\n"
        "| Logo: Honey Bay | VO: Honey Bay. Only 2 grams of fat per serving. |",
        Plan("Honey Bay", ("Wow, what's this?", "Honey Bay", "2 grams"), ("beach", "Girl 1", "Logo")),
    ),
    "scenes in which nobody speaks": (
        'Hook: POV: rent is due\nScene 1 (0-3s): text on screen "Rent day"\n'
        "Scene 2 (3-8s): Splitly shows who owes what.\n"
        "Scene 3 (8-12s): zoom on the phone\nCTA: Download Splitly\nCaption: never chase again #roommates",
        Plan("Splitly", ("Rent day", "Splitly shows who owes what", "Download Splitly"),
             ("zoom", "never chase", "Scene")),
    ),
    "a how-to on a line": (
        "How to change a bike tyre in 3 steps: 1. Take off the wheel. 2. Pull out the old tube. 3. Pump to 4 bar.",
        Plan("How to change a bike tyre in 3 steps", ("Take off the wheel", "Pull out the old tube", "Pump to 4 bar")),
    ),
    "steps with their numbers on lines of their own": (
        "How to repot a plant\nWhat you'll need:\nA planter\nPotting mix\nA watering can\nStep 1:\nLoosen the roots.\n"
        "Step 2:\nFill in soil.",
        Plan("How to repot a plant", ("A watering can", "Loosen the roots", "Fill in soil"), ("Step 1", "need")),
    ),
    "a German recipe without colons": (
        "Kartoffelsuppe\nZutaten\n- 700 g Kartoffeln\n- 4 Möhren\n- Salz\nZubereitung\n- Alles würfeln.\n- 20 "
        "Minuten kochen.",
        Plan("Kartoffelsuppe", ("700 g Kartoffeln", "Alles würfeln", "20 Minuten kochen"), ("Zutaten", "Zubereitung")),
    ),
    "stars without spaces": (
        "Barista wanted at Café Lund.\n*2 years of experience\n*Food permit\n*Own transport\n$22/hr plus tips",
        Plan("Café Lund", ("2 years of experience", "Own transport", "$22/hr"), ("*",)),
    ),
    "a shop's bullets": (
        "About this item\n• 【Long battery life】Up to 40 hours\n• 【Warranty】24 months\nPrice: £59.99 £89.99\n"
        "Tonica H40 Wireless Headphones",
        Plan("Tonica H40 Wireless Headphones", ("40 hours", "24 months", "£59.99"), ("【", "About this item")),
    ),
    "a readme": (
        "# Pebble\n[![CI](https://img.shields.io/badge/ci.svg)](https://ci.example.com)\n> A tiny static site "
        "generator.\n\n"
        "## Install\n```bash\nnpm install -g pebble\n```\n## Features\n- Markdown and MDX\n- Incremental builds\n"
        "- Image optimisation\n\nDocs: pebble.dev/docs",
        Plan("Pebble", ("A tiny static site generator", "Image optimisation", "pebble.dev/docs"),
             ("npm", "ci.example", "Install", "Features", "bash")),
    ),
    "questions and answers": (
        "Q: Is the trial really free?\nA: Yes, 14 days, no credit card.\nQ: What does it cost then?\nA: €12 a month.\n"
        "Try Fernhub at fernhub.eu.",
        Plan("Fernhub", ("Is the trial really free?", "14 days", "€12", "fernhub.eu"), ("Q:", "A:")),
    ),
    "a thread": (
        "1/3 We raised $4.2M to make solar simple.\n2/3 12,000 homes so far.\n3/3 Check your roof: "
        "sunroof.energy/check",
        Plan("We raised $4.2M to make solar simple", ("$4.2M", "12,000", "sunroof.energy/check"), ("1/3", "3/3")),
    ),
    "a table": (
        "| Plan | Price | Users |\n|---|---|---|\n| Starter | $9/mo | 3 |\n| Team | $29/mo | 15 |\n\n"
        "Nimbus Notes – pick your plan at nimbusnotes.app/pricing",
        Plan("Nimbus Notes", ("$9/mo", "$29/mo", "nimbusnotes.app/pricing"), ("Price",)),
    ),
    "years": (
        "Our story\n2009: Two friends roast coffee.\n2014: First café in Leeds.\n2027: Carbon neutral.\nKettle & Crow.",
        Plan("Kettle & Crow", ("2014: First café in Leeds",)),
    ),
    "a German job": (
        "Wir suchen ab sofort: Bäckereifachverkäufer (m/w/d) in Teilzeit, 20–25 Std./Woche\nWir bieten:\n- 15,50 "
        "€/Std.\n"
        "- 30 Tage Urlaub\n- Backwaren\nBewirb dich bis 15.12. per WhatsApp: 0171 2345678",
        Plan("Bäckereifachverkäufer", ("20–25 Std./Woche", "15,50 €/Std", "0171 2345678")),
    ),
    "a Spanish press release": (
        "NOTA DE PRENSA\nMadrid, 12 de marzo de 2027. Ciclo lanza Nube 2, la bicicleta plegable. Precio: 1.899 €, "
        "200 € "
        "menos que la anterior. Disponible desde el 2 de abril en ciclo.bike.\nContacto de prensa: prensa@ciclo.bike",
        Plan("Ciclo", ("1.899 €", "ciclo.bike"), ("NOTA DE PRENSA", "prensa@")),
    ),
    "an Italian festival": (
        "SAGRA DEL TARTUFO – 3ª edizione\nSab. 10 e dom. 11 ottobre, dalle 10:00 alle 23:00\nPiazza Garibaldi, Alba\n"
        "Menù a 25 € (bambini 12 €)\nInfo: 0173 123 456 – www.sagratartufo.it",
        Plan("SAGRA DEL TARTUFO – 3ª edizione", ("Sab. 10 e dom. 11 ottobre", "25 €", "www.sagratartufo.it")),
    ),
    "a Turkish sale": (
        "Büyük kış indirimi başladı! Tüm montlarda %50'ye varan indirim. Kaban 1.499 TL yerine 749 TL. "
        "kisdunyasi.com.tr",
        Plan("Büyük kış indirimi başladı", ("%50'ye", "749 TL", "kisdunyasi.com.tr")),
    ),
    "Korean fields": (
        "별축제\n□ 일 시 : 2027.6.11(금)\n□ 장 소 : 천문대 주차장\n□ 참가비 : 무료\n□ 문의 : 042-863-8763",
        Plan("별축제", ("2027.6.11(금)", "천문대 주차장", "042-863-8763"), ("□", "일시", "문의")),
    ),
    "Chinese headings": (
        "关于举办“纳凉大舞台”活动报名通知\n一、举办时间\n6月10日起每周的星期五。\n二、地点\n江滨公园\n三、联系方式\n"
        "联系电话:0571-64731176",
        Plan("纳凉大舞台", ("6月10日", "江滨公园", "0571-64731176"), ("一、", "举办时间", "二、")),
    ),
    "an appeal": (
        "Three days ago, floods destroyed 340 homes in Nova Vila. $30 buys a blanket kit. Please give today: "
        "relief-now.org/nova or text FLOOD to 40404. Charity no. 1098765.",
        Plan("Floods destroyed 340 homes in Nova Vila", ("$30", "relief-now.org/nova")),
    ),
    "a doctor": (
        "Dr. Anna Meyer opens her dental practice in Graz on 3 May. Book online: zahnarzt-meyer.at",
        Plan("Dr. Anna Meyer", ("3 May", "zahnarzt-meyer.at")),
    ),
    "a former price first": (
        "Oak desk, solid, 120 cm. Was $499, now $349 until Sunday. Order at oakroom.com",
        Plan("Oak desk, solid, 120 cm", ("$349", "oakroom.com")),
    ),
    "a bracket that is never closed": (
        "Les menus du jour\nPlat du jour : CHF 18.-\nMenu complet (Entrée/Plat/Dessert: CHF 24.-\nRéservez au 022 "
        "345 67 89",
        Plan("Les menus du jour", ("CHF 18.-", "CHF 24.-", "022 345 67 89")),
    ),
    "a number before a word that begins like a unit": (
        "Make a 15 sec launch teaser for the Pulse 3 smartwatch by Tempo. From €199, pre-order until 30 April. "
        "tempo-watches.com/pulse3. No voice-over, just music.",
        Plan("Pulse 3", ("The Pulse 3 smartwatch by Tempo", "€199", "tempo-watches.com/pulse3"), ("teaser", "music")),
    ),
    "a sale on a day": (
        "Nur am Samstag, 21. November: Black Weekend bei Elektro Haas! Vollautomaten bis zu 40 % reduziert, Roboter "
        "für 179,- € statt 249,- €. Mo–Sa 9–19 Uhr, Tel. 0821 556677. www.elektro-haas.de",
        Plan("Elektro Haas", ("40 %", "179,- €", "0821 556677 · www.elektro-haas.de")),
    ),
    "a kitchen that hires": (
        "Join our kitchen! Sous Chef (f/m/x), full-time, at Restaurant Nordstern\n€3,200–€3,600 gross/month + tips\n"
        "Send your CV to kueche@nordstern.de or WhatsApp 0151 23456789",
        Plan("Sous Chef", ("€3,200–€3,600 gross/month", "kueche@nordstern.de")),
    ),
    "two prices that are both asked": (
        "## Release party – *Static Bloom*\n1. Support: **Mira Holt**\n2. **Static Bloom**\n"
        "Tickets: €14 / €18 at the door → https://kufa.example.org/bloom",
        Plan("Release party – Static Bloom", ("€14 / €18 at the door", "kufa.example.org/bloom")),
    ),
    "a flat": (
        "For rent: bright 2-bedroom flat in Leith. £1,150 pcm. Viewings Saturday 14 February 11am-1pm. "
        "Call 0131 555 0198.",
        Plan("Bright 2-bedroom flat in Leith", ("£1,150", "Saturday 14 February", "0131 555 0198")),
    ),
    "whose words they are": (
        '"Now it takes me ten minutes." – Carla M., photographer in Lisbon\nFaturo: free, then €6.90. faturo.pt',
        Plan("Faturo", ("Carla M., photographer in Lisbon", "€6.90", "faturo.pt")),
    ),
    "a Dutch number with a dash": (
        "Vacature: winkelmedewerker (m/v) bij Fietsenhuis Jansen. € 14,50 per uur. Bel 030 - 123 45 67.",
        Plan("Winkelmedewerker", ("€ 14,50", "030 - 123 45 67")),
    ),
    "a shop's own words": (
        "Hello, I'd like a 20 second video for my flower shop Petal & Stem in Bath. Bouquets from £25. Please use "
        "pastel colours and gentle guitar music. Website is petalandstem.co.uk. Best, Hannah",
        Plan("Petal & Stem in Bath", ("£25", "petalandstem.co.uk"), ("Hello", "Hannah", "pastel", "My flower")),
    ),
    "a script with strokes": (
        "VIDEO SCRIPT – 20s\n0:00–0:10 | Visual: messy desk | VO: Meet Stackly. Three trays, one minute, zero tools.\n"
        "0:10–0:20 | Logo | VO: Made of oak. €49. | Text: stackly.de",
        Plan("Stackly", ("Meet Stackly", "€49", "stackly.de"), ("Visual", "messy", "VO", "|", "Logo", "SCRIPT")),
    ),
    "a press release on two lines": (
        "PRESS RELEASE\nBerlin, 4 May 2026 – GreenVolt opens a storage plant. It cost €410 million. Media contact: "
        "press@greenvolt.example",
        Plan("GreenVolt opens a storage plant", ("GreenVolt opens", "€410 million"), ("press@", "Media", "PRESS")),
    ),
    "a bank account": (
        "1,200 animals live at Hope Farm. Donate at hopefarm.ie or IBAN IE29 AIBK 9311 5212 3456 78.",
        Plan("Hope Farm", ("hopefarm.ie · IE29 AIBK 9311 5212 3456 78",)),
    ),
    "checks on one line": (
        "Lingo Loop ✅ 14 languages ✅ offline mode ✅ speech recognition. Download it today!",
        Plan("Lingo Loop", ("14", "Offline mode", "Speech recognition"), ("✅",)),
    ),
    "contacts on two lines": (
        "1428 Maple Grove Ln, Boise, ID 83702\nOffered at $749,900\nOpen House: Sat & Sun, 1–4 PM\n"
        "Call Dana Ruiz, (208) 555-0147\ndana@tealgroup.homes",
        Plan("1428 Maple Grove Ln, Boise, ID 83702", ("1–4 PM", "(208) 555-0147 · dana@tealgroup.homes")),
    ),
    "a footnote": (
        "Mint helps you sleep.¹ Two cups a day are enough, 40%² of nurses say.\nA room of 12 m² needs one plant.\n"
        "¹ Weber et al., Sleep Science 4(2), 2021\n² Survey, n = 214",
        Plan("Mint helps you sleep", ("Mint helps you sleep", "40%", "12 m²", "Weber et al."), ("¹", "² of")),
    ),
    "Hebrew abbreviations": (
        'דירת גן\n85 מ"ר בת"א עם מרפסת. מחיר 1,950,000 ש"ח. לפרטים: ד"ר לוי, 03-555-1234',
        Plan("דירת גן", ("85 מ״ר", "1,950,000 ש״ח", "לפרטים: ד״ר לוי", "03-555-1234"), ('מ"',)),
    ),
}  # fmt: skip


def planned(content: str) -> tuple[Treatment, tuple[str, ...]]:
    """The plan of a brief, and what a viewer would send it back for."""
    read = brief.read(content, None)
    treatment = rules.direct(read, Wishes(), PRESETS["quick_social"], Seed.of_job("plan"))
    film = viewing.Film(treatment, timed(treatment), is_voiced=True)
    return treatment, viewing.objections(film, read, text.normal(content)).wrong


@pytest.mark.parametrize("name", CASES)
def test_a_brief_is_planned_as_its_writer_meant_it(name: str) -> None:
    content, wanted = CASES[name]
    treatment, wrong = planned(content)
    lines = [line for shot in treatment.shots for line in (shot.lead, shot.headline, shot.label, *shot.items) if line]
    shown = "\n".join([*lines, *(shot.voice for shot in treatment.shots)])
    assert treatment.title == wanted.title
    assert [line for line in wanted.shown if not any(line in words for words in lines)] == []
    assert [words for words in wanted.never if words in shown or words in treatment.title] == []
    assert wrong == ()


def test_the_price_that_is_asked_now_is_the_largest() -> None:
    for content in (
        "Oak desk. Was $499, now $349.", "Oak desk. $349 instead of $499.", "Oak desk: $499 $349.",
        "Oak desk: $499 → $349.",
        "Oak desk. 499 TL yerine 349 TL.", "Schreibtisch, früher 499 €, jetzt 349 €.", "De R$ 499 por R$ 349.",
    ):  # fmt: skip
        treatment, _ = planned(f"{content} Order at oakroom.com")
        heroes = [shot.headline for shot in treatment.shots if shot.purpose == "number"]
        assert any("349" in hero for hero in heroes), content
        assert not any("499" in hero for hero in heroes), content


@pytest.mark.parametrize("seconds", [None, 8.0, 60.0])
def test_steps_are_numbered_and_complete_or_not_numbered(seconds: float | None) -> None:
    steps = "\n".join(f"{number}. Fold the {side} towards the middle." for number, side in enumerate("abcdefghi", 1))
    read = brief.read(f"Paper crane\n{steps}", None)
    treatment = rules.direct(read, Wishes(duration_sec=seconds), PRESETS["brand_campaign"], Seed.of_job("crane"))
    counted = [shot.step for shot in treatment.shots if shot.step]
    assert counted in ([(number, 9) for number in range(1, 10)], [])
    assert bool(counted) == (seconds != 8.0)
