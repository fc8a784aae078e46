"""Every message of reading, checking, converting and the verbs, once: each has an example here, or this fails.

Messages are found in the source: where an error is raised, a rejection or an oddity is made. Run with ``-s`` to read
them all.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import io
import struct
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from midi_bytes import TICKS, beat, meta, metre, midi, notes, tempo, track, tune
from scores import score
from tiny_models import demo_bytes, tiny_model, tiny_recipe, tiny_run

import gen
from gen.cli import main
from gen.data import MidiFiles, ZipLimits, ZipMembers
from gen.data.check.account import account, cases_of
from gen.data.check.fixes import FIXES, Case, fix_for
from gen.data.check.inspection import FileCheck, check_file
from gen.data.check.run import _checked, mark_copies
from gen.data.check.targets import plan
from gen.data.conversion import Job, TaskResult
from gen.data.finding import MidiFile, read_file
from gen.errors import GenError
from gen.interfaces.converter import Conversion, Rejection
from gen.interfaces.dataset import Item, Skipped
from gen.midi import midi_bytes
from gen.music.provenance import Origin, signed
from gen.music.verbs.alter import require_amounts, say_again
from gen.music.verbs.cells import player_of
from gen.music.verbs.drums import find_drums
from gen.music.verbs.extend import extend
from gen.music.verbs.humanize import humanize
from gen.music.verbs.redo import redo
from gen.music.verbs.selection import Selection, parse_bars
from gen.music.verbs.vary import vary
from gen.music.windows import _OF_CLIPS, find_windows, what_to_do
from gen.recipes.build import construct
from gen.recipes.sections import Component
from gen.system.crew import DiedError, LateError
from gen_converters.groove.converter import GrooveConverter

ROOT = Path(__file__).resolve().parents[2]
CORE = ROOT / "core" / "gen"
ROOMS = [
    *(CORE / "midi" / f"{name}.py" for name in ("chunks", "events", "instruments", "oddities", "reading")),
    *(CORE / "data" / f"{name}.py" for name in ("archives", "conversion", "finding")),
    CORE / "notes" / "grid.py",
    CORE / "notes" / "chords" / "encodings.py",
    CORE / "notes" / "chords" / "inference.py",
    CORE / "notes" / "chords" / "symbols.py",
    CORE / "music" / "windows.py",
    *sorted((CORE / "data" / "check").glob("*.py")),
    *sorted((CORE / "music" / "verbs").glob("*.py")),
    *sorted((CORE / "cli" / "verbs").glob("*.py")),
    *sorted((ROOT / "plugins" / "converters" / "gen_converters").rglob("*.py")),
]
ERRORS = {"MidiError", "DataError", "UsageError", "GenError", "Rejected", "ChordError", "QuantisationError"}
MADE = {"Rejection", "Oddity"}


def sites() -> Iterator[tuple[str, int, int]]:
    """File, first and last line of everything that makes a message."""
    for path in ROOMS:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            call = node.exc if isinstance(node, ast.Raise) else node
            names = ERRORS if isinstance(node, ast.Raise) else MADE
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") in names:
                yield str(path), call.lineno, call.end_lineno or call.lineno


class Lines:
    """Which lines of the rooms are run in a block."""

    def __init__(self) -> None:
        self.run: set[tuple[str, int]] = set()
        self._rooms = {str(path) for path in ROOMS}

    def __enter__(self) -> Lines:
        self._before = sys.gettrace()
        sys.settrace(self._call)
        return self

    def __exit__(self, *_: object) -> None:
        sys.settrace(self._before)

    def _call(self, frame, _event, _argument):
        return self._line if frame.f_code.co_filename in self._rooms else None

    def _line(self, frame, _event, _argument):
        self.run.add((frame.f_code.co_filename, frame.f_lineno))
        return self._line


HEAD = track([(0, tempo(100)), (0, metre(4))])
BEAT, TUNE = notes(beat(8)), notes(tune(8))
GOOD = midi(HEAD, track(BEAT), track(TUNE))
BAR = 4 * TICKS
END = b"\0\xff\x2f\0"


def raw(content: bytes, *, ticks: int = TICKS) -> bytes:
    return midi(b"MTrk" + struct.pack(">I", len(content)) + content, division=ticks)


def put(place: int, content: bytes) -> bytes:
    return GOOD[:place] + content + GOOD[place + len(content) :]


GS = bytes((0xF0, 10, 0x41, 0x10, 0x42, 0x12, 0x40, 0x1A, 0x15, 2, 0x18, 0xF7))
INSTANT = [event for tick, on in BEAT if on[0] >> 4 == 9 for event in ((tick, on), (tick, on[:2] + b"\0"))]
LATE = b"\xff\xff\xff\x7f\x99\x24\x64\1\x89\x24\0"
FILES = [
    # chunks
    b"RIFFwords",
    b"MThd\0\0",
    put(7, b"\5"),
    put(9, b"\7"),
    put(8, b"\0\2\0\2"),
    put(10, b"\0\0"),
    put(12, b"\xe7\x28"),
    put(12, b"\0\0"),
    GOOD[:14],
    GOOD[:14] + b"\0\1\2\3" * 9,
    GOOD[:60],
    GOOD[:14] + b"XXXX\0\0\0\0" * 9 + GOOD[14:],
    # events
    raw(b"\0\xb0\0\x78\0\xc0\1" + b"\0\1" * 9 + END),
    raw(b"\0\x99\x24\x64" + LATE * 40),
    raw(b"\x80\x80\x80\x80\0\x90\x24\x64"),
    raw(b"\0\xf4" + END),
    raw(b"\0\x90\x24"),
    raw(b"\0\xff\1\x7fabc"),
    raw(b"\0\x24\x24" + END),
    raw(b"\0\x90\x24\xf8" + END),
    raw(
        b"\0\xb0\1\1" + b"\0\1\1" * 20 + b"".join(bytes((0, 0xC0, k)) + b"\0\x90\x3c\x40\x60\x3c\0" for k in range(60))
    ),
    # oddities
    midi(HEAD, track(INSTANT)),
    midi(HEAD, track(TUNE), track([(0, b"\xc0\x18")])),
    midi(HEAD, track([(0, b"\xc0\x18"), (0, meta(0x59, b"\x08\0"))]), track(TUNE)),
    midi(track([]), track([(0, tempo(90)), *BEAT])),
    b"\0" * 128 + GOOD,
    put(10, b"\0\1"),
    GOOD + b"abc",
    GOOD[:18] + b"\0\0\0\0" + GOOD[22:],
    midi(HEAD, track([(0, GS)]), track(notes(beat(4, channel=11)))),
]


def chords(*pairs: tuple[float, str]) -> tuple[gen.notes.Chord, ...]:
    return tuple(gen.notes.Chord(time, text) for time, text in pairs)


def changed(**tables) -> gen.NoteSequence:
    return replace(score("60:[0,1] 62:[1,2] 64:[2,3] 65:[3,9]"), **tables)


def tempos(*pairs: tuple[float, float]) -> gen.notes.Tempos:
    return gen.notes.Tempos(*map(np.array, zip(*pairs, strict=True)))


def metres(*rows: tuple[float, int, int]) -> gen.notes.TimeSignatures:
    return gen.notes.TimeSignatures(*map(np.array, zip(*rows, strict=True)))


WHOLE = {"presplit_on_time_changes": False}
TRIADS = {"chord_encoding": "triads", "slice_bars": 1}
LINE = " ".join(f"{60 + n % 5}:[{n / 2},{n / 2 + 0.5}]" for n in range(16))
TRIO = ("60:[0,30]", "program 33 36:[0,4]", "drums 36:[28]")
BAND = [LINE, f"program 33 {LINE.replace('6', '4', 1)}", "drums 36:[0] 38:[1] 36:[7]"]
PIECES: list[tuple[gen.NoteSequence, str, dict]] = [
    (changed(tempos=tempos((0, 120), (2, 60))), "melody", WHOLE),
    (changed(tempos=tempos((2, 60))), "melody", WHOLE),
    (changed(time_signatures=metres((0, 4, 4), (2, 3, 4))), "melody", WHOLE),
    (changed(time_signatures=metres((0, 4, 0))), "melody", WHOLE),
    (changed(tempos=tempos((0, 0.0))), "melody", WHOLE),
    (replace(changed(), start=np.array([-9.0, 1, 2, 3])), "melody", WHOLE),
    (score(LINE, metre=(3, 4)), "melody", {"slice_bars": 1}),
    (score("60:[0,1]"), "melody", {"slice_bars": 4}),
    (score(""), "melody", {}),
    (score("60:[0,1] 60:[90000,90001]"), "melody", {}),
    (score("drums 36:[0]"), "melody", {}),
    (score("60 v0:[0,1]"), "melody", {}),
    (score("20:[0,1]"), "melody", {"min_pitch": 60}),
    (score("60:[0,1] 64:[0,1]"), "melody", {"skip_polyphony": True}),
    (score(LINE, LINE, tempos=tempos((0, 120), (1, 60))), "drums", {"slice_bars": 2}),
    (score(LINE), "drums", {}),
    (score("drums 99:[0]"), "drums", {}),
    (score(LINE), "groove", {"drums_only": True}),
    (score(""), "groove", {}),
    (score("drums 99:[0]"), "groove", {}),
    (score("drums 36:[0]"), "groove", {"split_bars": 4}),
    (score(LINE), "trio", {"slice_bars": 1}),
    (score(*TRIO), "trio", {"slice_bars": 12}),
    (score(*BAND), "trio", {"slice_bars": 64}),
    (score(*[LINE] * 60, *[f"program 33 {LINE}"] * 60, *["drums 36:[0] 38:[7]"] * 60), "trio", {"slice_bars": 1}),
    (score(LINE), "multitrack", {"min_num_instruments": 2}),
    (score(*[LINE] * 4), "multitrack", {"max_num_instruments": 2, "drop_tracks_and_truncate": False}),
    (score(*[LINE] * 2), "multitrack", {"min_total_events": 99}),
    (score(*[LINE] * 2), "multitrack", {"max_events_per_instrument": 4, "drop_tracks_and_truncate": False}),
    (score(*[LINE] * 2), "multitrack", {"first_subsequence_only": True, "hop_size_bars": 1}),
    (score(*["5:[0,1] 120:[1,2]"] * 2), "multitrack", {"min_pitch": 60, "max_pitch": 61}),
    (score(LINE, chords=chords((0, "C"), (1, "Gsus4"))), "melody", TRIADS | {"unknown_chords": "part"}),
    (score(LINE, chords=chords((0, "H"))), "melody", TRIADS | {"unknown_chords": "part"}),
    (score(LINE, chords=chords((0, "C(add25)"))), "melody", TRIADS | {"unknown_chords": "part"}),
    (score(LINE, chords=chords((0, "C7(add7)"))), "melody", TRIADS | {"unknown_chords": "part"}),
    (score(LINE, chords=chords((0, "C(no7)"))), "melody", TRIADS | {"unknown_chords": "part"}),
    (score(LINE, chords=chords((0, "C"), (1, "F"), (1.01, "G"))), "melody", TRIADS),
    (score(LINE, chords=chords((0, "C"))), "melody", TRIADS | {"condition_on_key": True}),
    (score(LINE, metre=(5, 4)), "melody", {"chord_encoding": "triads", "quarters_per_bar": 5}),
    (score("60:[0,1999]"), "melody", {"chord_encoding": "triads"}),
    (
        score("60:[0,3]", metre=(6, 8)),
        "melody",
        {"chord_encoding": "triads", "quarters_per_bar": 3, "steps_per_quarter": 1},
    ),
    (score(LINE), "melody", {"slice_bars": 1}),
    (score(LINE, metre=(3, 8)), "melody", {"chord_encoding": "triads", "quarters_per_bar": 1}),
]


def everything(folder: Path) -> Iterator[str]:
    """What is said of every example."""
    for content in FILES:
        yield from said_of(content)
    yield from said_of(midi(HEAD))
    yield from said_of(GOOD, recipes=("groovae_4bar",))
    for notes_of, kind, options in PIECES:
        converter = construct("converter", Component(kind, options), mode="eval")
        rejection = converter.convert(notes_of, rng=np.random.default_rng(0)).rejection
        if rejection is not None:
            yield advised(rejection)
            yield f"a clip: {what_to_do(rejection, notes_of, tiny_recipe('melody'), converter)}"
        else:
            yield f"NOTHING SAID of {kind} {options}"
    for act in [*files(folder), *acts(folder)]:
        yield said_by(act)


def said_by(act: Callable[[], object]) -> str:
    """The error that something is, or what it says."""
    try:
        found = act()
    except (GenError, ValueError) as error:
        return f"{type(error).__name__}: {error}"
    rejection = found.reports[0].rejection if isinstance(found, TaskResult) else getattr(found, "problem", None)
    said = found if isinstance(found, str) else f"NOTHING SAID: {found}"
    return said if rejection is None else advised(rejection)


def advised(rejection: Rejection) -> str:
    return f"{rejection.code}: {rejection.detail} -> {fix_for(rejection.code, [Case(FileCheck('x'), rejection)])}"


def zipped(path: Path, *members: str, content: bytes = GOOD) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for member in members:
            archive.writestr(member, content)
    return path


def files(folder: Path) -> list[Callable[[], object]]:
    """What is wrong with places."""
    (folder / "empty").mkdir()
    (folder / "bad.zip").write_bytes(b"PK nothing")
    two = zipped(folder / "two.zip", "a.mid", "b.mid")
    broken = folder / "broken.zip"
    broken.write_bytes(two.read_bytes().replace(GOOD, GOOD[::-1], 1))
    astray = zipped(folder / "astray.zip", "../a.mid")
    item = functools.partial(Item, "a.mid", "train")
    groove = gen.load_recipe("groovae_4bar")
    tfds = gen.load_recipe("groovae_4bar", ["data.windows=tfds", "data.window_bars=4", "converter.hop_size=null"])

    def prepared(recipe, one: object) -> Callable[[], object]:
        return lambda: Job(recipe)((0, (one,)))

    def failing(error: Exception) -> Callable[[], object]:
        def act() -> object:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(GrooveConverter, "convert", lambda *_, **__: raise_(error))
                return Job(groove)((0, (item(GOOD),)))

        return act

    def checking(error: Exception) -> Callable[[], object]:
        return lambda: _checked(lambda *_: raise_(error), next(iter(MidiFiles(two))))[0]

    def faulty() -> object:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(GrooveConverter, "convert", lambda *_, **__: raise_(IndexError("list index out of range")))
            return "; ".join(said_of(GOOD))

    same = plan(converters=["groove"])[0]
    return [
        lambda: gen.read_midi(folder / "nowhere.mid"),
        lambda: gen.read_midi(folder / "empty"),
        lambda: read_file(folder / "nowhere"),
        lambda: MidiFiles(folder / "nowhere"),
        lambda: MidiFiles(folder / "empty"),
        lambda: ZipMembers(folder / "nowhere.zip"),
        lambda: ZipMembers(folder / "bad.zip"),
        lambda: ZipMembers(two, limits=ZipLimits(members=1)),
        lambda: ZipMembers(two, limits=ZipLimits(total_bytes=9)),
        lambda: ZipMembers(two, limits=ZipLimits(member_bytes=9)),
        lambda: ZipMembers(astray),
        lambda: ZipMembers(two).read("c.mid"),
        lambda: ZipMembers(broken).read("a.mid"),
        lambda: _checked_members(two),
        prepared(groove, Skipped("a.mid", "duplicate of b.mid")),
        prepared(groove, item(folder / "nowhere.mid")),
        prepared(groove, item(b"words")),
        prepared(tfds, item(midi(HEAD, track(notes(beat(1)))))),
        prepared(tfds, item(midi(track([(0, tempo(120)), (2 * BAR, tempo(60))]), track(BEAT)))),
        failing(LateError("given up after 60 seconds")),
        failing(IndexError("list index out of range")),
        faulty,
        checking(LateError("given up after 20 seconds")),
        checking(DiedError("checking it ended a worker process (signal 9)")),
        checking(IndexError("list index out of range")),
        lambda: _checked(lambda *_: None, MidiFile("x.mid", folder / "nowhere.mid"))[0],
        lambda: mark_copies([check_file(same, name, GOOD) for name in ("a.mid", "b.mid")])[1],
    ]


def raise_(error: Exception) -> object:
    raise error


def _checked_members(path: Path) -> object:
    """With the count of entries hidden, as only an archive that lies has them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gen.data.archives._require_few", lambda *_: None)
        return ZipMembers(path, limits=ZipLimits(members=1))


