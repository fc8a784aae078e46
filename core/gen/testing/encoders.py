"""The checks of encoders, in the order in which they run.

Letters in shape comments: B batch, T steps, I input size.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.nn import functional as F

from gen.errors import GenError
from gen.interfaces.encoder import Encoder
from gen.testing import manners
from gen.testing.checks import Checks, failed, skipped
from gen.testing.modules import (
    ModuleSubject,
    compare_devices,
    differs,
    draws_only_from,
    enliven,
    generator_on,
    is_finite,
    is_module,
    modes,
    reaches_all,
    restores,
    runs_elsewhere,
    seeded,
    strided,
)


class EncoderSubject(ModuleSubject[Encoder]):
    """An encoder under test, and what it reads: three examples of all steps, of some, and of one."""

    KIND = "encoder"
    SIZES: ClassVar[Mapping[str, Any]] = {"input_size": 9, "steps": 6}

    def __init__(self, cls: type, options: Mapping[str, Any]) -> None:
        super().__init__(cls, options)
        self.input_size: int = self.given["input_size"]
        self.steps: int = self.given["steps"] or 6
        self.full = torch.full((3,), self.steps)
        self.lengths = torch.tensor([self.steps, max(1, (2 * self.steps) // 3), 1])

    def inputs(self, examples: int = 3, *, seed: int = 0) -> Tensor:
        """One-hot steps at random, ``[B, T, I]``."""
        generator = torch.Generator().manual_seed(seed)
        choice = torch.randint(self.input_size, (examples, self.steps), generator=generator)
        return F.one_hot(choice, self.input_size).float()

    def encode(self, inputs: Tensor, lengths: Tensor, encoder: Encoder | None = None, *, seed: int = 0) -> Tensor:
        """The encodings of a batch."""
        encoder = self.component if encoder is None else encoder
        with seeded(0):
            encoded: Tensor = encoder(inputs, lengths, generator=generator_on(inputs.device, seed))
        return encoded

    def encode_on(self, encoder: Encoder, device: torch.device) -> Tensor:
        """The encodings of the three examples, there."""
        return self.encode(self.inputs().to(device), self.lengths.to(device), encoder)


CHECKS: Checks[EncoderSubject] = Checks()


@CHECKS.add("options that don't go together, or sizes that this encoder can't have")
def constructs(subject: EncoderSubject) -> None:
    """It can be made from its options and the sizes that gen gives, and has weights."""
    is_module(subject.make(), Encoder)


@CHECKS.add(manners.IN_PLACE, needs=["constructs"])
def inputs_untouched(subject: EncoderSubject) -> None:
    """Inputs and lengths are as they were, in training and in evaluation."""
    encoder, inputs, lengths = subject.make(), subject.inputs(), subject.lengths
    manners.leaves_inputs(
        encoder, lambda: subject.encode(inputs, lengths, encoder), "forward()", inputs=inputs, lengths=lengths
    )


@CHECKS.add(manners.MODE, needs=["constructs"])
def mode(subject: EncoderSubject) -> None:
    """It stays in training or in evaluation mode, and gradients stay on."""
    encoder = subject.make()
    manners.leaves_modes(encoder, lambda: subject.encode(subject.inputs(), subject.lengths, encoder), "forward()")


@CHECKS.add(manners.STATE, needs=["inputs-untouched", "mode"])
def forgets(subject: EncoderSubject) -> None:
    """An encoding doesn't hang on what was encoded before, of other examples or of more."""

    def make() -> Encoder:
        encoder = subject.make()
        enliven(encoder, 1.0)
        return encoder

    def encode(encoder: Encoder, which: int) -> Tensor:
        inputs = subject.inputs(3 + which % 2, seed=which)
        return subject.encode(inputs, torch.full((len(inputs),), subject.steps), encoder)

    manners.forgets(make, encode, "forward()")


