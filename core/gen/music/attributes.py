"""Attributes of clips, such as how many hits they have, and the directions in latent space in which each grows.

The paper's vector of an attribute is the mean of z over the quarter of the training clips that have most of it, minus
that over the quarter that have least (Roberts et al. 2018, A Hierarchical Latent Vector Model, section 5.3). Clips that
have much of one thing tend to have much of another, so such vectors change several. gen's are fitted together, by least
squares: how z changes with one attribute where the others stay. Letters in shape comments: N clips, A attributes,
Z latent size.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from gen.data.examples import Examples
from gen.errors import DataError, UsageError
from gen.interfaces.converter import Converter
from gen.interfaces.rows import Floats
from gen.model.build import build_converter, steps_per_quarter
from gen.model.threads import one_thread
from gen.music.provenance import model_hash, packed, unpacked
from gen.music.sampling import BATCH, decode_clips
from gen.notes.sequence import DEFAULT_QPM, NoteSequence
from gen.system import regular
from gen.system.files import json_text, write_atomically
from gen.training.batch import to_device
from gen.training.load import Trained
from gen.training.named import run_folder
from gen.training.run import Run

FILE = "attributes.json"
"""Beside a model's recipe."""

MEANING = {
    "density": "notes a bar",
    "syncopation": "share of notes between the eighths",
    "swing": "how much later the sixteenths between the eighths come, in sixteenths",
    "laid_back": "how late notes come on the whole, in sixteenths",
    "loudness": "mean velocity",
    "dynamics": "spread of velocity",
    "pitch": "mean pitch, in semitones",
    "leaps": "mean size of the step from note to note, in semitones",
}
"""Every attribute there is, and what it is measured in."""

_FEEL = ("density", "syncopation", "swing", "laid_back", "loudness", "dynamics")
_TUNE = ("density", "syncopation", "pitch", "leaps")
_CHECKED = 256
"""Clips on which the effect of each vector is measured."""
_LENGTHS = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0)
"""Lengths that are tried, of the way between the quarters, until an attribute changes by its own spread."""
_LEAST = 0.2
"""Of an attribute's variance, what a line through z must tell, or it has no vector."""

Figures = npt.NDArray[np.float64]


def attributes_of(converter: Converter) -> tuple[str, ...]:
    """The attributes that the clips of a converter have; none where they have no bars of steps."""
    if converter.steps_per_bar is None or converter.control_depth:
        return ()
    if converter.drum_classes is None:
        return _TUNE
    return _FEEL if any(isinstance(field, Floats) for field in converter.layout.outputs) else _FEEL[:2]


def measured(notes: NoteSequence, *, per_quarter: int, per_bar: int) -> dict[str, float]:
    """Every attribute of a clip at 120 quarter notes a minute; NaN for one that it can't have."""
    step = 60.0 / DEFAULT_QPM / per_quarter
    place = notes.start / step
    at = np.floor(place + 0.5).astype(np.int64)
    late = place - at
    eighth = per_quarter // 2 if per_quarter % 2 == 0 and per_quarter > 2 else per_quarter
    between = at % eighth != 0
    order = np.argsort(notes.start, kind="stable")
    leaps = np.abs(np.diff(notes.pitch[order]))
    bars = max(1.0, round(notes.total_time / step) / per_bar)
    late_between, late_on = _mean(late[between]), _mean(late[~between])
    return {
        "density": len(notes) / bars,
        "syncopation": _mean(between),
        "swing": late_between - late_on,
        "laid_back": _mean(late),
        "loudness": _mean(notes.velocity),
        "dynamics": float(notes.velocity.std()) if len(notes) else np.nan,
        "pitch": _mean(notes.pitch),
        "leaps": _mean(leaps),
    }


def _mean(values: npt.NDArray[Any]) -> float:
    return float(values.mean()) if len(values) else float("nan")


