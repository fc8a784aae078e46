"""What a file costs to read is bounded by its size: so many bytes for each thing in it, and so many things."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from midi_bytes import midi

import gen
from gen.errors import MidiError
from gen.midi.events import MOST_EVENTS, MOST_METAS, read_events
from gen.midi.reading import read, survey

SPARE = 100_000_000  # bytes that reading a file may take, and ten for each of its own
END = b"\0\xff\x2f\0"
NOTE = b"\0\x90\x3c\x40\x60\x3c\0"
GS = bytes((0, 0xF0, 10, 0x41, 0x10, 0x42, 0x12, 0x40, 0x1A, 0x15, 2, 0x18, 0xF7))


def chunk(content: bytes) -> bytes:
    return b"MTrk" + (len(content) + len(END)).to_bytes(4, "big") + content + END


def tempos(count: int) -> bytes:
    return b"".join(b"\1\xff\x51\x03" + (300_000 + 7 * number).to_bytes(3, "big") for number in range(count))


EVENTS = {
    "texts": lambda n: [b"\0\xff\x01\0" * n],
    "lyrics": lambda n: [b"\0\xff\x05\1x" * n + NOTE],
    "notes": lambda n: [b"\0\x90\x3c\x40" + b"\1\x3c\0\0\x3c\x40" * (n // 2)],
    "strokes": lambda n: [b"\0\x99\x24\x40" + b"\0\x24\0\1\x24\x40" * (n // 2)],
    "programs": lambda n: [NOTE + b"\0\xc0\1" + b"\0\2" * n],
    "programs of another track": lambda n: [b"\0\xc0\1" + b"\0\2" * (n // 3), NOTE * (n // 3)],
    "controls": lambda n: [NOTE + b"\0\xb0\1\1" + b"\0\1\1" * n],
    "bends": lambda n: [NOTE + b"\0\xe0\1\1" + b"\0\1\1" * n],
}
METAS = {
    "tempos": lambda n: [tempos(n) + NOTE],
    "metres": lambda n: [b"".join(b"\1\xff\x58\2" + bytes((2 + k % 5, 2)) for k in range(n)) + NOTE],
    "bad keys": lambda n: [b"\1\xff\x59\2\x50\0" * n + NOTE],
    "short tempos of another track": lambda n: [b"", b"\1\xff\x51\0" * n + NOTE],
    "names": lambda n: [b"\0\xff\3\1x" * n + NOTE],
    "GS messages": lambda n: [GS * n + NOTE],
}


def cost(content: bytes, reader) -> int:
    """Bytes that reading takes at its peak, apart from ten for each of the file's own."""
    tracemalloc.start()
    try:
        reader(content)
        return tracemalloc.get_traced_memory()[1] - 10 * len(content)
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("reader", [read, survey], ids=["read", "survey"])
@pytest.mark.parametrize(
    ("kind", "most"), [*((kind, MOST_EVENTS) for kind in EVENTS), *((kind, MOST_METAS) for kind in METAS)]
)
def test_as_many_as_gen_reads_of_anything_stay_within_the_memory_that_a_file_may_take(kind, most, reader):
    count = 3_000
    content = midi(*map(chunk, {**EVENTS, **METAS}[kind](count)))
    read(content)  # so that what is made once isn't counted

    assert cost(content, reader) * most / count < SPARE


@pytest.mark.parametrize(
    ("tracks", "said"),
    [
        ([b"\0\xff\x01\0" * MOST_EVENTS], "it has 524,289 events, and gen reads up to 524,288 of a file"),
        (METAS["tempos"](MOST_METAS + 1), "it has 32,769 tempos, time signatures, key signatures"),
        (METAS["names"](MOST_METAS + 1), "it has 32,769 track names"),
        (METAS["GS messages"](MOST_METAS + 1), "it has 32,769 messages of makers of synthesisers"),
        ([b"\0\xb0\0\x78\0\xc0\1" + b"\0\1" * 140_000 + NOTE], "it has 140,002 programs and banks"),
    ],
)
def test_more_of_anything_than_gen_reads_is_a_reason_that_says_of_what_there_is_too_much(tracks, said):
    with pytest.raises(MidiError, match=said) as caught:
        gen.read_midi(midi(*map(chunk, tracks)))
    assert caught.value.code == "too-many"


def test_a_few_controls_that_many_instruments_share_do_not_fill_the_memory():
    programs = b"".join(b"\0\xc0" + bytes((number,)) + NOTE for number in range(64))
    with pytest.raises(MidiError, match="gen reads up to 524,288") as caught:
        gen.read_midi(midi(chunk(b"\0\xb0\1\1" + b"\0\1\1" * 20_000 + programs)))
    assert caught.value.code == "too-many-controls"


def test_a_header_that_says_it_has_four_gigabytes_takes_none():
    content = midi(chunk(NOTE))
    assert cost(content[:4] + b"\xff\xff\xff\xf0" + content[8:], refused) < 100_000
    refused(content[:14] + b"XXXX\0\0\0\0" * 70_000)


def refused(content: bytes) -> None:
    with pytest.raises(MidiError):
        gen.read_midi(content)


def test_meta_events_are_made_when_they_are_asked_for_and_say_where_they_stand():
    content = midi(chunk(b"\0\xff\x01\x81\x02" + b"x" * 130 + b"\0\xf0\x80\x05\x41\x10\x42\x12\xf7\0\xff\3\2ab" + NOTE))
    events = read_events(content, ((22, len(content)),))
    (text,), (name,), (message,) = events.metas(1), events.metas(3), events.exclusives()

    assert (text.event, text.content, content[text.offset : text.offset + 130]) == (0, b"x" * 130, b"x" * 130)
    assert (name.event, name.text, name.offset) == (2, "ab", content.index(b"ab"))
    assert message.content == b"\x41\x10\x42\x12\xf7"
    assert np.array_equal(events.rows_of(0x2F), [5])
