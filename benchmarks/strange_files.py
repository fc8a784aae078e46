"""Files that one finds among others, of the kinds that strangers had trouble with: made one by one, with what is true.

Kind by kind as the project numbers them: 1 to 8 are music that is easily read wrongly, 9 to 12 what lies beside music,
13 and 14 links and what is no file, 15 extremes, 16 and 17 names, 18 numbers, 19 weights. Of each it is known whether
it can be used, with how many examples of four bars of drums, or by which code and words it can't.
"""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from midi_bytes import TICKS, beat, meta, metre, midi, notes, tempo, track, tune

BAR = 4 * TICKS
GS = bytes((0xF0, 10, 0x41, 0x10, 0x42, 0x12, 0x40, 0x1A, 0x15, 2, 0x18, 0xF7))  # channel 11 becomes drums
XG = bytes((0xF0, 8, 0x43, 0x10, 0x4C, 8, 10, 7, 2, 0xF7))  # likewise
END = b"\0\xff\x2f\0"

Events = list[tuple[int, bytes]]


@dataclass(frozen=True)
class Strange:
    """A file: its kind, how it is put at a path, and what is true of it.

    ``code`` is the reason for which it gives nothing, and ``said`` words of that, or of what is noticed of a file that
    gives examples; ``name`` is all of its name, or its ending.
    """

    kind: int
    make: Callable[[Path], object]
    code: str = ""
    said: str = ""
    name: str = ".mid"


class Beats:
    """Four bars of drums and more, each file's a little different, so that none is a copy of another."""

    def __init__(self) -> None:
        self._rng = np.random.default_rng(0)

    def strokes(self, bars: int = 4, channel: int = 10) -> Events:
        struck = beat(bars)
        velocities = self._rng.integers(20, 120, size=len(struck)).tolist()
        return notes(
            [(tick, channel, pitch, loud) for (tick, _, pitch, _), loud in zip(struck, velocities, strict=True)]
        )

    def file(self, *before: tuple[int, bytes], bars: int = 4) -> bytes:
        return midi(track([(0, tempo(100)), (0, metre(4)), *before, *self.strokes(bars)]))


