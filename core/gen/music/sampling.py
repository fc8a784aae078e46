"""New clips from the prior."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from gen.errors import UsageError
from gen.interfaces.rows import FloatArray
from gen.model.build import build_converter
from gen.music.latent import decode_clips, join_clips
from gen.music.windows import find_windows
from gen.notes.sequence import NoteSequence
from gen.training.load import Trained


def sample_clips(
    trained: Trained,
    count: int,
    *,
    seed: int,
    temperature: float,
    controls: FloatArray | Sequence[FloatArray] | None = None,
    steps: int | None = None,
    same_z: bool = False,
) -> list[NoteSequence]:
    """Clips from the prior, at 120 quarter notes a minute; the same seed gives the same clips.

    Args:
        seed: of z and of every draw.
        temperature: of the decoder; 0 takes the likeliest step.
        controls: ``[T, control_depth]`` for all clips alike, where the model has controls; see `controls_of` and
            `controls_of_chords`. Several make clips of so many windows, all from one z, one after another.
        steps: how many to say, where there are no controls; those of a window where None.
        same_z: one z for all clips, which then differ by the decoder's draws alone.

    Raises:
        UsageError: the model has controls and none are given, or it can't make clips of that length.
    """
    converter = build_converter(trained.recipe)
    if converter.control_depth and controls is None:
        raise UsageError(
            f"{trained.recipe.name} plays to controls, {converter.control_depth} a step: "
            "give a clip to take them from: --like CLIP.mid; or, if they are chords, the chords: --chords 'C Am F G'"
        )
    generator = torch.Generator().manual_seed(seed)
    z = trained.model.prior(1 if same_z else count, generator=generator).expand(count, -1)
    drawing = torch.Generator(trained.model.device).manual_seed(seed)
    windows: Sequence[FloatArray | None]
    windows = [controls] if controls is None or isinstance(controls, np.ndarray) else controls
    said = [
        decode_clips(trained, z, steps=steps, controls=each, temperature=temperature, generator=drawing)
        for each in windows
    ]
    return said[0] if len(said) == 1 else [join_clips(parts) for parts in zip(*said, strict=True)]


def controls_of(trained: Trained, notes: NoteSequence, *, name: str = "that clip") -> FloatArray | None:
    """Controls ``[T, control_depth]`` of the first window of a clip, called ``name``; None for models without controls.

    Raises:
        DataError: nothing in the clip can be used, with the reason.
    """
    if not build_converter(trained.recipe).control_depth:
        return None
    return find_windows(trained, notes, name=name).windows[0].example.controls


def controls_of_chords(
    trained: Trained, chords: Sequence[str], *, key: int | None = None, bars: int | None = None
) -> list[FloatArray]:
    """Controls of clips that play to chord symbols, each for an equal share of a clip.

    Where a window's steps aren't times, as in the multitrack models, chords that one window can't hold make several
    windows, one chord each.

    Args:
        trained: a model that plays to chords.
        chords: such as ``C``, ``F#m``, ``N.C.``; at least one.
        key: pitch class of the key, C = 0, for models that play in a key.
        bars: length of the clip; that of a window where None, or a bar a chord where the model has no length.

    Returns:
        ``[T, control_depth]``, one a window.

    Raises:
        UsageError: the model doesn't play to chords, or a chord has no class; the text says which.
    """
    converter = build_converter(trained.recipe)
    if not chords:
        raise UsageError("give at least one chord, such as C, F#m or N.C.")
    try:
        if converter.steps_per_bar is None:
            if bars is not None:
                raise UsageError(f"{trained.recipe.name} makes a window for every chord: leave the number of bars out")
            return [converter.chord_controls([chord], key=key) for chord in chords]
        steps = None if bars is None else bars * converter.steps_per_bar
        return [converter.chord_controls(chords, key=key, steps=steps)]
    except ValueError as error:
        raise UsageError(f"{trained.recipe.name}: {error}") from error
