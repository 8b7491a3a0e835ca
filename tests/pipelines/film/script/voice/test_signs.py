# ruff: noqa: RUF001 -- signs and letters of other languages are meant
"""Figures, signs and abbreviations: how they are said."""

import pytest

from service.pipelines.film.script.voice import narration


@pytest.mark.parametrize(
    ("lang", "written", "spoken"),
    [
        # Prices.
        ("en", "It costs $25, not $12.50 or $1,000.", "It costs 25 dollars, not 12 dollars 50 or 1,000 dollars."),
        ("en", "Only €9.00 (was 1 €)", "Only 9 euros, was 1 euro"),
        (
            "en",
            "$1.5M raised, £2bn more, 10k backers",
            "1.5 million dollars raised, 2 billion pounds more, 10 thousand backers",
        ),
        ("en-GB", "50% off, 20 % more", "50 percent off, 20 percent more"),
        ("fr", "25 € ou 12,50€, 1 € et 50 % de moins", "25 euros ou 12 euros 50, 1 euro et 50 pour cent de moins"),
        ("fr", "2M€ et 5 k€", "2 millions d'euros et 5 mille euros"),
        # Dates and times.
        ("en", "On 14/06/2025, 06/14/2025 and 2025-06-14", "On 14 June 2025, 14 June 2025 and 14 June 2025"),
        ("en", "On 06/07/2025 or 99/99/2025", "On 06 07 2025 or 99 99 2025"),
        ("en", "At 10:30, 9:05, 9:00 am, 8:00 and 18:00", "At 10 30, 9 oh 5, 9 am, 8 o'clock and 18 hundred"),
        ("en", "In 1987, 1905, the 1990s and the 80s", "In 19 87, 19 oh 5, the 19 nineties and the eighties"),
        (
            "fr",
            "Le 01/06/2025 à 10h30, 18 h, 1h et 9:00",
            "Le 1er juin 2025 à 10 heures 30, 18 heures, une heure et 9 heures",
        ),
        # Telephones, measures, ranges, ordinals, fractions.
        ("en", "Call (555) 010-2030 or 0800", "Call 5 5 5 0 1 0 2 0 3 0 or 0 8 0 0"),
        ("en", "3.5 km, 1 kg, 500g, 20°C, 4K", "3.5 kilometres, 1 kilo, 500 grams, 20 degrees Celsius, 4K"),
        (
            "en",
            "10-12 am, 8/10, 1/2 price, 2x faster, 5×3",
            "10 to 12 am, 8 out of 10, one half price, 2 times faster, 5 times 3",
        ),
        (
            "fr",
            "3,5 km, 2e place, 21e, n° 5, N°7, 24h/24",
            "3,5 kilomètres, deuxième place, 21ème, numéro 5, numéro 7, 24 heures sur 24",
        ),
        ("fr", "M. Roux mesure 2 m.", "monsieur Roux mesure 2 mètres."),
        # Abbreviations, which are ordinary words if everything is in capitals.
        ("en", "Our FAQ, the NGO and IT", "Our F.A.Q. the N.G.O. and I.T."),
        ("en", "GET IT NOW", "GET IT NOW"),
        ("fr", "L'IA et la PME", "L'I A et la P M E"),
        # Addresses, and what is not said.
        (
            "en",
            "Write to hello@nord.example or see nord.example/menu",
            "Write to hello at nord dot example or see nord dot example slash menu",
        ),
        ("fr", "bonjour@nord.example", "bonjour arobase nord point example"),
        ("en", "Wow 🎉🔥 #BakeDay — yes", "Wow BakeDay, yes"),
        ("en", "🎉", ""),
        ("en", "…", ""),
        # Short names of days and measures are words of their own elsewhere.
        ("en", "Fri 12 June, 7 pm", "Friday 12 June, 7 pm"),
        ("en", "The sun sat on the sea.", "The sun sat on the sea."),
        ("en", "½ tsp cinnamon", "half a teaspoon cinnamon"),
        ("de", "25 € um 18:00", "25 Euro um 18 Uhr"),
        ("de", "bis zu 70 % auf 3 kg", "bis zu 70 Prozent auf 3 Kilogramm"),
        ("es", "50 % a 20 €", "50 por ciento a 20 euros"),
        ("it", "1 kg a 3 €", "1 chilo a 3 euro"),
        ("pt", "10 % em 5 km", "10 por cento em 5 quilómetros"),
        # As a native speaker says them.
        (
            "en",
            "€75k–€95k + equity, from $19/month",
            "75 thousand euros to 95 thousand euros plus equity, from 19 dollars a month",
        ),
        (
            "en",
            "Sat, May 3, 11 a.m.–2 p.m., Mon–Fri 9am–5pm",
            "Saturday, May 3, 11 a.m. to 2 p.m. Monday to Friday 9am to 5pm",
        ),
        ("en", "1428 Maple Grove Ln, Boise, ID 83702", "1428 Maple Grove Lane, Boise, Idaho 8 3 7 0 2"),
        ("en", "2,340 sq ft, 12 Castle Rd., Bristol", "2,340 square feet, 12 Castle Road, Bristol"),
        ("en", "St. Mary's on Mt. Pleasant St.", "St. Mary's on Mt. Pleasant Street"),
        ("en", "4.9/5 stars, 50,000+ users, $0.99, Aug 4", "4.9 out of 5 stars, over 50,000 users, 99 cents, August 4"),
        (
            "de",
            "z. B. Hauptstr. 12, 3,5 Mio. €, 19 €/Monat",
            "zum Beispiel Hauptstraße 12, 3,5 Millionen Euro, 19 Euro pro Monat",
        ),
        (
            "de",
            "Mo–Fr 8:30–17 Uhr, Tel. 030 1234567",
            "Montag bis Freitag 8 Uhr 30 bis 17 Uhr, Telefon 0 3 0 1 2 3 4 5 6 7",
        ),
        ("de", "schuhe@berger.de", "schuhe ät berger Punkt de"),
        ("fr", "dès 19 €/mois au 01 23 45 67 89", "dès 19 euros par mois au 01 23 45 67 89"),
        ("es", "Lun–Vie 9:00–14:00, nº 1", "lunes a viernes 9 horas a 14 horas, número 1"),
        ("it", "120 mq, alle 18:30", "120 metri quadrati, alle 18 e 30"),
        ("pt", "R$ 29,99 às 18h30", "29 reais e 99 às 18 e 30"),
        # As shops, menus and job advertisements write.
        ("en", "CHF 18.- or DKK 395, $12.50/hr", "18 francs or 395 kroner, 12 dollars 50 an hour"),
        ("en", "€410 million, IBAN IE29 AIBK 9311 5212 3456 78", "410 million euros, IBAN"),
        ("en", "20-30 hrs/wk, 6+ months (students €140)", "20 to 30 hours a week, over 6 months, students 140 euros"),
        ("en", "Tue–Sun 10–18 h, Tuesday–Sunday", "Tuesday to Sunday 10 to 18 hours, Tuesday to Sunday"),
        ("en", "2 January–31 May, Sat & Sun", "2 January to 31 May, Saturday and Sunday"),
        ("en", "Sun & sea, he sat and slept", "Sun and sea, he sat and slept"),
        ("en", "4 bd, 2.5 ba, 61.5 × 48 cm, c. 1664", "4 bedrooms, 2.5 bathrooms, 61.5 by 48 centimetres, circa 1664"),
        ("en", "-33 % at -5 °C, Ext. 4417", "minus 33 percent at minus 5 degrees Celsius, extension 4417"),
        ("de", "29,99 €, ab 15,- €, 0,99 €", "29 Euro 99, ab 15 Euro, 99 Cent"),
        ("de", "15,50 €/Std. plus, 20–25 Std./Woche", "15 Euro 50 pro Stunde plus, 20 bis 25 Stunden pro Woche"),
        ("de", "bis 15.12. per Mail, Sa, 21.03., 15:30 Uhr", "bis 15. Dezember per Mail, Samstag, 21. März, 15 Uhr 30"),
        ("de", "10:00–18:00 Uhr, 9.30 Uhr, Bäcker (m/w/d)", "10 Uhr bis 18 Uhr, 9 Uhr 30, Bäcker"),
        ("de", "2 EL Öl, CHF 25.–, 85 qm", "2 Esslöffel Öl, 25 Franken, 85 Quadratmeter"),
        ("fr", "21,90 €, 2 100 € net/mois, 5 €/pers.", "21 euros 90, 2 100 euros net par mois, 5 euros par personne."),
        ("fr", "lun.–ven., 50 cl, -20 %", "lundi à vendredi, 50 centilitres, moins 20 pour cent"),
        ("es", "19,90 €, a las 10:00, 23:55 h", "19 euros con 90, a las 10, 23 y 55"),
        ("it", "dalle 10:00 alle 23:00, 19,90 €", "dalle 10 alle 23, 19 euro e 90"),
        ("pt", "20€ por pessoa/mês, +90€/mês", "20 euros por pessoa por mês, mais 90 euros por mês"),
        # In other languages figures are left to the voice, but no sign falls silent (nouns: CLDR 48).
        ("nl", "25 km om 18:00", "25 kilometer om 18 uur"),
        ("nl", "€ 15,-, 20 % korting, 10–17", "15 euro, 20 procent korting, 10 tot 17"),
        ("pl", "180 zł, 2 zł, 20%", "180 złotych, 2 złote, 20 procent"),
        ("ru", "38 500 руб., 1 %, 3 %, 10 %", "38 500 рублей, 1 процент, 3 процента, 10 процентов"),
        ("tr", "%50'ye varan, 749 TL", "yüzde 50'ye varan, 749 lira"),
        ("ar", "خصم ٢٠٪ و 30%", "خصم ٢٠ بالمئة و 30 بالمئة"),
        ("hi", "₹499, 15% छूट", "499 रुपये, 15 प्रतिशत छूट"),
        ("cs", "150 Kč, 1 %", "150 korun, 1 procento"),
        # Dates in figures, in the language's order; in English only if the line tells which is the month.
        (
            "fr",
            "Jusqu'au dimanche 6/12 inclus, du 1/3 au 4/3",
            "Jusqu'au dimanche 6 décembre inclus, du 1er mars au 4 mars",
        ),
        ("pt", "até 15/12 ou 12/06/2026", "até 15 de dezembro ou 12 de junho de 2026"),
        ("es", "el sáb 7/3 a las 18:00", "el sábado 7 de marzo a las 18"),
        ("it", "dal 3/11, entro il 24.12", "dal 3 novembre, entro il 24 dicembre"),
        ("de", "nur bis 24.12 und am 6.1.", "nur bis 24. Dezember und am 6. Januar."),
        ("en", "Sat 12/5 & Sun 12/6", "Saturday December 5th and Sunday December 6th"),
        ("en", "Ends 28/02, rated 9/10", "Ends 28th of February, rated 9 out of 10"),
        ("en", "by 12/24, until 1/8", "by December 24th, until January 8th"),
        ("en", "Sun 5/6 only", "Sunday 5 6 only"),
        ("en-GB", "Sun 5/6 only", "Sunday 5th of June only"),
        ("en-US", "Sun 5/6 only", "Sunday May 6th only"),
        ("ko", "12/24(목)~12/26(토)", "12월 24일 목요일부터 12월 26일 토요일"),
        ("ko", "티켓오픈 12월 1일(화) 오후 8시", "티켓오픈 12월 1일 화요일, 오후 8시"),
        (
            "en",
            "47 min. on Spotify, min. 2 nights, 6 ft. high, ft. Maya",
            "47 minutes on Spotify, minimum 2 nights, 6 feet high, featuring Maya",
        ),
        ("it", "30 min. a piedi, min. 2 notti", "30 minuti a piedi, minimo 2 notti"),
        ("es", "de 10:30 a 14:00 horas", "de 10 y 30 a 14 horas"),
        ("it", "dalle 12.30, alle 22.30", "dalle 12 e 30, alle 22 e 30"),
        ("en", "£1, under 12s free", "1 pound, under 12s free"),
        ("en", "Mon - Fri 9 - 5, Sat – Sun", "Monday to Friday 9 to 5, Saturday to Sunday"),
        ("de", "Mo – Fr ab 9 Uhr", "Montag bis Freitag ab 9 Uhr"),
        (
            "en",
            "1½ cups, 2¼ hours, 4.8★, 30° heat, ~40 seats, ≥ 18",
            "1 and a half cups, 2 and a quarter hours, 4.8, 30 degrees heat, about 40 seats, at least 18",
        ),
        (
            "de",
            "1½ Std., 4,8★, 30°, ~40 Plätze, S. 12, Kl. 5",
            "1,5 Stunden, 4,8 Sterne, 30 Grad, circa 40 Plätze, Seite 12, Klasse 5",
        ),
        ("fr", "2½ h, 5★, 30°", "2,5 heures, 5 étoiles, 30 degrés"),
        ("pt", "R$ 5 mil, R$5 mil, n.º 3", "5 mil reais, 5 mil reais, número 3"),
        ("en", "€ 2 million or $3 billion", "2 million euros or 3 billion dollars"),
        ("hi", "₹45 लाख, 499/-", "45 लाख रुपये, 499 रुपये"),
        ("sv", "299:- (ord. 399:-)", "299 kronor, ord. 399 kronor"),
        ("nl", "Ma t/m vr, € 5 p.p.", "maandag tot en met vrijdag, 5 euro per persoon"),
        ("ko", "12/18(금) 부산 19:30, 18:00", "12월 18일 금요일, 부산 19시 30분, 18시"),
        # Marks between words are pauses; between the ends of a range they are "to".
        ("en", "Doors 7pm / Show 8pm", "Doors 7pm, Show 8pm"),
        ("en", "$32 adv / $38 day of show", "32 dollars in advance, 38 dollars day of show"),
        ("en", "Wed 9.30am - 4pm – come early", "Wednesday 9 30 am to 4pm, come early"),
        ("fr", "74600 Annecy - 04 50 12 34 56", "74600 Annecy, 04 50 12 34 56"),
        ("de", "Mo + Do: 9 - 12 u. 14.30 bis 16 Uhr", "Montag und Donnerstag: 9 bis 12 und 14 Uhr 30 bis 16 Uhr"),
        ("en", "1 - 1.5 bar", "1 to 1.5 bar"),
        # Days that are only short names beside their hours, or in a row.
        ("de", "Sa bis 14 Uhr, So ab 10 Uhr", "Samstag bis 14 Uhr, Sonntag ab 10 Uhr"),
        (
            "de",
            "Mo, Mi und Fr geöffnet, so und nicht anders",
            "Montag, Mittwoch und Freitag geöffnet, so und nicht anders",
        ),
        ("en", "Mon, Wed & Fri from 9, we sat and wed", "Monday, Wednesday and Friday from 9, we sat and wed"),
        ("fr", "mar, jeu et sam de 9h à 12h", "mardi, jeudi et samedi de 9 heures à 12 heures"),
        ("pt", "sáb das 10h às 13h", "sábado das 10 horas às 13 horas"),
        # Sizes, seconds, seasons, strokes instead of cents, paths.
        ("fr", "140x190 ou 50 x 70 cm", "140 par 190 ou 50 par 70 centimètres"),
        ("de", "Rahmen 40×60, 3x täglich", "Rahmen 40 mal 60, 3 mal täglich"),
        ("en", "10x12 ft, 4 s, 250 ms, 4 yrs, 2x", "10 by 12 feet, 4 seconds, 250 milliseconds, 4 years, 2 times"),
        ("de", "nur 249,- statt 329,- €", "nur 249 Euro statt 329 Euro"),
        ("de", "nur 18.–", "nur 18 Franken"),
        ("en", "The Slow Lane, S3 E7: out now", "The Slow Lane, season 3, episode 7: out now"),
        ("es", "S02E11 y Ep. 4", "temporada 2, episodio 11 y episodio 4"),
        ("de", "S4 E12", "Staffel 4, Folge 12"),
        ("en", "hollowpines.com/tour", "hollowpines dot com slash tour"),
        ("de", "www.berger.de/baustellen", "www Punkt berger Punkt de Schrägstrich baustellen"),
        # Words that are short for others.
        (
            "en",
            "Tix on sale, pls share, feat. Maya, est. 1998, min. 2 nights",
            "tickets on sale, please share, featuring Maya, established 19 98, minimum 2 nights",
        ),
        (
            "de",
            "bis voraussichtl. 26. März zw. Bahnhof und Markt, tägl. mind. 2 Pers.",
            "bis voraussichtlich 26. März zwischen Bahnhof und Markt, täglich mindestens 2 Personen",
        ),
        (
            "de",
            "Fußgänger u. Radfahrer, einschl. Whg. im 2. OG",
            "Fußgänger und Radfahrer, einschließlich Wohnung im 2. Obergeschoss",
        ),
        (
            "es",
            "C/ Mayor 3, 2º izq., p. ej. c/u 5 €, C.C. Sur",
            "calle Mayor 3, segundo izquierda, por ejemplo cada uno 5 euros, centro comercial Sur",
        ),
        (
            "pt",
            "currículo p/ WhatsApp, c/ café, 3.º andar, R. Augusta",
            "currículo para WhatsApp, com café, terceiro andar, rua Augusta",
        ),
        (
            "fr",
            "8 av. d'Aix, 2 bd Foch, sur RDV svp, tlj",
            "8 avenue d'Aix, 2 boulevard Foch, sur rendez-vous s'il vous plaît, tous les jours",
        ),
        ("it", "V.le Europa, p.zza Dante, 2° piano, ecc.", "viale Europa, piazza Dante, secondo piano, eccetera"),
        (
            "en",
            "Fri 5th–Sun 7th June, M-F 8-6, gates 5th–7th",
            "Friday 5th to Sunday 7th June, Monday to Friday 8 to 6, gates 5th to 7th",
        ),
        ("en", "2 x 5L tubs, 6ft x 4ft, 60fps", "2 times 5 litres tubs, 6 feet by 4 feet, 60 frames per second"),
        (
            "en",
            "c. 1890s, -5°C to 3°C, 12 ppl, 7/2",
            "circa 18 nineties, minus 5 degrees Celsius to 3 degrees Celsius, 12 people, 7 2",
        ),
        ("en", "Call 1-800-555-0199 or 1 (800) 555-0134", "Call 1 8 0 0 5 5 5 0 1 9 9 or 1 8 0 0 5 5 5 0 1 3 4"),
        (
            "de",
            "Mo.–Fr. 7.00–12.30 u. 14–18 Uhr, ab 18.45 h",
            "Montag bis Freitag 7 Uhr bis 12 Uhr 30 und 14 bis 18 Uhr, ab 18 Uhr 45",
        ),
        ("de", "Mobil 0172 / 1234567, 50667 Köln", "Mobil 0 1 7 2 1 2 3 4 5 6 7, 5 0 6 6 7 Köln"),
        ("fr", "9h-12h30 / 14h-19h, 3 x 250 g", "9 heures à 12 heures 30, 14 heures à 19 heures, 3 fois 250 grammes"),
        ("es", "L-V 9:00, máx. 12 pers., 28 ago.", "lunes a viernes 9 horas, máximo 12 personas, 28 agosto"),
        ("it", "sab. 14 e dom. 15 dic., 00184 Roma", "sabato 14 e domenica 15 dicembre, 0 0 1 8 4 Roma"),
        ("pt", "Dom., 8/2, R. das Flores, 45 - 2.º Dto.", "domingo, 8 de fevereiro, rua das Flores, 45, segundo Dto."),
        ("he", "104 מ״ר, ק״מ 3", "104 מטר רבוע, קילומטר 3"),
        ("en", "From ₦18,500, ₱150 or KSh 3,200", "From 18,500 naira, 150 pesos or 3,200 shillings"),
        ("en", "Rs. 2,500, GHS 45, FJ$25, US$30", "2,500 rupees, 45 cedis, 25 dollars, 30 dollars"),
        ("en", "$2,300 USD, $1,450 MXN each", "2,300 dollars, 1,450 pesos each"),
        ("en", "a €6,500 grant, a £15 a month plan", "a 6,500 euro grant, a 15 pounds a month plan"),
        ("en", "150 m from the beach, opp. the mill", "150 metres from the beach, opposite the mill"),
        ("de", "Täglich 9 bis 19.30 uhr, 11:30 UHR", "Täglich 9 bis 19 Uhr 30, 11 Uhr 30"),
        ("de", "Kantaten I–III, Votum 2024-117, 10 kWp", "Kantaten 1 bis 3, Votum 2024 117, 10 Kilowatt Peak"),
        ("fr", "2 m³, le mur le plus haut : 17 m", "2 mètres cubes, le mur le plus haut: 17 mètres"),
        ("fr", "ORIAS n° 24 001 122", "ORIAS numéro 24 001 122"),
        ("es", "Pastor $18, S/ 180, 1 L, acceso 24/7", "Pastor 18 pesos, 180 soles, 1 litro, acceso 24 horas, 7 días"),
        ("es", "Av. Revolución 1140", "avenida Revolución 1140"),
        ("it", "1 gennaio, 1.950 €/mq", "primo gennaio, 1.950 euro al metro quadro"),
        ("pt", "CONCENTRAÇÃO 9H", "CONCENTRAÇÃO 9 horas"),
        (
            "nl",
            "7.30 uur, 17u30, 500 g, € 59/maand, € 17.50",
            "7 uur 30, 17 uur 30, 500 gram, 59 euro per maand, 17.50 euro",
        ),
        ("pl", "ul. Lipowa, 5 km, 140 m², 3 min", "ulica Lipowa, 5 kilometrów, 140 metrów kwadratowych, 3 minuty"),
        ("ru", "42,2 км, ул. Мира, 900 ₽/м²", "42,2 километра, улица Мира, 900 рублей за квадратный метр"),
        ("tr", "19.00'da, saat 20.30, 4.800 TL'den", "19'da, saat 20 30, 4.800 liradan"),
        ("ko", "매일 8시~20시, 50% 할인", "매일 8시에서 20시, 50 퍼센트 할인"),
        ("zh", "周一9点-20点", "周一9点到20点"),
        ("ja", "9時〜", "クジから"),
    ],
)
def test_figures_and_signs_are_said_in_words(lang: str, written: str, spoken: str) -> None:
    assert narration.reading(written, lang).spoken == spoken


