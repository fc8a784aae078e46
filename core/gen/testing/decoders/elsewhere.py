"""Gradients, learning, saving; and where else it runs: in single steps, inside a hierarchy, on another device."""

from __future__ import annotations

from dataclasses import replace

import torch

from gen.errors import GenError
from gen.interfaces.decoder import SegmentDecoder, Stepwise
from gen.testing import manners
from gen.testing.checks import Checks, failed, skipped
from gen.testing.decoders.subject import DecoderSubject
from gen.testing.modules import (
    compare_devices,
    differs,
    is_finite,
    reaches_all,
    restores,
    runs_elsewhere,
    strided,
    trained,
)

_LEARNING_STEPS = 80
_LEARNING_RATE = 0.02
_LEARNT_STEPS = 4

CHECKS: Checks[DecoderSubject] = Checks()


@CHECKS.add(
    "a layer that is made and never called, .detach(), or a torch.no_grad() block", needs=["uses-z", "uses-controls"]
)
def gradients(subject: DecoderSubject) -> None:
    """The gradient of the loss reaches every parameter."""
    batch = subject.batch.whole()
    reaches_all(
        lambda: torch.cat([subject.forward(batch, seed=seed).loss for seed in range(3)]).sum(), subject.component
    )


@CHECKS.add(
    "a gradient with the wrong sign or cut off half way, or a loss of something other than the outputs",
    needs=["gradients", "loss-summed"],
)
def learns(subject: DecoderSubject) -> None:
    """Trained on one example it comes to expect it: its loss falls, and what is right costs less than what is wrong."""
    decoder = subject.make(seed=3)
    batch = subject.batch.row(0).first(min(_LEARNT_STEPS, subject.steps)).whole()
    optimiser = torch.optim.Adam(trained(decoder).values(), lr=_LEARNING_RATE)
    first = float("nan")
    for step in range(_LEARNING_STEPS):
        loss = subject.forward(batch, decoder).loss.sum()
        first = loss.item() if step == 0 else first
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        optimiser.step()
        if step % 20 == 19 and subject.loss(batch, decoder).item() < first - 0.3 * abs(first) - 0.01:
            break  # it does
    last = subject.loss(batch, decoder).item()
    if not last < first - 0.3 * abs(first):
        failed(
            f"after {_LEARNING_STEPS} steps of training on a single example of {batch.steps} steps its loss went from "
            f"{first:.3g} to {last:.3g} nats"
        )
    wrong = replace(batch, targets=subject.other_targets[:1, : batch.steps])
    other = subject.loss(wrong, decoder).item()
    if not last < other:
        failed(f"trained on one example, which costs {last:.3g} nats, it asks {other:.3g} for another: no more")


@CHECKS.add(
    "weights in plain attributes or lists: use nn.Parameter, register_buffer, nn.ModuleList", needs=["determinism"]
)
def save_load(subject: DecoderSubject) -> None:
    """Another one with the same state_dict says exactly the same."""
    both = (subject.component, subject.make(seed=7))
    restores(*both)
    if not torch.equal(*(subject.forward(subject.batch, decoder).outputs for decoder in both)):
        failed("a new decoder with this one's state_dict gives other outputs: something is not in the state_dict")
    if not torch.equal(*(subject.sample(subject.batch, decoder, seed=1) for decoder in both)):
        failed("a new decoder with this one's state_dict samples otherwise: something is not in the state_dict")


@CHECKS.add(
    "states in another order than state_sizes says, or a step that doesn't hear z or its control", needs=["target-leak"]
)
def stepwise(subject: DecoderSubject) -> None:
    """Of a `gen.interfaces.Stepwise`: its steps, one after another, give the outputs and predictions of the whole."""
    decoder, batch = subject.component, subject.batch.whole()
    if not isinstance(decoder, Stepwise):
        skipped("it is no gen.interfaces.Stepwise, which only exporting asks for")
    try:
        sizes, states = decoder.state_sizes, decoder.initial_states(batch.z)
    except ValueError as error:
        skipped(f"it says no single steps: {error}")
    widths = [state.shape[-1] for state in states]
    if widths != list(sizes):
        failed(f"state_sizes is {list(sizes)}, and the states are {widths} wide")
    whole = subject.forward(batch)
    assert whole.predictions is not None
    previous = torch.zeros_like(batch.targets[:, 0])
    for step in range(subject.steps):
        control = None if batch.heard is None else batch.heard[:, step]
        raw, likeliest, states = decoder.step(previous, batch.z, control, states)
        if differs(raw, whole.outputs[:, step]).any():
            failed(f"step() gives other outputs of step {step} than forward()")
        if differs(likeliest, whole.predictions[:, step], tolerance=1e-3).any():
            failed(f"step() has another likeliest step {step} than forward() predicts")
        previous = batch.targets[:, step]


