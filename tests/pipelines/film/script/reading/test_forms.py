# ruff: noqa: RUF001, ISC004 -- the punctuation of other languages is meant
"""Every form in which people paste a brief is read into the parts that it has."""

import pytest

from service.pipelines.film.script.lines import instructions
from service.pipelines.film.script.reading import brief, forms
from service.pipelines.film.script.writing import text

FORMS: dict[str, tuple[str, list[str]]] = {
    "markdown": (
        "# Spring Sale\n**Where:** [Hall 3](https://x.org/map)\n- *Shoes*\n- `Hats`\n- Bags\n\n#sale #spring",
        ["title Spring Sale", "say Hall 3", "list Shoes; Hats; Bags"],
    ),
    "table": ("| Day | Act |\n|---|---|\n| Fri | Bell |", ["say Fri, Bell"]),
    "a sheet with a column for each year": (
        "Our year | 2024 | 2025\nMeals | 1,204 | 1,610\nCost per meal | $0.61 | $0.54\nThank you.",
        ["say Meals: 2024 1,204, 2025 1,610", "say Cost per meal: 2024 $0.61, 2025 $0.54", "say Thank you."],
    ),
    "a sheet with semicolons": (
        "Distance;Adults;Kids\n5 km;20 €;10 €\n10 km;25 €;12 €\nCome and run.",
        ["say 5 km: Adults 20 €, Kids 10 €", "say 10 km: Adults 25 €, Kids 12 €", "say Come and run."],
    ),
    "recipe": (
        "Ingredients:\n- 2 eggs\n- 60 g oats\n- salt\nSteps:\n1. Blend.\n2. Serve.",
        ["list 2 eggs; 60 g oats; salt", "say Blend.", "say Serve."],
    ),
    "programme": ("12 June: Ann\n13 June: Bob\n14 June: Eve", ["list 12 June: Ann; 13 June: Bob; 14 June: Eve"]),
    "screenplay": (
        "SCENE 1 – EXT. BRIDGE\nA cyclist.\nVO: Hello. World.\nSUPER: 5 AM\nMUSIC: soft\nEND CARD: Volta. x.com",
        ["direction SCENE 1 – EXT. BRIDGE", "direction A cyclist.", "say Hello.", "say World.", "show 5 AM",
         "direction MUSIC: soft", "show Volta. x.com"],
    ),
    "times": (
        "[0:00-0:03] HOOK: Tired?\n[0:03-0:10] Drink water.\n(upbeat music)",
        ["hook Tired?", "say Drink water.", "direction upbeat music"],
    ),
    "a voice without a colon": (
        "FADE IN:\n\nEXT. ROAD – DAWN\n\nMist. A cyclist climbs.\n\nVO\nSome ride to get somewhere.\n\nCUT TO:\n\n"
        "INT. WORKSHOP – DAY\n\nHands true a wheel.\n\nVO\nWe build for the rest.\n\nSUPER: ardent.example",
        ["direction EXT. ROAD – DAWN", "direction Mist. A cyclist climbs.", "say Some ride to get somewhere.",
         "direction INT. WORKSHOP – DAY", "direction Hands true a wheel.", "say We build for the rest.",
         "show ardent.example"],
    ),
    "columns": (
        'Sorry, the wiki ate the table.\n\nWe see | We hear\nLoupe, tweezers. | Tick. Tick. "It is thirsty."\n'
        'Boats at dusk | creaking\nDoor | "Full service £145."\nLogo | mcglashan.example',
        ["direction Sorry, the wiki ate the table.", "direction SHOT 1 – Loupe, tweezers.", "direction SFX: Tick. Tick",
         "say It is thirsty.", "direction SHOT 2 – Boats at dusk", "direction SFX: creaking", "direction SHOT 3 – Door",
         "say Full service £145.", "direction SHOT 4 – Logo", "say mcglashan.example"],
    ),
    "times before what is seen and said": (
        '[0:00-0:03] The church in the snow. "St Mark\'s Bazaar."\n[0:03-0:08] The hall. "Turkey luncheon, $12."\n'
        '[0:08-0:12] Name on the screen. "Saturday, 10 to 2."',
        ["direction SHOT 1 – The church in the snow.", "say St Mark's Bazaar.", "direction SHOT 2 – The hall.",
         "say Turkey luncheon, $12.", "direction SHOT 3 – Name on the screen.", "say Saturday, 10 to 2."],
    ),
    "times before what is seen, without quotation marks": (
        "0-3s: Close-up of hands. We rise at four.\n3-8s: Wide shot of the barn. Carmel Rest sews in Stanley.\n"
        "8-12s: Cut to the logo. Old mattress taken away.",
        ["direction SHOT 1 – Close-up of hands.", "say We rise at four.", "direction SHOT 2 – Wide shot of the barn.",
         "say Carmel Rest sews in Stanley.", "direction SHOT 3 – Cut to the logo.", "say Old mattress taken away."],
    ),
    "times before what is said in two sentences": (
        "0-3s: Tired of waste? So are we.\n3-8s: Ours is coconut. It lasts ten years.\n8-12s: From $90. Taken away.",
        ["say Tired of waste?", "say So are we.", "say Ours is coconut.", "say It lasts ten years.", "say From $90.",
         "say Taken away."],
    ),
    "an agency's form": (
        "CLIENT: Halcyon Ferries\nBUDGET: £14k all in\nSUPPORTING POINTS: Four sailings a day.\n"
        'MANDATORIES: Logo on end frame. "Subject to weather" must appear with the price.\n'
        "CTA: Book at halcyonferries.com\nDO NOT: mention competitors; show summer crowds\n"
        "CONTACT: Priya Nair, priya@studioforty.com",
        ["title Halcyon Ferries", "direction £14k all in", "say Four sailings a day.",
         'direction Logo on end frame. "Subject to weather" must appear with the price.', "show Subject to weather",
         "call Book at halcyonferries.com", "direction DO NOT: mention competitors; show summer crowds",
         "direction Priya Nair, priya@studioforty.com"],
    ),
    "labels": ("Problem: no time.\nTone: calm\nCTA: Order now", ["say no time.", "direction calm", "call Order now"]),
    "sources": ("It helps. \nSources: BBC, Nature.", ["say It helps.", "source BBC, Nature."]),
    "a colon is no label": ("Rain date: 19 June.", ["say Rain date: 19 June."]),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMS)
