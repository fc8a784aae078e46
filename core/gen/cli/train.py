"""``gen train``: prepare, train, and leave something to hear."""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from gen.cli import say
from gen.cli.options import add_device, add_preparation, prepare_for, require_at_least, whole
from gen.errors import GenError, UsageError
from gen.system import regular

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gen.data.prepare import Prepared
    from gen.recipes.sections import Recipe
    from gen.training.load import Taken, Trained
    from gen.training.run import Run
    from gen.training.team import Team

_EPILOG = """\
exit codes: 0 done, or stopped by Ctrl-C and saved; 143 stopped by SIGTERM and saved; 1 failed; 2 misused

examples:
  gen train groovae_4bar_small
  gen train hierdec-trio_16bar --trial
  gen train groovae_4bar --dry-run
  gen train recipes/groovae_4bar.yaml training.batch_size=64 --data groove-v1.0.0-midionly.zip
  gen train groovae_4bar --init-from runs/imported "training.frozen=[encoder]"
  gen train --resume runs/groovae_4bar-20260101-120000
  gen train --resume runs/groovae_4bar-20260101-120000 training.steps=100000
"""
_SAMPLES = 8  # clips
_SHOWN = 20  # weights that weren't loaded


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``gen train``."""
    parser.description = "Train a model from a recipe. Ctrl-C saves; --resume goes on exactly where it stopped."
    parser.epilog = _EPILOG
    parser.add_argument("recipe", nargs="?", help="path or name of a recipe (gen recipes ls)")
    parser.add_argument("overrides", nargs="*", metavar="key.path=value", help="change a value of the recipe")
    parser.add_argument("--out", metavar="DIR", help="run directory (default runs/NAME-DATE)")
    parser.add_argument("--resume", metavar="RUN", help="go on with a run")
    parser.add_argument(
        "--init-from", metavar="RUN", help="begin with the weights of a run, or of one of its checkpoints, that fit"
    )
    parser.add_argument(
        "--trial", action="store_true", help="see whether it works: two steps of the same model with 8 units a layer"
    )
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="see whether it learns, and what time, memory and disk the whole would take; leaves nothing",
    )
    add_device(parser)
    add_preparation(parser)
    parser.add_argument("--tensorboard", action="store_true", help="write TensorBoard files into the run as well")
    parser.add_argument(
        "--samples", type=whole, metavar="N", help="clips to write at the end (default 8, or what the run began with)"
    )


def run(args: argparse.Namespace) -> int:
    """Train; the exit codes are in the epilog."""
    if "TORCHELASTIC_RUN_ID" in os.environ:
        # before torch is imported: DDP would tell every process that a flag costs time (see gen.training.team)
        os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "ERROR")
    from gen.system.machine import BYTES_OF_A_CLIP, require_memory
    from gen.training.memory import keep_freed_memory
    from gen.training.team import assembled

    keep_freed_memory()
    require_at_least(args, samples=0)
    require_memory((args.samples or 0) * BYTES_OF_A_CLIP, f"{args.samples} clips", "ask for fewer with --samples")
    with assembled() as team, team.watch():
        return _train(args, team)


def _train(args: argparse.Namespace, team: Team) -> int:
    from gen.cli.progress import TrainingDisplay
    from gen.cli.training_request import requested
    from gen.model.build import build_model
    from gen.recipes import resolved_yaml
    from gen.system.files import write_atomically
    from gen.training.batch import pick_device
    from gen.training.interrupt import EXIT_CODES
    from gen.training.load import Trained, freeze, lay_down, take_weights
    from gen.training.run import Run
    from gen.training.team import may_restart, own_device, restarts
    from gen.training.trainer import train
    from gen.training.watching import TensorBoard

    if may_restart() and not (args.out or args.resume):
        raise UsageError("torchrun may restart this training: give --out, so that it finds its run again")
    request = team.decide(lambda: requested(args, processes=team.size, restarted=restarts() > 0))
    recipe, run = request.recipe, Run(request.path)
    device = pick_device(own_device(args.device))
    if args.dry_run:
        if team.size > 1:
            raise UsageError("--dry-run is for one process: run it without torchrun")
        from gen.cli.dry_run import dry_run

        return dry_run(args, request, device)
    if request.resume:
        args.data = args.data or run.data_path()
    prepared = prepare_for(args, recipe, path=args.data, quiet=not team.leads)
    if team.leads:
        _say_data(recipe, prepared)
    prepared.require("train")
    model = build_model(recipe)
    taken = take_weights(model, args.init_from) if team.leads and args.init_from and not request.resume else None
    frozen = freeze(model, recipe.training.frozen)
    model.to(device)
    if not team.leads:
        outcome = train(model, recipe, prepared, run, resume=request.resume, team=team)
        return EXIT_CODES.get(outcome.stopped_by, 0)

    with run.being_trained():
        if not request.resume:
            begin = None if taken is None else partial(lay_down, run, taken, model, prepared.fingerprint)
            run.create(resolved_yaml(recipe), prepared.report, data=args.data, samples=args.samples, begin=begin)
        elif args.resume and args.overrides:
            write_atomically(run.recipe_file, resolved_yaml(recipe))
        if taken is not None:
            _say_taken(taken)
        done = run.steps_done()
        say(
            f"{recipe.name}: {model.parameter_count():,} parameters{f' and {frozen:,} frozen' if frozen else ''} on "
            f"{device}{f', {team.size} processes' if team.size > 1 else ''}, into {run.path}"
            f"{f', from step {done}' if done else ''}"
        )
        watching = [TensorBoard()] if args.tensorboard else []
        with TrainingDisplay(recipe, done=done) as display:
            outcome = train(
                model, recipe, prepared, run, resume=request.resume, observer=display, observers=watching, team=team
            )
        if outcome.stopped_by:
            say(
                f"stopped by {outcome.stopped_by} after step {outcome.step} and saved; go on with\n"
                f"  gen train --resume {run.path}"
            )
        else:
            _finish(args, run, Trained(model.eval(), recipe, outcome.step), prepared)
    return EXIT_CODES.get(outcome.stopped_by, 0)


def _finish(args: argparse.Namespace, run: Run, trained: Trained, prepared: Prepared) -> None:
    from gen.cli.floor_line import floor_line
    from gen.training.checkpoint import best_checkpoint

    asked = run.samples() if args.samples is None else args.samples
    if count := _SAMPLES if asked is None else asked:
        say(_leave_music(run, trained, prepared, count, args.words))
        if line := floor_line(trained, prepared):
            say(line)
    best = best_checkpoint(run.checkpoints)
    if best is not None and best != run.latest():
        step = best.name.removeprefix("step-")
        say(f"least validation loss at step {step}, not at the last one  (gen sample {run.path} --step {step})")
    _say_notice(prepared)  # once more: the figures have scrolled the first one away
    measured = next(name for name in ("test", "validation", "train") if name in prepared.splits)
    split = "" if measured == "test" else f" --split {measured}"
    say(f"done: {run.path}  (gen eval {run.path}{split}, gen sample {run.path} -n 8 -o out/)")


def _leave_music(run: Run, trained: Trained, prepared: Prepared, count: int, words: Sequence[str]) -> str:
    """Clips from the prior, and one held-out clip with its reconstruction, as MIDI and as a picture: where they are."""
    from gen.midi.writing import midi_bytes
    from gen.music.plots import piano_roll
    from gen.music.provenance import origin_of, signed
    from gen.music.sampling import name_of_draw, sample_clips, sample_latents
    from gen.music.transforming import kept_words, reconstruct_examples
    from gen.system.files import write_atomically

    folder = run.path / "samples"
    held_out = (prepared.splits.get("validation") or prepared.require("train")).take(slice(0, 1))
    controls = None if held_out.controls is None else held_out.controls[0]
    seed = trained.recipe.training.seed
    steps = int(held_out.lengths.sum()) if trained.model.steps is None else None  # of whole tracks, as long as this one
    clips = sample_clips(trained, count, seed=seed, temperature=1.0, controls=controls, steps=steps)
    names = [f"sample-{index}" for index in range(count)]
    pairs = reconstruct_examples(trained, held_out)
    for original, decoded in pairs:
        clips += [original, decoded]
        names += ["original", "reconstruction"]
    regular.inner_folder(folder)
    trained_by = origin_of(trained, seed=seed, command=words)
    origins = [trained_by.of(f"{name}.mid") for name in names]
    if controls is None and steps is None:  # as gen sample draws them, which gen replay does again
        again = ("sample", str(run.path), "--seed", str(seed), "--temperature", "1", "--step", str(trained.step))
        z = sample_latents(trained, count, seed=seed).cpu().numpy()
        drawn_by = replace(trained_by, command=again)
        origins[:count] = [drawn_by.of_draw(i, name_of_draw(trained, seed, i), z) for i in range(count)]
    for clip, name, origin in zip(clips, names, origins, strict=True):
        write_atomically(folder / f"{name}.mid", signed(midi_bytes(clip), origin))
    try:
        shown = [names.index("original"), names.index("reconstruction"), *range(min(2, count))]
        piano_roll([clips[i] for i in shown], run.path / "piano_roll.png", titles=[names[i] for i in shown])
        picture = f" and {run.path / 'piano_roll.png'}"
    except GenError as error:
        picture = f"; no picture: {error}"
    kept = f"; {kept_words(*pairs[0])} in the reconstruction" if pairs else ""
    return f"to hear: {len(clips)} MIDI files in {folder}{kept}{picture}"


def _say_taken(taken: Taken) -> None:
    """The explicit list of what was not loaded; what was is in the run's init.json."""
    say(
        f"initial weights from {taken.source} (step {taken.step}): {len(taken.loaded)} tensors, "
        f"{taken.numbers:,} of {taken.total:,} numbers"
    )
    lines = [f"  not loaded: {name}: {why}" for name, why in {**taken.not_loaded, **taken.left_over}.items()]
    for line in lines[:_SHOWN]:
        say(line)
    if len(lines) > _SHOWN:
        say(f"  and {len(lines) - _SHOWN} more  (init.json in the run lists them)")


def _say_data(recipe: Recipe, prepared: Prepared) -> None:
    from gen.data.labels import account

    report = prepared.report
    say(f"{report.title}; {report.licence}")
    counts = ", ".join(
        f"{split} {totals['examples']:,} from {totals['used']} of {totals['files']} files"
        for split, totals in report.by_split().items()
    )
    say(f"examples: {counts}")
    for line in account(recipe, report):
        say(line)
    rejected = report.rejections()
    if rejected:
        reasons = ", ".join(f"{count} {code}" for code, count in rejected.most_common())
        say(f"files without an example: {reasons}  (data.json in the run lists them)")


def _say_notice(prepared: Prepared) -> None:
    if prepared.report.notice:
        say(f"NOTICE: {prepared.report.notice}")
