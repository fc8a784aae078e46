"""The neural autoregressive distribution estimator on top of an LSTM (Larochelle and Murray 2011; nade.py).

The bits of a step are said one after another; each depends on those before it. The LSTM gives the biases.
Letters in shape comments: B batch, T steps, N any leading axes, D bits, H hidden units.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from gen.interfaces import TensorflowPlace
from gen_decoders.heads import Head, Score, step_means

_LOG_FLOOR = 1e-6  # inside the logarithms, as in the original


class NadeHead(Head):
    """D bits a step, raw outputs ``[b_enc (H), b_dec (D)]`` (lstm_models.py, MultiLabelRnnNadeDecoder)."""

    feedback_temperature = 0.0
    """In scheduled sampling the original thresholds the bits where other decoders draw."""

    def __init__(self, depth: int, hidden: int) -> None:
        super().__init__()
        self.hidden = hidden
        self.w_enc = nn.Parameter(torch.empty(depth, hidden))
        self.w_dec = nn.Parameter(torch.empty(depth, hidden))
        stddev = depth**-0.5
        for weight in (self.w_enc, self.w_dec):
            nn.init.trunc_normal_(weight, std=stddev, a=-2 * stddev, b=2 * stddev)

    def width(self, depth: int) -> int:
        """Biases of the hidden units and of the bits."""
        return self.hidden + depth

    def score(self, raw: Tensor, targets: Tensor, valid: Tensor) -> Score:
        """Negative log likelihood; each bit is predicted from the **true** bits before it.

        ``accuracy`` is the share of steps with every bit right; ``precision`` and ``recall`` are over single bits.
        """
        logits, _ = self._run(raw, given=targets)  # [B, T, D]
        chances = logits.sigmoid()
        likelihood = targets * (_LOG_FLOOR + chances).log() + (1 - targets) * (_LOG_FLOOR + 1 - chances).log()
        said, true = chances >= 0.5, targets > 0.5
        sums, counts = step_means({"accuracy": (said == true).all(-1).to(raw.dtype)}, valid)
        hits = self._count(said & true, valid)
        return Score(
            -likelihood.sum(-1),
            {**sums, "precision": hits, "recall": hits},
            {**counts, "precision": self._count(said, valid), "recall": self._count(true, valid)},
        )

    def sample(self, raw: Tensor, temperature: float, generator: torch.Generator | None) -> Tensor:
        """Bits drawn one after another from their logits / temperature."""
        _, bits = self._run(raw, temperature=temperature, generator=generator)
        return bits

    def tensorflow_places(self) -> Iterable[TensorflowPlace]:
        """The original's names of its weights."""
        yield _NadePlace("nade", "head", self)

    def _run(
        self,
        raw: Tensor,
        *,
        given: Tensor | None = None,
        temperature: float = 0.0,
        generator: torch.Generator | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Logits and bits ``[N, D]``: the bits given, or else the model's own."""
        activation, b_dec = raw[..., : self.hidden], raw[..., self.hidden :]  # [N, H], [N, D]
        logits, bits = [], []
        # unbind once: indexing a tensor that needs gradients inside the loop would cost O(D^2) backwards
        columns = [None] * b_dec.shape[-1] if given is None else given.unbind(-1)
        for bias, w_enc, w_dec, truth in zip(
            b_dec.unbind(-1), self.w_enc.unbind(0), self.w_dec.unbind(0), columns, strict=True
        ):
            logit = bias + activation.sigmoid() @ w_dec  # [N]
            if truth is not None:
                bit = truth
            elif temperature > 0:
                bit = torch.bernoulli(torch.sigmoid(logit / temperature), generator=generator)
            else:
                bit = (logit >= 0).to(raw.dtype)
            activation = activation + bit[..., None] * w_enc  # [N, H]
            logits.append(logit)
            bits.append(bit)
        return torch.stack(logits, dim=-1), torch.stack(bits, dim=-1)

    @staticmethod
    def _count(bits: Tensor, valid: Tensor) -> Tensor:
        return (bits & valid[..., None]).sum((1, 2)).to(torch.get_default_dtype())  # [B]


_Arrays = Mapping[str, npt.NDArray[np.floating[Any]]]


@dataclass(frozen=True)
class _NadePlace(TensorflowPlace):
    """Of the two matrices, with an axis of length 1 in the original: ``w_enc [D, 1, H]``, ``w_dec_t [D, H, 1]``."""

    module: NadeHead

    def shapes(self) -> dict[str, tuple[int, ...]]:
        depth, hidden = self.module.w_enc.shape
        return {"w_enc": (depth, 1, hidden), "w_dec_t": (depth, hidden, 1)}

    def from_tensorflow(self, variables: _Arrays, *, forget_bias: float) -> dict[str, npt.NDArray[np.floating[Any]]]:
        return {"w_enc": variables["w_enc"][:, 0, :], "w_dec": variables["w_dec_t"][:, :, 0]}

    def to_tensorflow(self, state: _Arrays, *, forget_bias: float) -> dict[str, npt.NDArray[np.floating[Any]]]:
        return {"w_enc": state["w_enc"][:, None, :], "w_dec_t": state["w_dec"][:, :, None]}
