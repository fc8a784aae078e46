"""Every verb, asked for as the page does: the same bytes as the command's, with the same words inside."""

from __future__ import annotations

import contextlib
import io
import shlex

import pytest
from tiny_models import demo_bytes

from gen.cli import main
from gen.music.provenance import read_origin
from gen.workshop.studio.choices import VERBS

REQUESTS = {
    "humanize": {"amount": 60, "only": "timing"},
    "redo": {"drums": ["hats"], "bars": "2-3", "seed": 3},
    "vary": {"amount": 50, "keep": ["kick"], "seed": 1},
    "continue": {"bars": 2},
    "apply": {"density": 1, "loudness": -0.5, "keep": ["snare"]},
    "drumify": {},
    "reconstruct": {"temperature": 0.5, "seed": 4},
    "interpolate": {"steps": 3, "linear": True},
    "song": {"form": "AB", "bars": 8, "loops": True, "melody": "melody_2bar"},
    "sample": {"count": 2, "qpm": 95, "seed": 2},
}


@pytest.fixture(scope="module")
def clips(client) -> list[list[object]]:
    brought = [
        client.bring(demo_bytes("drums", bars), f"{name}.mid").json for name, bars in (("beat", 5), ("other", 4))
    ]
    return [[entry["number"], entry["files"][0]] for entry in brought]


@pytest.fixture
def in_studio(client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(client.out)


def test_every_verb_is_tried_here():
    assert set(REQUESTS) == set(VERBS) - {"palette"}


@pytest.mark.parametrize("verb", REQUESTS)
def test_a_verb_gives_the_bytes_of_its_command_and_keeps_the_words(verb, client, clips, in_studio, tmp_path):
    options = REQUESTS[verb]
    given = clips[: VERBS[verb].clips]
    job = client.do(verb, clips=given, options=options, after=clips[0])
    assert job["state"] == "done", job
    entry = client.entry(job["entry"])

    words = shlex.split(entry["command"])
    assert words[:2] == ["gen", verb]
    said = io.StringIO()
    with contextlib.redirect_stderr(said):
        assert main([*words[1:], "-o", str(tmp_path)]) == 0
    by_command = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert set(entry["files"]) == set(by_command)
    assert len(by_command) > 0
    for name, content in by_command.items():
        answer = client.get(f"/files/{entry['number']}/{name}")
        assert answer.body == content
        assert answer.headers["content-disposition"].startswith("attachment")
        origin = read_origin(content)
        assert origin is not None
        assert verb == "sample" or list(origin.command) == words[1:]  # of many, each says how many it takes
    assert entry["of"] == given
    assert entry["after"] == clips[0]
    heard = said.getvalue()
    assert all(line in heard for line in entry["said"])
    if VERBS[verb].clips == 1:
        assert entry["said"]


def test_what_the_studio_made_is_made_again_by_replay(client, clips, in_studio, capsys):
    job = client.do("vary", clips=clips[:1], options={"seed": 9})
    entry = client.entry(job["entry"])

    assert main(["replay", f"{entry['number']:04d}-vary/{entry['files'][0]}"]) == 0
    assert "the same, byte for byte" in capsys.readouterr().err


def test_a_result_is_worked_on_like_any_clip_and_its_name_does_not_grow_for_ever(client, clips):
    place = clips[0]
    for turn in range(14):
        job = client.do("humanize", clips=[place], options={"amount": 10 + turn}, after=place)
        assert job["state"] == "done", job
        entry = client.entry(job["entry"])
        assert entry["after"] == place
        place = [entry["number"], entry["files"][0]]
    assert len(place[1].encode()) <= 104
    assert place[1].endswith("humanized-humanized.mid")
    assert client.get(f"/api/clips/{place[0]}/{place[1]}").status == 200


def test_a_palette_is_a_page_that_can_reach_nothing(client):
    job = client.do("palette", options={"size": 2, "seed": 1})
    entry = client.entry(job["entry"])

    assert entry["files"] == ["palette.html"]
    answer = client.get(f"/files/{entry['number']}/palette.html")
    assert answer.status == 200
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("sandbox allow-scripts")
    assert "allow-same-origin" not in policy
    assert "connect-src" not in policy
    assert "default-src 'none'" in policy


def test_sound_is_what_gen_render_writes(client, clips, in_studio, tmp_path):
    number, name = clips[0]
    assert main(["render", f"{number:04d}-clip/{name}", "-o", str(tmp_path / "beat.wav")]) == 0

    answer = client.get(f"/wav/{number}/{name}")
    assert answer.body == (tmp_path / "beat.wav").read_bytes()
    assert answer.headers["content-type"] == "audio/wav"


def test_what_fails_says_what_the_command_says_and_leaves_nothing(client, clips):
    before = sorted(path.name for path in client.out.iterdir())
    melody = client.bring(demo_bytes("melody", 4), "tune.mid").json

    job = client.do("vary", clips=[[melody["number"], "tune.mid"]])
    assert job["state"] == "failed"
    assert "no drums" in job["said"] or "drum" in job["said"]
    assert job["entry"] is None
    after = sorted(path.name for path in client.out.iterdir())
    assert after == sorted([*before, f"{melody['number']:04d}-clip"])


def test_a_job_that_waits_or_runs_is_cancelled_and_the_next_one_is_done(client, clips):
    running = client.send("/api/jobs", {"verb": "palette", "options": {"size": 15}}).json["number"]
    waiting = client.send("/api/jobs", {"verb": "palette", "options": {"size": 15}}).json["number"]
    for number in (waiting, running):
        assert client.send(f"/api/jobs/{number}/cancel", {}).status == 200
    assert client.wait(running)["state"] == "cancelled"
    assert client.wait(waiting)["state"] == "cancelled"

    job = client.do("humanize", clips=clips[:1])
    assert job["state"] == "done"
    assert not list(client.out.glob(".*.tmp"))
    assert client.send("/api/jobs/99999/cancel", {}).status == 400


def test_a_model_is_one_by_its_name_or_a_run_of_the_folders(client, folder, clips, tmp_path):
    from tiny_models import tiny_run

    tiny_run("groove", folder / "runs" / "tiny")
    client.studio.places._looked = -1e9
    models = {each["name"]: each["id"] for each in client.get("/api/models").json["models"]}
    assert {"drums_4bar", "melody_2bar", "runs/tiny"} <= set(models)

    job = client.do("sample", model=models["runs/tiny"], options={"count": 1})
    assert job["state"] == "done", job
    assert "../runs/tiny" in client.entry(job["entry"])["command"]
    for wrong in ("run:0123", "../../elsewhere", str(tmp_path), "drums_5bar", 3, None):
        assert client.send("/api/jobs", {"verb": "sample", "model": wrong}).status == 400
