from __future__ import annotations

import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from gen.data import download
from gen.errors import DataError

BODY = bytes(range(256)) * 1024
SHA256 = hashlib.sha256(BODY).hexdigest()


class _Handler(BaseHTTPRequestHandler):
    release = threading.Event()

    def do_GET(self) -> None:
        if self.path == "/missing":
            self.send_error(404)
            return
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/whole")
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        if self.path == "/whole":
            self.wfile.write(BODY)
        elif self.path == "/other":
            self.wfile.write(BODY[::-1])
        else:  # /short breaks off; /stalls never goes on
            self.wfile.write(BODY[: len(BODY) // 2])
            self.wfile.flush()
            if self.path == "/stalls":
                self.release.wait(30)
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    httpd.daemon_threads = True
    _Handler.release.clear()
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{httpd.server_address[1]}"
    _Handler.release.set()
    httpd.shutdown()
    httpd.server_close()
    thread.join()


def _fetch(url: str, destination: Path, timeout: float = 10.0) -> Path:
    return download(url, destination, sha256=SHA256, size=len(BODY), timeout=timeout)


def _failure(url: str, destination: Path, timeout: float = 10.0) -> str:
    with pytest.raises(DataError) as error:
        _fetch(url, destination, timeout)
    assert not destination.exists()
    assert list(destination.parent.iterdir()) == []
    return str(error.value)


@pytest.mark.parametrize("page", ["/whole", "/moved"])
def test_a_whole_download_arrives_under_its_name_and_nothing_else_is_left(
    server: str, tmp_path: Path, page: str, capsys: pytest.CaptureFixture[str]
) -> None:
    destination = tmp_path / "deep" / "folder" / "data.zip"
    assert _fetch(server + page, destination) == destination
    assert destination.read_bytes() == BODY
    assert list(destination.parent.iterdir()) == [destination]
    output = capsys.readouterr()
    assert (output.out, output.err) == ("", ""), "a progress bar was drawn where there is no terminal"


def test_a_wrong_checksum_names_both_sums_and_leaves_nothing(server: str, tmp_path: Path) -> None:
    message = _failure(f"{server}/other", tmp_path / "data.zip")
    assert SHA256 in message
    assert hashlib.sha256(BODY[::-1]).hexdigest() in message


def test_a_download_that_breaks_off_leaves_nothing(server: str, tmp_path: Path) -> None:
    assert "broke off" in _failure(f"{server}/short", tmp_path / "data.zip")


def test_a_server_that_stalls_runs_into_the_timeout(server: str, tmp_path: Path) -> None:
    assert "timed out" in _failure(f"{server}/stalls", tmp_path / "data.zip", timeout=0.2)


def test_more_bytes_than_published_stop_the_download(server: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="more than the 1,000 bytes"):
        download(f"{server}/whole", tmp_path / "data.zip", sha256=SHA256, size=1000)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_page_says_404(server: str, tmp_path: Path) -> None:
    assert "answered 404" in _failure(f"{server}/missing", tmp_path / "data.zip")


def test_a_refused_connection_says_so(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert "refused" in _failure(f"http://127.0.0.1:{port}/whole", tmp_path / "data.zip")


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://127.0.0.1/x", "data.zip"])
def test_only_web_addresses_are_fetched(tmp_path: Path, url: str) -> None:
    assert "not an http or https address" in _failure(url, tmp_path / "data.zip")


def test_a_full_disk_is_seen_before_the_download(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9, 1000))
    assert "free" in _failure(f"{server}/whole", tmp_path / "data.zip")


def test_a_folder_that_cannot_be_made_is_named(server: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DataError, match=r"can't write .*data\.zip"):
        _fetch(f"{server}/whole", tmp_path / "file" / "data.zip")


def test_a_damaged_file_from_before_is_replaced_only_by_a_whole_one(server: str, tmp_path: Path) -> None:
    destination = tmp_path / "data.zip"
    destination.write_bytes(b"older")
    with pytest.raises(DataError):
        _fetch(f"{server}/short", destination)
    assert destination.read_bytes() == b"older"
    _fetch(f"{server}/whole", destination)
    assert destination.read_bytes() == BODY


def test_a_download_killed_half_way_leaves_no_half_file_and_its_leavings_are_swept_up_later(
    server: str, tmp_path: Path
) -> None:
    destination = tmp_path / "data.zip"
    code = (
        "import sys; from pathlib import Path; from gen.data import download\n"
        "download(sys.argv[1], Path(sys.argv[2]), sha256=sys.argv[3], size=int(sys.argv[4]))"
    )
    arguments = [f"{server}/stalls", str(destination), SHA256, str(len(BODY))]
    with subprocess.Popen([sys.executable, "-c", code, *arguments], cwd=tmp_path) as process:
        while not (parts := list(tmp_path.glob(".data.zip.*.part"))):
            assert process.poll() is None, "the download ended by itself"
        process.send_signal(signal.SIGKILL if os.name == "posix" else signal.SIGTERM)
        process.wait(30)
    assert not destination.exists()
    os.utime(parts[0], (0, 0))
    assert _fetch(f"{server}/whole", destination).read_bytes() == BODY
    assert list(tmp_path.iterdir()) == [destination]
