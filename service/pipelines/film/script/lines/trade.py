# ruff: noqa: RUF001 -- the letters of other languages are meant
"""The words that remarks about a film are made of, in the languages that briefs come in. Pure."""


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


SUBJECTS = _words(
    "voice voices voiceover voice-over voice-overs vo narrator narration speaker accent music soundtrack song "
    "tune jingle beat beats sfx captions caption subtitles subtitle overlay overlays logo font fonts colour "
    "colours color colors palette transitions transition footage b-roll broll camera tone style mood vibe vibes "
    "look feel pacing pace aspect ratio vertical horizontal video film clip reel stimme frauenstimme männerstimme "
    "sprecher sprecherin musik untertitel schrift schriftart farben farbe tonfall stimmung hintergrundmusik "
    "wörter anglizismen voix musique sous-titres police couleurs couleur ambiance montage voz música musica tono "
    "estilo subtítulos colores locución narrador narradora voce sottotitoli colori stile atmosfera musiche "
    "legendas cores narração voix-off stem muziek ondertiteling kleuren stijl sfeer vrouwenstem mannenstem głos "
    "muzyka muzyki lektor napisy kolory styl müzik ses seslendirme altyazı renkler музыка музыки музыку голос "
    "голоса диктор субтитры цвета стиль озвучка логотип logotipo logotyp"
)
"""What a remark about a film speaks of."""
STYLES = _words(
    "upbeat calm soft gentle warm cool bright light dark epic cinematic dramatic energetic fast slow modern clean "
    "minimal minimalist minimalistic professional friendly funny playful romantic emotional inspiring "
    "inspirational motivational uplifting happy sad serious elegant luxurious premium bold vibrant colourful "
    "colorful pastel neon retro vintage corporate ambient smooth subtle quiet relaxed relaxing confident "
    "conversational trustworthy casual formal quick snappy dynamic natural neutral clear hopeful joyful cheerful "
    "moody mysterious powerful peaceful fun humorous witty sarcastic encouraging pulsing chill catchy festive "
    "cozy cosy heartfelt fröhlich fröhliche ruhig ruhige ruhiger warme warmer warmes freundlich freundliche "
    "moderne sanft sanfte fetzig locker seriös lebhaft leise doux douce joyeux joyeuse calme entraînante "
    "entraînant élégant élégante chaleureux chaleureuse énergique dynamique discrète alegre suave tranquila "
    "tranquilo cálida cálido enérgica moderna moderno elegante divertida emotiva cercano calda caldo calma "
    "allegra allegro rilassato rilassata dolce vivace energica animada acolhedora rustig rustige vrolijk vrolijke "
    "zachte spokojna ciepły wesoła neşeli sakin sıcak спокойная спокойный весёлая тёплый бодрая лёгкая"
)
"""How it is to be: none of these is news by itself."""
KINDS = _words(
    "female male man woman woman's man's british american australian irish scottish indian english spanish "
    "italian french german latin young older deep mature child's background acoustic electronic lo-fi lofi pop "
    "rock jazz classical piano guitar ukulele strings orchestral orchestra drums violin mariachi folk hip-hop "
    "techno house funk soul rap reggae metal edm opera ballad instrumental royalty-free trending white black red "
    "blue green yellow orange "
    "purple pink gold grey gray navy teal cream beige pastel square portrait landscape format 9:16 1:1 16:9 4:5 "
    "4k hd tiktok instagram reels youtube shorts facebook linkedin stories social media seconds second sec secs s "
    "long length duration short internal promo explainer text screen end ending beginning start top bottom corner "
    "left right cuts zoom drone slow-motion shots close-ups weiblich weibliche weiblicher männlich männliche "
    "englischen englische ende anfang hintergrund schwarz weiß rot blau grün hochformat quadratisch deutsch "
    "deutsche klavier gitarre féminine masculine féminin masculin fin début fond noir blanc rouge bleu guitare "
    "femenina masculina femenino masculino final fondo negro blanco guitarra femminile maschile finale sfondo "
    "nero bianco chitarra feminina fim fundo preto branco forte fort loud fuerte laut vrouwelijke mannelijke "
    "einde begin żeński męski damski kadın erkek женский мужской женским мужским"
)
"""What there is of each, and where it goes."""
GLUE = _words(
    "a an the and or but with without no not too very quite more less in on at of for to be is should must keep "
    "over pls plz max maximum about around under than longer u ur vid cause "
    "make it use using add our my your please only just some any this style like as by throughout und oder mit "
    "ohne kein keine keinen nicht zu sehr bitte am im der die das dem den ein eine einer et ou avec sans pas de "
    "du des la le les un une à au en très y con sin del el los las una muy al e senza non di della il lo molto "
    "alla com sem não da do o um uma muito met zonder geen een het i z bez nie ve ile olsun yok и с без на не в "
    "sonra"
)
"""Small words between them."""
ONLY_MUSIC = _words("music song tune jingle beat beats musik musique música musica muziek muzyka muzyki müzik музыка")
"""Subjects that the world has too: "jazz music" may be what an evening offers."""
NONE = _words("no without not ohne kein keine keinen sans pas sin senza sem zonder geen bez без use nur only")
"""Words that ask for something to be left out, or for it alone."""
