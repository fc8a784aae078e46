"""What a converter promises: note sequences to arrays and back."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, Protocol, final, runtime_checkable

import numpy as np
import numpy.typing as npt

from gen.interfaces.rows import FloatArray, Floats, Layout, Rows
from gen.notes.moving import at_tempo
from gen.notes.sequence import NoteSequence

Mode = Literal["train", "eval", "infer"]
"""What tensors are made for: ``train`` may draw at random, ``infer`` takes clips from anywhere."""


class Example:
    """One training example. T is its number of steps.

    Arrays are given as they are, or as `Rows`, which are small; they are always read as float32 arrays.

    Args:
        inputs: ``[T, input_depth]``, what the encoder reads.
        outputs: ``[T, output_depth]``, what the decoder must say; may be the same object.
        controls: ``[T, control_depth]``, or None where the converter has no controls.
        length: valid steps, or an integer array ``[segments]`` for converters with a hierarchy of lengths.
        qpm: tempo of the source in quarter notes a minute, to turn steps back into seconds.
        starts: seconds into the sequence at which it begins, one for each place where the same steps occur; none
            where the converter doesn't say.
    """

    def __init__(
        self,
        inputs: FloatArray | Rows,
        outputs: FloatArray | Rows,
        controls: FloatArray | Rows | None,
        length: int | npt.NDArray[np.int64],
        qpm: float = 120.0,
        starts: Sequence[float] = (),
    ) -> None:
        self.given = Given(inputs, outputs, controls)
        self.length = length
        self.qpm = qpm
        self.starts = tuple(starts)

    @cached_property
    def outputs(self) -> FloatArray:
        """What the decoder must say, float32 ``[T, output_depth]``."""
        return _dense(self.given.outputs)

    @cached_property
    def inputs(self) -> FloatArray:
        """What the encoder reads, float32 ``[T, input_depth]``; the same array as ``outputs`` where given so."""
        return self.outputs if self.given.inputs is self.given.outputs else _dense(self.given.inputs)

    @cached_property
    def controls(self) -> FloatArray | None:
        """What is known at each step, float32 ``[T, control_depth]``, or None."""
        return None if self.given.controls is None else _dense(self.given.controls)


@dataclass(frozen=True, eq=False)
class Given:
    """The arrays of an example as its converter gave them, for whoever stores them."""

    inputs: FloatArray | Rows
    outputs: FloatArray | Rows
    controls: FloatArray | Rows | None


def _dense(array: FloatArray | Rows) -> FloatArray:
    return array.dense() if isinstance(array, Rows) else array


@dataclass(frozen=True)
class Rejection:
    """Why a sequence gave no example.

    Attributes:
        code: short and stable, for counting: ``metre``, ``too-short``, ``tempo-change`` …
        detail: one sentence with the values that decided, and what can be done.
    """

    code: str
    detail: str


@dataclass(frozen=True, eq=False)
class Conversion:
    """What a sequence gave: examples, or the reason for none. Never both empty.

    Attributes:
        examples: in order of time.
        rejection: set exactly when there are no examples.
        notices: things that were left out on the way, such as drum notes that no class takes.
    """

    examples: Sequence[Example]
    rejection: Rejection | None = None
    notices: Sequence[str] = ()

    def __post_init__(self) -> None:
        if bool(self.examples) == (self.rejection is not None):
            raise ValueError("a conversion has either examples or a rejection")


class Converter(ABC):
    """Turns note sequences into arrays for a model, and a model's arrays back into note sequences.

    A converter is immutable. Its constructor takes the options of a recipe's ``converter`` node; a keyword
    ``mode`` (`Mode`), where it has one, is given by gen.
    """

    @property
    @abstractmethod
    def input_depth(self) -> int:
        """Width of `Example.inputs`."""

    @property
    @abstractmethod
    def output_depth(self) -> int:
        """Width of `Example.outputs`."""

    @property
    @abstractmethod
    def control_depth(self) -> int:
        """Width of `Example.controls`; 0 for none."""

    @property
    @abstractmethod
    def steps(self) -> int | None:
        """Number of steps of every example, or None where it varies."""

    @property
    def steps_per_bar(self) -> int | None:
        """Steps of a bar, so that people may ask for a number of bars; None where steps aren't times."""
        return None

    @property
    def drum_classes(self) -> Sequence[Sequence[int]] | None:
        """MIDI pitches of drum notes by class, so that people are told which of theirs no class takes.

        None where it doesn't listen to drums, or takes them at any pitch.
        """
        return None

    @property
    def layout(self) -> Layout:
        """What the columns mean, so that examples are stored small; real numbers unless a converter says better."""
        controls = (Floats(self.control_depth),) if self.control_depth else ()
        return Layout((Floats(self.input_depth),), (Floats(self.output_depth),), controls)

    @abstractmethod
    def convert(self, notes: NoteSequence, *, rng: np.random.Generator | None = None) -> Conversion:
        """Convert one sequence, saying why where nothing comes of it.

        A converter that has a keyword ``metadata`` as well is given what is known of the file (`gen.Item`): texts by
        name, none where nothing is known.

        Args:
            notes: any sequence at all; what it contains is never a reason for an exception.
            rng: source of every random draw; needed only where options draw (note dropout, say).
        """

    @abstractmethod
    def from_tensors(
        self, outputs: npt.NDArray[np.floating], controls: npt.NDArray[np.floating] | None = None
    ) -> list[NoteSequence]:
        """Turn outputs ``[B, T, output_depth]``, as a decoder samples them, into sequences.

        Controls are ``[B, T, control_depth]`` where the converter has any.
        """

    @abstractmethod
    def statistics(
        self,
        targets: npt.NDArray[np.floating],
        outputs: npt.NDArray[np.floating],
        lengths: npt.NDArray[np.int64],
        qpm: npt.NDArray[np.float64],
    ) -> Mapping[str, npt.NDArray[np.float64]]:
        """Additive counts and sums by which outputs are compared with targets, one row an example.

        Args:
            targets, outputs: ``[B, T, output_depth]``.
            lengths: valid steps, ``[B]``.
            qpm: tempo of each example, ``[B]``.

        Returns:
            Columns ``[B]``, or ``[B, K]`` or with more axes for counts of several kinds, such as a histogram. They are
            summed over any examples (axis 0), each as often as a bootstrap draws it, and then given to `summarise`; so
            keep them to some hundreds of numbers an example.
        """

    @abstractmethod
    def summarise(self, sums: Mapping[str, Any]) -> dict[str, float]:
        """Turn summed `statistics` into figures for people, such as ``hit_f1`` or ``accuracy``.

        A sum is a float where its column is ``[B]``, a float64 array ``[K]`` where it is ``[B, K]``, and so on.
        """

    def chord_controls(self, chords: Sequence[str], *, key: int | None = None, steps: int | None = None) -> FloatArray:
        """Controls ``[T, control_depth]`` of a clip that plays to chord symbols, each for an equal share of it.

        Args:
            chords: symbols such as ``C``, ``F#m`` or ``N.C.``, in order; at least one.
            key: pitch class of its key, C = 0, where the controls hold a key.
            steps: T; `steps` where None.

        Raises:
            ValueError: the controls of this converter are no chords, or these can't be said; the text says why.
        """
        raise ValueError("this model doesn't play to chords")

    def excerpts(self, notes: NoteSequence) -> list[NoteSequence]:
        """The examples of a sequence as note sequences, for people to hear; one an example, in the same order.

        As decoded from the tensors, unless a converter can cut them from the sequence itself with nothing lost.
        """
        clips: list[NoteSequence] = []
        for example in self.convert(notes, rng=np.random.default_rng(0)).examples:
            controls = None if example.controls is None else example.controls[None]
            clips += (at_tempo(clip, example.qpm) for clip in self.from_tensors(example.outputs[None], controls))
        return clips

    @final
    def to_tensors(self, notes: NoteSequence, *, rng: np.random.Generator | None = None) -> list[Example]:
        """The examples of `convert`; an empty list where the sequence gives none."""
        return list(self.convert(notes, rng=rng).examples)