def test_the_parts_of_a_form(name: str) -> None:
    content, wanted = FORMS[name]
    parts = [f"{part.use} {'; '.join(part.items) or part.text}" for part in forms.read(content).parts]
    assert parts == wanted


def test_hashtags_are_for_the_post() -> None:
    sheet = forms.read("Our #new lamp is here, in #FF6600.\n#light #home")
    assert [part.text for part in sheet.parts] == ["Our new lamp is here, in #FF6600."]
    assert sheet.hashtags == ("new", "light", "home")


SAID: dict[str, tuple[str, list[str]]] = {
    "answers to the makers' questions": (
        "> 1. What is it called?\nSpud Stack, from a converted horsebox.\n> 2. Price?\n€9, brisket +€3\n"
        "> 3. Video style?\nTerminal font, 1:1.\n> 4. Link?\nspudstack.ie",
        ["Spud Stack, from a converted horsebox.", "€9, brisket +€3", "spudstack.ie"],
    ),
    "answers on the lines of the questions": (
        "1 – product? Pulse Box. Beans first.\n2 – price? £34 a box.\n3 – CTA? pulsebox.com\n"
        "4 – look? Hands, pan, done.",
        ["Pulse Box.", "Beans first.", "£34 a box.", "pulsebox.com"],
    ),
    "what a meeting decided": (
        "Agreed: Ranges Blue, made by the people who own the vat.\nAGREED: $13.50 for 150 g.\nDecided: 9:16, no music.",
        ["Ranges Blue, made by the people who own the vat.", "$13.50 for 150 g."],
    ),
    "a record in JSON": (
        '{\n "what": "BreathBox, made in Lagos",\n "weight": "1.8 kg",\n "facts": ["runs 11 hours", "one shift"],\n'
        ' "duration": "9 weeks from order to delivery",\n "visual_v2": "nobody panics, the lamp stays",\n'
        ' "cta": "Order: breathbox.com"\n}',
        [
            "BreathBox, made in Lagos",
            "Weight: 1.8 kg",
            "runs 11 hours.",
            "one shift.",
            "9 weeks from order to delivery",
            "Order: breathbox.com",
        ],
    ),
    "keys with values": (
        "title = The Slow Fault\nauthor = Ngaire Tolley, seismologist\nprice = $38\nvisual = one needle, still\n"
        "exclude_film = the ending",
        ["Ngaire Tolley, seismologist", "Price: $38"],
    ),
    "a signature": (
        "The winter auction is on 3 May.\nBid at farrow.com.\n\nWith kind regards,\nDr Edmund Farrow\n"
        "Consultant, Instruments & Horology\n020 7946 0158",
        ["The winter auction is on 3 May.", "Bid at farrow.com."],
    ),
    "the only number is no signature's": (
        "The winter auction is on 3 May.\nCall for seats,\nEdmund Farrow\n020 7946 0158",
        ["The winter auction is on 3 May.", "Call for seats,", "Edmund Farrow", "020 7946 0158"],
    ),
    "two texts, and which to take": (
        "VERSION A 😴\nTikka, the revolutionary synthesizer.\nVERSION B 🔥\nYour bus is late.\n\nuse B!!",
        ["Your bus is late."],
    ),
    "two texts, and which was refused": (
        "Variant A (approved)\nSole trader? We are ready.\nVariant B (rejected by compliance)\nWe slash your tax.\n\n"
        "Call 01 555 0172.",
        ["Sole trader?", "We are ready.", "Call 01 555 0172."],
    ),
    "two texts, and no word which to take": (
        "Option 1\nSoup on Mondays.\nOption 2\nStew on Tuesdays.",
        ["Soup on Mondays.", "Stew on Tuesdays."],
    ),
    "a subject over a greeting": (
        "Subject: one slip of mine\n\nHello Jo,\nThe heel is walnut now.\nAsante Sole makes shoes in Kumasi.\n"
        "From $89 at asantesole.com",
        ["The heel is walnut now.", "Asante Sole makes shoes in Kumasi.", "From $89 at asantesole.com"],
    ),
    "a copied web page": (
        "Home | Plots | Visit | Log in\nHome › Visit › Prices\nGreenhill opens its gates on 3 May.\n"
        "See full line-up →\nAdults £4 | Children free | Dogs welcome\n"
        "Contact | Imprint | Cookie settings\nPosted 3 days ago · 41 views",
        ["Greenhill opens its gates on 3 May.", "Adults £4", "Children free", "Dogs welcome"],
    ),
    "labels in brackets": (
        "[HEADLINE] One mic.\n[SUBHEAD] The season final\n[BODY, CLOSING] Bottle Cap Room.\n[BUTTON] Sign up to slam\n"
        "[FOOTNOTE] Rents as of April.\n[NOTES TO SUPPLIER] Crest bottom right.",
        ["One mic.", "The season final", "Bottle Cap Room.", "Sign up to slam"],
    ),
    "a chat with a message right after each name and time": (
        "kemar (bass)  18:41  Rescue Riddim, Saturday 15 August, Boundbrook Wharf.\nshanice  18:42  ok?\n"
        "kemar (bass)  18:44  J$2,000 at the gate.",
        ["Rescue Riddim, Saturday 15 August, Boundbrook Wharf.", "J$2,000 at the gate."],
    ),
    "a chat with stars around its names": (
        "*Priya D.* 10:14 AM\nDrivers must leave one metre.\n*Owen M.* 10:16 AM\nok great\n*Priya D.* 10:17 AM\n"
        "The fine is $295.50.",
        ["Drivers must leave one metre.", "The fine is $295.50."],
    ),
    "a programme of what comes back is no chat": (
        "Yoga 18:00 with Anna\nYoga 19:30 with Bob\nSpin 20:00 with Eve\nYoga 21:00 with Anna",
        ["Yoga 18:00 with Anna", "Yoga 19:30 with Bob", "Spin 20:00 with Eve", "Yoga 21:00 with Anna"],
    ),
    "a chat with stamps": (
        """\
[14:05] Stella: ciao marco, need a little film pls
[14:08] Stella: we open again 12 April at 11
[14:09] Marco: all flavours?
[14:09] Stella: all 18 flavours
[14:12] Marco: 👍
""",
        ["we open again 12 April at 11", "all 18 flavours"],
    ),
    "a chat's export": (
        """\
12/03/2025, 18:22 - Barry: ok I will send it off then, is this right
12/03/2025, 18:34 - Barry: Tuesdays 10.30 at Kirkby Sports Hall
12/03/2025, 18:34 - Barry: £3 inc tea and a biscuit
12/03/2025, 18:40 - Keith W: <Media omitted>
""",
        ["Tuesdays 10.30 at Kirkby Sports Hall", "£3 inc tea and a biscuit"],
    ),
    "a chat with its heads on lines of their own": (
        """\
lune — Today at 9:12 PM
prizes?
pixelpete — Today at 9:16 PM
The winner gets a lamp.
starts 22 August 18:00 UTC
pixelpete — Today at 9:17 PM
It has a moth on it.
""",
        ["The winner gets a lamp.", "starts 22 August 18:00 UTC", "It has a moth on it."],
    ),
    "a chat with names and times above its messages": (
        """\
Niamh 19:20
hi Donal, no drone shots please, and keep the music quiet
Donal 19:22
depends, what is in it?
Niamh 19:25
Crag & Kettle opens 1 March
Niamh 19:27
day ticket €13
""",
        ["Crag & Kettle opens 1 March", "day ticket €13"],
    ),
    "a meeting's chat": (
        """\
10:01:12 From Gwen to Everyone: ok the promo, I type what we agreed
10:04:33 From Gwen to Everyone: 11 June, 12:30, bring a bun
10:05:20 From Dilip to Everyone: yes
10:05:48 From Gwen to Everyone: It costs nothing.
""",
        ["11 June, 12:30, bring a bun", "It costs nothing."],
    ),
    "a dialogue without times": (
        """\
Monday 8:55 AM
Alicia R: Morning!
Tom B: Open night at Brandt Kitchens, 13 November
Tom B: starts at $24.50 an hour
Alicia R: do they need a resume?
Tom B: no resume needed
""",
        ["Open night at Brandt Kitchens, 13 November", "starts at $24.50 an hour", "no resume needed"],
    ),
    "a radio spot": (
        """\
SFX: skid
MAN: Next week.
WOMAN: You said that last week.
ANNCR: Maple Tire, $79.95.
MAN: Okay. Tuesday.
WOMAN (whispers): Tuesday!
""",
        ["Next week.", "You said that last week.", "Maple Tire, $79.95.", "Okay.", "Tuesday.", "Tuesday!"],
    ),
    "times with pictures": (
        """\
0:00-0:03 Splash into lens
45 degrees outside?
0:03-0:07 Quick cuts
22 slides.
0:07-0:11 Logo
Jump.
""",
        ["45 degrees outside?", "22 slides.", "Jump."],
    ),
    "labels in a column": (
        """\
00:00 | Shoes being tied
VO | Nobody made you get up.
00:05 | Street
VO | Turn right.
00:09 | Black
VO | Run.
""",
        ["Nobody made you get up.", "Turn right.", "Run."],
    ),
    "labels on lines of their own": (
        """\
[00:00] black
VO (whisper)
Don't run.
[00:08] a woman stops
VO
Let it find you.
[00:14] bottle, wet stone
""",
        ["Don't run.", "Let it find you."],
    ),
    "shots with numbers": (
        """\
Frame | Picture | Copy
1 | A tube, squeezed to death
The last bit stays in.
2 | Landfill
20 billion a year.
3 | Packshot
Nib. Chew it.
""",
        ["The last bit stays in.", "20 billion a year.", "Nib.", "Chew it."],
    ),
    "a storyboard": (
        """\
FRAME 1: A tower of blocks
TEXT: Wait for it.
FRAME 2: Crash in slow motion
TEXT: KLONK.
""",
        ["Wait for it.", "KLONK."],
    ),
    "a voice off screen": (
        """\
GIRL (O.S.): There's nobody here.
Pan left. A chair.
GIRL (O.S.): Who moved that?
""",
        ["There's nobody here.", "Who moved that?"],
    ),
    "scenes in Dutch, without labels": (
        """\
Scène 1 – rommelig kantoor
Elke maand weer puzzelen met het rooster?
Scène 2 – scherm in beeld
Roosterrust plant diensten automatisch.
""",
        ["Elke maand weer puzzelen met het rooster?", "Roosterrust plant diensten automatisch."],
    ),
    "a script in Spanish": (
        """\
Plano 1
Chica estudiando
Locución: Opositar es tener un plan.
Plano 2
Locución: Desde 120 € al mes.
""",
        ["Opositar es tener un plan.", "Desde 120 € al mes."],
    ),
    "frames that are counted in Chinese": (
        """\
镜头一：深夜的厨房，炉火正旺，锅盖轻轻跳动 街角面馆，开到凌晨三点。
镜头二：师傅揉面的特写，面粉飞起来 每碗面都是现拉的，十八元起。
镜头三：招牌全景，雨夜 建设路五号，等您来。
""",
        ["街角面馆，开到凌晨三点。", "每碗面都是现拉的，十八元起。", "建设路五号，等您来。"],
    ),
    "numbers of frames on lines of their own": (
        """\
1
slow close-up of rain on a window, no music Last bus gone?
2
camera pans over six parked cabs, lights off Tawe Taxis never sleep.
3
wide shot, dawn 01792 555 019
""",
        ["Last bus gone?", "Tawe Taxis never sleep.", "01792 555 019"],
    ),
    "rows of what is seen and told": (
        """\
close-up of rain on the bus stop, no people | Last bus gone?
camera pans slowly over six parked cabs | Tawe Taxis never sleep.
wide shot of the office at dawn, lights off | Ring 01792 555 019.
""",
        ["Last bus gone?", "Tawe Taxis never sleep.", "Ring 01792 555 019."],
    ),
    "a table of prices is no script": (
        "Adult day ticket | £12 in advance\nChild day ticket | £6 in advance\nFamily day ticket | £30 in advance\n",
        [
            "Adult day ticket | £12 in advance",
            "Child day ticket | £6 in advance",
            "Family day ticket | £30 in advance",
        ],
    ),
    "a programme is no chat": (
        """\
18:00 Doors: main hall
18:30 Talk: Dr Ames
19:30 Supper: in the yard
""",
        ["18:00 Doors: main hall", "18:30 Talk: Dr Ames", "19:30 Supper: in the yard"],
    ),
    "a chat in which the time is last": (
        """\
Fin, [11 Feb 2025 at 23:44:55]:
second album PAPER MOTORWAY out 28 Feb
Dot, [11 Feb 2025 at 23:45:20]:
empty pool lol
Fin, [11 Feb 2025 at 23:46:31]:
launch gig at the Trades Club, doors 8, £11
""",
        ["second album PAPER MOTORWAY out 28 Feb", "launch gig at the Trades Club, doors 8, £11"],
    ),
    "a chat in which the time is first": (
        """\
07:41 Carlos 🎤 on nettoie vos bureaux à quatre heures du matin
07:42 Carlos 🎤 venez le 27 mars à la Maison du Peuple
07:43 Fatou ok
""",
        ["on nettoie vos bureaux à quatre heures du matin", "venez le 27 mars à la Maison du Peuple"],
    ),
    "a form with a subject and a date is no mail": (
        "Objet : collecte de matelas usagés\nDate : samedi 27 septembre\nLieu : place Carnot\n",
        ["Objet : collecte de matelas usagés", "samedi 27 septembre", "Lieu : place Carnot"],
    ),
    "menus of a page": (
        "Join | Loans | Savings | Log in\nShare: Facebook | X | Print this page\n"
        "The Harbour Credit Union lends up to £5,000 in a day.\nBao | Chips | Tea, all for £9\n",
        ["The Harbour Credit Union lends up to £5,000 in a day.", "Bao", "Chips", "Tea, all for £9"],
    ),
    "a greeting in any language": (
        "Szczęść Boże,\n\nParafia zaprasza na festyn w niedzielę 14 czerwca.\nWstęp wolny, losy po 5 zł.\n",
        ["Parafia zaprasza na festyn w niedzielę 14 czerwca.", "Wstęp wolny, losy po 5 zł."],
    ),
    "verses are no greeting": (
        "Mango on the gatepost,\nsorrel on the door,\nPainter Ricky paints it all, ₦5,000 a room.\n",
        ["Mango on the gatepost,", "sorrel on the door,", "Painter Ricky paints it all, ₦5,000 a room."],
    ),
    "a price list is no dialogue": (
        """\
Adults: £5
Children: £3
Dogs: free
Cats: never
""",
        ["Adults: £5", "Children: £3", "Dogs: free", "Cats: never"],
    ),
    "a fade is a haircut": (
        """\
fade theory rye lane peckham
skin fade £22
""",
        ["fade theory rye lane peckham", "skin fade £22"],
    ),
}


