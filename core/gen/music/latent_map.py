"""A piece of latent space decoded beforehand: a grid of clips between four corners."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch

from gen.errors import UsageError
from gen.model.build import build_converter
from gen.model.labels import labels_of
from gen.model.vae import slerp
from gen.music.sampling import decode_clips, encode_windows
from gen.music.windows import Window
from gen.notes.sequence import NoteSequence
from gen.training.batch import drawing
from gen.training.load import Trained


def latent_map(
    trained: Trained,
    *,
    size: int = 11,
    seed: int = 0,
    corners: Sequence[Window] = (),
    linear: bool = False,
    temperature: float = 0.0,
) -> list[list[NoteSequence]]:
    """Clips on a square of latent space, ``size`` rows of ``size``, at 120 quarter notes a minute.

    Its corners are up to four windows of clips: top left, top right, bottom left, bottom right; those that
    are missing are drawn from the prior. Between them the way goes along a sphere, or straight where ``linear``, first
    across and then down. At temperature 0 each clip is the likeliest of its place.

    Raises:
        UsageError: a size under 2, more than four corners, or a model that plays to controls or has no length.
    """
    converter = build_converter(trained.recipe)
    if not 2 <= size <= 25 or len(corners) > 4:
        raise UsageError(f"a map has 2 to 25 rows and up to four corners, not {size} and {len(corners)}")
    labels = labels_of(converter)
    controls = converter.control_depth if labels is None else labels.own
    if controls or trained.model.steps is None:
        why = "plays to controls" if controls else "makes clips of no one length"
        raise UsageError(f"{trained.recipe.name} {why}: a map needs a model whose clips follow from z alone")
    drawn = trained.model.prior(4, generator=torch.Generator().manual_seed(seed)).to(trained.model.device)  # [4, Z]
    if corners:
        drawn[: len(corners)] = encode_windows(trained, corners).mean
    top_left, top_right, bottom_left, bottom_right = drawn
    places = torch.linspace(0.0, 1.0, size).tolist()
    way = torch.lerp if linear else slerp
    across = [(_between(way, top_left, top_right, x), _between(way, bottom_left, bottom_right, x)) for x in places]
    z = torch.stack([_between(way, top, bottom, y) for y in places for top, bottom in across])  # [size², Z]
    generator = drawing(seed, trained.model.device)
    clips = decode_clips(trained, z, temperature=temperature, generator=generator)
    return [clips[row * size : (row + 1) * size] for row in range(size)]


def _between(
    way: Callable[[torch.Tensor, torch.Tensor, float], torch.Tensor], first: torch.Tensor, last: torch.Tensor, t: float
) -> torch.Tensor:
    """The ends are kept as they are: on the way round even a weight of 1 may round."""
    return first if t == 0.0 else last if t == 1.0 else way(first, last, t)
