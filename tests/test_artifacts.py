"""The artifact store: a folder, and Cloud Storage by the real client library against a server that answers as the
documentation of its JSON API says."""

import random
import threading
from collections.abc import Callable, Iterator
from functools import cache
from http.server import ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from service import artifacts
from service.pipeline import ArtifactStore, Later, Never
from tests.support.fake_storage import FakeBucket, Handler


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeBucket]:
    fake = FakeBucket()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"bucket": fake}))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "test-project")
    yield fake
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(params=["folder", "bucket"])
def store_of(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], ArtifactStore]:
    if request.param == "folder":
        return artifacts.connect((tmp_path / "artifacts").as_uri())
    request.getfixturevalue("bucket")
    return artifacts.connect("gs://films/some/prefix")


@pytest.mark.parametrize("job_id", ["job-1", "..", ".", "a/b", "ä?#%", "-" * 36])
@pytest.mark.parametrize("name", ["film.mp4", "../../etc/passwd", "ä ?#%.vtt"])
def test_what_is_put_can_be_fetched_elsewhere(
    store_of: Callable[[str], ArtifactStore], tmp_path: Path, job_id: str, name: str
) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"pictures and sound")
    url = store_of(job_id).put(source, name, "video/mp4")
    assert store_of(job_id).put(source, name, "video/mp4") == url
    assert store_of(job_id).fetch(url, tmp_path / "copy").read_bytes() == b"pictures and sound"
    source.write_bytes(b"others")
    assert store_of(job_id).put(source, name, "video/mp4") != url
    assert store_of("another").put(source, name, "video/mp4") != url


def test_nothing_is_kept_or_read_outside_the_folder(tmp_path: Path) -> None:
    source, root = tmp_path / "source", tmp_path / "root"
    source.write_bytes(b"x")
    for job_id in ("..", ".", "../..", "/"):
        url = artifacts.connect(root.as_uri())(job_id).put(source, "../name", "text/plain")
        assert Path(unquote(urlsplit(url).path)).parent.parent == root
    with pytest.raises(PermissionError):
        artifacts.connect(root.as_uri())("job").fetch(source.as_uri(), tmp_path / "copy")


def test_a_folders_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    source, root = tmp_path / "source", tmp_path / "new" / "root"
    source.write_bytes(b"x")
    url = artifacts.connect(root.as_uri())("job").put(source, "name", "text/plain")
    stored = Path(unquote(urlsplit(url).path))
    assert stored.stat().st_mode & 0o777 == 0o600
    assert [folder.stat().st_mode & 0o777 for folder in (stored.parent, root)] == [0o700, 0o700]


def test_a_file_that_is_gone_is_said_so(store_of: Callable[[str], ArtifactStore], tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"x")
    url = store_of("job").put(source, "name", "text/plain")
    with pytest.raises(FileNotFoundError) as caught:
        store_of("job").fetch(url + "-gone", tmp_path / "copy")
    # A stage that does not look out for it fails for good, with a sentence.
    assert isinstance(caught.value, Never)
    assert caught.value.code == "artifact_gone"
    assert "name-gone is no longer in the artifact store; replay the job" in caught.value.sentence
    assert not (tmp_path / "copy").exists()


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """Over 8 MiB, from where on the library uploads in chunks."""
    source = tmp_path / "large"
    source.write_bytes(_large())
    return source


@cache
def _large() -> bytes:
    return random.Random(1).randbytes(20 * artifacts.CHUNK + 7)  # noqa: S311 -- any bytes


@pytest.mark.parametrize(
    "faults",
    [
        [503],
        ["", 503],
        ["", "cut in the middle"],
        ["", "", "cut in the middle"],
        ["", "", "", "cut in the middle"],
        ["", "the answer is lost"],
        ["", "", "", "the answer is lost"],
    ],
    ids=str,
)
def test_an_upload_goes_on_where_it_was_cut(bucket: FakeBucket, large: Path, faults: list[int | str]) -> None:
    """The request that opens the upload, and its three chunks."""
    store = artifacts.connect("gs://films")("job")
    bucket.faults = list(faults)
    url = store.put(large, "film.mp4", "video/mp4")
    (name,) = bucket.objects
    assert url == f"gs://films/{name}"
    assert bucket.types[name] == "video/mp4"
    assert bucket.objects[name] == large.read_bytes()
    # One chunk goes up again at most, and the upload is opened once.
    assert bucket.calls.count("resumable") + bucket.calls.count("chunk") == 5
    assert bucket.taken < 29 * artifacts.CHUNK
    assert store.fetch(url, large.with_name("copy")).read_bytes() == large.read_bytes()


