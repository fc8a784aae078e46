"""A stack of LSTMs step by step, when what a step hears is known only after the step before.

The readable form is `LstmStack.step` in a loop. This is the same arithmetic with less work: what is the same at every
step is multiplied once, inputs and recurrent state are multiplied in one product, buffers are used again, and backwards
each weight's gradient is one product over all steps.

Letters in shape comments: B batch, T steps, D what a step hears, I inputs of a layer, H units of it, P top units.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from gen.nn.lstm import LstmLayer, LstmStack, State

Say = Callable[[Tensor], Tensor]
"""What the next step hears ``[B, D]``, given the top hidden state of a step ``[B, P]``; called once a step."""


def merges(stack: LstmStack, first: Tensor) -> bool:
    """Whether `single_pass` does what the stack does, and faster.

    Dropout draws a mask a step, for what is the same at every step too; a residual stack reads more than its cells do;
    and a GPU has one kernel for a whole cell. ``first`` is as in `single_pass`.
    """
    drops = stack.training and stack.dropout > 0.0
    return first.device.type == "cpu" and not (stack.residual or drops or first.requires_grad)


def single_pass(
    stack: LstmStack,
    first: Tensor,
    fixed: Tensor,
    controls: Tensor | None,
    states: Sequence[State],
    steps: int,
    say: Say,
) -> Tensor:
    """Top hidden states ``[T, B, P]`` of steps each of which hears what ``say`` makes of the one before.

    Gradients flow, but not through ``say``; where none are wanted, nothing is kept but the result.

    Args:
        stack: reads ``[heard, fixed, control]``; it is one that `merges`.
        first: what the first step hears, ``[B, D]``; gets no gradient.
        fixed: what every step hears, ``[B, Z]``.
        controls: what each step hears besides, ``[B, T, C]``.
        states: initial state of each layer.
        say: called without gradients, after every step; what it makes of the last is heard by nobody.
    """
    flat = [tensor for layer in _layers(stack, first.shape[-1], fixed, controls, states) for tensor in layer]
    kept = steps if torch.is_grad_enabled() else 1
    hidden: Tensor = _SinglePass.apply(first, steps, kept, say, *flat)  # type: ignore[no-untyped-call]
    return hidden


class _Layer(NamedTuple):
    """One layer for one pass. Here examples are the last axis: products and activations are faster so."""

    base: Tensor  # what doesn't depend on what is heard: [4H, 1], [4H, B] or [T, 4H, B]
    w_in: Tensor  # [4H, I]
    w_hh: Tensor  # [4H, H]
    h: Tensor  # [H, B], initial state, and so is c
    c: Tensor

    def base_at(self, step: int) -> Tensor:
        return self.base[step] if self.base.dim() == 3 else self.base


def _layers(
    stack: LstmStack, depth: int, fixed: Tensor, controls: Tensor | None, states: Sequence[State]
) -> list[_Layer]:
    layers = []
    for number, (layer, (h, c)) in enumerate(zip(stack.layers, states, strict=True)):
        assert isinstance(layer, LstmLayer)
        w_in: Tensor
        w_in, w_hh, bias, ones = layer.lstm.parameters()
        base = (bias + ones)[:, None]  # [4H, 1]
        if number == 0:
            heard, same, each = torch.split(w_in, [depth, fixed.shape[-1], w_in.shape[1] - depth - fixed.shape[-1]], 1)
            base = torch.addmm(base, same, fixed.t())  # [4H, B]
            if controls is not None:
                base = base + each @ controls.permute(1, 2, 0)  # [T, 4H, B]
            w_in = heard
        layers.append(_Layer(base, w_in, w_hh, h.t(), c.t()))
    return layers


class _Room:
    """Where a layer's steps are kept: as many as asked for, the later ones over the earlier."""

    def __init__(self, layer: _Layer, steps: int) -> None:
        units, batch = layer.h.shape
        self._inputs, self._units = layer.w_in.shape[1], units
        self._weight = torch.cat([layer.w_in, layer.w_hh], dim=1)  # [4H, I + H]
        self._h, self._c = layer.h, layer.c
        new = layer.h.new_empty
        self.tensors = (
            new(steps, self._inputs + units, batch),  # what is read: inputs over recurrent state
            new(steps, 4 * units, batch),  # gates i, f, g, o after their activations
            new(steps, units, batch),  # cells
            new(steps, units, batch),  # their tanh
        )

    def step(self, x: Tensor, base: Tensor, place: int) -> Tensor:
        """Hidden state ``[H, B]`` after hearing ``x [I, B]``."""
        read, gates, cell, tanh_cell = (tensor[place] for tensor in self.tensors)
        read[: self._inputs] = x
        read[self._inputs :] = self._h
        torch.addmm(base, self._weight, read, out=gates)
        i, f, g, o = torch.split(gates, self._units)
        gates[: 2 * self._units].sigmoid_()  # i and f
        g.tanh_()
        o.sigmoid_()
        torch.mul(f, self._c, out=cell)
        cell.addcmul_(i, g)
        torch.tanh(cell, out=tanh_cell)
        self._h, self._c = o * tanh_cell, cell
        return self._h


