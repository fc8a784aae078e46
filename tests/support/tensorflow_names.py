"""The original's variables under gen's names, for comparing with its outputs (reference: its checkpoints).

One walk over a model gives every place in the original's graph together with the module that has taken it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import nn

from gen import VAE
from gen.nn import LstmStack
from gen_decoders.control import ControlDecoder
from gen_decoders.hierarchical import HierarchicalDecoder
from gen_decoders.nade import NadeHead
from gen_decoders.single import SingleLstmDecoder
from gen_decoders.split import SplitDecoder
from gen_encoders.bilstm import BiLstmEncoder
from gen_encoders.hierarchical import HierarchicalEncoder
from gen_encoders.lstm import LstmEncoder

Arrays = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Place:
    """Where the original keeps the weights of a module, and where gen does."""

    scope: str
    path: str
    kind: Literal["dense", "lstm", "nade"]
    module: nn.Module

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape of each of the original's variables, by full name."""
        if self.kind == "nade":
            depth, hidden = self.module.w_enc.shape
            return {f"{self.scope}/w_enc": (depth, 1, hidden), f"{self.scope}/w_dec_t": (depth, hidden, 1)}
        if self.kind == "dense":
            outputs, inputs = self.module.weight.shape
            return {f"{self.scope}/kernel": (inputs, outputs), f"{self.scope}/bias": (outputs,)}
        gates, inputs = self.module.lstm.weight_ih_l0.shape
        return {f"{self.scope}/kernel": (inputs + gates // 4, gates), f"{self.scope}/bias": (gates,)}

    def state(self, variables: Arrays, forget_bias: float) -> dict[str, np.ndarray]:
        """The variables as entries of gen's state dict."""
        if self.kind == "nade":
            w_enc, w_dec = variables[f"{self.scope}/w_enc"], variables[f"{self.scope}/w_dec_t"]
            return {f"{self.path}.w_enc": w_enc[:, 0, :], f"{self.path}.w_dec": w_dec[:, :, 0]}
        kernel, bias = variables[f"{self.scope}/kernel"], variables[f"{self.scope}/bias"]
        if self.kind == "dense":
            return {f"{self.path}.weight": kernel.T, f"{self.path}.bias": bias}
        i, j, f, o = np.split(kernel, 4, axis=1)
        weight = np.concatenate([i, f, j, o], axis=1).T
        bi, bj, bf, bo = np.split(bias, 4)
        inputs = kernel.shape[0] - kernel.shape[1] // 4
        return {
            f"{self.path}.lstm.weight_ih_l0": weight[:, :inputs],
            f"{self.path}.lstm.weight_hh_l0": weight[:, inputs:],
            f"{self.path}.lstm.bias_ih_l0": np.concatenate([bi, bf + forget_bias, bj, bo]),
            f"{self.path}.lstm.bias_hh_l0": np.zeros_like(bias),
        }


def variable_shapes(vae: VAE) -> dict[str, tuple[int, ...]]:
    """Every variable that the original would train, sorted by name."""
    return dict(sorted((name, shape) for place in _places(vae) for name, shape in place.shapes().items()))


def gen_state(vae: VAE, variables: Arrays, *, forget_bias: float = 1.0) -> dict[str, torch.Tensor]:
    """The original's variables as a state dict of ``vae``; every one has to find its place.

    Gradients and Adam moments convert with ``forget_bias=0``.
    """
    left = variables.keys() - variable_shapes(vae).keys()
    assert not left, f"variables without a place: {sorted(left)}"
    state = {name: value for place in _places(vae) for name, value in place.state(variables, forget_bias).items()}
    return {name: torch.from_numpy(np.ascontiguousarray(value)) for name, value in state.items()}


def _places(vae: VAE) -> Iterator[Place]:
    yield from _encoder("encoder", "encoder", vae.encoder)
    yield Place("encoder/mu", "mean", "dense", vae.mean)
    yield Place("encoder/sigma", "stddev", "dense", vae.stddev)
    yield from _decoder("", "decoder", vae.decoder)


def _encoder(scope: str, path: str, encoder: nn.Module) -> Iterator[Place]:
    if isinstance(encoder, HierarchicalEncoder):
        for number, level in enumerate(encoder.levels):
            yield from _encoder(f"{scope}/hierarchical_level_{number}", f"{path}.levels.{number}", level)
    elif isinstance(encoder, LstmEncoder):
        yield from _stack(f"{scope}/multi_rnn_cell", f"{path}.stack", encoder.stack)
    else:
        assert isinstance(encoder, BiLstmEncoder)
        yield from _bidirectional(scope, path, encoder)


def _decoder(scope: str, path: str, decoder: nn.Module) -> Iterator[Place]:
    if isinstance(decoder, ControlDecoder):
        yield from _bidirectional("control_preprocessing", path, decoder)
        yield from _decoder(scope, f"{path}.core", decoder.core)
    elif isinstance(decoder, HierarchicalDecoder):
        for level, conductor in enumerate(decoder.conductors):
            its_scope, its_path = f"{scope}decoder/hierarchical_level_{level}", f"{path}.conductors.{level}"
            yield Place(f"{its_scope}/initial_state", f"{its_path}.initial", "dense", conductor.initial)
            yield from _stack(its_scope, f"{its_path}.stack", conductor.stack)
        yield from _decoder(f"{scope}core_decoder/", f"{path}.core", decoder.core)
    elif isinstance(decoder, SplitDecoder):
        for stream, core in enumerate(decoder.cores):
            yield from _decoder(f"{scope}core_decoder_{stream}/", f"{path}.cores.{stream}", core)
    else:
        assert isinstance(decoder, SingleLstmDecoder)
        core, scope, path = decoder.core, f"{scope}decoder", f"{path}.core"
        yield Place(f"{scope}/z_to_initial_state", f"{path}.initial", "dense", core.initial)
        yield Place(f"{scope}/output_projection", f"{path}.projection", "dense", core.projection)
        yield from _stack(f"{scope}/multi_rnn_cell", f"{path}.stack", core.stack)
        if isinstance(core.head, NadeHead):
            yield Place(f"{scope}/nade", f"{path}.head", "nade", core.head)


def _bidirectional(scope: str, path: str, owner: nn.Module) -> Iterator[Place]:
    for theirs, ours in (("fw", "forwards"), ("bw", "backwards")):
        for layer, stack in enumerate(getattr(owner, ours)):
            its_scope = f"{scope}/cell_{layer}/bidirectional_rnn/{theirs}/multi_rnn_cell"
            yield from _stack(its_scope, f"{path}.{ours}.{layer}", stack)


def _stack(scope: str, path: str, stack: LstmStack) -> Iterator[Place]:
    for number, layer in enumerate(stack.layers):
        cell = f"{scope}/cell_{number}"
        if stack.residual and isinstance(stack.projections[number], nn.Linear):
            cell += "/input_projection_wrapper"
            yield Place(cell, f"{path}.projections.{number}", "dense", stack.projections[number])
        yield Place(f"{cell}/lstm_cell", f"{path}.layers.{number}", "lstm", layer)
