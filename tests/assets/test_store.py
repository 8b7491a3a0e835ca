"""Where assets are kept: in a folder, and in Cloud Storage by the real client library."""

import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

from service import artifacts
from service.assets import store
from service.assets.names import EVERYBODY, AssetName, Reader, owner_key, user_key
from service.assets.store import AssetStore
from service.pipeline import Later, Never
from tests.support.fake_storage import FakeBucket, Handler

ME, THEM = owner_key("me@example.com"), owner_key("them@example.com")


@pytest.fixture(params=["folder", "bucket"])
def url(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    if request.param == "folder":
        yield (tmp_path / "artifacts").as_uri()
        return
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"bucket": FakeBucket()}))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "test-project")
    yield "gs://films/some/prefix"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def assets(url: str) -> AssetStore:
    return store.connect(url)


def put(assets: AssetStore, folder: Path, data: bytes = b"x", owner: str = ME, user: str = EVERYBODY) -> AssetName:
    source = folder / "source"
    source.write_bytes(data)
    return assets.put(source, owner, user, name="picture.png", content_type="image/png")


def test_what_is_put_can_be_listed_read_and_removed(assets: AssetStore, tmp_path: Path) -> None:
    assert list(assets.of_owner(ME)) == []
    one = put(assets, tmp_path)
    assert put(assets, tmp_path) == one, "the same file is one asset"
    other, theirs = put(assets, tmp_path, b"other"), put(assets, tmp_path, owner=THEM)
    assert {kept.name for kept in assets.of_owner(ME)} == {one, other}
    assert sum(kept.bytes for kept in assets.of_owner(ME)) == 6
    assert theirs.file == one.file
    assert assets.has(one)
    assert assets.fetch(one, tmp_path / "copy").read_bytes() == b"x"
    assets.remove(one)
    assets.remove(one)
    assert not assets.has(one)
    assert assets.has(theirs)
    with pytest.raises(FileNotFoundError):
        assets.fetch(one, tmp_path / "copy")


def test_a_job_reads_what_it_may(assets: AssetStore, tmp_path: Path) -> None:
    theirs, gone = put(assets, tmp_path, owner=THEM), put(assets, tmp_path, b"gone")
    of_bob = put(assets, tmp_path, user=user_key("bob"))
    assets.remove(gone)
    asset = store.reading(assets, Reader(submitted_by="me@example.com", user_id="ada"))
    told = set()
    for name in (theirs, gone, of_bob):
        with pytest.raises(Never, match="asset_not_found") as caught:
            asset(name.reference, tmp_path / "copy")
        told.add(caught.value.sentence.replace(name.reference, "X"))
    assert len(told) == 1, "whether it exists for others is not said"
    for text in ("asset:../../etc/passwd", f"file://{tmp_path}/source", "gs://films/other", "https://example.com/"):
        with pytest.raises(Never, match="asset_not_found"):
            asset(text, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()
    mine = put(assets, tmp_path, b"mine")
    assert asset(mine.reference, tmp_path / "copy").read_bytes() == b"mine"


def test_a_persons_assets_go_whoever_uploaded_them(assets: AssetStore, tmp_path: Path) -> None:
    ada, bob = user_key("ada"), user_key("bob")
    kept = [put(assets, tmp_path, user=bob), put(assets, tmp_path)]
    for owner in (ME, THEM):
        put(assets, tmp_path, owner=owner, user=ada)
    assert assets.remove_of_user("ada") == 2
    assert assets.remove_of_user("ada") == 0
    assert {one.name for one in assets.of_owner(ME)} == set(kept)


def test_a_jobs_id_names_no_asset(url: str, assets: AssetStore, tmp_path: Path) -> None:
    name = put(assets, tmp_path)
    for job_id in (store.FOLDER, f"{store.FOLDER}/{name.owner}", f"{store.FOLDER}/{name.owner}/{name.user}", ".."):
        assert artifacts.connect(url)(job_id).remove() == 0
    assert assets.has(name)


def test_a_folders_old_assets_are_pruned_and_an_upload_renews(tmp_path: Path) -> None:
    assets = store.connect((tmp_path / "artifacts").as_uri())
    old, renewed = put(assets, tmp_path), put(assets, tmp_path, b"renewed")
    month_ago = (datetime.now(UTC) - timedelta(days=30)).timestamp()
    for name in (old, renewed):
        os.utime(tmp_path / "artifacts" / store.FOLDER / name.owner / name.user / name.file, (month_ago, month_ago))
    put(assets, tmp_path, b"renewed")
    assert assets.remove_before(datetime.now(UTC) - timedelta(days=20)) == 1
    assert not assets.has(old)
    assert assets.has(renewed)


def test_a_store_that_is_away_is_waited_for(tmp_path: Path) -> None:
    (tmp_path / "root").write_text("a disk that is not mounted")
    assets = store.connect((tmp_path / "root").as_uri())
    with pytest.raises(Later, match="artifacts_unavailable"):
        put(assets, tmp_path)
