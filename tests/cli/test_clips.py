"""`gen sample`, `reconstruct`, `interpolate`, `humanize` and `drumify`, as a user types them."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from scores import score
from tiny_models import demo_bytes, demo_clip, tiny_run

import gen
from gen.cli import main


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A run of each family, made when first asked for."""
    folder = tmp_path_factory.mktemp("runs")

    def run(family, *overrides):
        path = folder / "-".join([family, *overrides]).replace("/", "-")
        return str(path if path.exists() else tiny_run(family, path, *overrides))

    return run


@pytest.fixture
def band(tmp_path):
    """Twenty bars of a band."""
    path = tmp_path / "band.mid"
    path.write_bytes(demo_bytes())
    return str(path)


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


def written(path, notes):
    gen.write_midi(notes, path)
    return str(path)


def names(out):
    return sorted(path.name for path in out.iterdir())


@pytest.mark.parametrize(
    ("command", "family", "files"),
    [
        ("reconstruct", "melody", ["band-original.mid", "band-reconstruction.mid"]),
        pytest.param(
            "reconstruct", "multitrack", ["band-original.mid", "band-reconstruction.mid"], marks=pytest.mark.slow
        ),
        ("drumify", "tap", ["band-drums.mid"]),
    ],
)
def test_a_whole_clip_goes_through_at_its_own_tempo(command, family, files, runs, band, out, capsys):
    assert main([command, runs(family), band, "-o", str(out)]) == 0
    assert names(out) == files
    assert sorted(capsys.readouterr().out.split()) == [str(out / name) for name in files]
    for name in files:
        clip = gen.read_midi(out / name)
        assert clip.tempos.qpm.tolist() == pytest.approx([150.0], rel=1e-4)
        assert clip.total_time <= demo_clip().total_time + 0.1
        assert clip.start.max(initial=0) > demo_clip().total_time / 2 or name != "band-original.mid"


