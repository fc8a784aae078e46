"""LSTMs that begin with a long memory (Tallec and Ollivier 2018, "Can recurrent neural networks warp time?")."""

from __future__ import annotations

import torch
from torch import nn

from gen.nn.lstm import LstmLayer


def remember_(model: nn.Module, steps: int | None) -> None:
    """Draw the gates' biases of every LSTM in a model so that its cells keep what they hold, some of them for long.

    As initialised, forget gates of 0.73 leave nothing of a step after some ten more, so in 256 steps the ends don't
    know of the middle. Here the forget bias is the logarithm of a number drawn from 1 to ``steps - 1``, which is about
    how many steps that unit remembers, and the input bias its negative.

    Args:
        model: whose `LstmLayer` are meant, wherever they are.
        steps: the longest memory; None leaves everything as it is.

    Raises:
        ValueError: a memory of less than 3 steps.
    """
    if steps is None:
        return
    if steps < 3:
        raise ValueError(f"memory is how many steps are remembered at most, 3 or more, not {steps}")
    for layer in model.modules():
        if isinstance(layer, LstmLayer):
            size = layer.hidden_size
            _, _, bias, constant = layer.lstm.parameters()
            with torch.no_grad():
                forget = torch.empty_like(bias[:size]).uniform_(1.0, steps - 1.0).log_()
                bias[:size] = -forget
                bias[size : 2 * size] = forget - constant[size : 2 * size]  # a constant 1 is added at run time
