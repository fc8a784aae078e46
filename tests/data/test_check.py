"""Every file gives examples, or a reason and a fix."""

from __future__ import annotations

import ast
import inspect
import io
import multiprocessing
import os
import re
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from midi_bytes import TICKS, beat, metre, midi, notes, tempo, track, tune

import gen
import gen.testing
from gen.data.check.account import Account, cases_of
from gen.data.check.facts import guess_drums
from gen.data.check.fixes import FIXES, Case, fix_for
from gen.data.check.inspection import FileCheck, check_file
from gen.data.check.run import check, check_files, mark_copies
from gen.data.check.targets import plan
from gen.data.finding import MidiFiles
from gen.errors import DataError, GenError, PluginError, UsageError
from gen.interfaces.converter import Rejection
from gen.midi.reading import survey
from gen.registry import registry

HEAD = track([(0, tempo(100)), (0, metre(4))])
GOOD = midi(HEAD, track(notes(beat(8))), track(notes(tune(8))))
SMALL = ["drums", "groove", "melody"]


def checked(folder: Path, **options) -> Account:
    made, _ = plan(converters=options.pop("converters", SMALL), **options)
    return check(folder, made, workers=0).account


def one(tmp_path: Path, content: bytes, **options) -> tuple[FileCheck, dict[str, tuple[str, str]]]:
    """The check of one file, and reason and fix by converter (``""`` for the file itself)."""
    (tmp_path / "file.mid").write_bytes(content)
    account = checked(tmp_path / "file.mid", **options)
    (found,) = account.files
    cases = cases_of(found, account.plan)
    return found, {
        case.target.label if case.target else "": (case.reason.code, fix_for(case.reason.code, [case]))
        for case in cases
    }


def test_a_good_file_gives_examples_to_every_converter_it_suits(tmp_path):
    found, reasons = one(tmp_path, GOOD)
    assert found.usable
    assert found.problem is None
    assert {label: outcome.examples for label, outcome in found.outcomes.items()} == {
        "drums": 7,
        "groove": 4,
        "melody": 7,
    }
    assert reasons == {}
    assert found.facts is not None
    assert (found.facts.bars, found.facts.tempos[0].value, found.facts.metres[0].value) == (8, "100 qpm", "4/4")


def test_drums_on_another_channel_are_found_and_the_fix_names_it(tmp_path):
    raw = midi(HEAD, track(notes(beat(8, channel=3))), track(notes(tune(8))))
    found, reasons = one(tmp_path, raw)
    assert reasons["drums"][0] == "no-drums"
    assert "channel 3" in reasons["drums"][1]
    assert "--drum-channel 3" in reasons["drums"][1]
    assert "data.drum_channels: [3]" in reasons["drums"][1]
    assert "--drum-channel 3" in reasons["groove"][1]
    found, reasons = one(tmp_path, raw, drum_channels=[3])
    assert reasons == {}
    assert found.outcomes["drums"].examples == 7


def test_a_file_without_any_drums_is_not_told_to_look_for_them_on_its_melody(tmp_path):
    _, reasons = one(tmp_path, midi(HEAD, track(notes(tune(8)))))
    assert reasons["drums"][0] == "no-drums"
    assert "no channel looks like drums" in reasons["drums"][1]


def test_another_metre_says_which_setting_takes_it(tmp_path):
    raw = midi(track([(0, metre(3))]), track(notes(beat(8, quarters=3))))
    _, reasons = one(tmp_path, raw)
    assert reasons["drums"][0] == reasons["groove"][0] == "wrong-metre"
    assert "quarters_per_bar: 3 takes 3/4" in reasons["drums"][1]
    found, _ = one(tmp_path, raw, converters=["{type: drums, quarters_per_bar: 3, slice_bars: 2}"])
    assert found.usable
    _, reasons = one(tmp_path, midi(track([(0, metre(7, 8))]), track(notes(beat(8)))))
    assert "7/8 can't be taken" in reasons["groove"][1]


def test_tempo_changes_are_placed_in_seconds_and_bars(tmp_path):
    changes = [(0, tempo(120)), (8 * TICKS, tempo(90)), (12 * TICKS, tempo(100))]
    found, reasons = one(tmp_path, midi(track(changes), track(notes(beat(8)))))
    assert found.facts is not None
    assert found.facts.tempo_changes == 2
    assert [(round(change.seconds, 3), change.bar) for change in found.facts.tempos] == [(0.0, 1), (4.0, 3), (6.667, 4)]
    code, fix = reasons["groove"]
    assert code == "tempo-change"
    assert "changes 2 times, first at 4.0 s (bar 3) to 90 qpm" in fix
    assert found.outcomes["drums"].examples > 0  # it cuts there


