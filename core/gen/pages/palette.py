"""A map of latent space as one page: drag through it, and hear what lies between four clips."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from gen.midi.writing import midi_bytes
from gen.music.rolls import note_rows
from gen.notes.drum_maps import drum_name
from gen.notes.sequence import NoteSequence
from gen.pages.document import document
from gen.pages.elements import h, part

SCRIPTS = ("base", "synth", "roll", "player", "palette")
"""In the order in which they run."""


def palette_page(clips: Sequence[Sequence[NoteSequence]], *, title: str, facts: str, corners: Sequence[str]) -> str:
    """A whole HTML document of a map as `gen.music.latent_map` makes it: rows of clips, all of one length.

    Each clip is in it twice: as notes to draw and to play, and as the MIDI file that `gen.write_midi` makes of it.
    """
    every = [clip for row in clips for clip in row]
    seconds = max(clip.total_time for clip in every)
    pitches = sorted({int(pitch) for clip in every for pitch in clip.pitch[clip.is_drum]})
    data = {
        "arms": [title],
        "size": len(clips),
        "seconds": seconds,
        "corners": list(corners),
        "clips": [{"notes": note_rows(clip), "midi": base64.b64encode(midi_bytes(clip)).decode()} for clip in every],
        "words": {"regimes": [], "figures": [], "drums": [(pitch, drum_name(pitch)) for pitch in pitches]},
    }
    unseen = "The map is drawn by a script, and scripts are switched off."
    main = h("main", part("palette-title", "Map", h("noscript", h("p", unseen)), id="palette"))
    return document(title, h("header", h("h1", title), h("p", facts)), main, data, SCRIPTS)