def bytes_of(content: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(content)


def instant(events: Events) -> Events:
    """The same onsets, with a note-off on the onset's tick."""
    on = [event for event in events if event[1][0] >> 4 == 9]
    return [each for tick, message in on for each in ((tick, message), (tick, message[:2] + b"\0"))]


def strange_files() -> Iterator[Strange]:
    """Two hundred."""
    beats = Beats()
    for number in range(10):
        yield from _music(beats, number)
        yield from _beside_music(beats, number)
        yield from _places(beats, number)


def _music(beats: Beats, number: int) -> Iterator[Strange]:
    head = track([(0, tempo(90 + number)), (0, metre(4))])
    ten = beats.strokes
    half = number % 2
    endless = [event for event in ten() if event[1][0] >> 4 == 9]
    yield Strange(1, bytes_of(midi(head, track(instant(ten()) if half else endless))))
    mixed = ten()
    yield Strange(1, bytes_of(midi(head, track([*instant(mixed[: 6 * number]), *mixed[6 * number :]]))))
    yield Strange(2, bytes_of(midi(track([]), track([(0, tempo(70 + number)), (0, metre(4)), *ten()]))))
    by_bank = [(0, bytes((0xBA, 0, (120, 127)[number % 2]))), (0, b"\xca\0")]
    says = [(0, GS)] if number < 4 else [(0, XG)] if number < 7 else by_bank
    yield Strange(3, bytes_of(midi(head, track(says), track(ten(channel=11)))))
    bass = [(0, bytes((0xC0 | channel, 33 + number))) for channel in (1, 2)]
    plain = track(notes([(tick, 2, pitch - 24, 80 + number) for tick, _, pitch, _ in tune(4)]))
    unmarked = "" if half else "27 of 27 notes taken are not marked as drums"
    yield Strange(4, bytes_of(midi(head, track(bass), plain, *([track(ten())] if half else []))), said=unmarked)
    short = {"code": "too-short", "said": "3 bars"}
    yield Strange(5, bytes_of(midi(head, track(ten(bars=3 if half else 7)))), **(short if half else {}))
    unfelt = [
        [(9 * BAR, tempo(60))],
        [(9 * BAR, metre(3))],
        [(2 * BAR, metre(2, 2))],
        [(2 * BAR, meta(0x51, (600_001).to_bytes(3, "big")))],
        [(0, tempo(100)), (0, tempo(100))],
    ][number % 5]
    felt = {"code": "tempo-change", "said": "qpm at"}
    yield Strange(
        6, bytes_of(beats.file(*(unfelt if number < 8 else [(2 * BAR, tempo(60))]))), **({} if number < 8 else felt)
    )
    bad = [meta(0x59, b"\x08\0"), meta(0x59, b"\0\xff"), meta(0x58, b"\4"), meta(0x51, b"\7"), meta(0x51, b"\0\0\0")]
    yield Strange(7, bytes_of(beats.file((number, bad[number % 5]))))
    yield _unusual(beats, number)


def _unusual(beats: Beats, number: int) -> Strange:
    """What one easily says something untrue of."""
    good = beats.file()
    at = good.index(b"MTrk") + 4
    length = struct.pack(">I", 0)
    return [
        Strange(8, bytes_of(good[:-30]), "unreadable", "truncated file: expected"),
        Strange(8, bytes_of(good[:at] + length + good[at + 4 :])),
        Strange(8, bytes_of(good[:10] + b"\0\5" + good[12:])),
        Strange(8, bytes_of(good + track([(0, meta(1, b"more than announced"))]))),
        Strange(8, bytes_of(good[:12] + b"\xe7\x28" + good[14:]), "unreadable", "SMPTE frames"),
        Strange(8, bytes_of(good[:8] + b"\0\2\0\2" + good[12:]), "unreadable", "format 2 holds 2 independent patterns"),
        Strange(8, bytes_of(b""), "skipped", "the file is empty"),
        Strange(8, bytes_of(good + b"\0" * 512)),
        Strange(8, bytes_of(midi(track([(0, tempo(77)), (0, meta(1, b"words"))]))), "no-notes", "there is no note"),
        Strange(8, bytes_of(good[: at + 30] + b"\xf4" + good[at + 31 :]), "unreadable", "at byte"),
    ][number]


def _beside_music(beats: Beats, number: int) -> Iterator[Strange]:
    other = {"code": "unreadable", "said": "not a MIDI file: expected it to begin with 'MThd'"}
    yield Strange(9, bytes_of(b'\x18\0\0\0\0\0\0\0\xa3\x7fK"\t' + bytes([number])), **other)
    yield Strange(10, bytes_of(f"X:{number}\nM:4/4\nK:C\n[|]:|CDEF|\n".encode()), **other)
    good = beats.file()
    riff = b"RIFF" + struct.pack("<I", len(good) + 12) + b"RMIDdata" + struct.pack("<I", len(good)) + good
    silent = midi(track([(tick + 8 * BAR, message) for tick, message in beats.strokes()]))
    wrapped = [
        Strange(11, bytes_of(riff), name=".rmi"),
        Strange(11, bytes_of(b"\0" * 128 + good)),
        Strange(
            11, bytes_of(beats.file((0, meta(3, "Schlagzeug für Ä".encode("latin-1" if number > 4 else "utf-8")))))
        ),
        Strange(11, bytes_of(silent), said="8 silent bars before the first note left out"),
        Strange(11, bytes_of(good), name=".KAR"),
    ]
    yield wrapped[number % 5]
    yield Strange(12, bytes_of(f"print('a plugin that prints {number}')\n".encode()), **other)


def _places(beats: Beats, number: int) -> Iterator[Strange]:
    gone = {"code": "skipped", "said": "not a file, or a link that leads nowhere"}
    links = [
        Strange(13, _link_outside, "unreadable", "not a MIDI file"),
        Strange(13, lambda path: path.symlink_to("nowhere"), **gone),
        Strange(13, lambda path: path.symlink_to(path.name), **gone),
        Strange(13, lambda path: path.symlink_to("plain-00000.mid"), "skipped", "duplicate of plain-00000.mid"),
        Strange(
            13,
            lambda path: path.hardlink_to(path.parent / "plain-00001.mid"),
            "skipped",
            "duplicate of plain-00001.mid",
        ),
    ]
    yield links[number % 5]
    devices = [
        lambda path: os.mkfifo(path),
        lambda path: path.symlink_to("/dev/zero"),
        lambda path: path.symlink_to("/dev/urandom"),
        lambda path: path.symlink_to("/dev/stdin"),
        _socket,
    ]
    yield Strange(14, devices[number % 5], **gone)
    yield _extreme(beats, number)
    long = "l" * (240 + number)
    names = [
        f"{long}.mid",
        "a_b.mid",
        "A_B.mid",
        "a b.mid",
        "n\u00e9.mid",
        "ne\u0301.mid",
        "-n.mid",
        "%s{}.mid",
        "\U0001f941.mid",
        "~.mid",
    ]
    yield Strange(16, bytes_of(beats.file()), name=names[number])
    spoilt = [
        "\x1b[2J",
        "\x1b]52;c;cm0=\x07",
        "line\nfeed",
        "\u202etfel",
        "re\rturn",
        "\x9b31m",
        "[bold]",
        "\udcff",
        "\u2028",
        "\x7f",
    ]
    yield Strange(17, bytes_of(beats.file()), name=f"{spoilt[number]}.mid")
    yield _numbers(beats, number)
    header = b'{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'
    weights = (
        struct.pack("<Q", len(header)) + header + struct.pack("<f", float(("nan", "inf")[number % 2])) + bytes([number])
    )
    yield Strange(19, bytes_of(weights), "unreadable", "not a MIDI file")


def _link_outside(path: Path) -> None:
    words = path.parent.parent / f"{path.stem}.txt"
    words.write_text(f"words beside {path.name}")
    path.symlink_to(words)


def _socket(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # its path may be longer than a socket's may
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name)
    finally:
        os.chdir(here)


def _extreme(beats: Beats, number: int) -> Strange:
    """Little that says much."""
    stroke = b"\0\x99\x24\x64\1\x89\x24\0"
    late = b"\xff\xff\xff\x7f\x99\x24\x64\1\x89\x24\0"

    def raw(content: bytes, ticks: int = 1) -> bytes:
        return midi(b"MTrk" + struct.pack(">I", len(content + END)) + content + END, division=ticks)

    good = beats.file()
    return [
        Strange(15, bytes_of(raw(stroke + late)), "too-long", "steps"),
        Strange(15, bytes_of(raw(stroke + late * 40)), "unreadable", "an event lies at tick"),
        Strange(15, bytes_of(beats.file((0, meta(0x51, b"\0\0\1"))))),
        Strange(
            15, bytes_of(raw(stroke + b"\0\xff\1\0" * 530_000)), "unreadable", "events, and gen reads up to 524,288"
        ),
        Strange(15, bytes_of(raw(stroke + b"\1\xff\x51\3\7\xa1\x20" * 40_000)), "unreadable", "40,000 tempos"),
        Strange(15, bytes_of(good[:4] + b"\xff\xff\xff\xf0" + good[8:]), "unreadable", "announces 1 track, found 0"),
        Strange(
            15, lambda path: path.write_bytes(b"") or os.truncate(path, 1 << 33), "skipped", "too many for a MIDI file"
        ),
        Strange(15, bytes_of(beats.file()), name=os.fsdecode(b"n\xe9-%d.mid" % number)),
        Strange(
            15,
            bytes_of(
                raw(b"\0\xb9\1\1" + b"\0\1\1" * 20_000 + b"".join(b"\0\xc9" + bytes([n]) + stroke for n in range(60)))
            ),
            "unreadable",
            "control changes shared by 60 instruments",
        ),
        Strange(15, bytes_of(midi(*[b"MTrk\0\0\0\0"] * 60_000)), "no-notes", "there is no note"),
    ][number]


def _numbers(beats: Beats, number: int) -> Strange:
    """A file's own numbers, as large or small as they may be, or beyond."""
    good = beats.file()
    return [
        Strange(18, bytes_of(good[:12] + b"\0\0" + good[14:]), "unreadable", "expected 1 or more ticks"),
        Strange(18, bytes_of(good[:12] + b"\x7f\xff" + good[14:]), "too-short", "bar"),
        Strange(18, bytes_of(good[:10] + b"\xff\xff" + good[12:])),
        Strange(18, bytes_of(good[:10] + b"\0\0" + good[12:]), "unreadable", "it announces none"),
        Strange(18, bytes_of(good[:8] + b"\0\7" + good[10:]), "unreadable", "expected format 0, 1 or 2, found 7"),
        Strange(18, bytes_of(good[:7] + b"\5" + good[8:]), "unreadable", "expected at least 6 bytes"),
        Strange(18, bytes_of(beats.file((0, meta(0x58, b"\xff\0\x18\x08")))), "wrong-metre", "255/1"),
        Strange(18, bytes_of(beats.file((0, meta(0x58, b"\4\x1f\x18\x08"))))),
        Strange(18, bytes_of(beats.file((0, b"\xff\1\xff\xff\xff\x7f"))), "unreadable", "expected 268435455 bytes"),
        Strange(18, bytes_of(beats.file((0, meta(0x20, b"\xff"))))),
    ][number]
