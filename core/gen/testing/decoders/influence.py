"""What a step's outputs and an example's loss depend on, and what they must not."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from gen.interfaces.decoder import Decoder, DecoderOutput
from gen.interfaces.stepping import Segmented
from gen.testing.checks import Checks, failed, skipped
from gen.testing.decoders.subject import Batch, DecoderSubject, first_step
from gen.testing.modules import differs, modes

CHECKS: Checks[DecoderSubject] = Checks()


@CHECKS.add("targets that were not shifted by one step, or attention without a causal mask", needs=["evaluation"])
def target_leak(subject: DecoderSubject) -> None:
    """Outputs of step t don't change with the targets from step t on: by their gradient, and by other targets."""
    batch, other = subject.batch.whole(), subject.other_targets
    leaf = batch.targets.clone().requires_grad_()
    outputs = subject.forward(replace(batch, targets=leaf)).outputs
    weights = torch.randn(outputs.shape[-1], generator=torch.Generator().manual_seed(0))
    for step in subject.probes():
        if outputs.requires_grad:
            said = (outputs[:, step] * weights).sum()
            (gradient,) = torch.autograd.grad(said, leaf, retain_graph=True, allow_unused=True)
            seen = [] if gradient is None else gradient[:, step:].abs().amax((0, 2)).nonzero().flatten().tolist()
            if seen:
                whose = f"the target of step {step + seen[0]}" if seen[0] else "its own target"
                failed(
                    f"the outputs of step {step} depend on {whose} (by its gradient): in sampling nobody knows that yet"
                )
        changed = torch.cat([batch.targets[:, :step], other[:, step:]], dim=1)
        again = subject.forward(replace(batch, targets=changed)).outputs
        if differs(again[:, : step + 1], outputs[:, : step + 1], tolerance=1e-5).any():
            failed(
                f"the outputs up to step {step} change when the targets from step {step} on are others: "
                "a step sees its own target, or later ones"
            )


