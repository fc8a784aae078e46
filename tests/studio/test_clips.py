"""Clips that are brought: read within bounds before they are kept, and shown with loudness and timing."""

from __future__ import annotations

import pytest
from midi_bytes import midi, notes, track
from tiny_models import demo_bytes

import gen
from gen.music.rolls import note_rows
from gen.workshop.studio.looks import MOST_CLIP


def test_a_clip_is_kept_to_the_byte_and_shown_as_gen_reads_it(client):
    content = demo_bytes("drums", 4)
    answer = client.bring(content, "beat.mid")
    entry = answer.json

    assert answer.status == 201
    assert (entry["verb"], entry["files"], entry["after"]) == ("clip", ["beat.mid"], None)
    assert (client.out / f"{entry['number']:04d}-clip" / "beat.mid").read_bytes() == content
    shown = client.get(f"/api/clips/{entry['number']}/beat.mid").json
    assert shown["notes"] == note_rows(gen.read_midi(content), timing=True)
    assert shown["left"] == 0
    assert entry["said"] == [shown["words"]]
    assert client.get(f"/files/{entry['number']}/beat.mid").body == content


def test_what_was_looked_at_before_is_where_undo_goes(client):
    first = client.bring(demo_bytes("drums", 2)).json
    answer = client.ask(
        "POST", "/api/clips", query=f"name=b&after={first['number']}&of=beat.mid", body=demo_bytes("drums", 2)
    )

    assert answer.json["after"] == [first["number"], "beat.mid"]
    for wrong in ("after=99999&of=beat.mid", "after=x", "after=-1", f"after={first['number']}&of=../beat.mid"):
        assert client.ask("POST", "/api/clips", query=wrong, body=demo_bytes("drums", 2)).status == 400


@pytest.mark.parametrize("content", [b"", b"RIFF", b"MThd", demo_bytes("drums", 2)[:40], bytes(1000)])
def test_what_is_no_clip_is_refused_with_the_readers_words_and_not_kept(client, content):
    before = sorted(client.out.iterdir())
    answer = client.bring(content)

    assert answer.status == 422
    assert answer.json["error"]
    assert sorted(client.out.iterdir()) == before


@pytest.mark.parametrize("chunk", [MOST_CLIP + 1, 1 << 16])
def test_more_bytes_than_a_clip_may_have_are_not_read_to_their_end(client, chunk):
    taken = []

    def endless():
        for _ in range(4 * MOST_CLIP // chunk):
            taken.append(chunk)
            yield bytes(chunk)

    before = sorted(client.out.iterdir())
    assert client.ask("POST", "/api/clips", body=endless()).status == 413
    assert sorted(client.out.iterdir()) == before


@pytest.mark.parametrize("path", ["/api/jobs", "/api/runs/x/take"])
def test_words_are_bounded_more_tightly(client, path):
    assert client.ask("POST", path, body=b" " * 70_000).status == 413


def test_of_a_clip_with_very_many_notes_the_first_are_drawn_and_the_rest_is_counted(client):
    content = midi(track(notes([(24 * at, 10, 36, 64) for at in range(30_000)])))
    entry = client.bring(content, "many.mid").json
    shown = client.get(f"/api/clips/{entry['number']}/many.mid").json

    assert len(shown["notes"]) == 20_000
    assert shown["left"] == 10_000


def test_a_clip_that_takes_too_long_to_read_is_given_up_and_the_next_one_is_read(client, monkeypatch):
    monkeypatch.setattr(client.studio.reader._crew, "_limit", 0.0)
    answer = client.bring(midi(track(notes([(24 * at, 10, 38, 64) for at in range(30_000)]))))
    assert answer.status == 400
    assert "can't be read: given up after 0 seconds" in answer.json["error"]

    monkeypatch.setattr(client.studio.reader._crew, "_limit", 60.0)
    assert client.bring(demo_bytes("drums", 7)).status == 201


def test_sound_of_hours_is_not_made(client):
    entry = client.bring(midi(track(notes([(0, 10, 36, 64), (1 << 20, 10, 36, 64)]))), "long.mid").json
    answer = client.get(f"/wav/{entry['number']}/long.mid")

    assert answer.status == 422
    assert "take gen render" in answer.json["error"]


@pytest.mark.parametrize(
    "path",
    [
        "/api/clips/1/..%2f..%2fentry.json", "/files/1/entry.json", "/files/1/../../x.mid", "/files/999/beat.mid",
        "/files/-1/beat.mid", "/files/one/beat.mid", "/files/1/beat.mid/more", "/wav/1/entry.json", "/pages/../x.html",
        "/pages/0123", "/api/runs/0123", "/files/99999999999999/beat.mid", "/files/١/beat.mid",
    ],
)  # fmt: skip
def test_no_path_leads_elsewhere(client, path):
    client.bring(demo_bytes("drums", 2))
    assert client.get(path).status in (400, 404)


@pytest.mark.parametrize(
    "request_",
    [
        b"", b"{", b"[]", b"null", b'"vary"', b'{"verb": 1}', b'{"verb": "train"}', b'{"verb": "vary"}',
        b'{"verb": "vary", "clips": 3}', b'{"verb": "vary", "clips": [[1]]}',
        b'{"verb": "vary", "clips": [["1", "beat.mid"]]}',
        b'{"verb": "vary", "clips": [[1, "beat.mid"], [1, "beat.mid"]]}', b'{"verb": "sample", "options": []}',
        b'{"verb": "sample", "options": {"count": NaN}}', b'{"verb": "sample", "options": {"count": 1e999}}',
        b'{"verb": "sample", "after": 3}', b"[" * 60_000, b'{"verb": "sample", "model": "x\\u0000"}', b"\xff\xfe",
    ],
)  # fmt: skip
def test_requests_that_mean_nothing_are_refused_in_words(client, request_):
    answer = client.ask("POST", "/api/jobs", body=request_)

    assert answer.status == 400
    assert answer.json["error"]