def test_bars_are_counted_through_changes_of_metre(tmp_path):
    changes = [(0, metre(3)), (6 * TICKS, metre(4)), (14 * TICKS, metre(6, 8))]
    found, _ = one(tmp_path, midi(track(changes), track(notes(beat(6)))))
    assert found.facts is not None
    assert [(change.bar, change.value) for change in found.facts.metres] == [(1, "3/4"), (3, "4/4"), (5, "6/8")]
    assert found.facts.metre_changes == 2
    assert found.facts.bars == 4 + -(-(24 - 14) // 3)


def test_unmapped_drums_are_counted_named_and_mapped(tmp_path):
    odd = [(tick, 10, 26 if pitch == 46 else 100 if pitch == 38 else pitch, 90) for tick, _, pitch, _ in beat(8)]
    odd += [(tick, 10, 39, 90) for tick in range(0, 8 * 4 * TICKS, 4 * TICKS)]
    (tmp_path / "odd.mid").write_bytes(midi(HEAD, track(notes(odd))))
    account = checked(tmp_path, converters=["groove", "drums"])
    by_pitch = {each.pitch: each for each in account.unmapped}
    assert {pitch: (each.notes, each.suggestion, each.converters) for pitch, each in by_pitch.items()} == {
        100: (16, None, ("groove", "drums")),
        39: (8, 38, ("groove",)),
    }
    assert by_pitch[39].name == "Hand Clap"
    assert "39: 38    # Hand Clap as Acoustic Snare, 8 notes" in account.drum_map
    assert "# 100: ?" in account.drum_map
    from gen.recipes.drum_maps import read_drum_map

    (tmp_path / "kit.yaml").write_text(account.drum_map.replace("# 100: ?", "100: 38 "), encoding="utf-8")
    again = checked(tmp_path, converters=["groove", "drums"], drum_map=read_drum_map(tmp_path / "kit.yaml"))
    assert again.unmapped == ()
    assert again.drum_map == ""


def test_only_unmapped_drums_say_how_to_map_them(tmp_path):
    _, reasons = one(tmp_path, midi(HEAD, track(notes(beat(8, shift=60)))))
    assert reasons["drums"][0] == "no-mapped-notes"
    assert "--drum-map" in reasons["drums"][1]


@pytest.mark.parametrize(
    ("content", "code", "said"),
    [
        (b"hello there", "not-midi", "at byte 0"),
        (b"RIFF" + GOOD, "not-midi", "a RIFF file in which gen finds no MIDI file"),
        (GOOD[:-50], "truncated", "at byte"),
        (GOOD[:10], "truncated", "at byte 10"),
        (GOOD[:40] + b"\xf5" + GOOD[41:], "damaged", "at byte"),
        (midi(HEAD, track(notes(beat(4))), layout=2), "format-2", "independent patterns"),
        (midi(HEAD, division=0xE728), "smpte", "SMPTE"),
        (midi(HEAD), "silent", "1 track and not one note"),
        (midi(HEAD, track(notes(beat(4, velocity=0)))), "silent", "note-ons have velocity 0"),
        (b"", "unreadable", "the file is empty"),
    ],
)
def test_a_file_that_no_converter_could_use_has_one_reason_with_the_place(tmp_path, content, code, said):
    found, reasons = one(tmp_path, content)
    assert found.problem is not None
    assert (found.problem.code, found.outcomes) == (code, {})
    assert said in found.problem.detail
    assert list(reasons) == [""]
    assert reasons[""] == (code, fix_for(code, [Case(found, found.problem)]))
    assert len(reasons[""][1]) > 20


def test_velocity_zero_has_a_fix_of_its_own(tmp_path):
    _, reasons = one(tmp_path, midi(HEAD, track(notes(beat(4, velocity=0)))))
    assert "velocity from 1 to 127" in reasons[""][1]


def test_a_type_0_file_is_usable_and_remarked_upon(tmp_path):
    everything = [(0, tempo(100)), (0, metre(4)), *notes(beat(8)), *notes(tune(8))]
    (tmp_path / "zero.mid").write_bytes(midi(track(everything), layout=0))
    account = checked(tmp_path)
    assert account.usable == 1
    assert "type-0" in {remark.code for remark in account.remarks}


def test_too_short_says_how_many_bars_there_are_and_which_window_takes_them(tmp_path):
    for bars in (2, 3, 3, 8):
        content = midi(HEAD, track(notes(beat(bars))), track([(0, bytes((0xC0, bars))), *notes(tune(bars, step=bars))]))
        (tmp_path / f"{bars}-{len(list(tmp_path.iterdir()))}.mid").write_bytes(
            content + b"\0" * len(list(tmp_path.iterdir()))
        )
    account = checked(tmp_path, bars=4)
    (reason,) = account.reasons
    assert reason.code == "too-short"
    assert reason.converters == {"drums": 3, "groove": 3, "melody": 3}
    assert "slice_bars: 3 takes 4 of 6 (now 4), slice_bars: 1 6" in reason.fix
    assert "split_bars: 3 takes 2 of 3 (now 4), split_bars: 1 3" in reason.fix


def test_copies_are_found_whatever_their_names_and_near_copies_whatever_their_key(tmp_path):
    (tmp_path / "a.mid").write_bytes(midi(HEAD, track(notes(tune(16)))))
    (tmp_path / "b.mid").write_bytes(midi(HEAD, track(notes(tune(16)))))
    (tmp_path / "c.mid").write_bytes(midi(HEAD, track(notes(tune(16, base=65)))))
    (tmp_path / "d.mid").write_bytes(midi(HEAD, track(notes(tune(16, step=7)))))
    account = checked(tmp_path)
    by_name = {each.name: each for each in account.files}
    assert by_name["b.mid"].problem == Rejection("duplicate", "the same bytes as a.mid")
    assert (by_name["c.mid"].resembles, by_name["c.mid"].resemblance) == ("a.mid", 1.0)
    assert by_name["c.mid"].usable
    assert by_name["a.mid"].resembles == by_name["d.mid"].resembles == ""
    assert {reason.code for reason in account.reasons} >= {"duplicate"}


def test_damaged_files_are_no_duplicates_of_each_other(tmp_path):
    for name in "ab":
        (tmp_path / f"{name}.mid").write_bytes(b"no music")
    assert [each.problem.code for each in checked(tmp_path).files if each.problem] == ["not-midi", "not-midi"]


def test_files_of_an_archive_are_read_in_place_and_those_of_other_systems_left_out(tmp_path):
    archive = tmp_path / "all.zip"
    with zipfile.ZipFile(archive, "w") as files:
        for name in ("deep/a.mid", "b.MIDI", "notes.txt", "__MACOSX/deep/._a.mid", ".hidden.mid"):
            files.writestr(name, GOOD)
    assert [each.name for each in checked(archive).files] == ["deep/a.mid", "b.MIDI"]


def test_an_archive_that_leads_outside_is_refused(tmp_path):
    archive = tmp_path / "bad.zip"
    with zipfile.ZipFile(archive, "w") as files:
        files.writestr("../a.mid", GOOD)
    with pytest.raises(DataError, match="lead out of its folder"):
        checked(archive)


def test_a_damaged_member_is_a_line_of_its_own(tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as files:
        files.writestr("a.mid", GOOD)
        files.writestr("b.mid", GOOD + b"\0")
    raw = bytearray(buffer.getvalue())
    raw[raw.index(GOOD) + 30] ^= 0xFF
    (tmp_path / "all.zip").write_bytes(raw)
    first, second = checked(tmp_path / "all.zip").files
    assert first.problem is not None
    assert (first.problem.code, second.usable) == ("unreadable", True)


@pytest.mark.parametrize("name", ["nowhere", "empty"])
def test_nothing_to_check_is_an_error(tmp_path, name):
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=r"no file or folder|holds no MIDI file"):
        checked(tmp_path / name)


def through_a_pipe(value):
    near, far = multiprocessing.Pipe()
    near.send(value)
    return far.recv()


def test_checks_survive_the_way_to_another_process_and_back(tmp_path):
    made, _ = plan(converters=SMALL)
    for content in (GOOD, GOOD[:-50], midi(HEAD), midi(HEAD, track(notes(beat(8, channel=3))))):
        found = check_file(made, "x.mid", content)
        assert through_a_pipe(found) == found


def test_plans_survive_the_way_to_another_process_and_back():
    made, _ = plan(
        recipes=["groovae_4bar"],
        converters=["{type: melody, slice_bars: 4, programs: [1, 2]}", "melody"],
        drum_channels=[11],
        drum_map=gen.notes.DrumMap.of({22: 42}),
    )
    again = through_a_pipe(made)
    assert again == made
    assert [target.converter for target in again.targets] == [target.converter for target in made.targets]
    assert [target.label for target in made.targets] == ["groovae_4bar", "melody", "melody (2)"]
    assert made.targets[0].data.drum_channels == (11,)


def test_every_registered_converter_is_tried_unless_others_are_named():
    made, notices = plan()
    assert {target.label for target in made.targets} | {notice.split("'")[1] for notice in notices} == {
        *registry().names("converter")
    }


@pytest.mark.parametrize("words", ["melodi", "{type: melody, slice_bar: 2}", "[melody]", "{type: melody", "{}"])
def test_a_converter_that_is_misspelt_is_a_misuse(words):
    with pytest.raises(UsageError):
        plan(converters=[words])


def test_the_number_of_workers_changes_nothing(tmp_path):
    for index in range(6):
        (tmp_path / f"{index}.mid").write_bytes(midi(HEAD, track(notes(tune(4, step=index + 1)))))
    (tmp_path / "bad.mid").write_bytes(GOOD[:-9])
    made, _ = plan(converters=["melody"])
    accounts = [check(tmp_path, made, workers=workers).account.to_json() for workers in (0, 1, 3)]
    assert accounts[0] == accounts[1] == accounts[2]


PLUGIN = """\
import os, time
import gen
from gen_converters.drums.converter import DrumsConverter

class Touchy(DrumsConverter):
    '''Dies of some files.'''
    def __init__(self, *, slice_bars: int = 2, mode: gen.interfaces.Mode = "infer") -> None:
        super().__init__(slice_bars=slice_bars, mode=mode)
    def convert(self, notes, *, rng=None):
        print("plugins may print", flush=True)
        if len(notes) == 1:
            os._exit(3)
        if len(notes) == 2:
            time.sleep(600)
        if len(notes) == 3:
            raise RuntimeError("what is this?")
        if len(notes) == 4:
            return gen.Conversion((), gen.Rejection("made-up", "four notes are an omen; add a fifth"))
        return super().convert(notes, rng=rng)

@gen.hookimpl
def register_converters():
    return {"touchy": Touchy}
"""


@pytest.fixture
def touchy(tmp_path, monkeypatch):
    """A plugin that is installed for this process and those that it starts."""
    place = tmp_path / "site"
    (place / "touchy-1.0.dist-info").mkdir(parents=True)
    (place / "touchy_plugin.py").write_text(PLUGIN, encoding="utf-8")
    (place / "touchy-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: touchy\nVersion: 1.0\n")
    (place / "touchy-1.0.dist-info" / "entry_points.txt").write_text("[gen]\ntouchy = touchy_plugin\n")
    monkeypatch.syspath_prepend(str(place))
    import touchy_plugin  # type: ignore[import-not-found]

    with gen.testing.plugins(touchy_plugin, alone=True):
        yield tmp_path
    sys.modules.pop("touchy_plugin", None)


@pytest.mark.slow
def test_a_worker_that_dies_or_hangs_costs_one_file_and_a_fault_of_a_plugin_is_told(touchy):
    folder = touchy / "midi"
    folder.mkdir()
    for count in (1, 2, 3, 4, 50):
        (folder / f"{count:02d}.mid").write_bytes(midi(HEAD, track(notes(beat(8)[:count]))))
    made, _ = plan(converters=["touchy"])
    with MidiFiles(folder) as files:
        found = [each for each, _ in check_files(list(files), made, workers=2, limit=3.0)]
    reasons = [each.problem or each.outcomes["touchy"].reason for each in found]
    assert [reason.code if reason else "" for reason in reasons] == [
        "crashed",
        "timed-out",
        "converter-fault",
        "made-up",
        "",
    ]
    assert "exit code 3" in reasons[0].detail
    assert "RuntimeError: what is this?" in reasons[2].detail
    assert found[-1].usable
    case = Case(found[3], reasons[3], made.targets[0])
    assert fix_for("made-up", [case]) == "four notes are an omen; add a fifth"  # its own words, for want of better


class Deadly:
    """Ends the process that it is sent to."""

    def __call__(self, *arguments): ...

    def __reduce__(self):
        return os._exit, (7,)


def test_a_worker_that_cannot_start_says_so_once(tmp_path, monkeypatch):
    (tmp_path / "a.mid").write_bytes(GOOD)
    made, _ = plan(converters=["drums"])
    monkeypatch.setattr("gen.data.check.run._timed", Deadly())
    with pytest.raises(GenError, match=r"can't be started \(exit code 7\); --workers 0"):
        check(tmp_path, made, workers=1)


def literal_codes(source: str) -> set[str]:
    """First arguments of what makes rejections and the errors that become rejections."""
    makers = {"Rejection", "Rejected", "QuantisationError", "ChordError", "_rejected"}
    found = set()
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        place = 1 if name == "refuse" else 0 if name in makers else None
        if place is not None and len(node.args) > place and isinstance(node.args[place], ast.Constant):
            found.add(node.args[place].value)
        if name == "QuantisationError" and isinstance(node.args[0], ast.JoinedStr):
            found |= {"tempo-change", "metre-change"}
    return found


def test_every_code_that_a_registered_converter_can_give_has_a_fix():
    folders = {Path(gen.__file__).parent}
    for name in registry().names("converter"):
        try:
            folders.add(Path(inspect.getfile(registry().find("converter", name))).parent)
        except PluginError:  # another's affair
            continue
    sources = [path.read_text(encoding="utf-8") for folder in folders for path in folder.rglob("*.py")]
    codes = set().union(*map(literal_codes, sources))
    assert len(codes) > 15
    assert codes - set(FIXES) == set()
    documented = {
        code
        for name in registry().names("converter")
        if (text := (registry().find("converter", name).convert.__doc__ or "").partition("rejection:")[2])
        for code in re.findall(r"\b[a-z]+-[a-z]+\b", text.partition("Raises")[0])
    }
    assert {code for code in documented if code in codes} - set(FIXES) == set()


def test_midi_errors_have_codes_with_fixes():
    root = Path(gen.__file__).parent / "midi"
    keywords = [
        keyword.value.value
        for path in root.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "MidiError"
        for keyword in node.keywords
        if keyword.arg == "code" and isinstance(keyword.value, ast.Constant)
    ]
    assert set(keywords) == {"not-midi", "truncated", "format-2", "smpte", "too-late", "too-many", "too-many-controls"}
    assert {*keywords, "damaged"} <= set(FIXES)


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=200), st.integers(0, len(GOOD)), st.integers(0, 255))
def test_no_bytes_make_a_check_fail(noise, place, byte):
    made, _ = plan(converters=["groove"])
    for content in (noise, GOOD[:place] + noise + GOOD[place:], GOOD[:place] + bytes([byte]) + GOOD[place + 1 :]):
        found = check_file(made, "x.mid", content)
        assert found.usable or found.problem or all(outcome.reason for outcome in found.outcomes.values())


