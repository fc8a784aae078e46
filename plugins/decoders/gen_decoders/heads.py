"""What the outputs of a step mean: their loss, their sample, their metrics.

Letters in shape comments: B batch, T steps, N any leading axes, D output depth, P width of the raw outputs, K drums.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gen.interfaces import TensorflowPlace
from gen_decoders.fields import Field, require_groove, require_one_class, streams_of

_LOG_FLOOR = 1e-7  # inside the logarithms of the groove loss, as in the original (lstm_models.py, GrooveLstmDecoder)


@dataclass(frozen=True, eq=False)
class Score:
    """How well raw outputs say their targets; metrics of the valid steps are as in `gen.DecoderOutput`."""

    nats: Tensor  # [B, T], loss of every step; whatever it is past an example's length doesn't count
    sums: Mapping[str, Tensor] = field(default_factory=dict)
    counts: Mapping[str, Tensor] = field(default_factory=dict)


class Head(nn.Module, ABC):
    """Reads the projection of a step. A plain object would do, but a head may have parameters."""

    feedback_temperature = 1.0
    """Temperature of the draws that a step hears in scheduled sampling."""

    def width(self, depth: int) -> int:
        """P, how many raw outputs it reads for targets of that depth."""
        return depth

    def require_fields(self, fields: Sequence[Field]) -> None:
        """As `gen.interfaces.SaysFields`; a head that says bits says any."""

    @abstractmethod
    def score(self, raw: Tensor, targets: Tensor, valid: Tensor) -> Score:
        """Loss and metrics of ``raw [B, T, P]`` given ``targets [B, T, D]``, where ``valid [B, T]`` is true."""

    @abstractmethod
    def sample(self, raw: Tensor, temperature: float, generator: torch.Generator | None) -> Tensor:
        """Draw steps ``[N, D]`` from ``[N, P]``; temperature 0 takes the likeliest."""

    def tensorflow_places(self) -> Iterable[TensorflowPlace]:
        """The original's names of its weights; a head without weights has none."""
        return ()


class CategoricalHead(Head):
    """One choice among D a step (lstm_models.py, CategoricalLstmDecoder)."""

    def require_fields(self, fields: Sequence[Field]) -> None:
        """One class."""
        require_one_class(fields)

    def score(self, raw: Tensor, targets: Tensor, valid: Tensor) -> Score:
        """Softmax cross entropy; accuracy of the likeliest class, over all steps and as a mean over the D classes."""
        nats = -(targets * F.log_softmax(raw, dim=-1)).sum(-1)  # [B, T]
        truth = targets.argmax(-1)  # [B, T]
        steps = valid.to(raw.dtype)  # [B, T]
        right = steps * (raw.argmax(-1) == truth)  # [B, T]
        none = raw.new_zeros(len(raw), raw.shape[-1])  # [B, D]
        classes = "mean_per_class_accuracy"
        return Score(
            nats,
            {"accuracy": right.sum(1), classes: none.scatter_add(1, truth, right)},
            {"accuracy": steps.sum(1), classes: none.scatter_add(1, truth, steps)},
        )

    def sample(self, raw: Tensor, temperature: float, generator: torch.Generator | None) -> Tensor:
        """A one-hot draw from softmax(raw / temperature)."""
        if temperature > 0:
            chances = F.softmax(raw / temperature, dim=-1)
            choice = torch.multinomial(chances.flatten(0, -2), 1, generator=generator).reshape(raw.shape[:-1])
        else:
            choice = raw.argmax(-1)
        return F.one_hot(choice, raw.shape[-1]).to(raw.dtype)


class MultiCategoricalHead(Head):
    """One choice a stream of ``depths`` classes, all from one LSTM (lstm_models.py, MultiOutCategoricalLstmDecoder)."""

    def __init__(self, depths: Sequence[int]) -> None:
        super().__init__()
        self.depths = list(depths)
        self.stream = CategoricalHead()

    def require_fields(self, fields: Sequence[Field]) -> None:
        """One class a stream."""
        for stream in streams_of(fields, self.depths):
            self.stream.require_fields(stream)

    def score(self, raw: Tensor, targets: Tensor, valid: Tensor) -> Score:
        """Sum of the streams' losses; their metrics as ``accuracy/0`` and so on."""
        streams = zip(torch.split(raw, self.depths, dim=-1), torch.split(targets, self.depths, dim=-1), strict=True)
        scores = [self.stream.score(part, target, valid) for part, target in streams]
        return Score(
            torch.stack([score.nats for score in scores]).sum(0),
            numbered([score.sums for score in scores]),
            numbered([score.counts for score in scores]),
        )

    def sample(self, raw: Tensor, temperature: float, generator: torch.Generator | None) -> Tensor:
        """Independent one-hot draws, side by side."""
        parts = torch.split(raw, self.depths, dim=-1)
        return torch.cat([self.stream.sample(part, temperature, generator) for part in parts], dim=-1)