def acts(folder: Path) -> list[Callable[[], object]]:
    """What the verbs refuse."""
    groove, clip = tiny_model("groove"), demo_bytes("band", 4)
    odd = midi_bytes(score("drums 99:[0] 99:[1]"))
    tunes = midi_bytes(score(LINE))
    path = folder / "clip.mid"
    path.write_bytes(clip)
    run = tiny_run("humanize", folder / "run")
    one_bar = replace(player_of(groove), bars=1)

    def single_bars() -> object:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("gen.music.verbs.scene.player_of", lambda *_, **__: one_bar)
            return extend(groove, clip)

    def deaf() -> object:
        with pytest.MonkeyPatch.context() as patch:
            refused = Conversion((), Rejection("no-notes", "there is no note"))
            patch.setattr(GrooveConverter, "convert", lambda *_, **__: refused)
            none = np.zeros(0, np.int64)
            return one_bar.hear(none, none, none, np.zeros(0))

    def applied() -> str:
        melody = tiny_run("melody", folder / "melody")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("gen.music.attributes.read_attributes", lambda *_: None)
            return ended(["apply", str(melody), str(path), "--drums", "kick", "-o", str(folder / "applied")])

    nothing: Any = SimpleNamespace(shift=lambda *_, **__: np.zeros(1))
    return [
        applied,
        lambda: require_amounts({"density": 99.0}),
        lambda: say_again(tiny_model("melody"), b"words", nothing, {}),
        lambda: find_drums(b"words"),
        lambda: find_drums(tunes),
        lambda: find_drums(tunes, channels=(3,)),
        lambda: find_windows(tiny_model("melody"), score("drums 36:[0]")),
        lambda: player_of(tiny_model("melody")),
        lambda: player_of(groove, needs="humanize"),
        lambda: vary(tiny_model("tap"), clip),
        deaf,
        lambda: extend(groove, clip, bars=0),
        lambda: extend(groove, clip, amount=0),
        lambda: extend(groove, odd),
        single_bars,
        lambda: humanize(tiny_model("humanize"), clip, amount=-1),
        lambda: humanize(tiny_model("humanize"), clip, only="pitch"),
        lambda: redo(groove, clip, Selection(), amount=0),
        lambda: redo(groove, odd, Selection()),
        lambda: redo(groove, clip, Selection(bars=(90, 91))),
        lambda: redo(groove, clip, Selection(drums=("kick",), keep=("kick",))),
        lambda: redo(groove, clip, Selection(drums=("lute",))),
        lambda: redo(groove, clip, Selection(drums=("90",))),
        lambda: parse_bars("4-3"),
        lambda: vary(groove, clip, amount=-1),
        lambda: ended(["humanize", str(run), str(path), "-o", str(path), "--force"]),
        lambda: ended(["replay", str(path)]),
        *replays(folder, run, path),
    ]


