"""Piano rolls as text: a cell a step, loudness and micro-timing visible, for any legal clip."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from strategies import sequences
from tiny_models import demo_clip

import gen
from gen.cli import main
from gen.music.rolls import places, rolls, summary
from gen.notes.sequence import NoteSequence, TimeSignatures


def beat(offsets, velocities, *, metre=(4, 4)):
    """A kick on every quarter note at 120 a minute, off by so many milliseconds."""
    start = np.arange(len(offsets)) * 0.5 + 1e-3 * np.array(offsets)
    return NoteSequence(
        pitch=np.full(len(start), 36),
        velocity=np.array(velocities),
        start=start,
        end=start + 0.1,
        program=np.zeros(len(start)),
        is_drum=np.ones(len(start)),
        time_signatures=TimeSignatures(np.zeros(1), *np.array(metre)[:, np.newaxis]),
        total_time=float(start[-1] + 0.5),
    )


def text(notes, **options):
    lines = rolls(notes, **{"first": 1, "last": places(notes).bars, "width": 80, **options})
    return ["".join(part for part, _ in line) for line in lines]


def test_the_louder_a_hit_the_higher_and_what_is_early_or_late_is_marked():
    ruler, row, _ = text(beat([0, 7, -7, 20], [127, 100, 64, 20]))

    assert ruler.split() == ["1.1", "1.2", "1.3", "1.4"]
    assert row.rstrip() == "       kick │ █           ▇›         ‹▅           ▂»         │"
    assert text(beat([0, -20], [127, 127]))[1].count("«") == 1


def test_numbers_of_a_clip_are_its_own():
    found = places(beat([0, 10, 0, 10], [60, 80, 60, 80]))
    said = summary(beat([0, 10, 0, 10], [60, 80, 60, 80]), found)

    assert said == (
        "4 notes in 1 bars of 4/4: velocity 60 to 80, spread 10.0; off the sixteenths by +5.0 ms, spread 5.0 ms"
    )


@pytest.mark.parametrize(("metre", "steps", "bars"), [((3, 4), 12, 2), ((6, 8), 12, 2), ((5, 4), 20, 1)])
def test_a_bar_has_the_steps_of_its_metre(metre, steps, bars):
    found = places(beat([0] * 4, [90] * 4, metre=metre))
    assert (found.steps, found.bars) == (steps, bars)


def test_triplets_are_counted_in_triplets():
    straight = beat([0] * 6, [90] * 6)
    swung = replace(straight, start=straight.start / 3 * 2 / 2, end=straight.start / 3 + 0.05)
    assert (places(straight).grid, places(swung).grid) == (4, 3)


@pytest.mark.parametrize("width", [10, 40, 80, 200])
@pytest.mark.parametrize("parts", ["drums", "melody", "band"])
def test_no_line_is_longer_than_the_terminal_has_room_for(width, parts):
    lines = text(demo_clip(parts, 3), width=width)
    assert max(map(len, lines)) <= max(width, 12 + 1 + 16 + 1)


@settings(max_examples=8, deadline=None)
@given(notes=sequences())
def test_any_clip_can_be_shown(notes):
    found = places(notes)
    assert summary(notes, found)
    assert all(isinstance(line, str) for line in text(notes, last=min(found.bars, 4)))


def test_show_prints_clips_under_one_another_and_writes_a_page_that_plays(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    gen.write_midi(demo_clip("drums", 10), tmp_path / "before.mid")
    gen.write_midi(beat([0] * 4, [90] * 4), tmp_path / "after.mid")

    assert main(["show", "before.mid", "after.mid", "--html", "page.html", "--width", "70"]) == 0
    captured = capsys.readouterr()
    assert captured.out.index("before.mid") < captured.out.index("after.mid  4 notes")
    assert "see them with --bars 9-10" in captured.err
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert '"name": "after.mid"' in page.replace('":"', '": "')
    assert "Clips and their reconstructions" not in page


@pytest.mark.parametrize("bars", ["0", "3-1", "a", "1-", "1" * 9])
def test_bars_that_are_none_are_refused(bars, tmp_path, capsys):
    assert main(["show", str(tmp_path / "clip.mid"), "--bars", bars]) == 2
    assert "counted from 1" in capsys.readouterr().err


def test_a_picture_needs_matplotlib_and_nothing_else(tmp_path):
    pytest.importorskip("matplotlib")
    clip = tmp_path / "clip.mid"
    gen.write_midi(demo_clip("drums", 2), clip)
    assert main(["show", str(clip), "--png", str(tmp_path / "clip.png")]) == 0
    assert (tmp_path / "clip.png").read_bytes().startswith(b"\x89PNG")
