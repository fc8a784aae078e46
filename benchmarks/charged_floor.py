"""A linear code of bars, charged by the prior that is learned: what that prior buys where nothing else is learned.

    python benchmarks/charged_floor.py melody_16bar_flat ../shared/data/melodies.zip --bits 245 340 --limit 300

The code is the one that the recipe's encoder begins with, at each of the numbers of bits, and is read by the linear map
that says most of it. Beside its price under the standard normal stands that under the recipe's own latent space, fitted
to that code and to nothing else, and the share of steps that are right, from the posterior's mean and from a draw, with
intervals of 95 % over pieces. A minute a number, of one core.
"""

from __future__ import annotations

import argparse

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

import gen
from gen.data.examples import Examples
from gen.evaluation.floors.reading import Reader
from gen.evaluation.intervals import resampled
from gen.model.latents import Posterior
from gen.model.vae import NATS_PER_BIT, VAE
from gen.training.beginning import begin_from

Array = npt.NDArray[np.float64]
FITTED_ON = 4_000  # training examples
READ_BY = 1_500  # of them, the linear map
RATE, CLIP = 3.0e-3, 100.0


def codes(model: VAE, examples: Examples) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation of every example's posterior, ``[B, Z]`` each."""
    lengths = torch.from_numpy(examples.lengths)
    with torch.no_grad():
        posteriors = [model.read(torch.from_numpy(part.inputs), lengths[: len(part)]) for part in examples.batches(256)]
    return torch.cat([each.mean for each in posteriors]), torch.cat([each.stddev for each in posteriors])


def charge(space: torch.nn.Module, known: tuple[Tensor, Tensor], asked: tuple[Tensor, Tensor], steps: int) -> float:
    """Fit the prior to posteriors, and say what others cost, in bits."""
    weights = [weight for name, weight in space.named_parameters() if not name.startswith(("mean.", "stddev."))]
    optimiser = torch.optim.Adam(weights, RATE)
    draws = torch.Generator().manual_seed(0)
    space.train()
    for step in range(steps):
        optimiser.param_groups[0]["lr"] = RATE * min(1.0, (step + 1) / 30) * max(0.03, 1.0 - step / steps)
        rows = torch.randint(len(known[0]), (32,), generator=draws)
        noise = torch.randn(1, 32, known[0].shape[1], generator=draws)
        optimiser.zero_grad()
        space.posterior(known[0][rows], known[1][rows], noise, generator=draws).kl().sum(-1).mean().backward()
        torch.nn.utils.clip_grad_norm_(weights, CLIP)
        optimiser.step()
    space.eval()
    with torch.no_grad():
        costs = [space.posterior(*part).kl().sum(-1) for part in zip(*(each.split(50) for each in asked), strict=True)]
    return float(torch.cat(costs).mean()) / NATS_PER_BIT


def shares_right(z: Tensor, examples: Examples, known: Tensor, some: Examples, segments: int) -> Array:
    """The share of each example's steps that the best linear map of its pieces says right, ``[B]``."""
    said, truth = some.outputs, examples.outputs
    pieces = (each.reshape(len(each) * segments, -1) for each in (known, z))
    heard, asked = (torch.cat([each, torch.ones(len(each), 1)], 1) for each in pieces)
    square = heard.T @ heard + 1e-3 * torch.eye(heard.shape[1])
    to_bar = torch.linalg.solve(square, heard.T @ torch.from_numpy(said.reshape(len(heard), -1)))
    estimates, answers = ((each @ to_bar).numpy().reshape(-1, *said.shape[1:]) for each in (heard, asked))
    read = Reader.of(some.layout.outputs, said, estimates).read(answers)
    right: Array = (read == truth).all(-1).mean(-1)
    return right


def told(values: Array, pieces: npt.NDArray[np.int64]) -> str:
    """A mean over examples with its interval over pieces."""
    weights = np.concatenate(list(resampled(pieces, 1000, np.random.default_rng(0))))
    low, high = np.percentile(weights @ values / weights.sum(1), [2.5, 97.5])
    return f"{values.mean():.3f} ({low:.3f} to {high:.3f})"


def row(recipe: str, bits: int, training: Examples, examples: Examples, steps: int) -> str:
    """What a code of that many bits costs, and says."""
    torch.manual_seed(0)
    model = gen.build_model(gen.load_recipe(recipe, [f"latent.free_bits={bits}"])).eval()
    begin_from(model, training)
    some = training.evenly(READ_BY)
    known, asked, shown = codes(model, training), codes(model, examples), codes(model, some)
    plain = float(Posterior(*asked).kl().sum(-1).mean()) / NATS_PER_BIT
    learned = charge(model.space, known, asked, steps)
    draws = torch.Generator().manual_seed(0)
    drawn, heard = (each[0] + each[1] * torch.randn(each[0].shape, generator=draws) for each in (asked, shown))
    segments = model.encoder.segments
    mean = shares_right(asked[0], examples, shown[0], some, segments)
    draw = shares_right(drawn, examples, heard, some, segments)
    ways = f"mean {told(mean, examples.source)} · draw {told(draw, examples.source)}"
    return f"{bits} bits: standard normal {plain:.1f} · learned {learned:.1f} · {ways}"


def main() -> None:
    """Print a row for every number of bits."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("recipe", help="whose encoder is of type pieces")
    parser.add_argument("data")
    parser.add_argument("--bits", type=int, nargs="+", required=True)
    parser.add_argument("--steps", type=int, default=500, help="of fitting the prior")
    parser.add_argument("--limit", type=int, default=300, help="the first test examples")
    arguments = parser.parse_args()
    prepared = gen.prepare(gen.load_recipe(arguments.recipe), path=arguments.data)
    training = prepared.require("train").evenly(FITTED_ON)
    examples = prepared.require("test").take(slice(0, arguments.limit))
    for bits in arguments.bits:
        print(row(arguments.recipe, bits, training, examples, arguments.steps), flush=True)


if __name__ == "__main__":
    main()
