"""What a decoder promises: a latent vector to a sequence, and the loss of a given one.

Letters in shape comments: B batch, T steps, S segments, D output depth, P raw outputs, C control depth, Z latent size.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Protocol, runtime_checkable

import torch
from torch import Tensor, nn

from gen.interfaces.rows import Field


@dataclass(frozen=True, eq=False)
class DecoderOutput:
    """What a decoder says of targets it was given.

    Attributes:
        loss: float ``[B]``, reconstruction loss in nats, **summed** over an example's valid steps.
        outputs: float ``[B, T, P]``, the raw outputs of each step (logits and the like).
        samples: float ``[B, T, D]``, what the model itself said at each step; None under pure teacher forcing.
        predictions: float ``[B, T, D]``, the likeliest step in the layout of the targets; None in training mode,
            where nobody looks at it.
        sums: metric name to a float ``[B]`` of sums; steps past an example's length add nothing. Also ``[B, K]`` (or
            more axes), for a metric that is the plain mean of K ratios, such as one a class: see `pooled`.
        counts: the same names and shapes: how many things each sum is over.
        heard: float ``[B, T, D]``, what the step after each one heard: the target or the model's own sample; None under
            pure teacher forcing. Only of a `SegmentDecoder`.
        ending: the state after each example's last valid step, in pieces ``[B, …]``; only of a `SegmentDecoder` that
            was asked for it.
    """

    loss: Tensor
    outputs: Tensor
    samples: Tensor | None = None
    predictions: Tensor | None = None
    sums: Mapping[str, Tensor] = field(default_factory=dict)
    counts: Mapping[str, Tensor] = field(default_factory=dict)
    heard: Tensor | None = None
    ending: tuple[Tensor, ...] | None = None


def pooled(sums: Tensor, counts: Tensor) -> Tensor:
    """The value of a metric over all examples, a scalar.

    Sums and counts are added up over examples **before** they are divided, so that long examples weigh more; where
    there are K ratios, their plain mean is the value. A ratio of nothing is 0, as in the original's streaming metrics.

    Args:
        sums, counts: ``[B]`` or ``[B, K]``, as in `DecoderOutput`; sums over batches stack along B.
    """
    total, count = sums.sum(0), counts.sum(0)
    return torch.where(count > 0, total / count, 0.0).mean()


class Decoder(nn.Module, ABC):
    """Says a sequence from a latent vector, step after step.

    Its constructor takes the options of a recipe's ``decoder`` node. Keywords that gen gives, where the
    constructor has them: ``output_depth``, ``control_depth``, ``latent_size``, ``steps``, ``layout``, what the
    converter's columns mean (`gen.Layout`), and ``encoder``, the model's own, which isn't the decoder's to register as
    a module. One that knows what it can say declares it by `gen.interfaces.SaysFields`.

    The hook ``register_decoders`` names it. A ``ValueError`` of the constructor that begins with the
    name of an option is told at that option's place in the recipe.
    """

    whole_batch: ClassVar[bool] = False
    """Whether in training the examples of a batch make a difference to each other (batch normalisation): one cut into
    slices would be another model, so a recipe with ``training.accumulate`` above 1 is refused."""

    @abstractmethod
    def forward(
        self,
        targets: Tensor,
        lengths: Tensor,
        z: Tensor,
        controls: Tensor | None = None,
        *,
        feedback: float = 0.0,
        generator: torch.Generator | None = None,
    ) -> DecoderOutput:
        """Loss of targets given z.

        Args:
            targets: float ``[B, T, output_depth]``. The first step hears zeros, step t hears step t-1.
            lengths: int64 ``[B]``, valid steps from 0 to T; ``[B, segments]`` for segment lengths.
            z: float ``[B, latent_size]``.
            controls: float ``[B, T, control_depth]``: the control of the step being said.
            feedback: probability, per step and example, that a step hears the model's own sample instead of
                the target: 0 is teacher forcing, 1 is free running.
            generator: source of every random draw.
        """

    @abstractmethod
    def sample(
        self,
        z: Tensor,
        steps: int,
        *,
        controls: Tensor | None = None,
        temperature: float = 1.0,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        """Say ``steps`` steps, float ``[B, steps, output_depth]`` in the layout of the targets.

        Args:
            z, controls, generator: as in `forward`.
            temperature: divides the logits before drawing; 0 takes the likeliest.
        """


class SegmentDecoder(Decoder, ABC):
    """A decoder that can be the core of a hierarchy: it goes on from any step, and can tell how it ended.

    A decoder at the top needs none of this; `Decoder` is enough.
    """

    @property
    @abstractmethod
    def ending_size(self) -> int:
        """Width of all pieces of `DecoderOutput.ending` together; 0 where there is no state to tell."""

    @abstractmethod
    def forward(
        self,
        targets: Tensor,
        lengths: Tensor,
        z: Tensor,
        controls: Tensor | None = None,
        *,
        feedback: float = 0.0,
        generator: torch.Generator | None = None,
        start: Tensor | None = None,
        ending: bool = False,
    ) -> DecoderOutput:
        """As `Decoder.forward`, from the middle of a sequence.

        Args:
            start: float ``[B, output_depth]``, what the first step hears; zeros where None.
            ending: whether `DecoderOutput.ending` is wanted.
        """

    @abstractmethod
    def sample(
        self,
        z: Tensor,
        steps: int,
        *,
        controls: Tensor | None = None,
        temperature: float = 1.0,
        generator: torch.Generator | None = None,
        start: Tensor | None = None,
    ) -> Tensor:
        """As `Decoder.sample`; the first step hears ``start [B, output_depth]``, zeros where None."""


@runtime_checkable
class SaysFields(Protocol):
    """A decoder that knows what steps it can say, so that a recipe with others is refused; optional."""

    def require_fields(self, fields: Sequence[Field]) -> None:
        """Make sure that it can say steps of these fields, `Layout.outputs` of the converter or a stream of them.

        A converter that doesn't tell has `Floats` alone, which may hold anything.

        Raises:
            ValueError: it can't; the text says what the steps are, what it says, and what to do.
        """


@runtime_checkable
class FitsToExamples(Protocol):
    """A decoder that holds what it says against training examples whenever the model is saved; optional.

    What is fitted must make no difference to the loss, so that a training goes on as if nothing had been; and it
    belongs into buffers, so that it is saved.
    """

    @property
    def to_be_fitted(self) -> bool:
        """Whether its options ask for it."""

    def fit_to(self, batches: Callable[[], Iterator[tuple[Tensor, Tensor, Tensor, Tensor | None]]]) -> None:
        """Fit, in evaluation mode and without gradients.

        Args:
            batches: gives training examples anew each time: targets, lengths, the posterior's mean for z, and controls,
                as of `Decoder.forward`.
        """


@runtime_checkable
class Stepwise(Protocol):
    """A decoder that says one step after another, with its states in the caller's hands; only exporting asks for it."""

    @property
    def state_sizes(self) -> tuple[int, ...]:
        """Width of each piece of state."""

    def initial_states(self, z: Tensor) -> tuple[Tensor, ...]:
        """States before the first step, from ``z [B, Z]``: ``[B, size]`` each."""

    def step(
        self, previous: Tensor, z: Tensor, control: Tensor | None, states: tuple[Tensor, ...]
    ) -> tuple[Tensor, Tensor, tuple[Tensor, ...]]:
        """One step: raw outputs ``[B, P]``, the likeliest step ``[B, D]`` and the new states.

        Args:
            previous: ``[B, D]``, the step before; zeros before the first.
            z: ``[B, Z]``.
            control: ``[B, C]``, of the step being said, where the model has controls.
            states: as `initial_states` or the step before gave them.
        """


@runtime_checkable
class Segmented(Protocol):
    """A decoder that says segments, each by a core that takes an embedding for its z.

    The core starts anew in every segment, and hears the last step of the segment before; only exporting asks for it.
    """

    @property
    def core(self) -> Decoder:
        """Says a segment."""

    @property
    def segments(self) -> int:
        """S."""

    @property
    def segment_steps(self) -> int:
        """Steps of a segment."""

    def embeddings(self, z: Tensor) -> Tensor:
        """The embedding of every segment, ``[B, S, E]``, from ``z [B, Z]``.

        Raises:
            ValueError: they can't be known beforehand, because they depend on what is said.
        """