@CHECKS.add(
    "an output_size that isn't the width of the last layer, or a mean over no steps at all (length 0)",
    needs=["inputs-untouched", "mode", "forgets"],
)
def shapes(subject: EncoderSubject) -> None:
    """``[B, output_size]``, float32 and finite, for one example and several, of any length from 0 on."""
    size = subject.component.output_size
    for examples in (1, 4):
        for count in sorted({1, max(1, subject.steps - 1), subject.steps}):
            for lengths in (torch.full((examples,), count), torch.arange(examples) * count // 4):
                where = f"encoding of lengths {lengths.tolist()}, {count} steps"
                encoded = subject.encode(subject.inputs(examples)[:, :count], lengths)
                is_finite(where, encoded, (examples, size), f"[{examples}, output_size={size}]")


@CHECKS.add(
    "torch.rand or torch.nn.Dropout, which draw from the global random state: use the generator (gen.nn.dropout)",
    needs=["shapes"],
)
def determinism(subject: EncoderSubject) -> None:
    """Evaluation draws nothing; training draws from the generator alone."""
    inputs, lengths, encoder = subject.inputs(), subject.lengths, subject.component
    if not torch.equal(*(subject.encode(inputs, lengths, seed=seed) for seed in (1, 2))):
        failed("in evaluation mode the encoding changes with the generator: dropout is still on")
    for name in modes(encoder):
        draws_only_from(lambda generator: encoder(inputs, lengths, generator=generator), f"forward in {name} mode")


@CHECKS.add(
    "the last step of the padded batch taken in place of outputs[length - 1], or a mean over all T steps",
    needs=["shapes"],
)
def padding(subject: EncoderSubject) -> None:
    """Whatever stands past an example's length makes no difference, nor does how much of it there is."""
    inputs, lengths = subject.inputs(), subject.lengths
    if subject.steps == 1:
        skipped("there is no room for padding in one step")
    noisy = inputs.clone()
    for row, length in enumerate(lengths.tolist()):
        noisy[row, length:] = 100.0
    changed = differs(subject.encode(noisy, lengths), subject.encode(inputs, lengths)).any(1)
    for row in changed.nonzero().flatten().tolist():
        failed(f"example {row} of length {lengths[row]} changes with what stands after its last step")
    for row, length in enumerate(lengths.tolist()):
        one = slice(row, row + 1)
        padded, bare = (subject.encode(x, lengths[one]) for x in (inputs[one], inputs[one, :length]))
        if differs(padded, bare).any():
            failed(f"example {row} of length {length} is another without the {subject.steps - length} steps of padding")


@CHECKS.add(".view() where .reshape() or .flatten() is meant: not all tensors are contiguous", needs=["determinism"])
def strides(subject: EncoderSubject) -> None:
    """How its input lies in memory makes no difference."""
    plain, apart = subject.inputs(), strided(subject.inputs())
    if differs(subject.encode(apart, subject.lengths), subject.encode(plain, subject.lengths)).any():
        failed("transposed in memory, inputs are encoded otherwise")
    shared = plain[:1].expand(3, -1, -1)
    if differs(subject.encode(shared, subject.lengths), subject.encode(shared.contiguous(), subject.lengths)).any():
        failed("inputs that were expanded, one example in memory for three, are encoded otherwise")


@CHECKS.add(
    "statistics over the batch axis, or batch normalisation in a class that doesn't say `whole_batch = True`",
    needs=["determinism"],
)
def batch_mates(subject: EncoderSubject) -> None:
    """An example is encoded alike with others and in another's place."""
    encoder, inputs, others = subject.component, subject.inputs(), subject.inputs(seed=5)
    for name in modes(encoder):
        if encoder.whole_batch and encoder.training:
            continue  # it says so, and evaluation must not
        together = subject.encode(inputs, subject.full)
        for row in (0, 2):  # the first, and the last, since all may have what belongs to the first
            mixed = others.clone()
            mixed[row] = inputs[row]
            if differs(together[row], subject.encode(mixed, subject.full)[row]).any():
                failed(f"the encoding of an example changes with the other examples of its batch, in {name} mode")


@CHECKS.add("a state that is thrown away, or a slice that leaves out the first or the last step", needs=["padding"])
def reads_everything(subject: EncoderSubject) -> None:
    """The first and the last valid step both matter, and those between."""
    inputs = subject.inputs()
    encoded = subject.encode(inputs, subject.full)
    for step in sorted({0, 1, subject.steps // 2, subject.steps - 2, subject.steps - 1} & set(range(subject.steps))):
        changed = inputs.clone()
        changed[:, step] = inputs[:, step].roll(1, dims=-1)
        if torch.equal(subject.encode(changed, subject.full), encoded):
            failed(f"step {step} of {subject.steps} makes no difference")


@CHECKS.add("a layer that is made and never called, .detach(), or a torch.no_grad() block", needs=["shapes"])
def gradients(subject: EncoderSubject) -> None:
    """A gradient reaches every parameter."""

    def loss() -> Tensor:
        encoded = subject.encode(subject.inputs(8), torch.full((8,), subject.steps))
        return (encoded * torch.randn(encoded.shape, generator=torch.Generator().manual_seed(0))).sum()

    reaches_all(loss, subject.component)


@CHECKS.add("weights in plain attributes or lists: use nn.Parameter, register_buffer, nn.ModuleList", needs=["shapes"])
def save_load(subject: EncoderSubject) -> None:
    """Another one with the same state_dict encodes exactly alike."""
    again = subject.make(seed=7)
    restores(subject.component, again)
    if not torch.equal(*(subject.encode(subject.inputs(), subject.lengths, each) for each in (None, again))):
        failed("a new encoder with this one's state_dict encodes otherwise: something is not in the state_dict")


_LONG = 260


@CHECKS.add("a table of places of a fixed size, or a sum over steps that overflows", needs=["padding"])
def long_sequences(subject: EncoderSubject) -> None:
    """Of 260 steps it makes an encoding, finite, unless it is made for fewer."""
    longer = EncoderSubject(subject.cls, {**subject.options, **subject.given, "steps": _LONG})
    try:
        encoder = longer.make()
    except GenError as error:
        skipped(f"it is made for other lengths: {str(error).splitlines()[0]}")
    enliven(encoder, 1.0)
    inputs, lengths = longer.inputs(2), torch.tensor([_LONG, _LONG // 2])
    with torch.no_grad():
        is_finite(f"the encoding of {_LONG} steps", longer.encode(inputs, lengths, encoder), (2, encoder.output_size))


@CHECKS.add(
    "tensors made as torch.float32 and mixed with those of autocast; make them like another (torch.zeros_like)",
    needs=["shapes"],
)
def bfloat16(subject: EncoderSubject) -> None:
    """Under autocast to bfloat16 it encodes about the same."""
    inputs, lengths = subject.inputs(), subject.lengths
    exact = subject.encode(inputs, lengths)
    with manners.in_bfloat16():
        rough = subject.encode(inputs, lengths).float()
    if differs(rough, exact, tolerance=0.1).any():
        failed(f"under autocast to bfloat16 an encoding is off by {(rough - exact).abs().max().item():.3g}")


@CHECKS.add("tensors made on the CPU inside forward: give them device=inputs.device", needs=["shapes", "save-load"])
def device(subject: EncoderSubject) -> None:
    """All that it makes lies where its weights do: so it can run on a GPU, as far as a CPU can tell."""
    runs_elsewhere(subject.make(), subject.encode_on)


@CHECKS.add(manners.FLOAT64, needs=["save-load", "bfloat16", "device"])
def float64(subject: EncoderSubject) -> None:
    """In double precision it encodes about the same."""
    wide, inputs = manners.wide(subject.component, subject.make(seed=7)), subject.inputs()
    exact = subject.encode(inputs.double(), subject.lengths, wide)
    manners.is_as_precise("the encoding", exact, subject.encode(inputs, subject.lengths))


@CHECKS.add(
    "numbers that depend on the device: kernels of one's own, or draws from another generator than the one given",
    needs=["device"],
)
def cuda(subject: EncoderSubject) -> None:
    """On a CUDA device it encodes the same."""
    compare_devices(subject.component, subject.encode_on, "the encoding")
