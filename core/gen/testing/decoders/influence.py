"""What comes out, what it depends on, and what it must not depend on."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from gen.interfaces.decoder import Decoder, DecoderOutput, Segmented
from gen.testing.checks import Checks, failed, skipped
from gen.testing.decoders.subject import Batch, DecoderSubject, first_step
from gen.testing.modules import differs, draws_only_from, is_finite, modes

CHECKS: Checks[DecoderSubject] = Checks()


@CHECKS.add(
    "a layout of [T, B, D], a sum over the wrong axis, or a division by a length of 0",
    needs=["inputs-untouched", "mode", "forgets"],
)
def shapes(subject: DecoderSubject) -> None:
    """Everything that comes out has the promised shape and dtype and no NaN, for any batch and any lengths."""
    for examples in (1, 3):
        lengths = torch.arange(examples)
        for count in sorted({1, max(1, subject.steps - 1), subject.steps}):
            batch = subject.noise(examples).first(count)
            sampled = subject.sample(batch, steps=count)
            is_finite("sample()", sampled, (examples, count, subject.depth))
            batch = replace(batch, targets=sampled, lengths=lengths * count // max(examples - 1, 1))
            for feedback in (0.0, 1.0):
                output = subject.forward(batch, feedback=feedback)
                _expect(output, batch, f"of {examples} examples of {count} steps, feedback {feedback:g}")
                if feedback and output.samples is None:
                    failed("DecoderOutput.samples is None with feedback 1; it holds what the model itself said")
                if output.predictions is None:
                    failed("DecoderOutput.predictions is None in evaluation mode; it holds the likeliest steps")


def _expect(output: DecoderOutput, batch: Batch, where: str) -> None:
    examples, steps, depth = batch.targets.shape
    is_finite(f"loss {where}", output.loss, (examples,))
    if output.outputs.dim() != 3 or output.outputs.shape[:2] != (examples, steps):
        failed(f"outputs {where} are {list(output.outputs.shape)}, not [{examples}, {steps}, …]")
    is_finite(f"outputs {where}", output.outputs, output.outputs.shape)
    for name in ("samples", "predictions", "heard"):
        value = getattr(output, name)
        if value is not None:
            is_finite(f"{name} {where}", value, (examples, steps, depth))
    sums, counts = output.sums, output.counts
    if sums.keys() != counts.keys():
        failed(f"sums name {sorted(sums)}, and counts {sorted(counts)}: each metric needs both")
    for name, total in sums.items():
        if total.shape[:1] != (examples,) or counts[name].shape != total.shape:
            failed(
                f"metric {name!r} {where}: sums {list(total.shape)}, counts {list(counts[name].shape)}; "
                f"both are [{examples}] or [{examples}, …]"
            )


@CHECKS.add(
    "torch.rand, torch.multinomial or nn.Dropout without the generator, or numpy's and Python's own random numbers",
    needs=["shapes"],
)
def determinism(subject: DecoderSubject) -> None:
    """The same generator gives the same; nothing else is drawn from."""
    decoder, batch = subject.component, subject.batch

    def forward(generator: torch.Generator) -> Tensor:
        output: DecoderOutput = decoder(
            batch.targets, batch.lengths, batch.z, batch.heard, feedback=0.5, generator=generator
        )
        return torch.cat([output.loss, output.outputs.flatten()])

    for how in modes(decoder):
        draws_only_from(forward, f"forward() in {how} mode")
    draws_only_from(
        lambda generator: decoder.sample(batch.z, subject.steps, controls=batch.heard, generator=generator), "sample()"
    )


@CHECKS.add(
    "dropout that doesn't ask self.training (gen.nn.dropout doesn't; whoever calls it has to)", needs=["shapes"]
)
def evaluation(subject: DecoderSubject) -> None:
    """In evaluation mode, hearing targets, nothing is drawn."""
    one, other = (subject.forward(subject.batch, seed=seed) for seed in (1, 2))
    if not torch.equal(one.outputs, other.outputs) or not torch.equal(one.loss, other.loss):
        failed("in evaluation mode and without feedback the outputs change with the generator: dropout is still on")


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


@CHECKS.add(
    "a mean over the batch axis, or batch normalisation in a class that doesn't say `whole_batch = True`",
    needs=["evaluation", "determinism"],
)
def batch_mates(subject: DecoderSubject) -> None:
    """An example's loss, outputs and metrics don't change with the other examples of its batch."""
    batch, decoder = subject.batch.whole(), subject.component
    for how in modes(decoder):
        if decoder.whole_batch and decoder.training:
            continue  # it says so, and evaluation must not
        one = subject.forward(batch)
        for row in (0, 2):  # the first, and the last, since all may have what belongs to the first
            other = subject.forward(_among_others(subject, row))
            for name in ("outputs", "loss"):
                if differs(getattr(one, name)[row], getattr(other, name)[row]).any():
                    failed(f"{name} of an example change with the other examples of its batch, in {how} mode")
            for name, total in one.sums.items():
                if differs(total[row], other.sums[name][row]).any():
                    failed(f"metric {name!r} of an example changes with the other examples of its batch, in {how} mode")


def _among_others(subject: DecoderSubject, row: int) -> Batch:
    """The batch with all rows but one changed."""
    batch = subject.batch.whole()
    stays = torch.arange(len(batch.z)) == row

    def mix(same: Tensor, other: Tensor) -> Tensor:
        return torch.where(stays.view(-1, *[1] * (same.dim() - 1)), same, other)

    return Batch(
        mix(batch.targets, subject.other_targets),
        mix(batch.lengths, batch.lengths // 2),
        mix(batch.z, batch.z.flip(0) + 1.0),
        mix(batch.controls, batch.controls.flip(0) + 0.5),
    )


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
    others = subject.forward(replace(batch, targets=subject.other_targets), feedback=1.0).loss
    if torch.equal(others, subject.forward(batch, feedback=1.0).loss):
        failed("with feedback 1 the loss is the same whatever the targets are: it is to be that of the targets")


_SHARE, _ROWS, _FEW = 0.3, 48, 5


@CHECKS.add(
    "a draw for the whole batch or the whole example, or `feedback` taken for the share that hears targets",
    needs=["feedback", "determinism"],
)
def feedback_share(subject: DecoderSubject) -> None:
    """With feedback 0.3 that share of steps hears the model itself: every step of every example by its own draw."""
    steps = min(subject.steps, _FEW)
    if steps < 3:
        skipped("two steps are too few to tell a draw a step from a draw an example")
    source = subject.noise(_ROWS, seed=4).first(steps)
    targets, other = (subject.sample(source, steps=steps, seed=seed) for seed in (4, 5))
    other = torch.where((other == targets).all(-1, keepdim=True), 1.0 - targets, other)

    @torch.no_grad()
    def outputs(heard: Tensor, feedback: float) -> Tensor:
        return subject.forward(replace(source, targets=heard), feedback=feedback, seed=6).outputs

    forced, mixed = outputs(targets, 0.0), outputs(targets, _SHARE)
    hears, own = [], []  # [B, T - 1, P]: whether a step hears the one before when it is forced to, and when it isn't
    for step in range(steps - 1):
        changed = targets.clone()
        changed[:, step] = other[:, step]
        hears.append(outputs(changed, 0.0)[:, step + 1] != forced[:, step + 1])
        own.append(outputs(changed, _SHARE)[:, step + 1] == mixed[:, step + 1])
    can = torch.stack(hears, 1)
    told = can.float().mean((0, 2)) > 0.5  # of many real decoders some outputs hear nothing
    if told.sum() < 2:
        skipped("it hears no targets, or starts anew too often to tell")
    itself = torch.stack(own, 1) & can
    shares = (itself.sum(-1) / can.sum(-1).clamp(min=1))[:, told]  # [B, T']
    share = shares.mean().item()
    if abs(share - _SHARE) > 5 * (_SHARE * (1 - _SHARE) / shares.numel()) ** 0.5:
        failed(f"with a feedback of {_SHARE} a share of {share:.2f} of the steps hears what the model said")
    if (shares.std(0) < 1e-6).any():
        failed("with feedback all examples hear the same at a step, their target or themselves: one draw for all")
    if (shares.std(1) < 1e-6).float().mean() > 0.8:
        failed("with feedback an example hears itself at every step or at none: one draw for all of its steps")