@pytest.mark.parametrize("name", SAID)
def test_what_a_form_says(name: str) -> None:
    content, wanted = SAID[name]
    parts = forms.read(content).parts
    assert [
        words for part in parts if part.use in {"say", "list", "call"} for words in part.items or [part.text]
    ] == wanted


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            "Hi both,\nCopy for the trailer's below.\n-----Original Message-----\n> Subject: trailer FINAL\n"
            "> THE SALT WIFE\n> Tickets from £12\n> tronlane.com\n> On Mon, Jess wrote:\n> > did you decide yet?\n",
            ["THE SALT WIFE", "Tickets from £12", "tronlane.com"],
        ),
        (
            "FYI – can you run with this?\n---------- Forwarded message ---------\nFrom: Nikos\nSubject: Re: text\n"
            "> Our vines grow in baskets.\n> karraswine.gr",
            ["Our vines grow in baskets.", "karraswine.gr"],
        ),
        (
            "Niamh 19:20\nCrag & Kettle opens 1 March\nDonal 19:22\nin the old silo\nNiamh 19:25\nday ticket €13",
            ["Crag & Kettle opens 1 March", "in the old silo", "day ticket €13"],
        ),
        (
            "10:04:10 From Gwen to Everyone: Payroll in Plain English\n10:04:33 From Gwen to Everyone: 11 June, 12:30",
            ["Payroll in Plain English", "11 June, 12:30"],
        ),
        (
            "[SFX: static]\nVOICE 1: You're listening to Estuary FM\nVOICE 2: A new mast costs £14,000.\n[music]",
            ["You're listening to Estuary FM", "A new mast costs £14,000."],
        ),
        (
            "SÉQUENCE 1 – parking d'usine\nVOIX OFF Chaque matin, trois places vides.\nSÉQUENCE 2\n"
            "VOIX OFF Déjà 40 000 trajets.\nrouli.app",
            ["Chaque matin, trois places vides.", "Déjà 40 000 trajets.", "rouli.app"],
        ),
        (
            "VOICE-OVER:\nIn 1978 verdween de pastoor.\nBijna vijftig jaar zweeg het dorp.\nTEKST IN BEELD:\n"
            "Onder de Kerktoren\nGELUID: kerkklok, ver weg\nBEELD: mist boven velden",
            ["In 1978 verdween de pastoor.", "Bijna vijftig jaar zweeg het dorp.", "Onder de Kerktoren"],
        ),
        (
            "Scène 1 – rommelig kantoor\nElke maand puzzelen met het rooster?\nScène 2 – scherm\n"
            "Al 120 teams werken ermee.",
            ["Elke maand puzzelen met het rooster?", "Al 120 teams werken ermee."],
        ),
        (
            "- Pass your driving theory test\n- Explains all 700 questions\n- £4.99 once\n- VO: neutral accent\n"
            "- end card = icon",
            ["Pass your driving theory test", "Explains all 700 questions", "£4.99 once"],
        ),
        ("Duración: 8 semanas, martes y jueves", ["Duración: 8 semanas, martes y jueves"]),
        ("[Start your free trial](https://rotagood.example)", ["Start your free trial: rotagood.example"]),
        ("It is Rs. 1,50,000. Kirchenbauverein St. Marien.", ["It is Rs. 1,50,000.", "Kirchenbauverein St. Marien."]),
    ],
)  # fmt: skip
def test_what_is_for_the_viewer_is_found_in_the_forms_people_paste(content: str, said: list[str]) -> None:
    told = [part for part in forms.read(content).parts if part.use in {"say", "show", "list", "call"}]
    found = [words for part in told for words in (part.items or (part.text,))]
    assert [words for words in said if words not in found] == []


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        ("Make it 20 seconds", 20.0),
        ("Boss reveal, keep it to 1 sec, don't show the face", None),
        ("logo at the end, hold 15 seconds", None),
        ("legal wants the line readable for 3 sec min", None),
        ("a 6-second ad for the bakery", 6.0),
        ("8 sec max", 8.0),
        ("前 3 秒一定要有 hook，字卡不要超過 12 個字", None),
        ("踏む音を5秒。言葉は重ねない。", None),
        ("▼フック(0〜4秒)", None),
        ("乌龟出镜 ≥ 2秒", None),
        ("[처음 3초]", None),
        ("蜂のアップは2秒まで!!", None),
        ("3 seconds", 3.0),
        ("At this point we have the clip, 4 seconds, unedited and with its thud.", None),
        ("動画を30秒でお願いします", 30.0),
    ],
)
def test_the_length_of_a_part_is_not_the_films(words: str, seconds: float | None) -> None:
    assert instructions.seconds(words) == seconds


