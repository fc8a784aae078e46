"""``gen train``: prepare, train, and leave something to hear."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from gen.cli.options import add_device, add_preparation
from gen.errors import GenError, UsageError

if TYPE_CHECKING:
    from gen.data.prepare import Prepared
    from gen.load import Trained
    from gen.recipes.sections import Recipe
    from gen.training.run import Run

_EPILOG = """\
examples:
  gen train groovae_4bar_small
  gen train hierdec-trio_16bar --trial
  gen train recipes/groovae_4bar.yaml training.batch_size=64 --data groove-v1.0.0-midionly.zip
  gen train --resume runs/groovae_4bar-20260101-120000
  gen train --resume runs/groovae_4bar-20260101-120000 training.steps=100000
"""

_MAY_CHANGE = ("steps", "log_every", "eval_every", "eval_batches", "checkpoint_every", "keep_checkpoints")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``gen train``."""
    parser.description = "Train a model from a recipe. Ctrl-C saves; --resume goes on exactly where it stopped."
    parser.epilog = _EPILOG
    parser.add_argument("recipe", nargs="?", help="path or name of a recipe (gen recipes ls)")
    parser.add_argument("overrides", nargs="*", metavar="key.path=value", help="change a value of the recipe")
    parser.add_argument("--out", metavar="DIR", help="run directory (default runs/NAME-DATE)")
    parser.add_argument("--resume", metavar="RUN", help="go on with a run")
    parser.add_argument(
        "--trial", action="store_true", help="see whether it works: two steps of the same model with 8 units a layer"
    )
    add_device(parser)
    add_preparation(parser)
    parser.add_argument("--tensorboard", action="store_true", help="write TensorBoard files into the run as well")
    parser.add_argument("--samples", type=int, default=8, metavar="N", help="clips to write at the end (default 8)")


def run(args: argparse.Namespace) -> int:
    """Train; 0 also when stopped by Ctrl-C after saving."""
    from gen.build import build_model
    from gen.cli.preparing import prepare_for
    from gen.cli.progress import TrainingDisplay
    from gen.files import write_atomically
    from gen.lock import locked
    from gen.recipes import resolved_yaml
    from gen.training.batch import pick_device
    from gen.training.memory import keep_freed_memory
    from gen.training.run import Run
    from gen.training.trainer import train

    keep_freed_memory()
    if args.samples < 0:
        raise UsageError(f"--samples must be 0 or more, not {args.samples}")
    recipe, directory = _what_to_train(args)
    run = Run(directory)
    device = pick_device(args.device)
    if args.resume:
        args.data = args.data or run.data_path()
    else:
        run.require_new()
    prepared = prepare_for(args, recipe, path=args.data)
    _say_data(recipe, prepared)
    prepared.require("train")
    if not args.resume:
        run.create(resolved_yaml(recipe), prepared.report, data=args.data)
    model = build_model(recipe).to(device)
    done = _steps_done(run) if args.resume else 0
    onwards = f", from step {done}" if done else ""
    _say(f"{recipe.name}: {model.parameter_count():,} parameters on {device}, into {run.path}{onwards}")

    board = str(run.path / "tensorboard") if args.tensorboard else None
    with locked(run.path, doing="being trained"), TrainingDisplay(recipe, done=done, tensorboard=board) as display:
        if args.resume and args.overrides:
            write_atomically(run.recipe_file, resolved_yaml(recipe))
        outcome = train(model, recipe, prepared, run, resume=bool(args.resume), observer=display)
    if outcome.stopped_by:
        _say(
            f"stopped by {outcome.stopped_by} after step {outcome.step} and saved; go on with\n"
            f"  gen train --resume {run.path}"
        )
        return 0
    if args.samples:
        from gen.load import Trained

        _leave_music(run, Trained(model.eval(), recipe, outcome.step), prepared, args.samples)
    _say_notice(prepared)  # once more: the figures have scrolled the first one away
    _say(f"done: {run.path}  (gen eval {run.path}, gen sample {run.path} -n 8 -o out/)")
    return 0


