"""A demo piece: the drummer's clip, and over it as many of the others as are wanted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np

from gen import NoteSequence
from gen.notes import KeySignatures
from gen_datasets.demo.band import compose_bass, compose_chords, compose_second_voice, lightened
from gen_datasets.demo.drummer import Clip
from gen_datasets.demo.feel import Style
from gen_datasets.demo.harmony import Harmony, harmonise
from gen_datasets.demo.melody import compose_melody
from gen_datasets.demo.score import Line, perform

Parts = Literal["drums", "melody", "trio", "band"]
PARTS: tuple[Parts, ...] = get_args(Parts)


@dataclass(frozen=True)
class Piece:
    """A piece as played, with everything that was known before it was."""

    style: Style  # like the tempo, that of the drummer's clip of the same number, whether it is heard or not
    bpm: int
    harmony: Harmony
    lines: tuple[Line, ...]  # what is written for everyone but the drummer
    notes: NoteSequence  # what is heard: instruments in the order of ``lines``, then the drums


def compose(clip: Clip, parts: Parts, bars: int, seed: tuple[int, ...]) -> Piece:
    """Compose and play a piece over a drummer's clip.

    Every player draws from a generator of its own. So a trio is its melody with bass and drums, and a band its trio
    with two more, but for the strokes that the drummer of a band leaves out (`gen_datasets.demo.band.lightened`).
    """

    def chance(player: int) -> np.random.Generator:
        return np.random.default_rng([*seed, player])

    harmony = harmonise(clip.style, bars, chance(1))
    melody = compose_melody(harmony, clip.style, chance(2))
    lines = [melody]
    if parts != "melody":
        lines.append(compose_bass(harmony, clip.style, chance(3)))
    if parts == "band":
        lines.append(compose_chords(harmony, clip.style, chance(4)))
        lines.append(compose_second_voice(harmony, melody, chance(5)))
    played = perform(lines, clip.style, clip.bpm, clip.notes.total_time, chance(6))
    if parts != "melody":
        drums = lightened(clip.notes, clip.bpm) if parts == "band" else clip.notes
        played.append(replace(drums, instrument=np.full(len(drums), len(played))))
    names = ("pitch", "velocity", "start", "end", "program", "is_drum", "instrument")
    columns: dict[str, Any] = {name: np.concatenate([getattr(each, name) for each in played]) for name in names}
    key = KeySignatures(time=np.zeros(1), key=np.array([harmony.key.tonic]), mode=np.array([harmony.key.signature]))
    instruments = tuple(enumerate([*(line.name for line in lines), "drums"][: len(played)]))
    notes = replace(clip.notes, **columns, key_signatures=key, instrument_names=instruments)
    return Piece(clip.style, clip.bpm, harmony, tuple(lines), notes)
