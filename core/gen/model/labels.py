"""Any converter whose examples also say what is known of their files, as further controls.

The labels stand behind a converter's own controls, a one-hot class each, the same at every step. So they are stored,
cut and moved as controls are; the model takes them from the first step (`gen.model.vae.VAE.given`).

Letters in shape comments: B batch, T steps, C controls of the converter itself, L columns of labels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np
import numpy.typing as npt

from gen.errors import UsageError
from gen.interfaces.converter import Baselined, Conversion, Converter, Example, Predictor, convert_with
from gen.interfaces.rows import FloatArray, Layout, OneHot, Rows
from gen.notes.sequence import NoteSequence
from gen.recipes.labels import LabelSection
from gen.system.spelling import hint, listing

_TEMPO = "tempo"  # a label that examples have themselves


@dataclass(frozen=True)
class LabelColumns:
    """Where the labels stand in a step's controls: ``own`` columns are the converter's, ``heard`` those that the
    encoder reads, of all; ``widths`` are the classes of each label, the unknown one last.
    """

    own: int
    heard: int
    widths: tuple[int, ...]

    @property
    def width(self) -> int:
        """L."""
        return sum(self.widths)

    @property
    def unknown(self) -> tuple[int, ...]:
        """The column of each label's unknown class, counted from the first label's first."""
        return tuple(end - 1 for end in accumulate(self.widths))


class Labelled(Converter):
    """A converter with labels beside its controls. Nothing of the converter itself changes.

    Args:
        inner: the converter.
        labels: whose classes are known.
        train: whether labels are left out by chance.

    Raises:
        UsageError: the classes of a label are still to be learned, or two labels are one.
    """

    def __init__(self, inner: Converter, labels: Sequence[LabelSection], *, train: bool = False) -> None:
        for label in labels:
            if not label.learned:
                raise UsageError(
                    f"data.labels: the classes of {label.name!r} are those that the training files have, and nobody "
                    "has looked yet: gen.data.with_learned_labels(recipe) does; or write classes into the recipe"
                )
        if len({label.name for label in labels}) < len(labels):
            raise UsageError("data.labels: two labels of one name")
        self.inner = inner
        self.labels = tuple(sorted(labels, key=lambda label: label.heard_by == "decoder"))
        self._train = train
        heard = sum(label.width for label in labels if label.heard_by == "both")
        widths = tuple(label.width for label in self.labels)
        self.columns = LabelColumns(inner.control_depth, inner.control_depth + heard, widths)
        if isinstance(inner, Baselined):
            vars(self)["baselines"] = self._baselines

    def __getattr__(self, name: str) -> Any:
        """What else the converter can do, beside what every converter can."""
        if name.startswith("__") or "inner" not in vars(self):
            raise AttributeError(name)
        return getattr(self.inner, name)

    @property
    def input_depth(self) -> int:
        """The converter's."""
        return self.inner.input_depth

    @property
    def output_depth(self) -> int:
        """The converter's."""
        return self.inner.output_depth

    @property
    def control_depth(self) -> int:
        """The converter's, and the classes of the labels."""
        return self.columns.own + self.columns.width

    @property
    def steps(self) -> int | None:
        """The converter's."""
        return self.inner.steps

    @property
    def steps_per_bar(self) -> int | None:
        """The converter's."""
        return self.inner.steps_per_bar

    @property
    def drum_classes(self) -> Sequence[Sequence[int]] | None:
        """The converter's."""
        return self.inner.drum_classes

    @property
    def layout(self) -> Layout:
        """The converter's, with the labels behind its controls."""
        own = self.inner.layout
        return Layout(own.inputs, own.outputs, (*own.controls, *map(OneHot, self.columns.widths)))

    def convert(
        self,
        notes: NoteSequence,
        *,
        rng: np.random.Generator | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> Conversion:
        """As the converter does, with the labels of ``metadata``."""
        found = convert_with(self.inner, notes, metadata or {}, rng=rng)
        examples = [self._labelled(example, metadata or {}, rng) for example in found.examples]
        return Conversion(examples, found.rejection, found.notices)

    def from_tensors(
        self, outputs: npt.NDArray[np.floating], controls: npt.NDArray[np.floating] | None = None
    ) -> list[NoteSequence]:
        """As the converter does, of controls with or without labels."""
        return self.inner.from_tensors(outputs, self._own(controls))

    def statistics(
        self,
        targets: npt.NDArray[np.floating],
        outputs: npt.NDArray[np.floating],
        lengths: npt.NDArray[np.int64],
        qpm: npt.NDArray[np.float64],
    ) -> Mapping[str, npt.NDArray[np.float64]]:
        """The converter's."""
        return self.inner.statistics(targets, outputs, lengths, qpm)

    def summarise(self, sums: Mapping[str, Any]) -> dict[str, float]:
        """The converter's."""
        return self.inner.summarise(sums)

    def excerpts(self, notes: NoteSequence) -> list[NoteSequence]:
        """The converter's."""
        return self.inner.excerpts(notes)

    def chord_controls(self, chords: Sequence[str], *, key: int | None = None, steps: int | None = None) -> FloatArray:
        """Controls of chords, with every label unknown."""
        return self.with_labels({}, self.inner.chord_controls(chords, key=key, steps=steps))

    def magenta_js(self) -> Any:
        """Nothing: magenta.js has no labels."""
        raise ValueError(f"it gives the model labels ({listing(label.name for label in self.labels)})")

    def with_labels(
        self, values: Mapping[str, str], controls: FloatArray | None = None, *, steps: int | None = None
    ) -> FloatArray:
        """Controls ``[T, C + L]`` with classes of labels by name, the others as they are, or unknown.

        Args:
            values: such as ``{"style": "latin"}``.
            controls: ``[T, C + L]`` or ``[T, C]``; may be None where C is 0.
            steps: T, where there are no controls.

        Raises:
            ValueError: no such label, or no such class of it; the text says which there are.
        """
        names = [label.name for label in self.labels]
        for name in values:
            if name not in names:
                raise ValueError(f"{name}: this model is told {listing(names)}{hint(name, names)}")
        if controls is None:
            if self.columns.own or (steps is None and self.steps is None):
                raise ValueError("there are no controls to put labels beside")
            controls = np.zeros((steps or self.steps or 0, 0), np.float32)
        known = controls.shape[1] > self.columns.own
        parts, first = [controls[:, : self.columns.own]], self.columns.own
        for label in self.labels:
            if label.name in values or not known:
                number = label.asked(values[label.name]) if label.name in values else label.unknown
                parts.append(np.eye(label.width, dtype=np.float32)[[number] * len(controls)])
            else:
                parts.append(controls[:, first : first + label.width])
            first += label.width
        return np.concatenate(parts, axis=1, dtype=np.float32)

    def _labelled(self, example: Example, metadata: Mapping[str, str], rng: np.random.Generator | None) -> Example:
        given = example.given
        fields = self.inner.layout.controls
        own: tuple[Any, ...] = ()
        if fields or given.controls is not None:
            controls = given.controls
            rows = (
                controls
                if isinstance(controls, Rows)
                else Rows.of(np.zeros((0, 0)) if controls is None else controls, fields)
            )
            own = rows.stored
        numbers = []
        for label in self.labels:
            value = str(example.qpm) if label.name == _TEMPO and _TEMPO not in metadata else metadata.get(label.name)
            number = label.number(value)
            if self._train and label.dropout and rng is not None and rng.random() < label.dropout:
                number = label.unknown
            numbers.append(np.full(len(given.outputs), number))
        stored = Rows((*fields, *map(OneHot, self.columns.widths)), (*own, *numbers))
        return Example(given.inputs, given.outputs, stored, example.length, example.qpm, example.starts)

    def _own(self, controls: npt.NDArray[Any] | None) -> npt.NDArray[Any] | None:
        """Controls without labels, None where the converter has none itself."""
        return None if controls is None or not self.columns.own else controls[..., : self.columns.own]

    def _baselines(
        self,
        inputs: FloatArray,
        outputs: FloatArray,
        controls: FloatArray | None,
        lengths: npt.NDArray[np.int64],
        *,
        rng: np.random.Generator,
    ) -> Mapping[str, Predictor]:
        """The converter's, which know nothing of labels."""
        inner: Any = self.inner
        found: Mapping[str, Predictor] = inner.baselines(inputs, outputs, self._own(controls), lengths, rng=rng)

        def without(predict: Predictor) -> Predictor:
            return lambda inputs, controls: predict(inputs, self._own(controls))

        return {name: without(predict) for name, predict in found.items()}


def labels_of(converter: Converter) -> LabelColumns | None:
    """Where the labels of a converter's examples stand; None where it gives none."""
    return converter.columns if isinstance(converter, Labelled) else None
