"""``gen sample``: new MIDI from a trained model."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING

from gen.cli.options import (
    add_drawing,
    add_hearing,
    add_labels,
    add_run,
    add_writing,
    labels_asked,
    require_at_least,
    tempo,
    whole,
)
from gen.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gen.cli.chosen_windows import Clip
    from gen.interfaces.rows import FloatArray
    from gen.training.load import Trained

_EPILOG = """\
examples:
  gen sample runs/groovae_4bar-20260101-120000 -n 8 --seed 1 -o out/
  gen sample runs/groovae_4bar-20260101-120000 -n 4 --temperature 1.0 --qpm 95 -o out/
  gen sample runs/groovae_2bar_hits_control-20260101-120000 --like beat.mid -o out/
  gen sample runs/cat-mel_2bar_med_chords-20260101-120000 --chords "C Am F G" --same-z -o out/
  gen sample runs/drums_4bar_styles-20260101-120000 --style latin -o out/
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``gen sample``."""
    parser.description = "Draw clips from the prior of a trained model and write them as MIDI files."
    parser.epilog = _EPILOG
    add_run(parser, default_for="sample")
    parser.add_argument("-n", "--count", type=whole, default=8, help="how many clips (default 8)")
    parser.add_argument("--bars", type=whole, metavar="N", help="length of a clip (default: as the model was trained)")
    parser.add_argument("--same-z", action="store_true", help="one z for all clips: they differ by chance alone")
    parser.add_argument("--qpm", type=tempo, default=120.0, help="tempo in quarter notes a minute (default 120)")
    add_writing(parser)
    add_drawing(parser, temperature=0.5)
    controls = parser.add_argument_group("models that play to controls")
    controls.add_argument("--like", metavar="CLIP", help="MIDI file to take controls from: its first window")
    controls.add_argument("--window", type=whole, metavar="N", help="another window of it")
    controls.add_argument(
        "--chords", metavar="SYMBOLS", help="chords for an equal share of a clip each, such as 'C Am F G'"
    )
    controls.add_argument("--key", metavar="ROOT", help="key of the chords, such as C or Bb, for models that need one")
    add_labels(controls)
    add_hearing(controls)


def run(args: argparse.Namespace) -> int:
    """Write the clips; prints one path a line."""
    from gen.cli.chosen_windows import origin_for, require_free, without, write_clips
    from gen.cli.sight import Sight
    from gen.model.build import build_converter
    from gen.music.sampling import controls_of_labels, name_of_draw, sample_clips, sample_latents
    from gen.notes.moving import at_tempo
    from gen.system.machine import BYTES_OF_A_CLIP, require_memory
    from gen.training.load import load_run

    require_at_least(args, count=1)
    require_memory(args.count * BYTES_OF_A_CLIP, f"{args.count:,} clips", "ask for fewer with -n")
    if args.bars is not None and not 1 <= args.bars <= 1024:
        raise UsageError(f"--bars must be from 1 to 1024, not {args.bars}")
    for wrong, why in (
        (args.like and args.chords, "--like and --chords exclude each other: both say what to play to"),
        (args.like and args.bars, "--like and --bars exclude each other: a clip has the length of its controls"),
        (args.window is not None and not args.like, "--window is of the clip of --like"),
        (args.key and not args.chords, "--key is the key of --chords"),
    ):
        if wrong:
            raise UsageError(why)
    trained = load_run(args.run, step=args.step, device=args.device)
    names = [name_of_draw(trained, args.seed, index) for index in range(args.count)]
    paths = require_free(args.out, names, force=args.force, wav=args.wav)
    sight = Sight.of(args)
    steps = None
    if args.bars and not args.chords:
        bar = build_converter(trained.recipe).steps_per_bar
        if bar is None:
            raise UsageError(f"{trained.recipe.name} makes windows of one length: leave --bars out")
        steps = args.bars * bar
    options = {"seed": args.seed, "temperature": args.temperature, "same_z": args.same_z}
    controls, like = _controls(args, trained)
    if labels := labels_asked(args):
        controls = controls_of_labels(trained, labels, controls=controls, steps=steps)
        steps = None
    clips = sample_clips(trained, args.count, controls=controls, steps=steps, **options)
    z = sample_latents(trained, args.count, seed=args.seed, same_z=args.same_z, controls=controls).cpu().numpy()
    origin = origin_for(args, trained, like)
    origins = []
    if origin is not None:
        each = replace(origin, command=tuple(without(origin.command, "-n", "--count")))
        origins = [each.of_draw(index, name, z) for index, name in enumerate(names)]
    write_clips(
        paths,
        [at_tempo(clip, args.qpm) for clip in clips],
        as_json=args.json,
        wav=args.wav,
        origins=origins,
        sight=sight,
    )
    return 0


def _controls(
    args: argparse.Namespace, trained: Trained
) -> tuple[FloatArray | Sequence[FloatArray] | None, Sequence[Clip]]:
    """What the clips play to, from a clip or from chords; and the clip."""
    if args.chords:
        from gen.music import controls_of_chords

        return controls_of_chords(trained, args.chords.split(), key=_root(args.key), bars=args.bars), ()
    if not args.like:
        return None, ()
    from gen.cli.chosen_windows import choose_window, find_windows, read_clip
    from gen.model.build import build_converter
    from gen.model.labels import labels_of

    converter = build_converter(trained.recipe)
    labels = labels_of(converter)
    if not (converter.control_depth if labels is None else labels.own):
        raise UsageError(f"{trained.recipe.name} has no controls to take from a clip: leave --like out")
    clip = read_clip(args.like, trained, args)
    window = choose_window(find_windows(trained, clip), 1 if args.window is None else args.window, clip)
    return window.example.controls, (clip,)


def _root(text: str | None) -> int | None:
    from gen.notes.chords.symbols import ChordError, parse_chord

    if text is None:
        return None
    try:
        chord = parse_chord(text)
    except ChordError as error:
        raise UsageError(f"--key {text}: {error}") from error
    if not text[1:].strip("#b") == "":
        raise UsageError(f"--key {text}: give the root alone, such as C, F# or Bb")
    return chord.root
