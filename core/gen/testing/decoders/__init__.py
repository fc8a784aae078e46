"""The checks of decoders, in the order in which they run."""

from __future__ import annotations

from gen.testing.checks import Check
from gen.testing.decoders import basics, causality, influence, loss, protocols, sampling, training
from gen.testing.decoders.subject import DecoderSubject as DecoderSubject

CHECKS: tuple[Check[DecoderSubject], ...] = (
    Check("constructs", basics.constructs, "options that don't go together, or sizes that this decoder can't have"),
    Check(
        "shapes",
        basics.shapes,
        "a layout of [T, B, D], a sum over the wrong axis, or a division by a length of 0",
        needs=("constructs",),
    ),
    Check(
        "determinism",
        training.determinism,
        "torch.rand, torch.multinomial or nn.Dropout without the generator, or numpy's and Python's own random numbers",
        needs=("shapes",),
    ),
    Check(
        "evaluation",
        training.evaluation,
        "dropout that doesn't ask self.training (gen.nn.dropout doesn't; whoever calls it has to)",
        needs=("shapes",),
    ),
    Check(
        "target-leak",
        causality.target_leak,
        "targets that were not shifted by one step, or attention without a causal mask",
        needs=("evaluation",),
    ),
    Check(
        "batch-mates",
        loss.batch_mates,
        "batch normalisation, or a mean over the batch axis",
        needs=("evaluation", "determinism"),
    ),
    Check(
        "padding",
        loss.padding,
        "a loss or a metric summed over all T steps in place of the first `length` (gen.nn.valid_steps)",
        needs=("evaluation", "target-leak"),
    ),
    Check(
        "state-flow",
        causality.state_flow,
        "a state that is made anew in every step, or detached in such a way that it is lost",
        needs=("target-leak",),
    ),
    Check(
        "uses-z",
        influence.uses_z,
        "z that is computed with and then dropped, or multiplied by a zero",
        needs=("evaluation",),
    ),
    Check(
        "uses-controls",
        influence.uses_controls,
        "controls that are taken and never read, or those of another step",
        needs=("evaluation",),
    ),
    Check(
        "feedback",
        causality.feedback,
        "a first step, or a segment, that hears the target even when the model runs free",
        needs=("target-leak",),
    ),
    Check(
        "temperature",
        sampling.temperature,
        "a temperature that isn't passed on, or logits multiplied by it; 0 needs a branch of its own",
        needs=("evaluation", "determinism"),
    ),
    Check(
        "agreement",
        sampling.agreement,
        "a sample off by one step, another control or start in sampling, or a state that only one of the two keeps",
        needs=("target-leak", "temperature", "determinism", "feedback"),
    ),
    Check(
        "channel-order",
        sampling.channel_order,
        "groups of columns in another order in the loss than in the sample: velocities and offsets, say",
        needs=("agreement",),
    ),
    Check(
        "loss-in-nats",
        loss.in_nats,
        "a mean over columns, bits for nats, a weight on a part of the loss, or another distribution in the sample",
        needs=("channel-order",),
    ),
    Check(
        "loss-summed",
        loss.summed,
        "a mean over steps, or a division by the length: long examples would weigh as much as short ones",
        needs=("loss-in-nats", "padding"),
    ),
    Check(
        "gradients",
        training.gradients,
        "a layer that is made and never called, .detach(), or a torch.no_grad() block",
        needs=("uses-z", "uses-controls"),
    ),
    Check(
        "learns",
        training.learns,
        "a gradient with the wrong sign or cut off half way, or a loss of something other than the outputs",
        needs=("gradients", "loss-summed"),
    ),
    Check(
        "save-load",
        training.save_load,
        "weights in plain attributes or lists: use nn.Parameter, register_buffer, nn.ModuleList",
        needs=("determinism",),
    ),
    Check(
        "stepwise",
        protocols.stepwise,
        "states in another order than state_sizes says, or a step that doesn't hear z or its control",
        needs=("target-leak",),
    ),
    Check(
        "segments",
        protocols.segments,
        "start that is ignored in sampling, or the state after the last step of the batch in place of each example's",
        needs=("agreement",),
    ),
    Check(
        "bfloat16",
        training.bfloat16,
        "tensors made as torch.float32 and mixed with those of autocast; make them like another (torch.zeros_like)",
        needs=("evaluation", "determinism"),
    ),
    Check(
        "device",
        training.device,
        "tensors made on the CPU inside forward or sample: give them device=z.device",
        needs=("evaluation", "determinism", "save-load"),
    ),
    Check(
        "cuda",
        training.cuda,
        "numbers that depend on the device: kernels of one's own, or draws from another generator than the one given",
        needs=("device",),
    ),
)
