"""The original's variables as a gen state dict, and back, for comparing with its outputs."""

from __future__ import annotations

import numpy as np
import torch

Arrays = dict[str, np.ndarray]


def _lstm(kernel: np.ndarray, bias: np.ndarray, forget_bias: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    i, j, f, o = np.split(kernel, 4, axis=1)
    weight = np.concatenate([i, f, j, o], axis=1).T
    bi, bj, bf, bo = np.split(bias, 4)
    hidden = kernel.shape[1] // 4
    split = kernel.shape[0] - hidden
    return weight[:, :split], weight[:, split:], np.concatenate([bi, bf + forget_bias, bj, bo])


def flat_state(variables: Arrays, *, forget_bias: float = 1.0) -> dict[str, torch.Tensor]:
    """Variables of a flat model (bidirectional encoder, one LSTM decoder) under gen's names.

    Gradients and Adam moments convert with ``forget_bias=0``.
    """
    left = dict(variables)
    state: Arrays = {}

    def lstm(source: str, target: str) -> None:
        weights = _lstm(left.pop(f"{source}/kernel"), left.pop(f"{source}/bias"), forget_bias)
        for name, value in zip(("weight_ih_l0", "weight_hh_l0", "bias_ih_l0"), weights, strict=True):
            state[f"{target}.lstm.{name}"] = value
        state[f"{target}.lstm.bias_hh_l0"] = np.zeros_like(weights[2])

    def dense(source: str, target: str) -> None:
        state[f"{target}.weight"] = left.pop(f"{source}/kernel").T
        state[f"{target}.bias"] = left.pop(f"{source}/bias")

    layer = 0
    while f"encoder/cell_{layer}/bidirectional_rnn/fw/multi_rnn_cell/cell_0/lstm_cell/kernel" in left:
        for theirs, ours in (("fw", "forwards"), ("bw", "backwards")):
            source = f"encoder/cell_{layer}/bidirectional_rnn/{theirs}/multi_rnn_cell/cell_0/lstm_cell"
            lstm(source, f"encoder.{ours}.{layer}.layers.0")
        layer += 1
    layer = 0
    while f"decoder/multi_rnn_cell/cell_{layer}/lstm_cell/kernel" in left:
        lstm(f"decoder/multi_rnn_cell/cell_{layer}/lstm_cell", f"decoder.core.stack.layers.{layer}")
        layer += 1
    dense("encoder/mu", "mean")
    dense("encoder/sigma", "stddev")
    dense("decoder/z_to_initial_state", "decoder.core.initial")
    dense("decoder/output_projection", "decoder.core.projection")
    assert not left, f"variables without a place: {sorted(left)}"
    return {name: torch.from_numpy(np.ascontiguousarray(value)) for name, value in state.items()}
