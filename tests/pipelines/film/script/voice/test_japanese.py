"""Japanese: how figures are said, and how sentences are read."""

import pytest

from service.pipelines.film.script.voice import narration, saying_japanese
from service.pipelines.film.studio import japanese
from service.pipelines.film.studio.japanese import Dictionary

KATAKANA = frozenset(map(chr, range(0x30A1, 0x3100)))


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("12,800円", "イチマンニセンハッピャクエン"),
        ("¥3,980", "サンゼンキューヒャクハチジューエン"),
        ("１億２,000万円", "イチオクニセンマンエン"),
        ("5月3日", "ゴガツミッカ"),
        ("12月25日", "ジューニガツニジューゴニチ"),
        ("4月1日", "シガツツイタチ"),
        ("1日3回", "イチニチサンカイ"),
        ("2泊3日", "ニハクミッカ"),
        ("2026/12/20", "ニセンニジューロクネンジューニガツハツカ"),
        ("10:00〜20:30", "ジュージからニジュージサンジュップン"),
        ("7時30分", "シチジサンジュップン"),
        ("32時間", "サンジューニジカン"),
        ("先着100名様", "先着ヒャクメーサマ"),
        ("1人で", "ヒトリで"),
        ("一人前", "一人前"),
        ("4人", "ヨニン"),
        ("20歳", "ハタチ"),
        ("3階", "サンガイ"),
        ("1箱", "ヒトハコ"),
        ("3つ", "ミッツ"),
        ("3本と300本", "サンボンとサンビャッポン"),
        ("6杯、8個、10%", "ロッパイ、ハッコ、ジュッパーセント"),
        ("1.5倍の3.5km", "イッテンゴバイのサンテンゴキロメートル"),
        ("道玄坂1-2-3", "道玄坂イチノニノサン"),
        ("03-1234-5678まで", "ゼロサンノイチニサンヨンノゴロクナナハチまで"),
        ("5G", "ゴG"),
        ("0.5秒", "レーテンゴビョー"),
        ("99999999999999999", "キュー" * 17),
    ],
)
def test_figures_are_said_as_a_speaker_of_japanese_would(written: str, said: str) -> None:
    assert saying_japanese.said(written) == said


@pytest.fixture(scope="module")
def words() -> Dictionary:
    return Dictionary()


@pytest.mark.parametrize(
    ("written", "read"),
    [
        # The first lines of books and laws that everybody learns to read aloud.
        ("吾輩は猫である。名前はまだ無い。", "ワガハイワネコデアル。ナマエワマダナイ。"),
        ("国境の長いトンネルを抜けると雪国であった。", "コッキョーノナガイトンネルヲヌケルトユキグニデアッタ。"),
        ("メロスは激怒した。", "メロスワゲキドシタ。"),
        ("祇園精舎の鐘の声、諸行無常の響きあり。", "ギオンショージャノカネノコエ、ショギョームジョーノヒビキアリ。"),
        ("日本国民は、正当に選挙された国会", "ニッポンコクミンワ、セイトーニセンキョサレタコッカイ"),
        ("桃から生まれた桃太郎", "モモカラウマレタモモタロー"),
        ("昔々、おじいさんは山へ、おばあさんは川へ", "ムカシムカシ、オジーサンワヤマエ、オバーサンワカワエ"),
        # As shops and events write.
        ("焼きたてのパンを、毎朝六時からお届けします。", "ヤキタテノパンヲ、マイアサロクジカラオトドケシマス。"),
        ("新しいカフェが5月3日にオープン。", "アタラシイカフェガゴガツミッカニオープン。"),
        ("今日は銀座で一人1,200円のランチをどうぞ。", "キョーワギンザデヒトリセンニヒャクエンノランチヲドーゾ。"),
        ("京都の老舗が12月5日、渋谷に初出店。", "キョートノシニセガジューニガツイツカ、シブヤニハツシュッテン。"),
        ("職人が毎朝手作りする抹茶わらび餅", "ショクニンガマイアサテズクリスルマッチャワラビモチ"),
        ("12月25日まで送料無料。", "ジューニガツニジューゴニチマデソーリョームリョー。"),
        ("連続再生32時間", "レンゾクサイセイサンジューニジカン"),
        ("営業時間10:00〜20:00", "エイギョージカンジュージカラニジュージ"),
        ("東京都渋谷区道玄坂1-2-3", "トーキョートシブヤクドーゲンザカイチノニノサン"),
        ("母は部屋へ行った。", "ハハワヘヤエイッタ。"),
        ("上手な人と下手な人", "ジョーズナヒトトヘタナヒト"),
        ("昨日、大人二人と子供三人で遊びました。", "キノー、オトナフタリトコドモサンニンデアソビマシタ。"),
        ("ご予約はお電話でも承ります。", "ゴヨヤクワオデンワデモウケタマワリマス。"),
    ],
)
def test_a_sentence_is_read_as_everybody_reads_it(words: Dictionary, written: str, read: str) -> None:
    line = narration.reading(written, "ja")
    spoken = japanese.read(line.spoken, words)
    assert spoken.replace(" ", "") == read
    # As many phrases as before: each has its own time.
    assert len(spoken.split()) == len(line.spoken.split())


def test_a_phrase_that_ends_inside_a_word_gets_its_part(words: Dictionary) -> None:
    assert japanese.read("国会に おける 代表者", words) == "コッカイニ オケル ダイヒョーシャ"
    assert japanese.read("Aurora Budsは 新しい 鿫", words) == "Aurora Budsワ アタラシイ 、"
    assert japanese.read("", words) == ""


def test_both_voices_can_say_all_kana(words: Dictionary) -> None:
    said = japanese.read(
        " ".join(narration.reading("東京でお会いしましょう、ヴァイオリンとチェロで。", "ja").spoken), words
    )
    assert {letter for letter in said if letter.isalpha()} <= KATAKANA
    assert "ー" not in japanese.spelt_long("トーキョーニオーキイケーキ")
    assert japanese.spelt_long("トーキョー") == "トオキョオ"
    assert KATAKANA - set("".join(japanese.SYMBOLS)) <= set("ヮヰヱヵヶヷヸヹヺ・ヽヾヿ")