OVER: dict[str, tuple[str, list[str]]] = {
    "a page with its sections": (
        """\
Save the Marigold

Story
The Marigold has carried people across Tallow Lake since 1938.
We need $60,000 by 30 June, or she goes for scrap.

Rewards
$25 – your name on a plank, on the inside, where the fish can't read it.
""",
        ["Story", "Rewards"],
    ),
    "a list without bullets": (
        """\
Loon's Rest is a cabin at the end of a road.

Rates
$180 a night
$1,100 a week
linen $20 a stay
""",
        ["Rates"],
    ),
    "a sign before each heading": (
        """\
勤怠アプリ「キンタロウ」

■実績
導入企業 3,200社、継続率 98.7%
■機能
・スマホで打刻
・残業時間を集計
・給与ソフトと連携
■締め
まずは30日間無料でお試しください。
""",
        ["実績", "機能"],
    ),
    "names in brackets": (
        "【特徴】\n・処方箋を撮るだけで登録\n・飲んだら家族に通知\n・基本機能は無料\n",
        ["特徴"],
    ),
    "questions and answers on one line": (
        "Seed swap at the scout hall\nWhen? Sunday 14 September, 10 to 12.\nCost? A gold coin for the kettle.\n"
        "What do I bring? Seeds in labelled envelopes, or cake.\n",
        ["When?", "Cost?", "What do I bring?"],
    ),
    "an interview on lines of two": (
        "Q: Who are you? A: Pilgrim House, near Antigonish.\nQ: Rules? A: Quiet at nine.\n",
        ["Who are you?", "Rules?"],
    ),
    "parts of a script have no headings": (
        "[HOOK]\nHave you an idea in your head?\n[BODY]\nTornillo is a makerspace in Corona, Queens.\n[CTA]\n"
        "Come by on 104th Street.\n",
        [],
    ),
    "sentences are no headings": (
        """\
skin fade £22
kids £15
open 9 til 8 mon to sat
no appointment needed just pull up
""",
        [],
    ),
}