def ended(words: list[str]) -> str:
    """The last line that a command prints."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        main(words)
    return out.getvalue().strip().splitlines()[-1]


def replays(folder: Path, run: Path, clip: Path) -> Iterator[Callable[[], object]]:
    """Files that say how they were made, and can't be made again."""

    def of(name: str, *command: str, **more: object) -> list[str]:
        path = folder / f"{name}.mid"
        path.write_bytes(signed(clip.read_bytes(), Origin("m", "", 0, command, **more)))
        return ["replay", str(path)]

    yield lambda: ended([*of("there", "sample"), "-o", str(clip)])
    yield lambda: ended(of("strange", "train", "recipe.yaml"))
    yield lambda: ended(of("gone", "humanize", "x", inputs={str(folder / "nowhere.mid"): "0"}))
    yield lambda: ended(of("changed", "humanize", "x", inputs={str(clip): "0"}))
    yield lambda: ended(of("failing", "sample", str(folder / "no-run"), file="x.mid"))


def said_of(content: bytes, *converters: str, recipes: tuple[str, ...] = ()) -> Iterator[str]:
    made, _ = plan(converters=converters or (() if recipes else ("groove",)), recipes=recipes)
    found = account("here", made, [check_file(made, "file.mid", content)], {})
    for file in found.files:
        for case in cases_of(file, made):
            yield f"{case.reason.code}: {case.reason.detail} -> {fix_for(case.reason.code, [case])}"
    for remark in found.remarks:
        yield f"{remark.code}: {remark.detail} -> {remark.meaning}"


def test_every_message_has_an_example(tmp_path, monkeypatch):
    for name, bound in (("chunks._MOST_TRACKS", 8), ("rhythm._MOST_BANKS", 8), ("instruments._MOST_ROWS", 99)):
        monkeypatch.setattr(f"gen.midi.{name}", bound)
    monkeypatch.setattr("gen_converters.common.bases.MOST_CUTS", 1)
    said = []
    with Lines() as lines:
        said += everything(tmp_path)
    print(*dict.fromkeys(said), sep="\n")
    missing = [
        f"{Path(path).relative_to(ROOT)}:{first}"
        for path, first, last in sites()
        if not any((path, line) in lines.run for line in range(first, last + 1))
    ]
    codes = {each.partition(":")[0] for each in said}
    assert missing == [], "give each of these an example here, and read what it says"
    assert [each for each in said if each.startswith("NOTHING")] == []
    assert {*FIXES, *_OF_CLIPS} - codes == set()