def test_several_windows_are_listed_with_bars_and_seconds_and_one_can_be_chosen(runs, band, out, capsys):
    words = ["reconstruct", runs("groove"), band, "-o", str(out)]
    assert main([*words, "--window", "18"]) == 2
    error = capsys.readouterr().err
    assert "has no window 18: they are 1 to 17" in error
    assert "window 3: bar 3, 3.20 to 9.60 s, " in error
    assert not out.exists()
    assert main([*words, "--window", "3", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["windows"] == [{"window": 3, "start": 0.0, "bars": [3]}]
    assert found["files"] == [str(out / f"band-window3-{name}.mid") for name in ("reconstruction", "original")]
    assert main([*words, "--window", "1", "--all"]) == 2


def test_an_interpolation_is_a_file_a_step_and_one_of_them_all(runs, band, out, capsys):
    slow = written(out.parent / "slow.mid", gen.notes.at_tempo(demo_clip(), 100))
    words = ["interpolate", runs("groove"), band, slow, "--window-a", "1", "--window-b", "9", "-o", str(out)]
    assert main([*words, "--steps", "3"]) == 0
    files = [f"band-to-slow-00{number}.mid" for number in (1, 2, 3)]
    assert names(out) == [*files, "band-to-slow-joined.mid"]
    tempos = [gen.read_midi(out / name).tempos.qpm[0] for name in files]
    assert tempos == pytest.approx([150, 125, 100], rel=1e-4)
    joined = gen.read_midi(out / "band-to-slow-joined.mid")
    assert joined.tempos.qpm.tolist() == pytest.approx([150, 125, 100], rel=1e-4)
    assert joined.tempos.time.tolist() == pytest.approx([0, 6.4, 6.4 + 7.68], abs=0.01)
    assert len(joined) == sum(len(gen.read_midi(out / name)) for name in files)
    assert main([*words, "--steps", "3"]) == 2
    assert "is there already; give another --out or --force" in capsys.readouterr().err
    assert main([*words, "--steps", "3", "--force", "--linear"]) == 0
    whole = ["interpolate", *words[1:3], slow, "-o", str(out.parent / "whole"), "--steps", "2"]
    assert main(whole) == 0  # every window of both: five of four bars
    assert gen.read_midi(out.parent / "whole" / "band-to-slow-001.mid").total_time > 4.5 * 6.4


def test_four_clips_are_the_corners_of_a_grid(runs, band, out, capsys):
    words = [band, band, band, band, "--window-a", "1", "--window-b", "5", "--window-c", "9", "--window-d", "13"]
    assert main(["interpolate", runs("groove"), *words, "--steps", "2", "-o", str(out), "--plain"]) == 0
    stem = "band-to-band-to-band-to-band"
    assert names(out) == [
        *(f"{stem}-0{row}-0{column}.mid" for row in (1, 2) for column in (1, 2)),
        f"{stem}-joined.mid",
    ]
    assert capsys.readouterr().err.count(" kept at its end of the way") == 4
    for end, window in (("01-01", 1), ("02-01", 9)):
        own = out.parent / end
        assert main(["reconstruct", runs("groove"), band, "--window", str(window), "-o", str(own), "--plain"]) == 0
        assert gen.read_midi(out / f"{stem}-{end}.mid").start.tolist() == pytest.approx(
            gen.read_midi(own / f"band-window{window}-reconstruction.mid").start.tolist()
        )
    assert main(["interpolate", runs("groove"), band, "-o", str(out)]) == 2
    assert "give two clips, or four for a grid" in capsys.readouterr().err


@pytest.mark.parametrize("line", ["60:{}", "program 33 100:{}", "drums 38:{}", "2:{}"])
def test_a_tap_is_a_tap_at_any_pitch_and_on_any_channel(line, runs, tmp_path, out):
    """All notes sound alike to a model of taps, so that all of these give the same drums."""
    times = [f"[{0.25 * step + 0.01:.3f},{0.25 * step + 0.1:.3f}]" for step in (0, 3, 4, 7, 10, 12, 15)]
    pitch = line.split()[-1].split(":")[0]
    notes = " ".join(f"{pitch}:{time}" for time in times)
    tap = score(f"{line.rsplit(' ', 1)[0] if ' ' in line else ''} {notes}".strip())
    drums = score("drums " + " ".join(f"46:{time}" for time in times))
    for name, clip in (("tap", tap), ("reference", drums)):
        assert main(["drumify", runs("tap"), written(tmp_path / f"{name}.mid", clip), "-o", str(out)]) == 0
    one, other = (gen.read_midi(out / f"{name}-drums.mid") for name in ("tap", "reference"))
    assert len(one) > 0
    assert one.is_drum.all()
    assert one.pitch.tolist() == other.pitch.tolist()
    assert one.start.tolist() == other.start.tolist()


def test_samples_play_to_chords(runs, out):
    words = ["sample", runs("chords"), "-n", "1", "--chords", "C Am F G", "--temperature", "1", "-o", str(out)]
    assert main(words) == 0
    assert main([*words, "--bars", "4", "--force", "--qpm", "60"]) == 0
    (file,) = out.iterdir()
    assert gen.read_midi(file).total_time <= 16.0


def test_a_multitrack_model_plays_a_bar_a_chord(runs, out):
    words = ["sample", runs("multitrack-chords"), "-n", "1", "--chords", "C G", "--temperature", "1", "-o", str(out)]
    assert main(words) == 0
    (file,) = out.iterdir()
    clip = gen.read_midi(file)
    assert len(clip) > 0
    assert clip.start.max() >= 2.0


def test_samples_are_as_long_as_asked_and_may_share_one_z(runs, out, capsys):
    words = ["sample", runs("drums"), "-n", "2", "--temperature", "1", "--bars", "6", "-o", str(out)]
    assert main([*words, "--json"]) == 0
    files = json.loads(capsys.readouterr().out)["files"]
    clips = [gen.read_midi(file) for file in files]
    assert max(clip.start.max() for clip in clips) > 6.0
    assert main([*words, "--same-z", "--temperature", "0", "--force"]) == 0
    one, other = (gen.read_midi(file) for file in files)
    assert one.pitch.tolist() == other.pitch.tolist()


def test_an_end_token_ends_a_sample(runs, out):
    overrides = ["converter.add_end_token=true", "converter.slice_bars=null", "converter.max_bars=8"]
    run = runs("melody", *overrides)
    assert main(["sample", run, "-n", "4", "--temperature", "1", "--bars", "8", "-o", str(out)]) == 0
    lengths = [gen.read_midi(path).start.max(initial=0.0) for path in out.iterdir()]
    assert min(lengths) < 16.0
    assert main(["sample", run, "-n", "1", "-o", str(out / "more")]) == 2


def test_drums_elsewhere_are_found_by_their_channel(runs, tmp_path, out, capsys):
    hits = " ".join(f"{pitch}:[{0.5 * beat}]" for beat in range(8) for pitch in (36, 42))
    path = written(tmp_path / "one.mid", score(hits))
    assert main(["reconstruct", runs("drums"), path, "-o", str(out)]) == 1
    error = capsys.readouterr().err
    assert "none of 16 notes is marked as a drum (MIDI channel 10)" in error
    assert "--drum-channel 1" in error
    assert main(["reconstruct", runs("drums"), path, "--drum-channel", "1", "-o", str(out)]) == 0


TUNE = score(" ".join(f"{60 + beat % 5}:[{beat * 0.5},{beat * 0.5 + 0.4}]" for beat in range(24)), metre=(3, 4))
MELODY = score("60:[0,0.5] 62:[0.5,1]")
DRUMS = score("drums " + " ".join(f"36:[{beat * 0.5}]" for beat in range(16)))


@pytest.mark.parametrize(
    ("command", "family", "notes", "code", "messages"),
    [
        ("reconstruct", "melody", TUNE, 1, ["3/4 has 12 steps a bar where 16 are needed. Give a clip in the metre"]),
        ("reconstruct", "melody", DRUMS, 1, ["This model reads a melody: notes that aren't drums"]),
        ("reconstruct", "trio", MELODY, 1, ["where 16 are needed. Give a longer clip (a window is 16 bars)"]),
        ("reconstruct", "multitrack", DRUMS, 1, ["This model needs more instruments at once"]),
        ("humanize", "groove", DRUMS, 2, ["isn't trained for that: its converter has humanize off", "gen reconstruct"]),
        ("drumify", "groove", DRUMS, 2, ["its converter has tapify off"]),
    ],
)
def test_what_cannot_be_read_says_why_and_what_to_do(
    command, family, notes, code, messages, runs, tmp_path, out, capsys
):
    path = written(tmp_path / "clip.mid", notes)
    assert main([command, runs(family), path, "-o", str(out)]) == code
    error = capsys.readouterr().err
    assert all(message in error for message in messages), error
    assert "Traceback" not in error
    assert not out.exists()


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ("sample {groove} --bars 0", 2, "--bars must be from 1"),
        ("sample {groove} --temperature nan", 2, "--temperature must be 0 or more, not nan"),
        ("sample {groove} --temperature inf", 2, "--temperature must be 0 or more, not inf"),
        ("sample {groove} --qpm nan", 2, "--qpm must be from 10 to 1000, not nan"),
        ("sample {groove} --chords C", 2, "doesn't play to chords"),
        ("sample {hits} --chords C", 2, "doesn't play to chords"),
        ("sample {groove} --key C", 2, "--key is the key of --chords"),
        ("sample {groove} --window 2", 2, "--window is of the clip of --like"),
        ("sample {chords}", 2, "--chords 'C Am F G'"),
        ("sample {chords} --chords H", 2, "chord symbol 'H' can't be read"),
        ("sample {chords} --chords C --key Am", 2, "give the root alone"),
        ("sample {chords} --chords C --key C", 2, "to no key: leave the key out"),
        ("sample {chords} --chords C --like {band}", 2, "exclude each other"),
        ("sample {chords} --like {band} --window 99999", 2, "has no window 99999"),
        ("sample {multitrack} --bars 2", 2, "makes windows of one length"),
        ("sample {hierarchy} --bars 32", 2, "can't make clips of that length: a hierarchy of 256 steps can't say 512"),
        ("reconstruct {groove} {nothing}", 1, "can't read {nothing}"),
        ("reconstruct {groove} {noise}", 1, "{noise}: "),
        ("reconstruct {groove} {folder}", 1, "can't read {folder}"),
        ("reconstruct {groove} {band} --window 1 -o {band}", 2, "that is a file; give a folder"),
        ("reconstruct {groove} {band} --window 0", 2, "has no window 0: they are 1 to 17"),
        ("reconstruct {groove} {band} --drum-channel 17", 2, "invalid choice"),
        ("reconstruct {groove} {band} --drum-map {nothing}", 2, "nothing.mid"),
        ("reconstruct {folder} {band}", 2, "no run directory"),
        ("interpolate {groove} {band} {band} --steps 1", 2, "--steps must be from 2 (the ends) to 999, not 1"),
    ],
)
def test_what_is_wrong_is_said_in_words(words, code, message, runs, band, tmp_path, out, capsys):
    noise = tmp_path / "noise.mid"
    noise.write_bytes(b"MThd\x00\x00\x00\x06\x00\x01\xff\xff" + bytes(range(256)))
    known = {
        **{
            family: runs(family)
            for family in ("groove", "hits", "chords", "multitrack", "hierarchy")
            if family in words
        },
        "band": band,
        "noise": str(noise),
        "nothing": str(tmp_path / "nothing.mid"),
        "folder": str(tmp_path),
    }
    filled = words.format(**known).split()
    assert main(filled if "-o" in filled else [*filled, "-o", str(out)]) == code
    error = capsys.readouterr().err
    assert message.format(**known) in error
    assert "Traceback" not in error