def convert_with(
    converter: Converter, notes: NoteSequence, metadata: Mapping[str, str], *, rng: np.random.Generator | None = None
) -> Conversion:
    """`Converter.convert`, with what is known of the file for converters that want to know."""
    convert: Callable[..., Conversion] = converter.convert
    if "metadata" in inspect.signature(convert).parameters:
        return convert(notes, rng=rng, metadata=metadata)
    return convert(notes, rng=rng)


Predictor = Callable[[FloatArray, FloatArray | None], FloatArray]
"""From inputs ``[B, T, input_depth]`` and controls ``[B, T, control_depth]``, or None where there are none, to outputs
``[B, T, output_depth]`` as `Converter.statistics` takes them."""


@runtime_checkable
class Baselined(Protocol):
    """A converter whose task has baselines, fitted on the examples that a model learns from."""

    def baselines(
        self,
        inputs: FloatArray,
        outputs: FloatArray,
        controls: FloatArray | None,
        lengths: npt.NDArray[np.int64],
        *,
        rng: np.random.Generator,
    ) -> Mapping[str, Predictor]:
        """Fit every baseline: predictors by name, in the order in which to show them.

        There are none where the converter's options make a task that has no baselines.

        Args:
            inputs, outputs, controls: of N training examples, at least 1, as `Predictor` has them.
            lengths: valid steps, ``[N]``.
            rng: of every draw; the same state and examples give the same predictors.
        """


@dataclass(frozen=True)
class MagentaJsSpec:
    """A converter in the ``config.json`` of a magenta.js checkpoint (@magenta/music: core/data.ts, music_vae/model.ts).

    Attributes:
        type: its class there, such as ``MelodyConverter``.
        args: of its constructor, without ``numSteps`` and ``numSegments``, which the model tells.
        settings: what stands beside the converter, such as ``chordEncoder``.
        streams: decoders that magenta.js then looks for, one a stream; 0 for a single one without a number.
    """

    type: str
    args: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    streams: int = 0


@runtime_checkable
class MagentaJsNamed(Protocol):
    """A converter that magenta.js has, too."""

    def magenta_js(self) -> MagentaJsSpec:
        """Itself, in magenta.js's terms.

        Raises:
            ValueError: with these options magenta.js has nothing like it; the text names them.
        """
