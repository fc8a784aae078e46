"""The line at the end of a training: how much is right, beside floors."""

from __future__ import annotations

import re

from gen.cli import main


def test_a_training_ends_beside_its_floors_and_says_when_it_is_below(tmp_path, capsys):
    words = ["data.source={type: demo, clips: 20, bars: 5}", "data.fallback=null"]
    run = str(tmp_path / "run")
    assert main(["train", "groovae_4bar", "--trial", *words, "--samples", "1", "--out", run]) == 0
    said = capsys.readouterr().err + capsys.readouterr().out
    line = re.search(r"validation examples, greedy: hit F1 ([\d.]+) \(floors: (.*)\)(; BELOW ITS FLOOR)?", said)

    assert line is not None
    floors = {name.strip(): float(value) for name, value in re.findall(r"([a-z][\w ]*) ([\d.]+)", line[2])}
    assert {"constant", "constant by position", "nearest"} < set(floors)
    assert (float(line[1]) < max(floors.values())) == bool(line[3])


def test_an_evaluation_says_what_is_below_its_floor(tmp_path, capsys):
    words = ["data.source={type: demo, clips: 20, bars: 5}", "data.fallback=null"]
    run = str(tmp_path / "run")
    assert main(["train", "groovae_4bar", "--trial", *words, "--samples", "0", "--out", run]) == 0
    page = tmp_path / "page.html"
    assert main(["eval", run, "--split", "validation", "--html", str(page)]) == 0
    said = capsys.readouterr().out

    assert "below its floor: " in said
    assert "is below its floor in hit F1, greedy: by 0." in " ".join(said.split())
    assert 'class="below"' in page.read_text(encoding="utf-8")