class BooleanHead(Head):
    """One bit a step, D = 1 (lstm_models.py, BooleanLstmDecoder)."""

    def score(self, raw: Tensor, targets: Tensor, valid: Tensor) -> Score:
        """Sigmoid cross entropy; accuracy of the likelier bit."""
        nats = F.binary_cross_entropy_with_logits(raw, targets, reduction="none").sum(-1)  # [B, T]
        right = ((raw >= 0) == (targets > 0.5)).all(-1)  # [B, T]
        return Score(nats, *step_means({"accuracy": right.to(raw.dtype)}, valid))

    def sample(self, raw: Tensor, temperature: float, generator: torch.Generator | None) -> Tensor:
        """A draw from sigmoid(raw / temperature)."""
        if temperature > 0:
            return torch.bernoulli(torch.sigmoid(raw / temperature), generator=generator)
        return (raw >= 0).to(raw.dtype)


class GrooveHead(Head):
    """Hits, velocities and offsets of K drums, D = 3K, in this order (GrooVAE section 3; GrooveLstmDecoder).

    Velocity and offset errors count where nothing is hit too: there the targets are 0.
    """

    def require_fields(self, fields: Sequence[Field]) -> None:
        """Hits, velocities and offsets."""
        require_groove(fields)

    def score(self, raw: Tensor, targets: Tensor, valid: Tensor) -> Score:
        """Cross entropy of the hits plus squared errors of velocities and offsets, each summed over the drums."""
        hits, velocities, offsets = self._activate(raw)  # [B, T, K] each
        hit, velocity, offset = targets.chunk(3, dim=-1)
        hits_nats = -(hit * (hits + _LOG_FLOOR).log() + (1 - hit) * (1 - hits + _LOG_FLOOR).log()).sum(-1)  # [B, T]
        velocities_error = (velocities - velocity).square().sum(-1)  # [B, T]
        offsets_error = (offsets - offset).square().sum(-1)  # [B, T]
        parts = {"hits_loss": hits_nats, "velocities_loss": velocities_error, "offsets_loss": offsets_error}
        return Score(hits_nats + velocities_error + offsets_error, *step_means(parts, valid))

    def sample(self, raw: Tensor, temperature: float, generator: torch.Generator | None) -> Tensor:
        """Draw the hits; velocities and offsets are their activations, the same at every temperature."""
        _, velocities, offsets = self._activate(raw)
        logits = raw.chunk(3, dim=-1)[0]
        if temperature > 0:
            hits = torch.bernoulli(torch.sigmoid(logits / temperature), generator=generator)
        else:
            hits = (logits > 0).to(raw.dtype)
        return torch.cat([hits, velocities, offsets], dim=-1)

    @staticmethod
    def _activate(raw: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        hits, velocities, offsets = raw.chunk(3, dim=-1)
        return hits.sigmoid(), velocities.sigmoid(), offsets.tanh()


def numbered(streams: Sequence[Mapping[str, Tensor]]) -> dict[str, Tensor]:
    """Sums or counts of metrics of every stream, as ``accuracy/0`` and so on."""
    return {f"{name}/{number}": value for number, stream in enumerate(streams) for name, value in stream.items()}


def step_means(values: Mapping[str, Tensor], valid: Tensor) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Sums and counts of metrics, ``[B, T]`` each, that are means over the ``valid [B, T]`` steps."""
    # where, not a product: a step past the end may hold anything, even infinity
    sums = {name: torch.where(valid, value, value.new_zeros(())).sum(1) for name, value in values.items()}
    return sums, {name: valid.sum(1).to(value.dtype) for name, value in values.items()}