class _SinglePass(torch.autograd.Function):
    """The pass of `single_pass`. Its tensors, five a layer, are those of `_Layer`."""

    @staticmethod
    @torch.amp.custom_fwd(device_type="cpu", cast_inputs=torch.float32)  # type: ignore[untyped-decorator]
    def forward(ctx: Any, first: Tensor, steps: int, kept: int, say: Say, *tensors: Tensor) -> Tensor:
        layers = [_Layer(*five) for five in _groups(tensors, 5)]
        rooms = [_Room(layer, kept) for layer in layers]
        top = first.new_empty(steps, len(first), len(layers[-1].h))
        heard = first
        for step in range(steps):
            x = heard.t()  # [D, B]
            for room, layer in zip(rooms, layers, strict=True):
                x = room.step(x, layer.base_at(step), step % kept)
            top[step] = x.t()
            heard = say(top[step])
        ctx.layers = len(layers)
        ctx.save_for_backward(*tensors, *(tensor for room in rooms for tensor in room.tensors))
        return top

    @staticmethod
    @once_differentiable
    @torch.amp.custom_bwd(device_type="cpu")  # type: ignore[untyped-decorator]
    def backward(ctx: Any, *above: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        (d_top,) = above  # [T, B, P]
        layers = [_Layer(*five) for five in _groups(ctx.saved_tensors[: 5 * ctx.layers], 5)]
        kept = _groups(ctx.saved_tensors[5 * ctx.layers :], 4)
        wanted = _groups(ctx.needs_input_grad[4:], 5)
        gradients: list[Tensor | None] = []
        d_h = d_top.transpose(1, 2).contiguous()  # [T, H, B], what comes from above
        for number in reversed(range(ctx.layers)):
            layer, (read, gates, cells, tanh_cells) = layers[number], kept[number]
            d_gates, d_c = _gates_backwards(layer, gates, cells, tanh_cells, d_h)
            d_in, d_hh = None, None
            if wanted[number][1] or wanted[number][2]:
                d_weight = _side_by_side(d_gates) @ _side_by_side(read).t()  # [4H, I + H]
                d_in, d_hh = torch.split(d_weight, [layer.w_in.shape[1], len(layer.h)], dim=1)
            d_base = d_gates if layer.base.dim() == 3 else d_gates.sum(0)
            if layer.base.shape[-1] == 1:
                d_base = d_base.sum(-1, keepdim=True)
            gradients = [d_base, d_in, d_hh, layer.w_hh.t() @ d_gates[0], d_c, *gradients]
            if number:  # nobody wants it of what the bottom layer hears
                d_h = layer.w_in.t() @ d_gates  # [T, I, B]
        return (None, None, None, None, *gradients)


def _groups(values: Sequence[Any], size: int) -> list[Sequence[Any]]:
    return [values[at : at + size] for at in range(0, len(values), size)]


def _side_by_side(steps: Tensor) -> Tensor:
    """``[F, T * B]`` of ``[T, F, B]``."""
    return steps.transpose(0, 1).reshape(steps.shape[1], -1)


def _gates_backwards(
    layer: _Layer, gates: Tensor, cells: Tensor, tanh_cells: Tensor, d_h: Tensor
) -> tuple[Tensor, Tensor]:
    """Gradients of the gates before their activations ``[T, 4H, B]`` and of the initial cells ``[H, B]``.

    Of ``d_h``, gradients of the hidden states as far as they come from above ``[T, H, B]``, and what `_Room` keeps.
    """
    sigmoid_backward = torch.ops.aten.sigmoid_backward.grad_input
    tanh_backward = torch.ops.aten.tanh_backward.grad_input
    units = cells.shape[1]
    d_gates = torch.empty_like(gates)
    d_hidden, through, d_cell = torch.empty_like(cells[0]), torch.empty_like(cells[0]), torch.zeros_like(cells[0])
    for step in reversed(range(len(gates))):
        i, f, g, o = torch.split(gates[step], units)
        d_i, d_f, d_g, d_o = torch.split(d_gates[step], units)
        d_now = d_h[step]
        if step + 1 < len(gates):
            d_now = torch.addmm(d_now, layer.w_hh.t(), d_gates[step + 1], out=d_hidden)
        torch.mul(d_now, tanh_cells[step], out=d_o)
        torch.mul(d_now, o, out=through)
        d_cell += tanh_backward(through, tanh_cells[step], grad_input=through)
        torch.mul(d_cell, g, out=d_i)
        torch.mul(d_cell, cells[step - 1] if step else layer.c, out=d_f)
        torch.mul(d_cell, i, out=d_g)
        d_cell *= f
        both, d_both = gates[step, : 2 * units], d_gates[step, : 2 * units]  # i and f
        sigmoid_backward(d_both, both, grad_input=d_both)
        tanh_backward(d_g, g, grad_input=d_g)
        sigmoid_backward(d_o, o, grad_input=d_o)
    return d_gates, d_cell
