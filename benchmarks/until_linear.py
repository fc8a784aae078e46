"""How long a recipe trains until it says more right than the linear code of as many bits, from the mean and a draw.

    python benchmarks/until_linear.py drums_4bar --data groove-v1.0.0-midionly.zip training.precision=bf16

Trains by the recipe as it stands, pauses every so many steps, and judges on the test split: greedy beside the linear
code, and greedy from a draw of z beside the drawn one, with the interval of the difference over pieces of music. It
ends when both are passed by intervals that leave out 0. The clock runs while it trains, from before the model is made,
and stands while it is judged.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from common import processor

import gen
from gen.evaluation.figures import RIGHT
from gen.evaluation.floors.fit import LINEAR, LINEAR_DRAW
from gen.evaluation.intervals import percentiles, resampled_figures
from gen.evaluation.measure import baseline_regimes, bits_of, measure
from gen.evaluation.regimes import BASELINE, GREEDY
from gen.recipes import resolved_yaml
from gen.training.run import Run
from gen.training.trainer import train

RESULTS = Path(__file__).parent / "results" / "until_linear-cpu.md"
PAIRS = {GREEDY: LINEAR, "greedy_draw": LINEAR_DRAW}
HEAD = """\
| steps | seconds | of processor | bits | from mean | linear code | difference | from draw | linear code | difference |
|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|"""


def main() -> None:
    """Print a line for every pause, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipe")
    parser.add_argument("overrides", nargs="*", metavar="key.path=value")
    parser.add_argument("--data", required=True)
    parser.add_argument("--every", type=int, default=50, metavar="STEPS")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_intermixed_args()
    torch.set_num_threads(args.threads)
    recipe = gen.load_recipe(args.recipe, [*args.overrides, "data.fallback=null"])
    prepared = gen.prepare(recipe, path=args.data)
    examples, converter = prepared.require("test"), gen.build_converter(recipe, mode="eval")
    lines, wall, processor_time = [], 0.0, 0.0
    with TemporaryDirectory() as folder:
        run = Run(Path(folder) / "run")
        run.create(resolved_yaml(recipe), prepared.report)
        began, worked = time.monotonic(), time.process_time()
        model = gen.build_model(recipe)
        for end in range(args.every, recipe.training.steps + 1, args.every):
            outcome = train(model, recipe, prepared, run, resume=end > args.every, pause=lambda step: step >= end)  # noqa: B023
            wall, processor_time = wall + time.monotonic() - began, processor_time + time.process_time() - worked
            found = measure(model.eval(), converter, examples, step=outcome.step, batch_size=128, regimes=[*PAIRS])
            bits = bits_of([found])
            training = prepared.require("train")
            floors = baseline_regimes(converter, training, examples, bits=[bits], store=prepared.store)
            measured = replace(found, regimes={**found.regimes, **floors})
            drawn = resampled_figures(measured, converter)
            name = next(name for name in drawn if name.startswith(f"{GREEDY}/") and name.endswith(("hit_f1", *RIGHT)))
            name = name.partition("/")[2]
            cells, passed = [], True
            for regime, code in PAIRS.items():
                own, theirs = drawn[f"{regime}/{name}"], drawn[f"{BASELINE}{code.format(bits)}/{name}"]
                low, high = percentiles(own - theirs)
                cells += [f"{own.mean():.3f}", f"{theirs.mean():.3f}", f"{low:+.3f} to {high:+.3f}"]
                passed &= low > 0
            lines.append(f"| {outcome.step} | {wall:.0f} | {processor_time:.0f} | {bits} | {' | '.join(cells)} |")
            print(lines[-1], flush=True)
            if passed:
                break
            began, worked = time.monotonic(), time.process_time()
    words = ["python benchmarks/until_linear.py", args.recipe, *args.overrides, "--data", Path(args.data).name]
    what, steps = name.replace("_", " ").replace("f1", "F1"), recipe.training.steps
    load = Path("/proc/loadavg").read_text(encoding="ascii").split()[0]
    text = f"""\
# Until the linear code is passed

`{args.recipe}` on the test split, {what}; means and 95 % intervals of the difference over resampled pieces.
{processor()}, {args.threads} threads, load average {load}. The schedule is that of the recipe's {steps:,} steps.

    {" ".join(words)}

"""
    RESULTS.write_text("\n".join([text + HEAD, *lines]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
