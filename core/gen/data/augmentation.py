"""Transposing and stretching a whole piece once, before it is converted, as the original does."""

from __future__ import annotations

import numpy as np

from gen.notes.sequence import NoteSequence
from gen.notes.timing import stretch
from gen.notes.transposing import transpose
from gen.recipes.sections import AugmentSection


def augment(notes: NoteSequence, section: AugmentSection, rng: np.random.Generator) -> NoteSequence:
    """A piece played at another speed and in another key.

    Args:
        notes: any sequence; one without notes stays as it is.
        section: from where to where, both ends included.
        rng: draws the stretch first, then the transposition.

    Source: magenta, music_vae/data.py: NoteSequenceAugmenter.
    """
    if not len(notes):
        return notes
    factor = float(rng.uniform(*section.stretch))
    semitones = int(rng.integers(*section.transpose, endpoint=True))
    return transpose(notes if factor == 1.0 else stretch(notes, factor), semitones)
