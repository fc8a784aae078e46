"""Windows to latent vectors, latent vectors to clips, new clips from the prior, and clips one after another.

Letters in shape comments: N clips, T steps, Z latent size.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gen.data.examples import stack
from gen.errors import UsageError
from gen.interfaces.converter import Example
from gen.interfaces.latent import LatentPosterior
from gen.interfaces.rows import FloatArray
from gen.model.build import build_converter
from gen.model.labels import Labelled, labels_of
from gen.model.threads import one_thread
from gen.music.windows import Window, find_windows
from gen.notes.sequence import KeySignatures, NoteSequence, Tempos, TimeSignatures
from gen.training.batch import seed_of, to_device
from gen.training.load import Trained

_COLUMNS = ("pitch", "velocity", "program", "is_drum", "instrument")


def join_clips(clips: Sequence[NoteSequence], starts: Sequence[float] | None = None) -> NoteSequence:
    """Put clips into one sequence, each with its tempo, metre, key and chords from where it begins.

    They begin at ``starts``, seconds that ascend, or each at the end of the one before. A note that was played before
    its clip's beginning keeps its place; before zero it begins at zero. Controllers and bends are left out. No clip
    at all is a `UsageError`.
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


def encode_windows(trained: Trained, windows: Sequence[Window]) -> LatentPosterior:
    """The posterior of each window, ``[N, Z]``, by the model that they were found for; at least one, of any lengths."""
    return encode_examples(trained, [window.example for window in windows])


@torch.no_grad()
def encode_examples(trained: Trained, examples: Sequence[Example]) -> LatentPosterior:
    """The posterior of each example, ``[N, Z]``; at least one, of any lengths."""
    layout = build_converter(trained.recipe).layout
    found = []
    for first in range(0, len(examples), BATCH):
        some = examples[first : first + BATCH]
        batch = to_device(stack(some, [0] * len(some), layout), trained.model.device)
        with one_thread():
            found.append(trained.model.encode(batch.inputs, batch.lengths, batch.controls))
    return found[0].joined(found[1:])


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
    clips: list[NoteSequence] = []
    for first in range(0, len(z), BATCH):
        part = slice(first, first + BATCH)
        own = controls[part] if controls is not None and controls.ndim == 3 else controls
        outputs = decode_steps(
            trained, z[part], steps=steps, controls=own, temperature=temperature, generator=generator
        )
        said = None if own is None else np.broadcast_to(own, (len(outputs), *own.shape[-2:]))
        clips += converter.from_tensors(outputs, said)
    return clips


def decode_steps(
    trained: Trained,
    z: Tensor,
    *,
    steps: int | None = None,
    controls: FloatArray | None = None,
    temperature: float = 0.0,
    generator: torch.Generator | None = None,
) -> FloatArray:
    """What the model says for each latent vector, ``[N, T, D]``, before it is notes; see `decode_clips`."""
    if controls is not None:
        controls = np.broadcast_to(controls, (len(z), *controls.shape[-2:]))
        steps = controls.shape[1]
    if steps is None and trained.model.steps is None:
        raise UsageError(f"the clips of {trained.recipe.name} have no length of their own: say how many bars (--bars)")
    parts: list[FloatArray] = []
    for first in range(0, len(z), BATCH):
        part = slice(first, first + BATCH)
        said = None if controls is None else torch.from_numpy(np.array(controls[part])).to(z.device)
        try:
            with one_thread():
                outputs = trained.model.decode(
                    z[part], steps=steps, controls=said, temperature=temperature, generator=generator
                )
        except ValueError as error:
            if steps in (None, trained.model.steps):
                raise
            raise UsageError(f"{trained.recipe.name} can't make clips of that length: {error}") from error
        parts.append(outputs.float().cpu().numpy())
    return np.concatenate(parts)


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
    """Clips from the prior, at 120 quarter notes a minute; the same seed gives the same clips, however many.

    Args:
        seed: of z and of every draw.
        temperature: of the decoder; 0 takes the likeliest step.
        controls: ``[T, control_depth]`` for all clips alike, where the model has controls; see `controls_of`,
            `controls_of_chords` and `controls_of_labels`. Several make clips of so many windows, all from one z, one
            after another. A model of labels alone needs none: it is told that they are unknown.
        steps: how many to say, where there are no controls; those of a window where None.
        same_z: one z for all clips, which then differ by the decoder's draws alone.

    Raises:
        UsageError: the model has controls and none are given, or it can't make clips of that length.
    """
    converter = build_converter(trained.recipe)
    labels = labels_of(converter)
    own = converter.control_depth if labels is None else labels.own
    if own and controls is None:
        raise UsageError(
            f"{trained.recipe.name} plays to controls, {own} a step: "
            "give a clip to take them from: --like CLIP.mid; or, if they are chords, the chords: --chords 'C Am F G'"
        )
    if labels is not None and (controls is not None or steps or converter.steps):
        controls = controls_of_labels(trained, {}, controls=controls, steps=steps)
    z = sample_latents(trained, count, seed=seed, same_z=same_z, whole=True, controls=controls)
    windows = [controls] if controls is None or isinstance(controls, np.ndarray) else controls
    clips: list[NoteSequence] = []
    for first in range(0, len(z), TOGETHER):
        drawing = torch.Generator(trained.model.device).manual_seed(seed_of(seed, f"{first} draws"))
        some = z[first : first + TOGETHER]
        said = [
            decode_clips(trained, some, steps=steps, controls=each, temperature=temperature, generator=drawing)
            for each in windows
        ]
        clips += said[0] if len(said) == 1 else [join_clips(parts) for parts in zip(*said, strict=True)]
    return clips[:count]


