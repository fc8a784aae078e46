"""What a file has that isn't as it should be, or isn't heard as it stands: one sentence a kind, with counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np

from gen.midi.chunks import Layout
from gen.midi.events import Events, Meta
from gen.midi.instruments import Lost
from gen.midi.rhythm import Rhythm

_MOST_NAMED = 4


class Oddity(NamedTuple):
    """A code for counting, a sentence, and whether something of the music isn't heard."""

    code: str
    text: str
    lost: bool = False


def of_layout(layout: Layout, data: bytes) -> list[Oddity]:
    """What is odd about the file's chunks."""
    found, tracks = [], len(layout.tracks)
    if layout.wrapper:
        found.append(Oddity("wrapper", f"it stands in {layout.wrapper}, from which gen took it"))
    if layout.announced != tracks:
        number = _count(layout.announced, "track")
        found.append(Oddity("announced-tracks", f"its header announces {number}, and it has {tracks}: all are read"))
    if layout.mended:
        start, end = layout.tracks[layout.mended[0] - 1]
        said = int.from_bytes(data[start - 4 : start], "big")
        text = (
            f"track {layout.mended[0]} says that it has {said:,} bytes, and ends as a track does after {end - start:,}"
        )
        others = len(layout.mended) - 1
        more = f"; so {'does another' if others == 1 else f'do {others} others'}" if others else ""
        found.append(Oddity("track-length", text + more))
    if layout.outside:
        empty = f", and {_count(layout.empty, 'track')} of it say that they have none" if layout.empty else ""
        empty = empty.replace("1 track of it say that they have none", "1 track of it says that it has none")
        text = f"{_count(layout.outside, 'byte')} of it lie outside any track{empty}"
        found.append(Oddity("outside-tracks", text, bool(layout.empty)))
    return found


def of_onsets(drums: Lost, others: Lost, events: Events, *, kept: bool) -> list[Oddity]:
    """Onsets without a length, and notes that never end: strokes of drums, which are ``kept`` or not, and others."""
    found = []
    for lost, is_drum in ((drums, True), (others, False)):
        for endless in (False, True):
            rows = lost.on[lost.endless == endless]
            if len(rows):
                found.append(_onsets(rows, events, endless=endless, is_drum=is_drum, kept=kept and is_drum))
    return found


def _onsets(rows: np.ndarray, events: Events, *, endless: bool, is_drum: bool, kept: bool) -> Oddity:
    many = len(rows) > 1
    counts = Counter(events.data1[rows].tolist()).most_common()
    pitches = ", ".join(f"{pitch} (×{count:,})" for pitch, count in counts[:_MOST_NAMED])
    more = f" and {len(counts) - _MOST_NAMED} more" if len(counts) > _MOST_NAMED else ""
    what = _count(len(rows), "drum stroke" if is_drum else "note")
    how = ("never end" if many else "never ends") if endless else ("have no length" if many else "has no length")
    verdict = "are heard all the same" if many else "is heard all the same"
    if not kept:
        verdict = "aren't heard" if many else "isn't heard"
    code = f"{'endless' if endless else 'instant'}-{'strokes' if is_drum else 'notes'}"
    return Oddity(code, f"{what} {how} and {verdict}; pitches {pitches}{more}", not kept)


def of_programs(borrowed: Collection[int], rhythm: Rhythm) -> list[Oddity]:
    """Programs that another track says."""
    parts = [part for part in borrowed if not rhythm.percussive[part]]
    if not parts:
        return []
    channels = [str(channel) for channel in sorted({(part & 0x0F) + 1 for part in parts})]
    one = len(channels) == 1
    says = (
        f"the program of channel {channels[0]} stands"
        if one
        else f"the programs of channels {', '.join(channels)} stand"
    )
    whose, counts = ("its", "counts") if one else ("their", "count")
    return [Oddity("programs-elsewhere", f"{says} on another track than {whose} notes, and {counts}")]


def of_rhythm(rhythm: Rhythm) -> list[Oddity]:
    """Channels that are drums, or aren't, because the file says so."""
    said = [
        f"channel {channel} is {'drums' if each.is_drum else 'no drums'} by {each.by}"
        for channel, each in sorted(rhythm.told.items())
    ]
    return [Oddity("rhythm-parts", "; ".join(said))] if said else []


def of_bad_metas(bad: Sequence[tuple[Meta, str]], events: Events) -> list[Oddity]:
    """Meta events that say what can't be, which are left out."""
    if not bad:
        return []
    named = [
        f"{what} (track {int(events.track[meta.event]) + 1}, byte {meta.offset})" for meta, what in bad[:_MOST_NAMED]
    ]
    more = f" and {len(bad) - _MOST_NAMED} more" if len(bad) > _MOST_NAMED else ""
    return [Oddity("bad-events", f"left out, since it can't be: {'; '.join(named)}{more}")]


def of_elsewhere(tempos: int, metres: int, *, heeded: bool) -> list[Oddity]:
    """Tempos and metres outside the first track that change what is heard, or would."""
    said = [_count(number, word) for number, word in ((tempos, "tempo"), (metres, "metre")) if number]
    if not said:
        return []
    stands = "stands" if tempos + metres == 1 else "stand"
    verdict = ("and counts" if tempos + metres == 1 else "and count") if heeded else "and isn't heeded"
    return [Oddity("tempo-elsewhere", f"{' and '.join(said)} {stands} outside the first track {verdict}", not heeded)]


def _count(number: int, word: str) -> str:
    return f"1 {word}" if number == 1 else f"{number:,} {word}s"
