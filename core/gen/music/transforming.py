"""What a model makes of examples and of somebody's clips: reconstructions, and the way from one to another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

import numpy as np
import torch

from gen.data.examples import Examples
from gen.errors import UsageError
from gen.model.build import build_converter
from gen.model.vae import slerp
from gen.music.sampling import decode_clips, encode_windows
from gen.music.windows import Window
from gen.notes.moving import at_tempo
from gen.notes.sequence import NoteSequence
from gen.training.batch import drawing, to_device
from gen.training.load import Trained


def reconstruct_examples(
    trained: Trained, examples: Examples, *, temperature: float = 0.0, seed: int = 0
) -> list[tuple[NoteSequence, NoteSequence]]:
    """Each example of a recipe's own data and what the model makes of it, decoded from its posterior mean."""
    converter = build_converter(trained.recipe, mode="eval")
    batch = to_device(examples, trained.model.device)
    generator = drawing(seed, trained.model.device)
    with torch.no_grad():
        posterior = trained.model.encode(batch.inputs, batch.lengths, batch.controls)
    steps, controls = batch.outputs.shape[1], examples.controls
    outputs = trained.model.decode(
        posterior.mean, steps=steps, controls=batch.controls, temperature=temperature, generator=generator
    )
    originals = converter.from_tensors(examples.outputs, controls)
    decoded = converter.from_tensors(outputs.float().cpu().numpy(), controls)
    return list(zip(originals, decoded, strict=True))


def kept_words(clip: NoteSequence, made: NoteSequence) -> str:
    """``12 of 55 hits kept``: of a clip's notes, how many what was made of it has too, of that pitch and sixteenth."""
    step = 15.0 / clip.tempos.first  # seconds

    def cells(notes: NoteSequence) -> Counter[tuple[int, float]]:
        return Counter(zip(notes.pitch.tolist(), np.rint(notes.start / step).tolist(), strict=True))

    what = "hits" if clip.is_drum.all() else "notes"
    return f"{(cells(clip) & cells(made)).total()} of {len(clip)} {what} kept"


def reconstruct(
    trained: Trained, windows: Sequence[Window], *, temperature: float = 0.0, seed: int = 0
) -> list[NoteSequence]:
    """What the model makes of each window, from its posterior mean, at its own tempo and with its own controls.

    A model that was trained to play more than it hears does so here: one with ``humanize`` adds loudness and timing,
    one with ``tapify`` makes drums of taps. At temperature 0 the decoder takes the likeliest.
    """
    means = encode_windows(trained, windows).mean
    return say_windows(trained, windows, means, temperature=temperature, seed=seed)


def say_windows(
    trained: Trained, windows: Sequence[Window], means: torch.Tensor, *, temperature: float = 0.0, seed: int = 0
) -> list[NoteSequence]:
    """`reconstruct` from z ``[N, Z]``, where they are known already."""
    generator = drawing(seed, trained.model.device)
    clips: list[NoteSequence] = []
    for _, group in groupby(windows, key=lambda window: len(window.example.outputs)):  # those of one length together
        alike = list(group)
        z = means[len(clips) : len(clips) + len(alike)]
        tempos = [window.example.qpm for window in alike]
        clips += _decoded(trained, z, alike, tempos, temperature, generator)
    return clips


def interpolate(
    trained: Trained,
    start: Window,
    end: Window,
    *,
    steps: int = 9,
    linear: bool = False,
    temperature: float = 0.0,
    seed: int = 0,
) -> list[NoteSequence]:
    """Clips on the way from one window to another, both ends included: a clip a step, at equal distances.

    Between the posterior means the way is along a sphere (see `gen.slerp`), or straight where ``linear``; the tempo
    goes evenly. Controls and length are those of the nearer end. So at temperature 0 the ends are the ends'
    reconstructions. The windows may be of the same clip or of two; fewer than 2 steps are a `UsageError`.
    """
    z = encode_windows(trained, [start, end]).mean
    (clips,) = between(trained, [(start, end)], [z], steps=steps, linear=linear, temperature=temperature, seed=seed)
    return clips


def between(
    trained: Trained,
    ends: Sequence[Sequence[Window]],
    means: Sequence[torch.Tensor],
    *,
    steps: int,
    linear: bool = False,
    temperature: float = 0.0,
    seed: int = 0,
) -> list[list[NoteSequence]]:
    """`interpolate` for many at a time, which go through the model together: clips of each one's way.

    Two ends have a way between them; four are the corners of a square, row by row ``steps²`` clips: top left, top
    right, bottom left, bottom right.

    Args:
        ends: the windows, and ``means [E, Z]`` where they lie in latent space.
    """
    if steps < 2:
        raise UsageError(f"an interpolation has at least its two ends, so 2 steps or more, not {steps}")
    way = torch.lerp if linear else slerp

    def part(first: torch.Tensor, last: torch.Tensor, t: float) -> torch.Tensor:
        return first if t == 0.0 else last if t == 1.0 else way(first, last, t)  # on the way round a weight of 1 rounds

    along = np.linspace(0.0, 1.0, steps).tolist()
    z, like, tempos = [], [], []
    for windows, own in zip(ends, means, strict=True):
        for y in along if len(windows) == 4 else [0.0]:
            for x in along:
                rows = [part(first, last, x) for first, last in zip(own[::2], own[1::2], strict=True)]
                z.append(part(rows[0], rows[-1], y))
                like.append(windows[(x >= 0.5) + 2 * (y >= 0.5)])
                speeds = [window.example.qpm for window in windows]
                across = [(1.0 - x) * first + x * last for first, last in zip(speeds[::2], speeds[1::2], strict=True)]
                tempos.append((1.0 - y) * across[0] + y * across[-1])
    generator = drawing(seed, trained.model.device)
    clips: dict[int, NoteSequence] = {}
    for length in dict.fromkeys(len(window.example.outputs) for window in like):  # those of one length together
        alike = [row for row, window in enumerate(like) if len(window.example.outputs) == length]
        made = _decoded(
            trained,
            torch.stack([z[row] for row in alike]),
            [like[row] for row in alike],
            [tempos[row] for row in alike],
            temperature,
            generator,
        )
        clips |= dict(zip(alike, made, strict=True))
    each = len(like) // len(ends)
    return [[clips[row] for row in range(first, first + each)] for first in range(0, len(like), each)]


def as_taps(trained: Trained, notes: NoteSequence) -> NoteSequence:
    """Taps on anything, at any pitch and on any channel, as taps on a drum that the model knows.

    Which drum doesn't matter: a model of taps hears all drums of a step as one.
    """
    classes = build_converter(trained.recipe).drum_classes
    if classes is None:
        return notes
    pitch = np.full(len(notes), classes[0][0])
    return replace(notes, pitch=pitch, is_drum=np.array(True), program=np.array(0))


def _decoded(
    trained: Trained,
    z: torch.Tensor,
    like: Sequence[Window],
    tempos: Sequence[float],
    temperature: float,
    generator: torch.Generator,
) -> list[NoteSequence]:
    """Clips of ``z [N, Z]``, each as long as a window, with its controls, at a tempo; the windows are of one length."""
    controls = [window.example.controls for window in like]
    clips = decode_clips(
        trained,
        z,
        steps=len(like[0].example.outputs),
        controls=None if controls[0] is None else np.stack([each for each in controls if each is not None]),
        temperature=temperature,
        generator=generator,
    )
    return [at_tempo(clip, qpm) for clip, qpm in zip(clips, tempos, strict=True)]
