"""The fast paths of a step loop, each against its readable form.

Tolerances, relative to the length of the vector of all values: in float32, as models are trained, losses 1e-6 and
gradients 1e-5; in float64 1e-9.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

import gen_decoders.lstm
from gen.nn import LstmStack, merges, single_pass
from gen_decoders.flat import FlatDecoder

LOSS, GRADIENTS, DOUBLE = 1e-6, 1e-5, 1e-9


def assert_near(actual: Iterable[Tensor], expected: Iterable[Tensor], tolerance: float) -> None:
    ours, theirs = (torch.cat([value.flatten() for value in values]) for values in (actual, expected))
    assert (ours - theirs).norm() <= tolerance * max(theirs.norm().item(), 1e-3)


class Pass(NamedTuple):
    """What a stack reads, for one pass."""

    stack: LstmStack
    first: Tensor
    fixed: Tensor
    controls: Tensor | None
    states: list[tuple[Tensor, Tensor]]
    map: Tensor
    steps: int


@st.composite
def passes(draw: st.DrawFn) -> Pass:
    sizes = draw(st.lists(st.integers(1, 9), min_size=1, max_size=3))
    batch, steps, depth, fixed, control = (
        draw(st.integers(*bounds)) for bounds in ((1, 5), (1, 7), (1, 6), (1, 4), (0, 3))
    )
    generator = torch.Generator().manual_seed(draw(st.integers(0, 2**31)))

    def normal(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator, dtype=torch.float64)

    stack = LstmStack(depth + fixed + control, sizes).double()
    with torch.no_grad():
        for parameter in stack.parameters():
            parameter.copy_(normal(*parameter.shape))
    return Pass(
        stack,
        normal(batch, depth),
        normal(batch, fixed).requires_grad_(),
        normal(batch, steps, control).requires_grad_() if control else None,
        [(normal(batch, size).requires_grad_(), normal(batch, size).requires_grad_()) for size in sizes],
        normal(sizes[-1], depth),
        steps,
    )


def stepwise(case: Pass) -> Tensor:
    """The readable form: `LstmStack.step` in a loop."""
    states, heard, tops = case.states, case.first, []
    for step in range(case.steps):
        parts = [heard, case.fixed] + ([] if case.controls is None else [case.controls[:, step]])
        top, states = case.stack.step(torch.cat(parts, dim=-1), states)
        heard = (top @ case.map).detach().sin()
        tops.append(top)
    return torch.stack(tops)


def merged(case: Pass) -> Tensor:
    return single_pass(
        case.stack, case.first, case.fixed, case.controls, case.states, case.steps, lambda top: (top @ case.map).sin()
    )


@given(case=passes())
def test_one_pass_equals_the_stack_step_by_step(case):
    leaves = [p for p in case.stack.parameters() if p.requires_grad] + [case.fixed]
    leaves += [piece for state in case.states for piece in state] + ([] if case.controls is None else [case.controls])

    fast, slow = merged(case), stepwise(case)

    assert_near([fast], [slow], DOUBLE)
    assert_near(*(torch.autograd.grad(tops.square().sum(), leaves) for tops in (fast, slow)), DOUBLE)


@given(case=passes())
def test_without_gradients_the_same_is_said(case):
    with torch.no_grad():
        alone = merged(case)
    assert torch.equal(alone, merged(case))


def test_frozen_weights_get_no_gradient_and_a_kept_graph_gives_the_same_again():
    torch.manual_seed(0)
    stack = LstmStack(5, [4, 4])
    frozen, *trained = (p for p in stack.parameters() if p.requires_grad)
    frozen.requires_grad_(False)
    states = [(torch.zeros(2, 4), torch.zeros(2, 4))] * 2
    top = single_pass(stack, torch.zeros(2, 3), torch.ones(2, 2), None, states, 3, lambda top: top[:, :3])

    once = torch.autograd.grad(top.sum(), trained, retain_graph=True)

    assert frozen.grad is None
    torch.testing.assert_close(torch.autograd.grad(top.sum(), trained), once, rtol=0, atol=0)


@pytest.mark.parametrize(
    ("options", "training", "answer"),
    [
        ({}, True, True),
        ({"dropout": 0.5}, True, False),
        ({"dropout": 0.5}, False, True),
        ({"residual": True}, False, False),
    ],
)
def test_only_stacks_without_dropout_and_residues_merge(options, training, answer):
    stack = LstmStack(5, [4], **options).train(training)

    assert merges(stack, torch.zeros(2, 3)) == answer
    assert not merges(stack, torch.zeros(2, 3, requires_grad=True))


@settings(max_examples=25, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 8), min_size=1, max_size=3),
    batch=st.integers(1, 5),
    steps=st.integers(1, 8),
    controls=st.integers(0, 3),
    feedback=st.floats(0.01, 1.0),
    seed=st.integers(0, 2**31),
    outputs=st.sampled_from(["categorical", "nade", "multi"]),
)
def test_a_decoder_with_feedback_says_the_same_in_both_forms(sizes, batch, steps, controls, feedback, seed, outputs):
    torch.manual_seed(seed)
    given_sizes = {"output_depth": 6, "control_depth": controls, "latent_size": 4}
    depths = {"depths": [2, 4]} if outputs == "multi" else {}
    decoder = FlatDecoder(sizes, outputs=outputs, hidden=3, **depths, **given_sizes)
    targets = torch.eye(6)[torch.randint(6, (batch, steps))]
    lengths = torch.randint(1, steps + 1, (batch,))
    z = torch.randn(batch, 4, requires_grad=True)
    heard = torch.randn(batch, steps, controls) if controls else None
    leaves = [z, *(p for p in decoder.parameters() if p.requires_grad)]

    def run(fast: bool):
        with pytest.MonkeyPatch.context() as patch:
            if not fast:
                patch.setattr(gen_decoders.lstm, "merges", lambda *_: False)
            generator = torch.Generator().manual_seed(seed)
            said = decoder(targets, lengths, z, heard, feedback=feedback, generator=generator)
            with torch.no_grad():
                sample = decoder.sample(z, steps, controls=heard, temperature=1.0, generator=generator)
            return said, torch.autograd.grad(said.loss.sum(), leaves), sample

    (fast, fast_gradients, fast_sample), (slow, slow_gradients, slow_sample) = run(True), run(False)

    assert torch.equal(fast.samples, slow.samples)
    assert torch.equal(fast.heard, slow.heard)
    assert torch.equal(fast_sample, slow_sample)
    assert_near([fast.loss], [slow.loss], LOSS)
    assert_near(fast_gradients, slow_gradients, GRADIENTS)


@settings(max_examples=25, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 8), min_size=1, max_size=3),
    batch=st.integers(1, 5),
    steps=st.integers(1, 8),
    residual=st.booleans(),
    seed=st.integers(0, 2**31),
)
def test_fused_teacher_forcing_says_what_single_steps_say(sizes, batch, steps, residual, seed):
    torch.manual_seed(seed)
    decoder = FlatDecoder(sizes, residual=residual, output_depth=6, control_depth=0, latent_size=4)
    targets = torch.eye(6)[torch.randint(6, (batch, steps))]
    lengths = torch.randint(1, steps + 1, (batch,))
    z = torch.randn(batch, 4, requires_grad=True)
    leaves = [z, *(p for p in decoder.parameters() if p.requires_grad)]

    fused, stepped = decoder(targets, lengths, z), decoder(targets, lengths, z, ending=True)

    assert_near([fused.loss], [stepped.loss], LOSS)
    assert_near(*(torch.autograd.grad(said.loss.sum(), leaves) for said in (fused, stepped)), GRADIENTS)
