# ruff: noqa: RUF001 -- the letters of other languages are meant
"""How months, days and times of day are written in the languages that briefs come in, as patterns. Pure."""

MONTHS = (
    # English, French, German, Spanish, Italian, Portuguese and Dutch share most of their beginnings.
    "jan(?:uary|vier|uar|eiro|ner|uari|\\.)?|feb(?:ruary|ruar|braio|ruari|\\.)?|f[ée]vr(?:ier|\\.)|febrero|fevereiro|"
    "enero|gennaio|mar(?:ch|s|zo|ço|\\.)|märz|maart|apr(?:il|ile|\\.)?|avril|abril|aprile|may|mai|maio|mayo|maggio|mei|"
    "june?|juin|juni|junio|junho|giugno|july?|juillet|juli|julio|julho|luglio|aug(?:ust|ustus|\\.)?|août|agosto|"
    "sept?(?:ember|embre|iembre|\\.)?|setembro|settembre|oct(?:ober|obre|\\.)?|okt(?:ober|\\.)?|octubre|outubro|ottobre|"
    "nov(?:ember|embre|iembre|embro|\\.)?|dec(?:ember|\\.)?|déc(?:embre|\\.)?|dez(?:ember|embro|\\.)|diciembre|dicembre|"
    "(?:ene|gen|set|mag|ago|fev|out)\\.|giu\\.?|lug\\.?|ott\\.?|dic\\.?|abr\\.?|avr\\.?|juil\\.?|janv\\.?|"
    "stycznia|lutego|marca|kwietnia|maja|czerwca|lipca|sierpnia|września|października|listopada|grudnia|"
    "ocak|şubat|mart|nisan|mayıs|haziran|temmuz|ağustos|eylül|ekim|kasım|aralık|"
    "ledna|února|března|dubna|května|června|července|srpna|října|prosince|"
    "des(?:ember)?|agu(?:stus)?|okt|"
    "januari|februari|mars|juli|augusti|oktober|desember|"
    # Danish, Finnish, Croatian, Slovak, Serbian, Slovene, Hungarian, Bulgarian, Swahili.
    "marts|maj|(?:tammi|helmi|maalis|huhti|touko|kesä|heinä|elo|syys|loka|marras|joulu)kuu(?:ta|n)?|"
    "siječnja|veljače|ožujka|travnja|svibnja|lipnja|srpnja|kolovoza|rujna|studenoga?|prosinca|"
    "(?:janu|febru)(?:ára|ara|arja)|apríla|aprila|marta|mája|júna|júla|juna|jula|junija|julija|augusta|avgusta|"
    "(?:sept|nov|dec)embra|okt[oó]bra|(?:јану|фебру)ара?|марта?|априла?|маја?|ју[нл]а?|августа?|"
    "(?:септем|октом|октоб|новем|децем)(?:бар|бра|ра|ври)|"
    "január|február|március|április|május|június|július|augusztus|szeptember|október|"
    "януари|февруари|април|май|ю[нл]и|септември|ноември|декември|"
    "machi|aprili|julai|agosti|septemba|oktoba|novemba|desemba|"
    "ianuarie|februarie|martie|iunie|iulie|septembrie|octombrie|noiembrie|decembrie|"
    "يناير|فبراير|مارس|كانون الثاني|كانون الأول|شباط|آذار|نيسان|"
    "أيار|حزيران|تموز|آب|أيلول|تشرين الأول|تشرين الثاني|أبريل|ابريل|إبريل|مايو|يونيو|يوليو|"
    "أغسطس|سبتمبر|أكتوبر|نوفمبر|ديسمبر|رمضان|"
    "января|февраля|марта|апреля|мая|июня|июля|августа|сентября|октября|ноября|декабря|"
    "січня|лютого|березня|квітня|травня|червня|липня|серпня|вересня|жовтня|листопада|грудня|"
    "ιανουαρίου|φεβρουαρίου|μαρτίου|απριλίου|μαΐου|ιουνίου|ιουλίου|αυγούστου|σεπτεμβρίου|οκτωβρίου|νοεμβρίου|"
    "δεκεμβρίου|"
    "ב?(?:ינואר|פברואר|מרץ|אפריל|מאי|יוני|יולי|אוגוסט|ספטמבר|אוקטובר|נובמבר|דצמבר)|"
    "जनवरी|फ़?रवरी|फरवरी|मार्च|अप्रैल|मई|जून|जुलाई|अगस्त|सितंबर|सितम्बर|अक्टूबर|नवंबर|नवम्बर|दिसंबर|दिसम्बर|"
    "มกราคม|กุมภาพันธ์|มีนาคม|เมษายน|พฤษภาคม|มิถุนายน|กรกฎาคม|สิงหาคม|กันยายน|ตุลาคม|พฤศจิกายน|ธันวาคม|"
    "(?:ม\\.ค|ก\\.พ|มี\\.ค|เม\\.ย|พ\\.ค|มิ\\.ย|ก\\.ค|ส\\.ค|ก\\.ย|ต\\.ค|พ\\.ย|ธ\\.ค)\\."
)
"""Any month, as it stands after or before a day."""

