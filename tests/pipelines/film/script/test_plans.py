# ruff: noqa: RUF001, ISC004 -- the letters of other languages are meant
"""Briefs of the kinds that people paste, and what the plan of each is called, shows and never shows."""

from dataclasses import dataclass

import pytest

from service.pipelines.film.presets import PRESETS
from service.pipelines.film.script.directing import rules
from service.pipelines.film.script.judging import viewing
from service.pipelines.film.script.reading import brief
from service.pipelines.film.script.treatment import Treatment
from service.pipelines.film.script.writing import text
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
    "a form with the words of another trade": (
        "Заявка на ролик\n\nЗаказчик: частный детский сад «Ёжик», Калуга\nЦель: набор в новую группу\n"
        "Хронометраж: до 40 секунд\nЧто сказать: С 11 января мы открываем вторую группу. Первая неделя бесплатно.\n"
        "Стоимость: 24 000 рублей в месяц\nПризыв: Запишитесь на экскурсию по телефону 8 4842 55-01-63\n"
        "Тон: тёплый, без сюсюканья",
        Plan("Ёжик", ("24 000 рублей", "8 4842 55-01-63"), ("Хронометраж", "40 секунд", "Призыв", "Заявка")),
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
        Plan("How to change a bike tyre in 3 steps",
             ("Take off the wheel", "Pull out the old tube", "Pump to 4 bar")),
    ),
    "steps with their numbers on lines of their own": (
        "How to repot a plant\nWhat you'll need:\nA planter\nPotting mix\nA watering can\nStep 1:\nLoosen the roots.\n"
        "Step 2:\nFill in soil.",
        Plan("How to repot a plant", ("A watering can", "Loosen the roots", "Fill in soil"), ("Step 1", "need")),
    ),
    "a German recipe without colons": (
        "Kartoffelsuppe\nZutaten\n- 700 g Kartoffeln\n- 4 Möhren\n- Salz\nZubereitung\n- Alles würfeln.\n- 20 "
        "Minuten kochen.",
        Plan("Kartoffelsuppe",
             ("Zutaten", "700 g Kartoffeln", "Alles würfeln", "20 Minuten kochen"),
             ("Zubereitung",)),
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
        Plan("Pebble",
             ("A tiny static site generator", "npm install -g pebble", "Image optimisation", "pebble.dev/docs"),
             ("ci.example", "Install", "Features", "bash")),
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
        Plan("Petal & Stem", ("£25", "petalandstem.co.uk"), ("Hello", "Hannah", "pastel", "My flower")),
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
    "a mail that hands on another": (
        "From: Joss Adeyemi <joss@tidepool.studio>\n"
        "To: video team\n"
        "Subject: Re: Re: Fwd: film for the aquarium\n"
        "\n"
        "Approved by the client, go ahead with the text below. Under 25 sec please.\n"
        "\n"
        "> On 24 Nov 2026, at 16:02, Carla Winters wrote:\n"
        ">\n"
        "> Final copy:\n"
        "> Meet the giant Pacific octopus. Three hearts, nine brains, and an appetite for "
        "puzzles.\n"
        "> Octavia is waiting for you at Tidepool Aquarium, Monterey. Open daily 9:30 to 6.\n"
        "> Kids under 4 go free. Tickets from $21 at tidepool.org\n"
        ">\n"
        "> Best, Carla",
        Plan("Tidepool Aquarium",
             ("Three hearts", "$21", "9:30 to 6", "tidepool.org"),
             ("Joss", "Carla", "Subject", "Approved", "Final copy", "25")),
    ),
    "a mail with a date that changed": (
        "From: Sandra Okafor\n"
        "To: video@studio.example\n"
        "Subject: Re: Re: Video for open day\n"
        "\n"
        "Hi both,\n"
        "thanks for the draft. As discussed please change the date – open day is now Saturday "
        "21 March (not 14 March!), 10am–3pm.\n"
        "School is St Brigid's Primary, Cork. Tours every half hour, meet the teachers, kids "
        "can try the science lab.\n"
        "No registration needed.\n"
        "Max 25 seconds pls, upbeat but no rap\n"
        "Cheers\n"
        "Sandra\n"
        "\n"
        "> On 2 Feb Tom wrote:\n"
        "> Can you confirm the date?",
        Plan("Open day",
             ("Saturday 21 March", "St Brigid's Primary"),
             ("Sandra", "14 March", "Cheers", "rap", "Tom", "discussed")),
    ),
    "what is corrected further down": (
        "Hi team, script for the Riverside Farmers Market: Every Saturday from 9 to 1, forty "
        "stalls of fruit, bread, cheese and flowers at Riverside Park. Free parking behind the "
        "library.\n"
        "\n"
        "EDIT: sorry, hours changed, it's now 8:30 to 12:30.\n"
        "EDIT 2: and its 45 stalls, not forty!!",
        Plan("Riverside Farmers Market",
             ("8:30 to 12:30", "45"),
             ("9 to 1", "forty", "EDIT", "orry", "Hi team", "cript")),
    ),
    "a correction in capitals": (
        "Promo for our flea market. Sunday 10 May, 8am-2pm, Car park of Stadium North. Stall "
        "fee £12.\n"
        "CORRECTION: the stall fee is £15.\n"
        "PS: entry for visitors is free",
        Plan("Our flea market", ("£15", "Entry for visitors is free"), ("£12", "CORRECTION", "PS")),
    ),
    "a street that is not to be shown": (
        "Apartamento T2 no Porto, Rua de Cedofeita, 3.º andar com elevador. 78 m² + varanda de "
        "6 m², cozinha equipada, certificado energético B. 285.000 € (negociável). A 5 min do "
        "metro da Trindade. Visitas sábados das 10h às 13h. Contacte Inês Valente, AMI 12345, "
        "tel. 912 345 678 ou ines@casasdouro.pt. Fazer vídeo com música calma e voz feminina, "
        "sem mostrar o nome da rua.",
        Plan("Apartamento T2",
             ("285.000 €", "10h às 13h", "3.º andar", "912 345 678"),
             ("Cedofeita", "vídeo", "música", "nome da rua")),
    ),
    "how it is to be, in one sentence": (
        "Need a teaser for our spring collection. Label: Oda & Finch, handmade leather bags "
        "from Walsall since 1974. Vegetable tanned hides, brass that ages with you, repaired "
        "free for life. Drops 1 March at odaandfinch.com. Please don't show our prices (bags "
        "start at £385) and no mention of the sale. Elegant, slow, British male narrator, "
        "strings.",
        Plan("Oda & Finch", ("Repaired free for life", "odaandfinch.com"), ("Elegant", "£385", "Label", "strings")),
    ),
    "a word to avoid": (
        "Problem: Support teams answer the same 40 questions every day.\n"
        "Solution: Kestrel reads your help centre and drafts the answer. Your team just clicks "
        "send.\n"
        "Proof: Cut first-response time by 73% at Olafsson Bikes. 2,100 teams in 38 countries.\n"
        "Pricing: from $29/seat/mo, free for up to 3 seats\n"
        "CTA: Start free at kestrel.so\n"
        "Tone: confident, dry humour. Brand colours #1B4D3E and #F4A300. Avoid the word 'AI'.",
        Plan("Kestrel", ("73%", "$29/seat/mo", "kestrel.so"), ("AI", "Avoid", "dry", "1B4D3E")),
    ),
    "a voice asked for in Japanese": (
        "京都の老舗和菓子店「松風庵」が12月5日、渋谷に初出店。創業1854年、職人が毎朝手作りする「抹茶わらび餅」は1箱1,280円(税込)。オープン記念で先着100名様に特製羊"
        "羹をプレゼント。営業時間10:00〜20:00、東京都渋谷区道玄坂1-2-3。"
        "詳しくは matsukaze-an.jp へ。落ち着いた女性の声でお願いします。",
        Plan("松風庵", ("1,280円", "matsukaze-an.jp"), ("女性の声",)),
    ),
    "words as people type them to a friend": (
        "hey can u make us a vid for the cafe, like 20 sec, warm female voice, no music pls. "
        "we're called Little Otter, on Pier Street, and we do the best cardamom buns in town "
        "(baked fresh every 2 hours!!). don't show our prices. open 7 till 4, closed mondays. "
        "maybe end with our insta @littleottercafe",
        Plan("Little Otter", ("@littleottercafe",), ("vid", "20 sec", "pls", "prices", "music")),
    ),
    "a script with times before its labels": (
        'TV SPOT 30" – "Mornings"\n'
        "\n"
        "00:00 – 00:05  VIDEO: Alarm clock. AUDIO: (SFX: alarm) \n"
        "00:05 – 00:15  VO: You have eleven alarms. You still snooze them all.\n"
        "00:15 – 00:24  VO: Dawnlight wakes you with light, not noise. Thirty minutes of "
        "sunrise, every morning.\n"
        "00:24 – 00:30  VO: Dawnlight. Wake up like you mean it. SUPER: $89 at dawnlight.com",
        Plan("Dawnlight",
             ("You have eleven alarms", "$89", "dawnlight.com"),
             ("00:", "VO", "Alarm clock", "SFX", "SPOT")),
    ),
    "a long enumeration": (
        "Community centre Eastside: yoga, pilates, boxing, chess, choir, pottery, coding club, "
        "Spanish lessons, homework help, a repair café and a lending library. Membership £15 a "
        "year. Open daily 9 am to 10 pm. 22 Wharf Road.",
        Plan("Community centre Eastside", ("Yoga", "Pottery", "Spanish lessons", "A lending library", "£15")),
    ),
    "a German enumeration": (
        "Hofladen Brandt: Wir haben Kartoffeln, Möhren, Rote Bete, Eier, Honig, Apfelsaft, "
        "Ziegenkäse und frisches Brot. Geöffnet Mi–Sa 9–18 Uhr. Dorfstraße 7, 27412 Tarmstedt. "
        "Auch Abo-Kisten ab 18,50 € pro Woche: hofladen-brandt.de",
        Plan("Hofladen Brandt", ("Kartoffeln", "Ziegenkäse", "Frisches Brot", "hofladen-brandt.de")),
    ),
    "a menu": (
        "LUNCH MENU Mon-Fri 11.30-14.30\n"
        "Soup of the day 4.50\n"
        "Caesar salad 9.80\n"
        "Mushroom risotto (v) 11.20\n"
        "Fish of the day w/ potatoes 14.90\n"
        "Tiramisu 5.00\n"
        "Menu of 2 courses 15.00 / 3 courses 18.50\n"
        "Trattoria Fiume, Quay 3, phone 555 0142",
        Plan("LUNCH MENU Mon-Fri 11.30-14.30",
             ("Soup of the day 4.50", "Tiramisu 5.00", "3 courses 18.50", "555 0142")),
    ),
    "a how-to whose heading has a colon": (
        "How to descale your kettle:\n"
        "1) Fill half with water and half with white vinegar\n"
        "2) Let it stand for 1 hour\n"
        "3) Boil it once\n"
        "4) Pour away, rinse 3 times\n"
        "Do it every 6 weeks. Never use bleach!",
        Plan("How to descale your kettle", ("How to descale your kettle", "Boil it once", "Never use bleach!")),
    ),
    "a price in a travel offer": (
        "7 days in Portugal\n"
        "Day 1-2: Lisbon – tram 28, pastéis de Belém\n"
        "Day 3: Sintra palaces\n"
        "Day 4-5: Douro valley, wine tasting\n"
        "Day 6: Porto\n"
        "Day 7: fly home\n"
        "Budget: €890 per person incl. flights from Berlin\n"
        "Best time: April to June\n"
        "Book by 28 February at wanderly.travel/portugal",
        Plan("7 days in Portugal", ("€890", "Day 6: Porto", "28 February")),
    ),
    "a pipe at night": (
        "Burst pipe at 2 a.m.? We come within 45 minutes, day or night. Hargreaves Plumbing & "
        "Heating, Leeds. No call-out charge, fixed prices from £79. 24/7 on 0113 496 0123. Gas "
        "Safe registered no. 512345.",
        Plan("Hargreaves Plumbing & Heating", ("2 a.m.", "£79", "0113 496 0123")),
    ),
    "a long address of the web": (
        "Sign our petition to save the Millbrook library! 4,200 of 5,000 signatures so far. "
        "The council votes on 9 June. Sign here: "
        "https://www.change-petitions.example.org/p/save-millbrook-library-from-closure-2026?ut"
        "m_source=flyer&utm_medium=qr&ref=88213",
        Plan("Millbrook library", ("change-petitions.example.org", "9 June"), ("utm", "?", "save-millbrook")),
    ),
    "emoji instead of full stops": (
        "🌸 SPRING DROP 🌸 our new linen collection is HERE 💃 dresses from 59€ 👗 sizes XS–4XL ✨ "
        "-15% for newsletter friends 💌 shop now 👉 www.maisonlin.fr ❤️ #linen #slowfashion "
        "#springstyle #maisonlin",
        Plan("Spring Drop", ("59€", "-15%", "www.maisonlin.fr"), ("linen #",)),
    ),
    "a French shop's sale": (
        "Black Friday prolongé chez Literie du Lac ! Matelas Morphée 140x190 à 449 € au lieu "
        "de 699 € (-36%), oreiller à mémoire de forme offert. Livraison gratuite et reprise de "
        "l'ancien matelas. Jusqu'au dimanche 6/12 inclus. 8 av. d'Aix-les-Bains, 74600 Annecy "
        "- 04 50 12 34 56. Essai 100 nuits, satisfait ou remboursé !",
        Plan("Literie du Lac", ("449 €", "Dimanche 6/12", "100 nuits", "04 50 12 34 56")),
    ),
    "a closed road": (
        "Achtung Baustelle: Die Lindenallee wird vom 11. Januar bis voraussichtl. 26. März "
        "2027 zw. Bahnhofstr. und Rathausplatz voll gesperrt. Die Buslinien 4 und 17 fahren "
        'eine Umleitung, die Haltestelle "Schillerpark" entfällt. Fußgänger u. Radfahrer '
        "kommen durch. Fragen? Bürgertelefon 02327 / 981-0, "
        "www.stadtwerke-beispiel.de/baustellen. Die Stadtwerke bitten um Verständnis.",
        Plan("Die Lindenallee",
             ("11. Januar bis voraussichtl. 26. März 2027", "Die Buslinien 4 und 17", "02327 / 981-0")),
    ),
    "a list under a label in Portuguese": (
        "VAGA: Auxiliar de Cozinha - Restaurante Maré Alta (Santos/SP)\n"
        "\n"
        "Salário: R$ 2.150,00 + gorjetas\n"
        "Benefícios: vale transporte, refeição no local, plano de saúde após 3 meses\n"
        "Horário: terça a domingo, 14h às 22h20\n"
        "Requisitos: ensino fundamental completo, experiência de 6 meses\n"
        "\n"
        "Enviar currículo p/ WhatsApp (13) 99764-3182 até 15/12 ou rh@marealta.com.br",
        Plan("Auxiliar de Cozinha",
             ("Auxiliar de Cozinha", "Vale transporte", "Plano de saúde após 3 meses", "14h às 22h20",
              "ensino fundamental completo")),
    ),
    "a form with an offer": (
        "Client: Halden Outdoor\n"
        "Product: Fjell 2 three-season tent\n"
        "Objective: drive pre-orders\n"
        "Audience: weekend hikers 25–45\n"
        "Key message: The lightest freestanding tent we have ever made: 1.18 kg for two.\n"
        "Supporting points: pitches in 90 seconds; holds in winds of 80 km/h; made from 100% "
        "recycled nylon\n"
        "Offer: Pre-order before 31 Jan for €449 (RRP €529)\n"
        "CTA: haldenoutdoor.com/fjell2\n"
        "Length: 45 sec\n"
        "Mandatories: Don't call it 'ultralight'. No drones.\n"
        "Tone: quiet, honest",
        Plan("Halden Outdoor",
             ("€449", "Fjell 2 three-season tent", "1.18 kg", "80 km/h", "haldenoutdoor.com/fjell2"),
             ("ultralight", "drones", "hikers", "pre-orders")),
    ),
    "a footnote under facts": (
        "Why we sleep badly in summer\n"
        "\n"
        "Below 18 °C most people sleep well. At 25 °C deep sleep drops by about 5 to 10%. By "
        "2099 we could lose 50 to 58 hours of sleep per person per year.¹ What helps: close "
        "the blinds at noon, a lukewarm shower, cotton sheets, and a fan with a bowl of ice.\n"
        "\n"
        "¹ Minor et al., One Earth 5(5), 2022",
        Plan("Why we sleep badly in summer",
             ("50 to 58 hours", "What helps", "A fan with a bowl of ice", "Minor et al."),
             ("¹",)),
    ),
    "Thai hours and a former price": (
        "โปรโมชั่นส่งท้ายปีที่ สบายดี สปา เชียงใหม่ นวดแผนไทย 90 นาที เพียง 590 บาท จากปกติ "
        "850 บาท แถมฟรีประคบสมุนไพร เปิดทุกวัน 10.00-22.00 น. ถึงวันที่ 31 ธันวาคมนี้เท่านั้น "
        "จองเลย โทร 053-123-456 หรือไลน์ @sabaidee",
        Plan("โปรโมชั่นส่งท้ายปีที่ สบายดี สปา เชียงใหม่", ("590 บาท", "10.00-22.00 น.", "053-123-456")),
    ),
    "a Korean café in single quotes": (
        "성수동에 새로 문을 연 카페 '달빛정원'을 소개합니다. 직접 로스팅한 원두와 매일 아침 굽는 소금빵이 자랑이에요. "
        "아메리카노 4,500원, 소금빵 "
        "3,800원. 오픈 이벤트로 12월 14일까지 모든 음료 20% 할인! "
        "영업시간은 매일 오전 9시부터 오후 10시까지. 서울 성동구 연무장길 45. "
        "인스타그램 @dalbit_garden",
        Plan("달빛정원", ("4,500원", "3,800원", "20%", "@dalbit_garden")),
    ),
    "Korean nights": (
        "밴드 '새벽기차' 전국투어 <첫눈>\n"
        "12/18(금) 부산 KBS홀 19:30\n"
        "12/19(토) 대구 콘서트하우스 18:00\n"
        "12/25(금) 서울 올림픽홀 19:00\n"
        "R석 121,000원 / S석 99,000원\n"
        "티켓오픈 12월 1일(화) 오후 8시, 인터파크 단독 판매\n"
        "문의 1544-1555",
        Plan("새벽기차", ("12/18(금) 부산 KBS홀 19:30", "12/25(금) 서울 올림픽홀 19:00", "121,000원", "1544-1555")),
    ),
    "a Hebrew flat": (
        'למכירה בפתח תקווה, רחוב רוטשילד 31: דירת 4 חדרים משופצת, 104 מ"ר, קומה 3 מתוך 6 עם '
        "מעלית, חניה ומחסן. מחיר: 2,390,000 ₪. כניסה מיידית. בית פתוח ביום שישי 11.12 בין "
        "10:00 ל-12:30. לפרטים: יעל 052-345-6789, בלי מתווכים בבקשה.",
        Plan("למכירה בפתח תקווה", ("2,390,000 ₪", "104 מ״ר", "052-345-6789")),
    ),
    "a Hindi school": (
        "नवज्योति कोचिंग सेंटर, जयपुर में कक्षा 9 से 12 तक के लिए दाखिला शुरू! गणित, भौतिकी और "
        "रसायन के अनुभवी शिक्षक। फीस सिर्फ ₹1,800 प्रति माह, पहले 50 छात्रों को 25% की छूट। "
        "मुफ्त डेमो क्लास रविवार, 13 दिसंबर सुबह 10 बजे। पता: 12, टोंक रोड, जयपुर। फोन करें "
        "98290 12345",
        Plan("नवज्योति कोचिंग सेंटर", ("₹1,800", "25%", "12, टोंक रोड, जयपुर", "98290 12345")),
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
    "a webinar": (
        "FREE WEBINAR: Cut your cloud bill in 30 days\n"
        "Thursday 22 January 2026, 4 pm CET / 10 am EST\n"
        "Speakers: Priya Raman (CTO, Skyledger) and Tom Haas (FinOps lead)\n"
        "You will learn:\n"
        "- where the hidden costs are\n"
        "- how to rightsize without downtime\n"
        "- 3 scripts you can run today\n"
        "Save your seat: skyledger.io/webinar",
        Plan("Cut your cloud bill in 30 days",
             ("You will learn", "Where the hidden costs are", "skyledger.io/webinar")),
    ),
    "a press release with its sender": (
        "PRESS RELEASE – FOR IMMEDIATE RELEASE\n"
        "\n"
        "Lyon, 14 January 2026 – Batteries Volta SA today announced a €60 million gigafactory "
        'in Saint-Priest that will create 240 jobs by 2028. "This is the largest private '
        'investment in the region in a decade," said CEO Hélène Marchand. Production starts in '
        "autumn 2027 with an annual capacity of 4 GWh.\n"
        "\n"
        "About Batteries Volta\n"
        "Founded in 2015, Batteries Volta makes cells for buses and ferries.\n"
        "\n"
        "Press contact: Julien Roy, +33 4 72 00 00 00, presse@batteries-volta.example",
        Plan("Batteries Volta SA", ("€60 million", "CEO Hélène Marchand"), ("About", "Founded", "Julien", "PRESS")),
    ),
    "a German flat": (
        "Provisionsfrei! Helle 3-Zi.-Whg. in Leipzig-Gohlis, 78 m², 2. OG, Balkon nach Süden, "
        "EBK, Parkett. Kaltmiete 890 €, NK 180 €, Kaution 3 KM. Frei ab 01.03.2026. "
        "Besichtigung Sa., 17.1., 11–13 Uhr, Georg-Schumann-Str. 88. Tel. 0341 123 45 67, "
        "keine Makleranfragen!",
        Plan("Helle 3-Zi.-Whg. in Leipzig-Gohlis", ("2. OG", "890 €", "Sa., 17.1.", "0341 123 45 67")),
    ),
    "a Spanish flat": (
        "Se alquila piso en Gràcia (Barcelona): 2 habitaciones, 65 m², 3ª planta con ascensor, "
        "balcón, amueblado. 1.250 €/mes + gastos. Disponible desde el 1 de febrero. Mascotas "
        "sí, fumadores no. Visitas: lunes y miércoles de 18:00 a 20:00 h. Interesados: 93 555 "
        "12 34 (Núria)",
        Plan("Piso en Gràcia", ("1.250 €/mes", "Mascotas sí, fumadores no", "93 555 12 34")),
    ),
    "how a wedding is to look": (
        "Save the date! Clara & Jonas are getting married 💍\n"
        "12 September 2026, 3 pm, Château de Bellevue, Beaune\n"
        "Dinner & dancing till 2 am\n"
        "Dress code: garden party\n"
        "Please RSVP by 1 June to claraundjonas@mail.com\n"
        "Make it romantic, soft piano, pastel, no voice over",
        Plan("Clara & Jonas", ("12 September 2026", "claraundjonas@mail.com"), ("romantic", "piano", "pastel")),
    ),
    "steps without points": (
        "LEMON DRIZZLE CAKE\n"
        "\n"
        "You need:\n"
        "225g soft butter\n"
        "225g caster sugar\n"
        "4 eggs\n"
        "225g self-raising flour\n"
        "zest of 1 lemon\n"
        "For the drizzle: juice of 1½ lemons, 85g sugar\n"
        "\n"
        "How to make it\n"
        "1 Heat oven to 180C. Beat butter and sugar till pale.\n"
        "2 Add eggs one at a time, then flour and zest.\n"
        "3 Bake 45-50 mins.\n"
        "4 While warm, prick all over and pour over the drizzle.\n"
        "\n"
        "Keeps 3-4 days in a tin.",
        Plan("Lemon Drizzle Cake", ("You need", "225g caster sugar", "Bake 45-50 mins"), ("1 Heat", "4 While")),
    ),
    "a Japanese market and a request": (
        "第12回 さくらマルシェ開催!\n"
        "日時:4月4日(土)・5日(日)10時〜16時\n"
        "場所:中央公園 芝生広場(雨天決行)\n"
        "出店数:約60店舗\n"
        "入場無料\n"
        "キッチンカー、手作り雑貨、ライブ演奏あり\n"
        "お問い合わせ:03-1234-5678 さくらマルシェ実行委員会\n"
        "20秒くらいで、楽しい感じでお願いします",
        Plan("第12回 さくらマルシェ開催", ("4月4日(土)・5日(日)", "03-1234-5678"), ("20秒", "感じ", "日時")),
    ),
    "a Korean sale and a request": (
        "[설맞이 특가] 한우 선물세트 1호 정가 180,000원 → 129,000원! 2월"
        " 10일까지 주문 시 무료배송. 카드 결제 5% 추가 할인. 주문: "
        "한우마을 1588-0000 / hanwoomaul.kr  밝고 따뜻한 분위기로 만들어 주세요.",
        Plan("설맞이 특가", ("129,000원", "5%", "hanwoomaul.kr"), ("분위기",)),
    ),
    "a Chinese job on one line": (
        "招聘:咖啡师2名 工作地点:上海静安区 月薪7000-9000元,五险一金,包午餐"
        " 要求:1年以上经验,会拉花优先 工作时间:早班7:00-15:00 / "
        "晚班13:00-21:00 联系人:王店长 电话:138 0013 8000",
        Plan("咖啡师2名", ("7000-9000元", "7:00-15:00", "138 0013 8000"), ("工作地点", "联系人")),
    ),
    "whose words they are, in brackets": (
        "Please make something with our customer's words: \"I cried when I saw the finished "
        'kitchen. Thank you, Woodhaus!" (Mrs. Petersen, Flensburg). Our website: '
        "woodhaus-kuechen.de. Calm, warm, 15 sec.",
        Plan("Woodhaus", ("Mrs. Petersen, Flensburg", "woodhaus-kuechen.de"), ("15 sec", "Calm")),
    ),
    "a speaker with a title": (
        'Episode 48 of "Deep Roots" is live! Host Maya Lindqvist talks to soil scientist Dr. '
        "Paul Okoye about what earthworms tell us about climate. 52 minutes. Listen on "
        "Spotify, Apple Podcasts or at deeproots.show/48. New episodes every other Tuesday.",
        Plan("Deep Roots", ("Host Maya Lindqvist talks to soil scientist Dr. Paul Okoye", "deeproots.show/48")),
    ),
    "a chat without a film": (
        "Hi! can you make it like 20 seconds? It's about our dog groomer's, Wag & Wash in Hove. Nail clip £8, full "
        "groom £35. Dont mention the cat thing. 12 Sea Road, BN3 7BA. thx",
        Plan("Wag & Wash", ("£8", "£35", "12 Sea Road, BN3 7BA"),
             ("Hi!", "20 sec", "cat", "Thx", "thx")),
    ),
    "times without brackets": (
        "0-3s HOOK: Tired of cold coffee?\n3-8s Meet Ember Mug, it keeps coffee at 57 °C for 3 hours\n"
        "8-12s OFFER: 20% off with code WARM20\n12-15s CTA: embermug.example/shop",
        Plan("Ember Mug", ("Tired of cold coffee?", "57 °C", "20%", "embermug.example/shop"), ("HOOK", "0-3s", "CTA")),
    ),
    "steps that begin with an address": (
        "Giveaway!! Win a weekend in Cádiz\n1. Follow @surfhouse\n2. Tag two friends\n3. Share this post\n"
        "Ends Sunday 5 July",
        Plan("Giveaway", ("1/3", "Follow @surfhouse", "3/3", "Sunday 5 July")),
    ),
    "what is wished, in passing": (
        "We're a small bike workshop in Ghent called Derailleur. I think about 40 seconds would be good. Repairs in 24 "
        "hours, second-hand bikes from €150. Don't make it sound like an advert. Koornmarkt 3.",
        Plan("Derailleur", ("€150", "24 hours"), ("40 seconds", "advert")),
    ),
    "who gave it": (
        "Girl with a drum, about 1890. Oil on canvas, 60 x 45 cm. Gift of the Brandt family, 1975 (F.1975.40). Room 3.",
        Plan("Girl with a drum, about 1890", ("Room 3", "Gift of the Brandt family, 1975 (F.1975.40)")),
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