TOGETHER = 8
"""Clips that are drawn and decoded at a time, always so many: what a clip is must not depend on how many are asked for.

Neither one draw of numbers nor a product of matrices gives a row the same last bits among 3 rows and among 300.
"""


def name_of_draw(trained: Trained, seed: int, index: int) -> str:
    """The file of one of the clips of `sample_clips`, by its number from 0."""
    return f"{trained.recipe.name}-seed{seed}-{index:03d}.mid"


def sample_latents(
    trained: Trained,
    count: int,
    *,
    seed: int,
    same_z: bool = False,
    whole: bool = False,
    controls: FloatArray | Sequence[FloatArray] | None = None,
) -> Tensor:
    """The latent vectors of `sample_clips`, ``[N, Z]``; with ``whole`` those up to the end of the last `TOGETHER`."""
    firsts = range(0, count, TOGETHER)
    columns, told = trained.model.labels, None
    if columns is not None and controls is not None:
        told = torch.tensor((controls if isinstance(controls, np.ndarray) else controls[0])[0, columns.own :])
        told = told.to(trained.model.device)
    draws = [
        trained.model.prior(TOGETHER, generator=torch.Generator().manual_seed(seed_of(seed, f"{first} z")), labels=told)
        for first in (firsts[:1] if same_z else firsts)
    ]
    z = draws[0][:1].expand(len(firsts) * TOGETHER, -1) if same_z else torch.cat(draws)
    return z if whole else z[:count]


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
    """Controls ``[T, control_depth]`` of each window of a clip that plays to chord symbols such as ``C`` and ``F#m``.

    Each chord, or ``N.C.``, holds for an equal share of the clip. Where a window's steps aren't times, as in the
    multitrack models, chords that one window can't hold make several windows, one chord each.

    Args:
        key: pitch class of the key, C = 0, for models that play in a key.
        bars: length of the clip; that of a window where None, or a bar a chord where the model has no length.

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


def controls_of_labels(
    trained: Trained,
    labels: Mapping[str, str],
    *,
    controls: FloatArray | Sequence[FloatArray] | None = None,
    steps: int | None = None,
) -> FloatArray | list[FloatArray]:
    """Controls ``[T, control_depth]`` of clips with labels, such as ``{"style": "latin"}``; others are unknown.

    Args:
        controls: what else the clips play to, as of `controls_of` and `controls_of_chords`: one window, or several. Of
            labels that aren't named, theirs hold.
        steps: T where there are no controls; that of a window where None.

    Raises:
        UsageError: the model is told no labels, or not that one, or knows no such class; the text says which.
    """
    converter = build_converter(trained.recipe)
    if not isinstance(converter, Labelled):
        raise UsageError(
            f"{trained.recipe.name} is told no labels, such as a style: its recipe has no data.labels. gen models show "
            "NAME lists those of a model; recipes such as drums_4bar_styles train others"
        )
    try:
        if controls is None or isinstance(controls, np.ndarray):
            return converter.with_labels(labels, controls, steps=steps)
        return [converter.with_labels(labels, each) for each in controls]
    except ValueError as error:
        raise UsageError(f"{trained.recipe.name}: {error}") from error
