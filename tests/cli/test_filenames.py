"""Files named after what they are about, and never written over."""

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.cli.filenames import file_name, reserve


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Meet Beam, the little lighthouse that learned to dance.", "meet-beam-the-little-lighthouse"),
        ("Öffnen Sie die Tür: Frühstück!", "öffnen-sie-die-tür-frühstück"),
        ("O\u0308ffnen", "öffnen"),  # as macOS writes it
        ("灯台が踊りを覚えました。海辺で会いましょう。", "灯台が踊りを覚えました-海辺で会いましょう"),
        ("منارة صغيرة تعلمت الرقص", "منارة-صغيرة-تعلمت-الرقص"),
        ("می\u200cخواهم برقصم", "میخواهم-برقصم"),  # noqa: RUF001
        ("नाचना सीखने वाला प्रकाशस्तंभ", "नाचना-सीखने-वाला-प्रकाशस्तंभ"),
        ("ประภาคารน้อยที่หัดเต้นรำ", "ประภาคารน้อยที่หัดเต้นรำ"),
        ("../../etc/passwd", "etc-passwd"),
        ("-rf * $(reboot)\n\x1b[31m", "rf-reboot-31m"),
        ("50 % off!", "50-off"),
        ("🎉🎉", "film"),
        ("\u0301\u0302", "film"),
    ],
)
def test_a_name_keeps_every_script(text: str, name: str) -> None:
    assert file_name(text) == name


@given(st.text(max_size=400))
def test_a_name_is_one_that_any_file_system_takes(text: str) -> None:
    name = file_name(text, fallback="x")
    assert 0 < len(name) <= 60
    assert len(name.encode()) <= 120
    assert {unicodedata.category(letter)[0] for letter in name.replace("-", "")} <= set("LMN")
    assert not name.startswith("-")
    assert unicodedata.category(name[0])[0] != "M"
    assert file_name(name, fallback="x") == name


def test_a_long_name_ends_with_a_whole_word() -> None:
    assert file_name("Donaudampfschifffahrtsgesellschaft und Rindfleischetikettierungsüberwachung") == (
        "donaudampfschifffahrtsgesellschaft-und"
    )


def test_a_file_that_is_there_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "beam.jpg").write_text("mine")
    (tmp_path / "beam-2.mp4").write_text("mine, too")
    assert reserve(tmp_path, "beam", [".mp4", ".jpg"]) == [tmp_path / "beam-3.mp4", tmp_path / "beam-3.jpg"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["beam-2.mp4", "beam-3.jpg", "beam-3.mp4", "beam.jpg"]
    assert (tmp_path / "beam.jpg").read_text() == "mine"


def test_files_are_their_owners_alone(tmp_path: Path) -> None:
    (path,) = reserve(tmp_path / "films", "beam", [".mp4"])
    assert path.stat().st_mode & 0o777 == 0o600


def test_two_files_cannot_have_one_name(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="same name"):
        reserve(tmp_path, "beam", [".jpg", ".jpg"])