@dataclass(frozen=True, eq=False)
class Attributes:
    """Attribute vectors of a model, and what each does.

    Attributes:
        names: A of `MEANING`.
        vectors: ``[A, Z]``; one of them makes an attribute about one spread larger.
        spread: standard deviation of each attribute over the clips, ``[A]``.
        effects: how much each attribute (columns) changes where each vector (rows) is added, in spreads, ``[A, A]``:
            the mean over clips decoded with it and without it.
        plain: the same of the paper's vectors.
        left_out: attributes that have no vector, since no direction tells them.
        examples: how many clips they were fitted to.
        weights, data: hashes of the model and of the data.
    """

    names: tuple[str, ...]
    vectors: npt.NDArray[np.float32]
    spread: Figures
    effects: Figures
    plain: Figures
    left_out: tuple[str, ...]
    examples: int
    weights: str
    data: str

    def shift(self, amounts: Mapping[str, float], *, name: str = "this model") -> Tensor:
        """What to add to z, ``[Z]``, for so many times each vector.

        Raises:
            UsageError: there is no such attribute.
        """
        unknown = [each for each in amounts if each not in self.names]
        if unknown:
            raise UsageError(f"{name} has no attribute {unknown[0]!r}; it has {', '.join(self.names)}")
        wanted = np.array([amounts.get(each, 0.0) for each in self.names])
        return torch.from_numpy((wanted @ self.vectors).astype(np.float32))

    def largest(self) -> tuple[str, ...]:
        """Of each vector the attribute that it changes most."""
        return tuple(self.names[index] for index in np.abs(self.effects).argmax(1))


def fit_attributes(trained: Trained, examples: Examples, *, data: str = "") -> Attributes:
    """Fit an attribute vector for everything that can be measured of a model's clips, and measure what each does.

    Args:
        trained: a run whose clips follow from z and have bars of steps.
        examples: its training clips; all of them are heard.
        data: their fingerprint.

    Raises:
        UsageError: such a model it isn't.
        DataError: too few clips.
    """
    converter = build_converter(trained.recipe, mode="eval")
    names, per_bar = attributes_of(converter), converter.steps_per_bar
    if not names or per_bar is None:
        raise UsageError(
            f"{trained.recipe.name} has no attributes: they need clips of bars of steps, played to nothing"
        )
    if len(examples) < 16:
        raise DataError(f"attributes need 16 clips or more, not {len(examples)}")
    sizes = {"per_bar": per_bar, "per_quarter": steps_per_quarter(trained.recipe, per_bar)}
    means, rows = [], []
    for batch in examples.batches(BATCH):
        on_device = to_device(batch, trained.model.device)
        with one_thread(), torch.no_grad():
            means.append(trained.model.encode(on_device.inputs, on_device.lengths, on_device.controls).mean.cpu())
        rows += [measured(clip, **sizes) for clip in converter.from_tensors(batch.outputs, batch.controls)]
    z = torch.cat(means).float().numpy()  # [N, Z]
    table = _table(rows, names)  # [N, A]
    told = _told(z, table)
    left_out = tuple(name for name, share in zip(names, told, strict=True) if not share >= _LEAST)
    names = tuple(name for name in names if name not in left_out)
    if not names:
        raise DataError(f"no direction of {trained.recipe.name}'s latent space tells any attribute")
    values = table[:, told >= _LEAST]
    spread = np.nanstd(values, axis=0)
    some = torch.from_numpy(z[np.linspace(0, len(z) - 1, min(_CHECKED, len(z))).astype(np.int64)])

    def said(places: Tensor) -> Figures:
        clips = decode_clips(trained, places.to(trained.model.device))
        return _table([measured(clip, **sizes) for clip in clips], names)

    before = said(some)

    def effect(vector: npt.NDArray[np.float32]) -> Figures:
        with warnings.catch_warnings(), np.errstate(invalid="ignore"):
            warnings.simplefilter("ignore", RuntimeWarning)  # the mean of none
            change = np.nanmean(said(some + torch.from_numpy(vector)) - before, axis=0)
        changed: Figures = np.nan_to_num(change / spread)
        return changed

    plain = np.stack([effect(_between_quarters(z, column)) for column in values.T])
    vectors, effects = [], []
    for own, direction in enumerate(_together(z, values)):
        tried = [np.float32(length) * direction for length in _LENGTHS]
        found = [effect(vector) for vector in tried]
        best = int(np.argmin([abs(each[own] - 1.0) for each in found]))
        vectors.append(tried[best])
        effects.append(found[best])
    return Attributes(
        names=names,
        vectors=np.stack(vectors),
        spread=spread,
        effects=np.stack(effects),
        plain=plain,
        left_out=left_out,
        examples=len(z),
        weights=model_hash(trained),
        data=data,
    )


