"""The studio as a program: its address, its manners, and what is left of it when it is killed."""

from __future__ import annotations

import http.client
import json
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from studio_browser import kill, studio, until
from tiny_models import demo_bytes

from gen.cli import main
from gen.music.provenance import read_origin

pytestmark = pytest.mark.slow


class Asking:
    """The studio's own page, as far as HTTP goes."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self.host, self.token = parts.netloc, parse_qs(parts.query)["token"][0]

    def ask(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        connection = http.client.HTTPConnection(self.host, timeout=60)
        port = self.host.partition(":")[2]
        headers = {"Cookie": f"gen-studio-{port}={self.token}", "Origin": f"http://{self.host}"}
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()

    def state(self) -> dict:
        return json.loads(self.ask("GET", "/api/state")[1])


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def given(tmp_path: Path, folder: Path) -> Path:
    given = tmp_path / "given"
    given.mkdir()
    return given


def test_a_killed_studio_loses_nothing_that_was_written_and_shows_it_all_again(given):
    with studio(given) as (address, process):
        page = Asking(address)
        status, said = page.ask("POST", "/api/clips?name=beat", demo_bytes("drums", 5))
        assert status == 201
        clip = [json.loads(said)["number"], "beat.mid"]
        for seed in range(1, 30):
            asked = {"verb": "vary", "clips": [clip], "options": {"seed": seed, "amount": 60}, "after": clip}
            assert page.ask("POST", "/api/jobs", json.dumps(asked).encode())[0] == 202
        until(lambda: len(page.state()["entries"]) >= 4, "three jobs")
        seen = page.state()["entries"]
        kill(process)  # in the middle of the next one
    time.sleep(1)
    left = tree(given / "studio")
    for entry in seen:
        folder = f"{entry['number']:04d}-{entry['verb']}"
        assert {f"{folder}/{name}" for name in (*entry["files"], "entry.json")} <= set(left)
    for name, content in left.items():
        if name.endswith(".mid") and "-vary/" in name:
            assert read_origin(content) is not None

    with studio(given) as (address, _):
        again = Asking(address)
        entries = again.state()["entries"]
        assert entries[: len(seen)] == seen
        assert again.state()["jobs"] == []
        assert not [path for path in (given / "studio").iterdir() if path.name.startswith(".")]
        for entry in entries:
            for name in entry["files"]:
                status, content = again.ask("GET", f"/files/{entry['number']}/{name}")
                assert (status, content) == (200, left[f"{entry['number']:04d}-{entry['verb']}/{name}"])
        job = {"verb": "humanize", "clips": [clip]}
        assert again.ask("POST", "/api/jobs", json.dumps(job).encode())[0] == 202
        until(lambda: len(again.state()["entries"]) > len(entries), "a job after the restart")


def test_ctrl_c_ends_it_with_all_its_processes(given):
    with studio(given) as (address, process):
        page = Asking(address)
        page.ask("POST", "/api/clips?name=beat", demo_bytes("drums", 2))
        children = until(
            lambda: [int(path.name) for path in Path("/proc").glob("[0-9]*") if _parent(path) == process.pid],
            "its processes",
        )
    assert process.returncode == 130
    until(lambda: not any(_parent(Path(f"/proc/{child}")) for child in children), "the end of its processes")


def _parent(process: Path) -> int:
    try:
        fields = (process / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return 0 if fields[0] == "Z" else int(fields[1])


def test_a_folder_that_a_studio_holds_is_refused_to_another(given, capsys):
    with studio(given):
        assert main(["studio", "--folder", str(given), "--no-browser"]) == 2
    assert "is used by a studio by process" in capsys.readouterr().err


def test_it_listens_to_this_machine_alone(given):
    with studio(given) as (address, process):
        assert urlsplit(address).hostname == "127.0.0.1"
        lines = Path(f"/proc/{process.pid}/net/tcp").read_text().splitlines()[1:]
        port = f"{urlsplit(address).port:04X}"
        listening = [line.split()[1] for line in lines if line.split()[3] == "0A"]
        assert [place for place in listening if place.endswith(f":{port}")] == [f"0100007F:{port}"]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--folder", "nowhere"], "--folder nowhere: there is no such folder"),
        (["--port", "70000"], "--port must be from 0 to 65535, not 70000"),
        (["--port", "x"], "'x' is no whole number"),
        (["--out", "file"], "--out"),
    ],
)
def test_what_can_not_be_is_said_at_once(words, complaint, given, monkeypatch, capsys):
    monkeypatch.chdir(given)
    (given / "file").write_text("")
    assert main(["studio", "--no-browser", *words]) == 2
    assert complaint in capsys.readouterr().err


def test_a_link_in_the_place_of_its_folder_is_not_followed(given, tmp_path, capsys):
    (tmp_path / "elsewhere").mkdir()
    (given / "studio").symlink_to(tmp_path / "elsewhere")
    assert main(["studio", "--folder", str(given), "--no-browser"]) == 1
    assert "a link is there, and not a folder" in capsys.readouterr().err


def test_without_its_packages_the_way_to_them_is_said(given, monkeypatch, capsys):
    monkeypatch.setattr("gen.workshop.studio.serving.find_spec", lambda name: None)
    assert main(["studio", "--folder", str(given), "--no-browser"]) == 2
    assert "the studio needs starlette and uvicorn: pip install 'gen-music[studio]'" in capsys.readouterr().err
