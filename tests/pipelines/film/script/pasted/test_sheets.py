# ruff: noqa: ISC004 -- lines of a brief
"""Of a sheet that its makers worked on, the film's words are read; other tables stay as they are."""

import pytest

from service.pipelines.film.script.pasted import sheets

OWNED = """\
Nr;Text;Wer;Stand
1;Die Fähre fährt wieder jede Stunde.;Antje;ok
2;Das Deck ist neu, der Kaffee ist alt.;Antje;ok
3;Erwachsene zahlen 9 Euro, Kinder nichts.;Jens;geprüft
4;keine Möwen, bitte!;Antje;"""
TABBED = """\
Hi Noor, the sheet:
#	Copy	Secs	Signed off
1	Your library card opens the tool shed.	4	Jo
2	Drills, ladders, a carpet cleaner. Free.	5	Jo
3	Bring it back within seven days.	3	pending
Thanks"""
WIDE = """\
| 番号 | 文 | 状態 |
| 1 | 冬のあいだ、橋は夜だけ閉まります。 | OK |
| 2 | 朝六時には、もう渡れます。 | OK |
| 3 | 回り道は駅の裏から五分です。 | OK |"""
LABELLED = """\
Field | Approved text | Ref
Title | The night garden opens | AB-1
Hook | Have you ever smelt the moonflower? | AB-1
CTA | Book a lantern at nightgarden.example | AB-2"""
OF_VIEWERS = {
    "a programme": "Time | Act | Stage\n"
    "18:00 | The Lanterns | Main\n19:00 | Brass of Leith | Main\n20:00 | Rook | Main",
    "prices": "Cut;Length;Price\nWash and cut;40 min;£32\nCut and colour;2 h;£85\nBeard;20 min;£15",
    "a walk": "Day | Way | Climb | Night\nFri | to the hut by the old mill road | 410 m | hut\n"
    "Sat | over the ridge to the lake and down | 890 m | hut\nSun | back along the river to the station | 60 m | home",
    "a sentence": "We have bread; rolls; cakes\nand tea; coffee; juice\nfor you; your friends; your dog\n"
    "all day; all night; all year",
}


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        (
            OWNED,
            "Die Fähre fährt wieder jede Stunde.\nDas Deck ist neu, der Kaffee ist alt.\n"
            "Erwachsene zahlen 9 Euro, Kinder nichts.\nkeine Möwen, bitte!",
        ),
        (
            TABBED,
            "Hi Noor, the sheet:\nYour library card opens the tool shed.\nDrills, ladders, a carpet cleaner. Free.\n"
            "Bring it back within seven days.\nThanks",
        ),
        (WIDE, "冬のあいだ、橋は夜だけ閉まります。\n朝六時には、もう渡れます。\n回り道は駅の裏から五分です。"),
        (
            LABELLED,
            "Title: The night garden opens\nHook: Have you ever smelt the moonflower?\n"
            "CTA: Book a lantern at nightgarden.example",
        ),
    ],
)
def test_the_words_of_a_sheet_are_read_without_its_makers_columns(typed: str, read: str) -> None:
    assert sheets.told(typed) == read


@pytest.mark.parametrize("kind", OF_VIEWERS)
def test_a_table_for_the_viewers_stays(kind: str) -> None:
    assert sheets.told(OF_VIEWERS[kind]) == OF_VIEWERS[kind]