@CHECKS.add("batch normalisation, or a mean over the batch axis", needs=["evaluation", "determinism"])
def batch_mates(subject: DecoderSubject) -> None:
    """An example's loss, outputs and metrics don't change with the other examples of its batch."""
    batch = subject.batch.whole()
    mixed = Batch(
        torch.cat([batch.targets[:1], subject.other_targets[1:]]),
        torch.cat([batch.lengths[:1], batch.lengths[1:] // 2]),
        torch.cat([batch.z[:1], batch.z[1:].flip(0) + 1.0]),
        torch.cat([batch.controls[:1], batch.controls[1:].flip(0)]),
    )
    for how in modes(subject.component):
        one, other = (subject.forward(each) for each in (batch, mixed))
        for name in ("outputs", "loss"):
            if differs(getattr(one, name)[0], getattr(other, name)[0]).any():
                failed(f"{name} of an example change with the other examples of its batch, in {how} mode")
        for name, total in one.sums.items():
            if differs(total[0], other.sums[name][0]).any():
                failed(f"metric {name!r} of an example changes with the other examples of its batch, in {how} mode")


@CHECKS.add(
    "a loss or a metric summed over all T steps in place of the first `length` (gen.nn.valid_steps)",
    needs=["evaluation", "target-leak"],
)
def padding(subject: DecoderSubject) -> None:
    """Steps past an example's length add nothing to its loss and metrics, whatever they hold."""
    batch = subject.batch
    together = subject.forward(batch)
    nothing = subject.forward(replace(batch, lengths=torch.zeros_like(batch.lengths)))
    if nothing.loss.any():
        failed(f"an example of length 0 has a loss of {nothing.loss.abs().max().item():.3g}, not 0")
    noisy = batch.each(torch.clone)
    for row, length in enumerate(batch.lengths.tolist()):
        noisy.targets[row, length:] = subject.other_targets[row, length:] + 10.0
        noisy.controls[row, length:] = 10.0
    _same(together, subject.forward(noisy), batch.lengths, "change with what stands after its last step")
    for row, length in enumerate(batch.lengths.tolist()):
        one = batch.row(row)
        complaint = f"change with {subject.steps - length} steps of padding"
        _same(subject.forward(one.first(length)), subject.forward(one), one.lengths, complaint)


def _same(one: DecoderOutput, other: DecoderOutput, lengths: Tensor, complaint: str) -> None:
    parts = {"loss": (one.loss, other.loss)}
    parts |= {f"sums[{name!r}]": (value, other.sums[name]) for name, value in one.sums.items()}
    parts |= {f"counts[{name!r}]": (value, other.counts[name]) for name, value in one.counts.items()}
    for name, (before, after) in parts.items():
        for row in differs(before, after).reshape(len(before), -1).any(1).nonzero().flatten().tolist():
            failed(f"{name} of an example of length {lengths[row].tolist()} {complaint}")


@CHECKS.add("a state that is made anew in every step, or detached in such a way that it is lost", needs=["target-leak"])
def state_flow(subject: DecoderSubject) -> None:
    """The first target still matters two steps later and after."""
    if subject.steps < 3:
        skipped("two steps are too few: the second hears the first in any case")
    batch = subject.batch.whole()
    changed = torch.cat([subject.other_targets[:, :1], batch.targets[:, 1:]], dim=1)
    before, after = (subject.forward(replace(batch, targets=each)).outputs for each in (batch.targets, changed))
    reached = (before != after).any(-1).any(0)  # [T]
    if not reached.any():
        skipped("it hears no targets: the outputs are the same whatever the first target is")
    if not reached[2:].any():
        memory = _memory(subject.component, subject.steps)
        if memory < 3:
            skipped(f"it starts anew every {memory} steps by design (Segmented), so there is no state to flow")
        failed("the target of step 0 reaches the outputs of step 1 and none after: there is no state from step to step")


def _memory(decoder: Decoder, steps: int) -> int:
    """Steps after which a decoder starts anew by design."""
    if not isinstance(decoder, Segmented):
        core = getattr(decoder, "core", None)
        return _memory(core, steps) if isinstance(core, Decoder) else steps
    return min(decoder.segment_steps, _memory(decoder.core, steps))


@CHECKS.add("z that is computed with and then dropped, or multiplied by a zero", needs=["evaluation"])
def uses_z(subject: DecoderSubject) -> None:
    """The loss and the outputs of the first and the last step change with z."""
    batch = subject.batch.whole()
    one, other = (subject.forward(each) for each in (batch, replace(batch, z=batch.z.roll(1, 0))))
    for row in (one.loss == other.loss).nonzero().flatten().tolist():
        failed(f"the loss of example {row} is the same for another z")
    for step in (0, subject.steps - 1):
        if torch.equal(one.outputs[:, step], other.outputs[:, step]):
            failed(f"the outputs of step {step} are the same for another z")


@CHECKS.add("controls that are taken and never read, or those of another step", needs=["evaluation"])
def uses_controls(subject: DecoderSubject) -> None:
    """The outputs of a step change with the control of that step."""
    batch = subject.batch.whole()
    if batch.heard is None:
        skipped("this decoder was made without controls; give it control_depth to check them")
    before = subject.forward(batch).outputs
    for step in subject.probes():
        controls = batch.controls.clone()
        controls[:, step] += 1.0
        if torch.equal(before[:, step], subject.forward(replace(batch, controls=controls)).outputs[:, step]):
            failed(f"the outputs of step {step} are the same for another control of that step")


@CHECKS.add("a first step, or a segment, that hears the target even when the model runs free", needs=["target-leak"])
def feedback(subject: DecoderSubject) -> None:
    """With feedback 1 targets aren't heard; with next to none it is as with none."""
    batch = subject.batch.whole()
    one, other = (
        subject.forward(replace(batch, targets=targets), feedback=1.0).outputs
        for targets in (batch.targets, subject.other_targets)
    )
    if (step := first_step(differs(one, other))) is not None:
        failed(f"with feedback 1 the outputs of step {step} still change with the targets")
    forced, barely = (subject.forward(batch, feedback=rate) for rate in (0.0, 1e-12))
    if differs(forced.outputs, barely.outputs).any() or differs(forced.loss, barely.loss).any():
        worst = (forced.outputs - barely.outputs).abs().max().item()
        failed(
            "with a feedback of 1e-12, where every step hears its target, outputs or loss are not those of teacher "
            f"forcing: off by {worst:.3g}"
        )