def test_an_upload_that_the_library_cannot_go_on_with_begins_again_later(bucket: FakeBucket, large: Path) -> None:
    store = artifacts.connect("gs://films")("job")
    bucket.faults = ["", "half of it is kept"]
    with pytest.raises(Later, match="artifacts_unavailable"):
        store.put(large, "film.mp4", "video/mp4")
    assert not bucket.objects
    store.put(large, "film.mp4", "video/mp4")
    assert list(bucket.objects.values()) == [large.read_bytes()]


def test_a_file_that_is_there_is_as_good(bucket: FakeBucket, tmp_path: Path, large: Path) -> None:
    small = tmp_path / "small"
    small.write_bytes(b"x")
    for source in (small, large):
        url = artifacts.connect("gs://films")("job").put(source, "name", "text/plain")
        # Written by another machine; Cloud Storage answers 412.
        assert artifacts.connect("gs://films")("job").put(source, "name", "text/plain") == url
    bucket.faults = ["the answer is lost"]
    small.write_bytes(b"y")
    url = artifacts.connect("gs://films")("job").put(small, "name", "text/plain")
    assert bucket.calls[-2:] == ["multipart", "multipart"]
    assert artifacts.connect("gs://films")("job").fetch(url, tmp_path / "copy").read_bytes() == b"y"


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize(("size", "fault"), [("small", ["a byte is lost"]), ("large", ["", "a byte is changed"])])
def test_an_upload_that_arrives_changed_is_not_kept(
    bucket: FakeBucket, tmp_path: Path, size: str, fault: list[int | str]
) -> None:
    (tmp_path / "small").write_bytes(b"pictures")
    store, source = artifacts.connect("gs://films")("job"), tmp_path / size
    bucket.faults = list(fault)
    with pytest.raises(Later, match="artifacts_unavailable"):
        store.put(source, "name", "video/mp4")
    assert not bucket.objects
    assert store.fetch(store.put(source, "name", "video/mp4"), tmp_path / "copy").read_bytes() == source.read_bytes()


# The library lets go of a connection that broke without closing it.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("fault", [503, "cut in the middle", "a byte is changed"])
def test_a_download_is_whole_or_none(bucket: FakeBucket, tmp_path: Path, large: Path, fault: int | str) -> None:
    store = artifacts.connect("gs://films")("job")
    url = store.put(large, "film.mp4", "video/mp4")
    bucket.faults = [fault]
    try:
        assert store.fetch(url, tmp_path / "copy").read_bytes() == large.read_bytes()
    except Later:
        assert fault == "a byte is changed"
        assert not (tmp_path / "copy").exists()
    assert store.fetch(url, tmp_path / "copy").read_bytes() == large.read_bytes()


def test_a_file_that_was_changed_in_the_store_is_not_taken_for_the_one_put(
    store_of: Callable[[str], ArtifactStore], request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Its checksum of the transfer is right: only the name knows."""
    source = tmp_path / "source"
    source.write_bytes(b"pictures and sound")
    url = store_of("job").put(source, "film.mp4", "video/mp4")
    if url.startswith("file:"):
        Path(unquote(urlsplit(url).path)).write_bytes(b"pictures and noise")
    else:
        objects = request.getfixturevalue("bucket").objects
        objects.update(dict.fromkeys(objects, b"pictures and noise"))
    with pytest.raises(Later, match="artifact_corrupt"):
        store_of("job").fetch(url, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def test_a_store_that_refuses_is_asked_again_later(bucket: FakeBucket, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"x")
    bucket.faults = [403]
    with pytest.raises(Later, match="artifacts_unavailable"):
        artifacts.connect("gs://films")("job").put(source, "name", "text/plain")
    with pytest.raises(PermissionError):
        artifacts.connect("gs://films")("job").fetch("gs://other/name", tmp_path / "copy")
