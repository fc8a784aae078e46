"""A map of latent space as one page: drag through it, and hear what lies between four clips."""

from __future__ import annotations

import base64
from collections.abc import Sequence

import numpy as np

from gen.midi.reading import read_midi
from gen.midi.writing import midi_bytes
from gen.notes.drum_maps import drum_name
from gen.notes.sequence import NoteSequence
from gen.pages.document import document
from gen.pages.elements import h, part

SCRIPTS = ("base", "synth", "roll", "player", "midi", "wave", "places", "palette")
"""In the order in which they run."""

CORNERS = ["draw 1", "draw 2", "draw 3", "draw 4"]
"""What to call corners from the prior; the places of the page are A and B."""


def palette_page(clips: Sequence[Sequence[NoteSequence]], *, title: str, facts: str, corners: Sequence[str]) -> str:
    """A whole HTML document of a map as `gen.music.latent_map` makes it: rows of clips, all of one length.

    Each clip is in it twice: as notes to draw and to play, and as the MIDI file that `gen.write_midi` makes of it.
    Corners that have no name aren't called anything.
    """
    every = [clip for row in clips for clip in row]
    files = [midi_bytes(clip) for clip in every]
    read = [read_midi(content) for content in files]  # in the file's order and at its ticks, as whoever hears it has it
    resolution = read[0].ticks_per_quarter
    rows = [tick_rows(clip, resolution) for clip in read]
    parts = {row for clip in every for row in zip(clip.instrument, clip.program, clip.is_drum, strict=True)}
    pitches = sorted({int(pitch) for clip in every for pitch in clip.pitch[clip.is_drum]})
    data = {
        "arms": [title],
        "size": len(clips),
        "resolution": resolution,
        "corners": list(corners),
        # drums of one instrument can be put together anew, row by row
        "rows": pitches if len(parts) == 1 and not any(clip.instrument_names for clip in every) else [],
        "clips": [
            {"notes": notes, "end": end, "midi": base64.b64encode(content).decode()}
            for (notes, end), content in zip(rows, files, strict=True)
        ],
        "words": {"regimes": [], "figures": [], "drums": [(pitch, drum_name(pitch)) for pitch in pitches]},
    }
    unseen = "The map is drawn by a script, and scripts are switched off."
    main = h("main", part("palette-title", "Map", h("noscript", h("p", unseen)), id="palette"))
    return document(title, h("header", h("h1", title), h("p", facts)), main, data, SCRIPTS)


def tick_rows(clip: NoteSequence, resolution: int) -> tuple[list[list[int]], int]:
    """A row a note of a clip of one tempo, times in ticks: start, end, pitch, velocity, program, 1 for drums; and its
    end.
    """
    qpm = clip.tempos.first
    start, end, last = (
        np.rint(seconds * qpm / 60.0 * resolution).astype(np.int64)
        for seconds in (clip.start, clip.end, np.array([clip.total_time]))
    )
    columns = (start, end, clip.pitch, clip.velocity, clip.program, clip.is_drum.astype(np.int64))
    return [list(row) for row in zip(*(column.tolist() for column in columns), strict=True)], int(last[0])
