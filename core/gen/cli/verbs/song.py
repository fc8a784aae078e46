"""``gen song``: a whole song in a form, of a model's own."""

from __future__ import annotations

import argparse

from gen.cli import say
from gen.cli.options import add_drawing, add_run, add_writing, tempo, whole

_EPILOG = """\
examples:
  gen song --form AABA --bars 32 --fill-every 4 -o out/
  gen song --form ABAB --bars 16 --melody melody_2bar --qpm 96 --seed 3 -o out/
  gen song --bars 16 --no-ending --loops -o out/loops
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``gen song``."""
    parser.description = (
        "Make a song: sections that belong together, the same letter the same section, fills of drums and an ending.\n"
        "For runs that play drums or a melody to no controls; with --melody, drums and a melody together."
    )
    parser.epilog = _EPILOG
    add_run(parser, default_for="song")
    parser.add_argument("--form", default="AABA", metavar="LETTERS", help="the sections (default AABA)")
    parser.add_argument("--bars", type=whole, default=32, metavar="N", help="of the whole song (default 32)")
    parser.add_argument(
        "--fill-every", type=whole, default=4, metavar="N", help="bars from fill to fill, 0 for none (default 4)"
    )
    parser.add_argument("--melody", metavar="RUN", help="a run or model of melodies that plays to it (melody_2bar)")
    parser.add_argument("--no-ending", action="store_true", help="no last stroke: the song goes round without a seam")
    parser.add_argument("--loops", action="store_true", help="write each section alone, too, as a loop without a seam")
    parser.add_argument("--qpm", type=tempo, default=120.0, help="tempo in quarter notes a minute (default 120)")
    add_writing(parser)
    add_drawing(parser, temperature=0.0)


def run(args: argparse.Namespace) -> int:
    """Write the song, and its loops where asked for; prints one path a line."""
    from gen.cli.chosen_windows import origin_for, require_free, write_clips
    from gen.music.songs import song, together
    from gen.notes.moving import at_tempo
    from gen.training.load import load_run

    trained = load_run(args.run, step=args.step, device=args.device)
    form = args.form.strip().upper()
    options = {"form": form, "bars": args.bars, "ending": not args.no_ending, "seed": args.seed}
    made = song(trained, fill_every=args.fill_every, temperature=args.temperature, **options)
    clip, loops = made.clip, dict(made.loops)
    for notice in made.notices:
        say(notice)
    if args.melody:
        tune = song(load_run(args.melody, device=args.device), fill_every=0, temperature=args.temperature, **options)
        clip = together(clip, tune.clip)
        loops = {letter: together(loop, tune.loops[letter]) for letter, loop in loops.items()}
    stem = f"{trained.recipe.name}-{form}-seed{args.seed}"
    names = [f"{stem}.mid", *(f"{stem}-{letter}.mid" for letter in loops if args.loops)]
    paths = require_free(args.out, names, force=args.force, wav=args.wav)
    clips = [at_tempo(each, args.qpm) for each in (clip, *loops.values())][: len(names)]
    origin = origin_for(args, trained)
    origins = [origin.of(name, made.z) for name in names] if origin else []
    write_clips(paths, clips, as_json=args.json, wav=args.wav, origins=origins, details=dict(made.said))
    return 0