def beat(bars: float) -> gen.NoteSequence:
    """Eighths, each bar another, at 120."""
    return score(
        "drums " + " ".join(f"{(36, 38, 42)[n % 8 % 3 + n // 8 % 2 - 1]}:[{n / 4}]" for n in range(int(8 * bars)))
    )


@pytest.mark.parametrize("bars", [2, 3, 4, 5])
def test_all_of_a_clip_is_heard_whatever_its_number_of_bars(bars, runs, out, tmp_path, capsys):
    """Windows are of two bars: of three bars the third is heard in a window that begins with the second."""
    clip = tmp_path / "beat.mid"
    gen.write_midi(beat(bars), clip)
    assert main(["reconstruct", runs("drums"), str(clip), "--all", "-o", str(out), "--json"]) == 0
    told, said = capsys.readouterr()

    original = gen.read_midi(out / "beat-original.mid")
    assert original.pitch.tolist() == beat(bars).pitch.tolist()
    assert original.start == pytest.approx(beat(bars).start, abs=2e-3)
    assert json.loads(told)["notes_not_heard"] == 0
    assert "aren't heard" not in said


@pytest.mark.parametrize(("bars", "length"), [(1, 2), (3, 4), (2, 5)])
def test_a_clip_whose_last_bars_are_silent_comes_out_as_long_as_it_is(bars, length, runs, out, tmp_path):
    clip = written(tmp_path / "loop.mid", replace(beat(bars), total_time=2.0 * length))
    assert main(["reconstruct", runs("drums"), clip, "--all", "-o", str(out)]) == 0
    assert [gen.read_midi(out / name).total_time for name in names(out)] == pytest.approx([2.0 * length] * 2)


def test_notes_that_fill_no_whole_window_are_counted_and_said(runs, out, tmp_path, capsys):
    metres = gen.notes.TimeSignatures(np.array([0.0, 4.0]), np.array([4, 3]), np.array([4, 4]))  # 3/4 from bar 3 on
    clip = written(tmp_path / "beat.mid", replace(beat(3), time_signatures=metres))
    assert main(["reconstruct", runs("drums"), clip, "--all", "-o", str(out), "--json"]) == 0
    told, said = capsys.readouterr()

    assert json.loads(told)["notes_not_heard"] == 8
    assert f"{clip}: 8 notes at its end fill no whole window: not heard" in said