@CHECKS.add(
    "start that is ignored in sampling, or the state after the last step of the batch in place of each example's",
    needs=["agreement"],
)
def segments(subject: DecoderSubject) -> None:
    """Of a `gen.interfaces.SegmentDecoder`: it starts from any step, and tells how it ended."""
    decoder, batch = subject.component, subject.batch
    if not isinstance(decoder, SegmentDecoder):
        skipped("it is no gen.interfaces.SegmentDecoder, which it needs to be only inside a hierarchy")
    plain = subject.forward(batch)
    zeros = subject.forward(batch, start=torch.zeros_like(batch.targets[:, 0]))
    if differs(plain.outputs, zeros.outputs).any():
        failed("a start of zeros is not the same as none")
    start = subject.other_targets[:, 0]
    started = subject.forward(batch, start=start)
    if torch.equal(started.outputs[:, 0], plain.outputs[:, 0]):
        failed("the first step doesn't hear the start it is given")
    said = subject.sample(batch, temperature=0.0, start=start)
    predictions = subject.forward(replace(batch, targets=said).whole(), start=start).predictions
    assert predictions is not None
    if differs(predictions, said, tolerance=1e-3).any():
        failed("sample() from a start says another sequence than forward() from that start predicts")
    ended = subject.forward(batch, ending=True)
    pieces = ended.ending or ()
    width = sum(piece.shape[-1] for piece in pieces)
    if width != decoder.ending_size:
        failed(
            f"ending_size is {decoder.ending_size}, and the pieces of DecoderOutput.ending are {width} wide together"
        )
    if differs(ended.outputs, plain.outputs).any():
        failed("asking for the ending changes the outputs")
    for row, length in enumerate(batch.lengths.tolist()):
        alone = subject.forward(batch.row(row).first(length), ending=True).ending
        for piece, own in zip(pieces, alone or (), strict=True):
            if differs(piece[row], own[0]).any():
                failed(f"the ending of an example of length {length} changes with its padding")


@CHECKS.add(
    ".view() where .reshape() or .flatten() is meant: not all tensors are contiguous",
    needs=["evaluation", "determinism"],
)
def strides(subject: DecoderSubject) -> None:
    """How targets, z and controls lie in memory makes no difference."""
    batch = subject.batch
    apart = replace(batch, targets=strided(batch.targets), z=strided(batch.z), controls=strided(batch.controls))
    if differs(subject.forward(apart).loss, subject.forward(batch).loss).any():
        failed("transposed in memory, targets, z and controls have another loss")
    if differs(subject.sample(apart, temperature=0.0), subject.sample(batch, temperature=0.0)).any():
        failed("transposed in memory, z and controls are said otherwise")
    shared = batch.row(0).saying(batch.targets)  # z and controls of one example for all of them, in one place in memory
    own = shared.each(torch.Tensor.contiguous)
    if differs(subject.forward(shared).loss, subject.forward(own).loss).any():
        failed("z and controls that were expanded, one row in memory for all examples, have another loss")


_LONG = 260


@CHECKS.add(
    "a table of places of a fixed size, or a product of chances where their logarithms should be added",
    needs=["evaluation", "determinism", "padding"],
)
def long_sequences(subject: DecoderSubject) -> None:
    """Of 260 steps it says and hears, with a loss that is finite, unless it is made for fewer."""
    given = {**subject.options, **subject.given, "steps": _LONG}
    longer = DecoderSubject(subject.cls, given)
    try:
        decoder = longer.make()
    except GenError as error:
        skipped(f"it is made for other lengths: {str(error).splitlines()[0]}")
    batch = longer.noise(2)
    batch = replace(batch, lengths=torch.tensor([_LONG, _LONG // 2]))
    with torch.no_grad():
        said = longer.sample(batch, decoder)
        is_finite("sample()", said, (2, _LONG, longer.depth))
        batch = replace(batch, targets=said)
        loss = longer.forward(batch, decoder).loss
    if not torch.isfinite(loss).all():
        failed(f"the loss of {_LONG} steps is {loss.tolist()}")


@CHECKS.add(
    "tensors made as torch.float32 and mixed with those of autocast; make them like another (torch.zeros_like)",
    needs=["evaluation", "determinism"],
)
def bfloat16(subject: DecoderSubject) -> None:
    """Under autocast to bfloat16 the loss is about the same, and sampling works."""
    exact = subject.forward(subject.batch).loss
    with manners.in_bfloat16():
        rough = subject.forward(subject.batch).loss
        said = subject.sample(subject.batch)
    if differs(rough.float(), exact, tolerance=0.1).any():
        before, after = (", ".join(f"{value:.4g}" for value in loss.tolist()) for loss in (exact, rough))
        failed(f"under autocast to bfloat16 losses of {before} nats become {after}")
    if not torch.isfinite(said.float()).all():
        failed("under autocast to bfloat16 a sample is not finite")


@CHECKS.add(
    "tensors made on the CPU inside forward or sample: give them device=z.device",
    needs=["evaluation", "determinism", "save-load"],
)
def device(subject: DecoderSubject) -> None:
    """All that it makes lies where its weights do: so it can run on a GPU, as far as a CPU can tell."""
    _ = subject.batch  # made here
    runs_elsewhere(subject.make(), subject.say_and_hear)


@CHECKS.add(manners.FLOAT64, needs=["save-load", "bfloat16", "device"])
def float64(subject: DecoderSubject) -> None:
    """In double precision it says about the same."""
    batch, wide = subject.batch, manners.wide(subject.component, subject.make(seed=7))
    exact, plain = subject.forward(batch.each(manners.doubled), wide), subject.forward(batch)
    manners.is_as_precise("the loss", exact.loss, plain.loss)
    manners.is_as_precise("what is given out", exact.outputs, plain.outputs)
    subject.sample(batch.each(manners.doubled), wide)


@CHECKS.add(
    "numbers that depend on the device: kernels of one's own, or draws from another generator than the one given",
    needs=["device"],
)
def cuda(subject: DecoderSubject) -> None:
    """On a CUDA device the outputs are the same, and sampling works."""
    compare_devices(subject.component, subject.say_and_hear, "what is said of its own sample")