def _what_to_train(args: argparse.Namespace) -> tuple[Recipe, Path]:
    from gen.recipes import load_recipe
    from gen.training.run import Run

    if args.resume is None:
        if args.recipe is None:
            raise UsageError("which recipe? gen recipes ls lists them; or --resume RUN")
        recipe = load_recipe(args.recipe, args.overrides)
        if args.trial:
            from gen.recipes.trial import SETS, trial

            for override in args.overrides:
                if override.partition("=")[0] in SETS:
                    raise UsageError(f"{override}: --trial sets that itself; drop the one or the other")
            recipe = trial(recipe)
        return recipe, Path(args.out or Path("runs") / f"{recipe.name}-{datetime.now():%Y%m%d-%H%M%S}")
    if args.out is not None:
        raise UsageError("--out and --resume exclude each other: a run goes on in its own directory")
    if args.trial:
        raise UsageError("--trial and --resume exclude each other: a run keeps its model")
    if args.recipe is not None:
        args.overrides.insert(0, args.recipe)
    for override in args.overrides:
        key = override.partition("=")[0]
        if key not in {f"training.{name}" for name in _MAY_CHANGE}:
            raise UsageError(
                f"{override}: a resumed run keeps its recipe, but for training.{{{', '.join(_MAY_CHANGE)}}}; "
                "for anything else start a new run"
            )
    run = Run(args.resume)
    run.recipe()  # says what is wrong with the directory, before the overrides are looked at
    run.require_resumable()
    recipe = load_recipe(str(run.recipe_file), args.overrides)
    done = _steps_done(run)
    if recipe.training.steps < done:
        raise UsageError(
            f"{run.path} is at step {done} already: give training.steps a larger number, not {recipe.training.steps}"
        )
    return recipe, run.path


def _steps_done(run: Run) -> int:
    return int(run.latest().name.removeprefix("step-"))


def _say_data(recipe: Recipe, prepared: Prepared) -> None:
    report = prepared.report
    _say_notice(prepared)
    _say(f"{report.title}; {report.licence}")
    counts = ", ".join(
        f"{split} {totals['examples']:,} from {totals['used']} of {totals['files']} files"
        for split, totals in report.by_split().items()
    )
    _say(f"examples: {counts}")
    rejected = report.rejections()
    if rejected:
        reasons = ", ".join(f"{count} {code}" for code, count in rejected.most_common())
        _say(f"files without an example: {reasons}  (data.json in the run lists them)")


def _say_notice(prepared: Prepared) -> None:
    if prepared.report.notice:
        _say(f"NOTICE: {prepared.report.notice}")


def _leave_music(run: Run, trained: Trained, prepared: Prepared, count: int) -> None:
    """Clips from the prior, and one held-out clip with its reconstruction, as MIDI and as a picture."""
    from gen.midi.writing import write_midi
    from gen.music import reconstruct_examples, sample_clips
    from gen.plots import piano_roll

    folder = run.path / "samples"
    held_out = (prepared.splits.get("validation") or prepared.require("train")).take(slice(0, 1))
    controls = None if held_out.controls is None else held_out.controls[0]
    seed = trained.recipe.training.seed
    clips = sample_clips(trained, count, seed=seed, temperature=1.0, controls=controls)
    names = [f"sample-{index}" for index in range(count)]
    pairs = reconstruct_examples(trained, held_out)
    for original, decoded in pairs:
        clips += [original, decoded]
        names += ["original", "reconstruction"]
    folder.mkdir(exist_ok=True)
    for clip, name in zip(clips, names, strict=True):
        write_midi(clip, folder / f"{name}.mid")
    try:
        shown = [names.index("original"), names.index("reconstruction"), *range(min(2, count))]
        piano_roll([clips[i] for i in shown], run.path / "piano_roll.png", titles=[names[i] for i in shown])
        picture = f" and {run.path / 'piano_roll.png'}"
    except GenError as error:
        picture = f"; no picture: {error}"
    _say(f"to hear: {len(clips)} MIDI files in {folder}{picture}")


def _say(text: str) -> None:
    print(text, file=sys.stderr)