def _table(rows: Sequence[Mapping[str, float]], names: Sequence[str]) -> Figures:
    return np.array([[row[name] for name in names] for row in rows])


def _between_quarters(z: npt.NDArray[np.float32], values: Figures) -> npt.NDArray[np.float32]:
    """The mean of z over the quarter with most, minus that over the quarter with least, ``[Z]``."""
    there = np.flatnonzero(np.isfinite(values))
    order = there[np.argsort(values[there], kind="stable")]
    quarter = max(1, len(order) // 4)
    direction: npt.NDArray[np.float32] = (z[order[-quarter:]].mean(0) - z[order[:quarter]].mean(0)).astype(np.float32)
    return direction


def _standardised(values: Figures) -> Figures:
    with np.errstate(all="ignore"):
        known: Figures = np.nan_to_num(
            (values - np.nanmean(values, axis=0)) / np.nanstd(values, axis=0), posinf=0, neginf=0
        )
    return known


def _told(z: npt.NDArray[np.float32], values: Figures) -> Figures:
    """The share of each attribute's variance that a line through z tells, ``[A]``; 0 of one that never changes."""
    wanted, heard = _standardised(values), z - z.mean(0)
    covariance = heard.T @ heard / len(z)
    ridge = 0.01 * np.trace(covariance) / len(covariance) * np.eye(len(covariance))
    line = np.linalg.solve(covariance + ridge, heard.T @ wanted / len(z))
    whole = (wanted**2).mean(0)
    return np.where(whole > 0, 1.0 - ((wanted - heard @ line) ** 2).mean(0) / np.maximum(whole, 1e-9), 0.0)


def _together(z: npt.NDArray[np.float32], values: Figures) -> npt.NDArray[np.float32]:
    """How z changes with each attribute where the others stay, from the middle of one quarter to that of the other."""
    slopes = np.linalg.lstsq(_standardised(values), z - z.mean(0), rcond=None)[0]  # [A, Z]
    between_quarters = 2.54  # standard deviations, of a normal distribution
    vectors: npt.NDArray[np.float32] = (between_quarters * slopes).astype(np.float32)
    return vectors


def keep_attributes(run: str | Path, attributes: Attributes) -> Path:
    """Write them beside a run's or a model's recipe; returns the file."""
    path = Run.opened(run).path / FILE
    content = {
        "names": list(attributes.names),
        "vectors": packed(attributes.vectors),
        "spread": attributes.spread.round(6).tolist(),
        "effects": attributes.effects.round(4).tolist(),
        "plain": attributes.plain.round(4).tolist(),
        "left_out": list(attributes.left_out),
        "examples": attributes.examples,
        "weights": attributes.weights,
        "data": attributes.data,
    }
    write_atomically(path, json_text(content, indent=1) + "\n")
    return path


def read_attributes(run: str | Path, trained: Trained | None = None) -> Attributes:
    """The attributes that were kept beside a run or a model.

    Raises:
        UsageError: there are none, or, where its model is given, they are of other weights.
        DataError: the file can't be read as such.
    """
    path = Path(run_folder(run)) / FILE
    fit = f"fit them with gen attributes fit {run}"
    if not path.is_file():
        raise UsageError(f"{run} has no attributes yet: {fit}")
    try:
        content = regular.read_json(path)
        found = Attributes(
            names=tuple(str(name) for name in content["names"]),
            vectors=np.array(unpacked(content["vectors"])),
            spread=np.array(content["spread"], np.float64),
            effects=np.array(content["effects"], np.float64),
            plain=np.array(content["plain"], np.float64),
            left_out=tuple(str(name) for name in content["left_out"]),
            examples=int(content["examples"]),
            weights=str(content["weights"]),
            data=str(content["data"]),
        )
        count = len(found.names)
        sound = found.vectors.ndim == 2 and len(found.vectors) == count and np.isfinite(found.vectors).all()
        if (
            not sound
            or {found.effects.shape, found.plain.shape} != {(count, count)}
            or not {*found.names} <= MEANING.keys()
        ):
            raise ValueError("sizes or names that don't fit")
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise DataError(f"{path} holds no attributes that can be read ({error}); {fit}") from error
    if trained is not None:
        size = trained.recipe.latent.size
        if found.weights != model_hash(trained) or found.vectors.shape[1] != size:
            raise UsageError(f"the attributes of {run} are of other weights than its model's: {fit}")
    return found
