"""A few held-out clips and what models make of them, as lists of notes for a page to draw and to play."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gen.data.examples import Examples
from gen.music.rolls import note_rows
from gen.music.transforming import reconstruct_examples
from gen.training.load import Trained

CLIPS = 3


def reconstructed_clips(models: Mapping[str, Trained], examples: Examples, count: int = CLIPS) -> list[dict[str, Any]]:
    """Greedy reconstructions of some clips by every model, all of one converter, as `gen.pages` takes them.

    The clips are of different pieces where there are as many, evenly over the split.
    """
    _, firsts = np.unique(examples.source, return_index=True)
    rows = firsts[np.unique(np.linspace(0, len(firsts) - 1, count).astype(np.int64))]
    chosen = examples.take(rows)
    pairs = {name: reconstruct_examples(trained, chosen) for name, trained in models.items()}
    clips = []
    for place, row in enumerate(rows):
        heard = {"original": next(iter(pairs.values()))[place][0]} | {
            name: clips_of[place][1] for name, clips_of in pairs.items()
        }
        clips.append(
            {
                "name": f"example {int(row) + 1}",
                "seconds": max(clip.total_time for clip in heard.values()),
                "versions": {name: note_rows(clip) for name, clip in heard.items()},
            }
        )
    return clips