def test_captions_show_the_words_as_written() -> None:
    line = narration.reading("Only $25 at 18:00 🎉", "en")
    assert [word for word, _, _ in line.words] == ["Only", "$25", "at", "18:00", "🎉"]
    assert line.spoken[slice(*line.words[1][1:])].strip() == "25 dollars"


def test_a_word_in_other_letters_is_shown_but_not_spelt_out() -> None:
    line = narration.reading("The best ramen of 東京 tonight", "en")
    assert line.spoken == "The best ramen of tonight"
    assert "東京" in [word for word, _, _ in line.words]
    # What remains of a line that is mostly in other letters would make no sense.
    assert narration.reading("東京 and Москва", "en").spoken == ""
    assert narration.reading("Привет, iPhone и мир", "ru").spoken == "Привет, iPhone и мир"


@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize(
    "written",
    ["$", "€€€ 5€€", "1/0", "99:99", "$1.2.3.4", "--5--", "²", "٣٤ €", "1" * 300, "$" + "9" * 90, "((((", "5/6/7/8"],
)
def test_nonsense_is_read_without_breaking(lang: str, written: str) -> None:
    line = narration.reading(written, lang)
    assert len(line.words) == len(written.split())
    assert all(0 <= first <= last <= len(line.spoken) for _, first, last in line.words)
