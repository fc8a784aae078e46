"""A map of latent space as one page: clips between four corners, each as gen would write it."""

from __future__ import annotations

import base64
import json
import re

import numpy as np
import pytest
import torch
from tiny_models import demo_bytes, demo_clip, tiny_model, tiny_run

import gen
from gen.cli import main
from gen.errors import UsageError
from gen.midi.writing import midi_bytes
from gen.music.latent_map import latent_map, latent_plane, principal_directions


def data_of(text: str) -> dict:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    return json.loads(found[1])


def test_corners_are_the_clips_that_were_given_and_the_rest_lies_between():
    trained = tiny_model("groove")
    windows = gen.find_windows(trained, demo_clip()).windows
    rows = latent_map(trained, size=3, seed=2, corners=[windows[0], windows[-1]])

    mean = gen.music.encode_windows(trained, [windows[0], windows[-1]]).mean
    ends = gen.music.decode_clips(trained, mean, temperature=0.0)
    assert [len(row) for row in rows] == [3, 3, 3]
    for corner, end in zip((rows[0][0], rows[0][-1]), ends, strict=True):
        np.testing.assert_array_equal(corner.pitch, end.pitch)
        np.testing.assert_allclose(corner.start, end.start, atol=1e-6)  # as many at a time round otherwise
    between = gen.music.decode_clips(trained, gen.slerp(mean[0], mean[1], 0.5)[None], temperature=0.0)
    np.testing.assert_array_equal(rows[0][1].pitch, between[0].pitch)


def test_the_same_seed_gives_the_same_map_and_another_another():
    trained = tiny_model("melody")

    def pitches(seed):
        return [clip.pitch.tolist() for row in latent_map(trained, size=2, seed=seed) for clip in row]

    state = torch.random.get_rng_state()
    assert pitches(1) == pitches(1)
    assert torch.equal(state, torch.random.get_rng_state())


@pytest.mark.parametrize(
    ("family", "options", "message"),
    [
        ("hits", {}, "plays to controls"),
        ("melody", {"size": 1}, "2 to 25 rows"),
        ("melody", {"size": 26}, "2 to 25 rows"),
    ],
)
def test_what_has_no_map_says_why(family, options, message):
    with pytest.raises(UsageError, match=message):
        latent_map(tiny_model(family), **options)


def test_the_page_holds_each_clip_as_the_file_that_gen_writes(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    run = tiny_run("groove", tmp_path / "run")
    (tmp_path / "mine.mid").write_bytes(demo_bytes("drums", 4))
    words = ["palette", str(run), "--size", "2", "--seed", "3", "--corner", "mine.mid"]

    assert main([*words, "-o", "map.html"]) == 0
    assert capsys.readouterr().out == "map.html\n"
    data = data_of((tmp_path / "map.html").read_text(encoding="utf-8"))
    trained = gen.load_run(run)
    window = gen.find_windows(trained, gen.read_midi("mine.mid")).windows[0]
    rows = latent_map(trained, size=2, seed=3, corners=[window])
    assert [base64.b64decode(clip["midi"]) for clip in data["clips"]] == [midi_bytes(c) for row in rows for c in row]
    assert data["corners"] == ["mine", "draw 2", "draw 3", "draw 4"]
    assert main([*words, "-o", "map.html"]) == 2
    assert "map.html is there already" in capsys.readouterr().err


def test_a_map_along_directions_has_a_clip_in_its_middle_and_says_what_grows(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    run = tiny_run("groove", tmp_path / "run")
    (tmp_path / "mine.mid").write_bytes(demo_bytes("drums", 4))
    words = ["palette", str(run), "--size", "3", "--clip", "mine.mid", "--directions"]

    assert main([*words, "principal", "-o", "map.html"]) == 0
    data = data_of((tmp_path / "map.html").read_text(encoding="utf-8"))
    assert data["corners"] == ["− 1, − 2", "+ 1, − 2", "− 1, + 2", "+ 1, + 2"]
    trained = gen.load_run(run)
    window = gen.find_windows(trained, gen.read_midi("mine.mid")).windows[0]
    z = gen.music.encode_windows(trained, [window]).mean[0]
    across, down = principal_directions(trained)
    assert float(across.norm()) >= float(down.norm()) > 0
    assert abs(float(across @ down)) < 1e-3
    rows = latent_plane(trained, across, down, size=3, centre=window)
    ends = gen.music.decode_clips(trained, torch.stack([z, z + across - down]), temperature=0.0)
    for place, end in ((rows[1][1], ends[0]), (rows[0][2], ends[1])):
        np.testing.assert_array_equal(place.pitch, end.pitch)
    assert base64.b64decode(data["clips"][4]["midi"]) == midi_bytes(rows[1][1])

    for wrong, why in (("density", "give two attributes"), ("density,loudness", "has no attributes yet")):
        assert main([*words, wrong, "-o", "other.html"]) == 2
        assert why in capsys.readouterr().err


def test_a_page_over_two_megabytes_is_not_written(tmp_path, monkeypatch, capsys):
    run = tiny_run("groove", tmp_path / "run")
    monkeypatch.setattr("gen.cli.palette._MOST", 1000)
    assert main(["palette", str(run), "--size", "2", "-o", str(tmp_path / "map.html")]) == 2
    assert "give a smaller --size than 2" in capsys.readouterr().err
    assert not (tmp_path / "map.html").exists()
