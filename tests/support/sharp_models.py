"""Models that are sure of every step, so that draws at a low temperature leave nothing to chance."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from torch import Tensor

import gen
from gen.recipes import resolved_yaml
from gen.training.checkpoint import Checkpoint, save_checkpoint
from gen.training.run import Run
from gen_decoders.heads import CategoricalHead, GrooveHead, Head, MultiCategoricalHead
from gen_decoders.lstm import AutoregressiveLstm
from gen_decoders.nade import NadeHead

FACTOR = 2.0**16
"""Of every logit. A power of two rounds nothing, so the likeliest steps stay the same to the last bit."""


def sharp_run(run: Path, folder: Path) -> Path:
    """The same run with logits `FACTOR` times as far apart; loudness and timing of hits are left alone."""
    trained = gen.load_run(run, device="cpu")
    with torch.no_grad():
        for core in _cores(trained.model):
            rows = _logits(core)
            core.projection.weight[rows] *= FACTOR
            core.projection.bias[rows] *= FACTOR
            if isinstance(core.head, NadeHead):
                core.head.w_dec *= FACTOR
    made = Run(folder)
    made.checkpoints.mkdir(parents=True)
    save_checkpoint(made.checkpoints, Checkpoint(0, trained.model.state_dict(), {}, ""), keep=1)
    made.recipe_file.write_text(resolved_yaml(trained.recipe))
    return made.path


@contextmanager
def closest_choices(vae: gen.VAE) -> Iterator[list[float]]:
    """For each step that is said meanwhile, how far the logit of a choice is from that of the next best.

    NADE is left out: @magenta/music takes its likelier bits at any temperature, and gen's draws are of a known seed.
    """
    found: list[float] = []
    hooks = [
        core.projection.register_forward_hook(lambda _m, _x, raw, head=core.head: found.append(_closest(head, raw)))
        for core in _cores(vae)
        if not isinstance(core.head, NadeHead)
    ]
    try:
        yield found
    finally:
        for hook in hooks:
            hook.remove()


def _cores(vae: gen.VAE) -> list[AutoregressiveLstm]:
    cores = [module for module in vae.modules() if isinstance(module, AutoregressiveLstm)]
    assert cores
    return cores


def _logits(core: AutoregressiveLstm) -> slice:
    """Which of the projection's outputs are logits."""
    if isinstance(core.head, GrooveHead):
        return slice(core.output_depth // 3)
    return slice(core.head.hidden, None) if isinstance(core.head, NadeHead) else slice(None)


def _closest(head: Head, raw: Tensor) -> float:
    if isinstance(head, GrooveHead):
        return raw.chunk(3, dim=-1)[0].abs().min().item()
    assert isinstance(head, (CategoricalHead, MultiCategoricalHead))
    streams = torch.split(raw, head.depths, dim=-1) if isinstance(head, MultiCategoricalHead) else [raw]
    best = [stream.topk(2, dim=-1).values for stream in streams]
    return min((pair[..., 0] - pair[..., 1]).min().item() for pair in best)
