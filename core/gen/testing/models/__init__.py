"""The checks of whole models, in the order in which they run."""

from __future__ import annotations

from gen.testing.checks import Check
from gen.testing.models import latent, training
from gen.testing.models.subject import ModelBatch as ModelBatch
from gen.testing.models.subject import ModelSubject as ModelSubject
from gen.testing.models.subject import Slerp as Slerp

CHECKS: tuple[Check[ModelSubject], ...] = (
    Check(
        "determinism",
        training.determinism,
        "torch.randn_like, or any other draw without the generator",
    ),
    Check(
        "batch-mates",
        training.batch_mates,
        "batch normalisation, or a mean over the batch axis",
    ),
    Check(
        "noise",
        latent.noise,
        "torch.rand for torch.randn (uniform noise), or noise of shape [Z] for a whole batch",
        needs=("determinism",),
    ),
    Check(
        "kl",
        latent.kl,
        "a standard deviation taken for a variance or its logarithm, in the KL or in the draw",
        needs=("noise",),
    ),
    Check(
        "sigma-range",
        latent.sigma_range,
        "a softplus on what is then taken for a logarithm of the variance: it can't be negative",
    ),
    Check(
        "loss",
        training.loss,
        "a KL with the wrong sign, or beta forgotten",
        needs=("kl",),
    ),
    Check("prior", latent.prior, "torch.rand for torch.randn", needs=("determinism",)),
    Check(
        "slerp",
        latent.slerp,
        "a spherical path that is computed and a straight one returned, or a division by the sine of no angle",
    ),
    Check(
        "gradients",
        training.gradients,
        "a layer that is made and never called, .detach(), or a draw that isn't reparametrised",
        needs=("determinism",),
    ),
    Check(
        "save-load",
        training.save_load,
        "weights in plain attributes or lists: use nn.Parameter, register_buffer, nn.ModuleList",
        needs=("determinism",),
    ),
)
