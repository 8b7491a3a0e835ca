"""References: they say whose an asset is, and lead to nothing else."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.assets.names import EVERYBODY, AssetName, Reader, owner_key, parse, references_in, user_key
from service.pipeline import asset_kind

MINE, THEIRS = "me@example.com", "them@example.com"


def named(owner: str = MINE, user: str | None = None) -> AssetName:
    return AssetName(owner_key(owner), user_key(user), "0123456789abcdef-picture.png")


def test_a_reference_says_what_it_names() -> None:
    name = named(user="ada")
    assert parse(name.reference) == name
    assert name.kind == asset_kind(name.reference) == "picture"
    assert "ada" not in name.reference
    assert "example" not in name.reference
    assert named().user == EVERYBODY


@pytest.mark.parametrize(
    "path",
    [
        "../../etc/passwd",
        "0123456789abcdef/-/../0123456789abcdef-picture.png",
        "0123456789abcdef/-/0123456789abcdef-picture.png/..",
        "0123456789abcdef/-/0123456789abcdef-picture.png?x",
        "0123456789abcdef/-/0123456789abcdef-picture.png\n",
        "0123456789abcdef/-/0123456789abcdef-picture.exe",
        "0123456789ABCDEF/-/0123456789abcdef-picture.png",
        "0123456789abcdef/*/0123456789abcdef-picture.png",
        "0123456789abcdef//0123456789abcdef-picture.png",
        "\N{ARABIC-INDIC DIGIT ZERO}123456789abcdef/-/0123456789abcdef-picture.png",
        "0123456789abcdef/-/0123456789abcdef-film.png",
        "%2e%2e/-/0123456789abcdef-picture.png",
        "//metadata.google.internal/computeMetadata/v1/",
    ],
)
def test_nothing_else_is_a_reference(path: str) -> None:
    for text in (f"asset:{path}", path, f"file:///{path}", f"gs://bucket/{path}", f"https://example.com/{path}"):
        assert parse(text) is None
        assert asset_kind(text) is None


@settings(deadline=None)
@given(st.text(max_size=120))
def test_no_text_is_taken_for_more_than_it_is(text: str) -> None:
    name = parse(f"asset:{text}")
    assert name is None or (
        name.reference == f"asset:{text}" and not set(text) - set("0123456789abcdef/-.pictureonsudajgflx")
    )


@pytest.mark.parametrize("value", [None, 7, True, ["asset:x"], {"asset": "x"}, b"asset:"])
def test_only_a_text_is_a_reference(value: object) -> None:
    assert asset_kind(value) is None


@pytest.mark.parametrize(
    ("reader", "may"),
    [
        (Reader(submitted_by=MINE, user_id="ada"), True),
        (Reader(submitted_by=THEIRS, user_id="ada"), False),
        (Reader(submitted_by=THEIRS, user_id="ada", is_operator=True), True),
        (Reader(submitted_by=None, user_id="ada"), True),
    ],
)
def test_an_accounts_assets_are_for_its_own_jobs(reader: Reader, *, may: bool) -> None:
    assert reader.may_read(named()) is may
    assert reader.may_read(named(user="ada")) is may
    assert not reader.may_read(named(user="bob")), "what is a person's is for that person's jobs, whoever sends them"


def test_references_are_found_anywhere_in_metadata() -> None:
    one, other = named().reference, named(user="ada").reference
    metadata = {"logo": one, "pictures": [other, one, {"deep": [other]}], "n": 1, "text": f"see {one}", one: None}
    assert references_in(metadata) == [one, other]