def test_a_name_tells_drums_from_what_else_is_played_on_the_same_pitches():
    named = [(0, meta_name(b"My Drum Kit")), *notes(beat(4, channel=5))]
    bass = [(0, meta_name(b"Bass")), *notes(tune(4, channel=2, base=33))]
    guess = guess_drums(survey(midi(HEAD, track(bass), track(named))).channels)
    assert guess is not None
    assert (guess.channel, "'My Drum Kit'" in guess.why) == (5, True)
    assert guess_drums(survey(midi(HEAD, track(bass))).channels) is None
    assert guess_drums(survey(midi(HEAD, track(named), track(notes(beat(4))))).channels) is None  # there are drums


def meta_name(name: bytes) -> bytes:
    return bytes((0xFF, 0x03, len(name))) + name


@pytest.mark.slow
def test_the_guess_finds_most_real_drums_and_rarely_takes_anything_else_for_them(shared):
    """Channel 10 of real files, as if it were any other; without the help of names."""
    hits = drums = false = others = 0
    with zipfile.ZipFile(shared / "data" / "multitrack.zip") as archive:
        for name in sorted(archive.namelist())[::12]:
            if not name.endswith(".mid"):
                continue
            try:
                channels = survey(archive.read(name)).channels
            except gen.errors.MidiError:
                continue
            for channel in channels:
                if channel.pitches.sum() < 16:
                    continue
                judged = guess_drums((replace(channel, number=1, names=()),)) is not None
                drums, hits = drums + (channel.number == 10), hits + (judged and channel.number == 10)
                others, false = others + (channel.number != 10), false + (judged and channel.number != 10)
    assert drums > 50
    assert hits / drums > 0.55
    assert false / others < 0.005


@pytest.mark.slow
def test_every_real_file_gives_examples_or_a_reason(shared):
    made, _ = plan()
    rng = np.random.default_rng(0)
    with zipfile.ZipFile(shared / "data" / "multitrack.zip") as archive:
        names = [name for name in sorted(archive.namelist()) if name.endswith(".mid")]
        for name in rng.choice(names, 40, replace=False):
            found = check_file(made, name, archive.read(name))
            assert found.problem or all(bool(each.examples) != bool(each.reason) for each in found.outcomes.values())


def test_marking_copies_of_nothing_gives_nothing():
    assert mark_copies([]) == []
