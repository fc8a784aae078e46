"""Clips one after another in one sequence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gen.data.examples import stack
from gen.errors import UsageError
from gen.interfaces.rows import FloatArray
from gen.model.build import build_converter
from gen.model.vae import Posterior
from gen.music.windows import Window
from gen.notes.sequence import KeySignatures, NoteSequence, Tempos, TimeSignatures
from gen.training.batch import to_device
from gen.training.load import Trained

_COLUMNS = ("pitch", "velocity", "program", "is_drum", "instrument")


def join_clips(clips: Sequence[NoteSequence], starts: Sequence[float] | None = None) -> NoteSequence:
    """Put clips into one sequence, each with its tempo, metre, key and chords from where it begins.

    They begin at ``starts``, seconds that ascend, or each at the end of the one before. A note that was played before
    its clip's beginning keeps its place; before zero it begins at zero. Controllers and bends are left out.

    Raises:
        UsageError: there is no clip.
    """
    if not clips:
        raise UsageError("there is no clip to join")
    if starts is None:
        starts = np.cumsum([0.0, *(clip.total_time for clip in clips[:-1])]).tolist()
    placed = list(zip(clips, starts, strict=True))
    begin = np.concatenate([clip.start + start for clip, start in placed])
    end = np.concatenate([clip.end + start for clip, start in placed])

    def states(name: str, *columns: str) -> dict[str, Any]:
        """Rows of a table of every clip, without those that say again what holds already."""
        rows: list[tuple[float, ...]] = []
        for clip, start in placed:
            table = getattr(clip, name)
            values = [getattr(table, column).tolist() for column in columns]
            for time, *row in zip(table.time.tolist(), *values, strict=True):
                if not rows or rows[-1][1:] != tuple(row):
                    rows.append((time + start, *row))
        if rows and rows[0][0] > 0:  # what the first clip says holds from the beginning of the piece
            rows[0] = (0.0, *rows[0][1:])
        table = np.array(rows, np.float64).reshape(len(rows), 1 + len(columns))
        return dict(zip(("time", *columns), table.T, strict=True))

    columns: dict[str, Any] = {name: np.concatenate([getattr(clip, name) for clip in clips]) for name in _COLUMNS}
    return NoteSequence(
        **columns,
        start=np.maximum(begin, 0.0),
        end=np.maximum(end, 0.0),
        tempos=Tempos(**states("tempos", "qpm")),
        time_signatures=TimeSignatures(**states("time_signatures", "numerator", "denominator")),
        key_signatures=KeySignatures(**states("key_signatures", "key", "mode")),
        chords=tuple(replace(chord, time=chord.time + start) for clip, start in placed for chord in clip.chords),
        instrument_names=clips[0].instrument_names,
        total_time=max(start + max(clip.total_time, float(clip.end.max(initial=0.0))) for clip, start in placed),
    )


BATCH = 64
"""Clips that go through a model at a time, whatever is asked for: so that memory doesn't grow with the clips."""


@torch.no_grad()
def encode_windows(trained: Trained, windows: Sequence[Window]) -> Posterior:
    """The posterior of each window, ``[N, Z]``, by the model that they were found for; at least one, of any lengths."""
    layout = build_converter(trained.recipe).layout
    found = []
    for first in range(0, len(windows), BATCH):
        examples = [window.example for window in windows[first : first + BATCH]]
        batch = to_device(stack(examples, [0] * len(examples), layout), trained.model.device)
        found.append(trained.model.encode(batch.inputs, batch.lengths, batch.controls))
    return Posterior(
        torch.cat([posterior.mean for posterior in found]), torch.cat([posterior.stddev for posterior in found])
    )


def decode_clips(
    trained: Trained,
    z: Tensor,
    *,
    steps: int | None = None,
    controls: FloatArray | None = None,
    temperature: float = 0.0,
    generator: torch.Generator | None = None,
) -> list[NoteSequence]:
    """One clip for each latent vector, at 120 quarter notes a minute.

    Args:
        z: ``[N, Z]``.
        steps: how many to say; those of a window where None. An end token that the model says ends a clip earlier.
        controls: ``[N, T, control_depth]``, or ``[T, control_depth]`` for all alike; T steps are said.
        temperature: of the decoder; 0 takes the likeliest.
        generator: source of every draw, on the model's device.

    Raises:
        UsageError: the model can't say so many steps, or nobody knows how many.
    """
    converter = build_converter(trained.recipe)
    if controls is not None:
        controls = np.broadcast_to(controls, (len(z), *controls.shape[-2:]))
        steps = controls.shape[1]
    if steps is None and trained.model.steps is None:
        raise UsageError(f"the clips of {trained.recipe.name} have no length of their own: say how many bars (--bars)")
    clips: list[NoteSequence] = []
    for first in range(0, len(z), BATCH):
        part = slice(first, first + BATCH)
        said = None if controls is None else controls[part]
        try:
            outputs = trained.model.decode(
                z[part],
                steps=steps,
                controls=None if said is None else torch.from_numpy(np.array(said)).to(z.device),
                temperature=temperature,
                generator=generator,
            )
        except ValueError as error:
            if steps in (None, trained.model.steps):
                raise
            raise UsageError(f"{trained.recipe.name} can't make clips of that length: {error}") from error
        clips += converter.from_tensors(outputs.float().cpu().numpy(), said)
    return clips
