"""What a step hears: the steps before it, and never itself or a later one."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from gen.interfaces.decoder import Decoder
from gen.interfaces.stepping import Segmented
from gen.testing.checks import failed, skipped
from gen.testing.decoders.subject import DecoderSubject
from gen.testing.weights import differs


def target_leak(subject: DecoderSubject) -> None:
    """Outputs of step t don't change with the targets from step t on: by their gradient, and by other targets."""
    batch, other = subject.batch.whole(), subject.other_targets
    leaf = batch.targets.clone().requires_grad_()
    outputs = subject.forward(subject.decoder, replace(batch, targets=leaf)).outputs
    weights = torch.randn(outputs.shape[-1], generator=torch.Generator().manual_seed(0))
    for step in subject.probes():
        if outputs.requires_grad:
            said = (outputs[:, step] * weights).sum()
            (gradient,) = torch.autograd.grad(said, leaf, retain_graph=True, allow_unused=True)
            if gradient is not None:
                _blame(gradient[:, step:].abs().amax((0, 2)) > 0, step, "by its gradient")
        changed = torch.cat([batch.targets[:, :step], other[:, step:]], dim=1)
        again = subject.forward(subject.decoder, replace(batch, targets=changed)).outputs
        seen = differs(again[:, : step + 1], outputs[:, : step + 1], tolerance=1e-5).any()
        if seen:
            failed(
                f"the outputs up to step {step} change when the targets from step {step} on are others: "
                "a step sees its own target, or later ones"
            )


def _blame(seen: Tensor, step: int, how: str) -> None:
    if seen.any():
        later = step + int(seen.nonzero()[0])
        whose = "its own target" if later == step else f"the target of step {later}"
        failed(f"the outputs of step {step} depend on {whose} ({how}): in sampling nobody knows that yet")


def feedback(subject: DecoderSubject) -> None:
    """With feedback 1 targets aren't heard; with next to none it is as with none."""
    batch = subject.batch.whole()
    runs = [
        subject.forward(subject.decoder, replace(batch, targets=targets), feedback=1.0)
        for targets in (batch.targets, subject.other_targets)
    ]
    if differs(runs[0].outputs, runs[1].outputs).any():
        step = int(differs(runs[0].outputs, runs[1].outputs).any(-1).any(0).nonzero()[0])
        failed(f"with feedback 1 the outputs of step {step} still change with the targets")
    forced, barely = (subject.forward(subject.decoder, batch, feedback=rate) for rate in (0.0, 1e-12))
    if differs(forced.outputs, barely.outputs).any() or differs(forced.loss, barely.loss).any():
        worst = (forced.outputs - barely.outputs).abs().max().item()
        failed(
            "with a feedback of 1e-12, where every step hears its target, outputs or loss are not those of teacher "
            f"forcing: off by {worst:.3g}"
        )


def state_flow(subject: DecoderSubject) -> None:
    """The first target still matters two steps later and after."""
    if subject.steps < 3:
        skipped("two steps are too few: the second hears the first in any case")
    batch = subject.batch.whole()
    changed = torch.cat([subject.other_targets[:, :1], batch.targets[:, 1:]], dim=1)
    before, after = (
        subject.forward(subject.decoder, replace(batch, targets=targets)).outputs
        for targets in (batch.targets, changed)
    )
    reached = (before != after).any(-1).any(0)  # [T]
    if not reached.any():
        skipped("it hears no targets: the outputs are the same whatever the first target is")
    if not reached[2:].any():
        memory = _memory(subject.decoder, subject.steps)
        if memory < 3:
            skipped(f"it starts anew every {memory} steps by design (Segmented), so there is no state to flow")
        failed("the target of step 0 reaches the outputs of step 1 and none after: there is no state from step to step")


def _memory(decoder: Decoder, steps: int) -> int:
    """Steps after which a decoder starts anew by design."""
    if not isinstance(decoder, Segmented):
        core = getattr(decoder, "core", None)
        return _memory(core, steps) if isinstance(core, Decoder) else steps
    return min(decoder.segment_steps, _memory(decoder.core, steps))