@pytest.mark.parametrize("name", OVER)
def test_headings_are_shown_over_what_follows(name: str) -> None:
    content, wanted = OVER[name]
    parts = forms.read(content).parts
    assert [part.heading or part.text for part in parts if part.heading or (part.use == "list" and part.text)] == wanted
    assert [part.text for part in parts if part.use == "say" and part.text in wanted] == []


FILLED: dict[str, tuple[str, list[str]]] = {
    "questions with answers": (
        "Company: Lingua Baltica\nWhat should viewers remember? A contract is no place to guess.\n"
        "Target group: shipping\nKey facts: 34 languages\nMood: calm\nWhat is the occasion: We open on 6 September",
        ["title Lingua Baltica", "say A contract is no place to guess.", "say 34 languages",
         "say We open on 6 September"],
    ),
    "labels on lines of their own": (
        "Organisation\nNight Vet Utrecht\nMessage in one sentence\nWhen your own vet sleeps, we don't.\n"
        "Call to action\nDrive, we are awake: 030 555 0177\nTarget group\nDog and cat owners within 30 km\n"
        "Style\nCalm.",
        ["say Night Vet Utrecht", "say When your own vet sleeps, we don't.",
         "call Drive, we are awake: 030 555 0177"],
    ),
    "lines with numbers": (
        "Format: 20s\nLine 1: Look. Front, back, soles.\nLine 2: Have one every 12 months.\nCTA: See your GP.\n"
        "Footer: General information only.\nMusic: none",
        ["say Look.", "say Front, back, soles.", "say Have one every 12 months.", "call See your GP.",
         "source General information only."],
    ),
    "names in brackets": (
        "【日時】9月6日(日)午前9時\n【会場】桜台小学校 校庭\n【持ち物】軍手、飲み物",
        ["say 9月6日(日)午前9時", "say 桜台小学校 校庭", "say 持ち物：軍手、飲み物"],
    ),
    "one line with a sign of equality": (
        "4.9 on Trustpilot\nProduct = Nestbook, the diary for childcare\n$5 = a meal",
        ["say 4.9 on Trustpilot", "say Nestbook, the diary for childcare", "say $5 = a meal"],
    ),
    "an agency's form in Polish": (
        "Klient: Browar Zatorski\nCel: rozpoznawalność przed sezonem\nGrupa docelowa: 25–40, duże miasta\n"
        "Główny przekaz: Pełny smak. Zero procent.\nTon: lekki\nObowiązkowo: logo, hasło „Jedź z nami dalej.”\n"
        "Zakazy: bez samochodów\nBudżet: 45 000 zł\nTermin: 15 maja\nCena: 6 zł",
        ["title Browar Zatorski", "say Pełny smak.", "say Zero procent.", "show Jedź z nami dalej.", "say Cena: 6 zł"],
    ),
    "an agency's form in Korean": (
        "제품: 숨결 수면 앱\n목표: 다운로드 늘리기\n시청 대상: 30대 직장인\n핵심 메시지: 오늘은 푹 잡니다.\n"
        "영상 길이: 30초\n금지 사항: 의학적 표현",
        ["say 숨결 수면 앱", "say 오늘은 푹 잡니다."],
    ),
    "platforms are where a game can be had": (
        "TITLE\nMoth & Lantern\nPLATFORMS\nSteam, Switch\nCTA\nWishlist it on Steam",
        ["title Moth & Lantern", "say Steam, Switch", "call Wishlist it on Steam"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FILLED)
def test_the_labels_of_a_form_are_not_told(name: str) -> None:
    content, wanted = FILLED[name]
    assert [f"{part.use} {part.text}" for part in forms.read(content).parts if part.use != "direction"] == wanted


@pytest.mark.parametrize("over", ["What you'll do", "Das bringst du mit"])
def test_a_few_words_over_bullets_are_their_heading(over: str) -> None:
    content = f"Bakery Assistant wanted\n\nStart: early March\n\n{over}\n- Shape and bake\n- Serve customers\n- Turn up"
    assert [part.text for part in forms.read(content).parts if part.use == "list"] == [over]


@pytest.mark.parametrize("over", ["Key points", "WHY", "Next step"])
def test_what_kind_of_part_follows_is_not_told(over: str) -> None:
    content = (
        f"Ledgerly writes your invoices.\n\n{over}\n- Sent in 40 seconds\n- Reminders by itself\n- Works with 31 banks"
    )
    (listed,) = (part for part in forms.read(content).parts if part.use == "list")
    assert not listed.text


def test_the_command_that_installs_it_is_told_and_other_code_is_not() -> None:
    content = (
        "# tidepool\n\nTidepool keeps databases in step.\n\n## Install\n\n```bash\ncargo add tidepool\n```\n\n"
        "## Quick start\n\n```rust\nlet db = Tidepool::open()?;\ndb.sync_with(peer).await?;\n```\n\nMIT © 2026 Tidepool"
    )
    read = brief.read(content, "en")
    assert read.sentences == ("Tidepool", "Tidepool keeps databases in step.", "cargo add tidepool")
    assert not read.sources


@pytest.mark.parametrize(
    ("dictated", "told"),
    [
        (
            "Anyway what it should say is that every bouquet is made by hand and that we only use British flowers.",
            "Every bouquet is made by hand and we only use British flowers.",
        ),
        ("So what the film has to say is: nobody waits at Marlow Vets.", "Nobody waits at Marlow Vets."),
        ("Ce qu'il faut dire c'est que tout est fait le matin même.", "Tout est fait le matin même."),
    ],
)
def test_how_people_dictate_what_is_told_is_not_told(dictated: str, told: str) -> None:
    content = f"{dictated}\nOrder by 12 March at petalandthorn.wales."
    assert brief.read(content, None).sentences[0] == told


def test_what_stands_over_notes_to_the_makers_is_not_told() -> None:
    content = (
        "Cone Crusaders, the ice-cream van of Leith, is out every day from 1 May.\nCones from £2.50, dogs eat free.\n"
        "Ring 0131 496 0144.\n\nChecklist\n- no clowns anywhere in the film please\n- keep the music off until the logo"
    )
    assert not [part.text for part in forms.read(content).parts if part.use != "direction" and "Check" in part.text]


FERRY = (
    '"THE LAST FERRY" – :30 TV spot for Orkney Whisky\n\nFADE IN:\n\nEXT. HARBOUR – DUSK\n'
    "An old FERRYMAN (60s) ties up.\n\n"
    "VO (FERRYMAN)\nMy father took the last boat home.\n\nINT. CABIN – NIGHT\nHe opens a tin box.\n\n"
    "VO (FERRYMAN) (CONT'D)\nThe sea doesn't care.\n\nVO (ANNCR)\nOrkney. Take the last boat home.\n\nFADE OUT."
)


def test_a_voice_is_heard_whoever_it_is_and_an_age_is_no_length() -> None:
    assert [part.text for part in forms.read(FERRY).parts if part.use == "say"] == [
        "My father took the last boat home.", "The sea doesn't care.", "Orkney.", "Take the last boat home.",
    ]  # fmt: skip
    assert brief.read(FERRY, "en").seconds == 30.0


NOTES: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "a doubt with a date in it": (
        "Programm Lange Nacht im Glasmuseum (Stand 24.11., Herr Öztürk prüft noch die Uhrzeiten!!)\n18:00 Begrüßung\n"
        "18:30 Glasblasen live\nEintritt 6 €, Kinder frei. Sa., 5.12.\nBitte nix mit Feuerwerk.",
        ("Glasmuseum", "Kinder frei"),
        ("Öztürk", "Stand", "Feuerwerk"),
    ),
    "a doubt in a step, and a title before a name": (
        "Como fazer o check-in sozinho no Hotel Maré Alta\n\nÀ porta\n1. Carregue no botão azul\n"
        "2. Empurre a porta com força, ela prende (pedi para arranjar, talvez tirar isto)\n\n"
        "Atende o Sr. Vítor, em português e inglês.",
        ("ela prende", "Atende o Sr. Vítor, em português e inglês."),
        ("arranjar",),
    ),
    "numbered labels beside questions": (
        "VIDEO REQUEST FORM\n\n1. Organisation\nHelping Hands Removals\n\n2. Your name and role\nBilal Sheikh, "
        "volunteer coordinator\n\n3. What is the video for?\nOur website\n\n4. Who should see it?\nPeople who have to "
        "move\n\n5. Key message\nMoving house should not cost you your furniture.\n\n6. What must be said?\n"
        "Last year we moved 312 households.\n\n7. Call to action\nCall 0116 555 0129.\n\n8. Anything to avoid?\n"
        "Please no crying people.\n\n9. Deadline\n14 December",
        ("Moving house", "312 households", "0116 555 0129"),
        ("Your name", "Bilal", "Organisation", "Our website", "People who", "14 December", "crying", "Key message"),
    ),
    "what is still to do": (
        "A starter that has been running since 1987.\n\n14 € in all three shops, in Ghent, Aalst and Lokeren. "
        "TODO: ask Wim for the url",
        ("since 1987", "in all three shops"),
        ("TODO", "Wim"),
    ),
}
"""What is told and what is not of briefs that have a note in an odd place."""


@pytest.mark.parametrize("name", NOTES)
def test_a_note_in_an_odd_place_is_not_told(name: str) -> None:
    content, told, never = NOTES[name]
    parts = forms.read(text.plain(text.normal(content))).parts
    said = [words for part in parts if part.use != "direction" for words in (part.text, part.heading, *part.items)]
    assert [words for words in told if not any(words in one for one in said)] == []
    assert [words for words in never if any(words in one for one in said)] == []


def test_what_a_comment_of_markdown_wishes_is_a_direction_and_not_told() -> None:
    content = (
        "# Sunrow\n\nWe build solar roofs.\n\n<!-- for the video people: bright colours, Irish voice -->\n<!-- toc -->"
    )
    parts = forms.read(text.plain(content)).parts
    assert [part.text for part in parts if part.use == "direction"] == [
        "for the video people: bright colours, Irish voice"
    ]
    assert not any("toc" in part.text for part in parts)
