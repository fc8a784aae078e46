"""The checks of encoders, in the order in which they run."""

from __future__ import annotations

from gen.testing.checks import Check
from gen.testing.encoders import basics, reading, training
from gen.testing.encoders.subject import EncoderSubject as EncoderSubject

CHECKS: tuple[Check[EncoderSubject], ...] = (
    Check("constructs", basics.constructs, "options that don't go together, or sizes that this encoder can't have"),
    Check(
        "shapes",
        basics.shapes,
        "an output_size that isn't the width of the last layer, or a mean over no steps at all (length 0)",
        needs=("constructs",),
    ),
    Check(
        "determinism",
        training.determinism,
        "torch.rand or torch.nn.Dropout, which draw from the global random state: use the generator (gen.nn.dropout)",
        needs=("shapes",),
    ),
    Check(
        "padding",
        reading.padding,
        "the last step of the padded batch taken in place of outputs[length - 1], or a mean over all T steps",
        needs=("shapes",),
    ),
    Check(
        "batch-mates",
        reading.batch_mates,
        "batch normalisation, or statistics over the batch axis",
        needs=("determinism",),
    ),
    Check(
        "reads-everything",
        reading.reads_everything,
        "a state that is thrown away, or a slice that leaves out the first or the last step",
        needs=("padding",),
    ),
    Check(
        "gradients",
        training.gradients,
        "a layer that is made and never called, .detach(), or a torch.no_grad() block",
        needs=("shapes",),
    ),
    Check(
        "save-load",
        training.save_load,
        "weights in plain attributes or lists: use nn.Parameter, register_buffer, nn.ModuleList",
        needs=("shapes",),
    ),
    Check(
        "bfloat16",
        training.bfloat16,
        "tensors made as torch.float32 and mixed with those of autocast; make them like another (torch.zeros_like)",
        needs=("shapes",),
    ),
    Check(
        "device",
        training.device,
        "tensors made on the CPU inside forward: give them device=inputs.device",
        needs=("shapes", "save-load"),
    ),
    Check(
        "cuda",
        training.cuda,
        "numbers that depend on the device: kernels of one's own, or draws from another generator than the one given",
        needs=("device",),
    ),
)