DAYS = (
    "(?:mon|tue|tues|wed|thu|thur|thurs|fri|sat|sun)(?:day|nesday|sday|rsday|urday|\\.)?|lundi|mardi|mercredi|jeudi|"
    "vendredi|samedi|dimanche|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|lunes|martes|miércoles|"
    "jueves|viernes|sábado|domingo|lunedì|martedì|mercoledì|giovedì|venerdì|sabato|domenica|"
    "(?:segunda|terça|quarta|quinta|sexta)(?:-feira)?|maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag|"
    "poniedziałek|wtorek|środa|czwartek|piątek|sobota|niedziela|pazartesi|salı|çarşamba|perşembe|cuma|cumartesi|pazar|"
    "(?<!\\w)(?:lun|mar|mer|gio|ven|sab|dom|mié|jue|vie|sáb|seg|ter|qua|qui|sex|jeu|sam|dim|ma|wo|vr|za|zo|mo|di|mi|do|fr|sa|so)"
    "\\.?(?=,? ?\\d)|"
    "रविवार|सोमवार|मंगलवार|बुधवार|गुरुवार|शुक्रवार|शनिवार|"
    "понедельник|вторник|сред[ау]|четверг|пятниц[ау]|суббот[ау]|воскресенье|måndag|tisdag|onsdag|torsdag|fredag|lördag|"
    "söndag|mandag|tirsdag|lørdag|søndag|(?:maanan|tiis|tors|perjan|lauan|sunnun)tai(?:na|sta)?|keskiviikko(?:na)?|"
    "pondělí|úterý|střed[au]|čtvrtek|pátek|sobot[auęy]|neděl[ei]|środę|niedzielę|ponedjeljak|utorak|srijed[au]|četvrtak|petak|"
    "subot[au]|nedjelj[au]|понедељак|уторак|четвртак|петак|субот[ау]|недељ[ау]|luni|marți|miercuri|joi|vineri|sâmbătă|duminică|"
    "hétfőn?|kedd(?:en)?|szerdán?|csütörtök(?:ön)?|péntek(?:en)?|szombat(?:on)?|vasárnap|понеделник|сряда|четвъртък|петък|"
    "събота|неделя"
)
"""Any day of the week, whole or short."""

TO = "(?:to|until|till|through|bis|à|au|a|al|alle|até|às|tot|do|до|to|إلى|حتى|से|ถึง|עד|و|đến|sampai|s\\.d\\.)"
"""The words between the ends of a range."""

EASTERN_DATE = (
    r"(?:(?:令和|平成|民國|民国)?\d{1,4}[年년] ?)?\d{1,2}(?:月 ?\d{1,2}[日号號]|월 ?\d{1,2}일)"
    r"(?:[（(][月火水木金土日一二三四五六祝・월화수목금토일]{1,3}[）)])?"
    r"(?:(?:至|到|부터 ?|・|、|[~〜～–-])\d{1,2}[日号號일]"
    r"(?:[（(][月火水木金土日祝・월화수목금토일]{1,3}[）)])?(?:까지)?(?!間|间))?"
)
"""A date in Chinese, Japanese or Korean."""
EASTERN_TO = r" ?(?:から|より|至|到|~|〜|～|–|—|-|부터|에서) ?"
EASTERN_TIME = (
    r"(?:(?:午前|午後|上午|下午|晚上|早上|中午|凌晨|오전|오후|저녁|아침|밤|새벽) ?)?(?<!\d)\d{1,2}"
    r"(?:[時点點时](?!間|间)(?:\d{1,2}分|半)?|:\d\d|시(?!간)(?: ?\d{1,2}분| ?반)?)"
    r"|(?:(?:सुबह|दोपहर|शाम|रात) )?\d{1,2}(?::\d\d)? बजे"
)
"""A time of day in Chinese, Japanese or Korean."""
