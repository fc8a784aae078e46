"""``gen import``: checkpoints of other programs become runs."""

from __future__ import annotations

import argparse

from gen.cli import say
from gen.errors import UsageError
from gen.system.terminal import one_line

_EPILOG = """\
examples:
  gen import magenta cat-mel_2bar_big.tar --recipe cat-mel_2bar_big -o runs/mel
  gen import magenta models/groovae_4bar/ --recipe groovae_4bar -o runs/groovae
  gen import magenta model.ckpt-1000 --recipe my_recipe.yaml encoder.sizes=[1024] -o runs/mine
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``gen import``."""
    parser.description = "Make a run of a released checkpoint; the program that wrote it isn't needed."
    parser.epilog = _EPILOG
    kinds = parser.add_subparsers(dest="kind", required=True, metavar="KIND")
    magenta = kinds.add_parser(
        "magenta",
        help="MusicVAE and GrooVAE: TensorFlow's checkpoints and magenta.js's",
        description="Make a run of a checkpoint of Magenta's MusicVAE or GrooVAE. Every weight of the recipe's model "
        "must be there, and every one in the file be used; an optimiser's state is ignored.",
        epilog=_EPILOG,
    )
    magenta.add_argument(
        "checkpoint",
        help="TensorFlow: the common name of its files, one of them, a folder (the newest) or a tar of them; "
        "magenta.js: the folder with weights_manifest.json",
    )
    magenta.add_argument("overrides", nargs="*", metavar="key.path=value", help="change a value of the recipe")
    magenta.add_argument(
        "--recipe", required=True, help="path or name of the recipe it was trained as (gen recipes ls)"
    )
    magenta.add_argument("-o", "--out", required=True, metavar="RUN", help="run directory to make")
    magenta.add_argument(
        "--rename",
        action="append",
        default=[],
        metavar="OLD=NEW",
        help="for a file with other names: put NEW where its names say OLD; may be given several times",
    )


def run(args: argparse.Namespace) -> int:
    """Write the run; says what was loaded and what ignored."""
    from gen.checkpoints.importing import import_magenta
    from gen.recipes import load_recipe

    renames = [_rename(text) for text in args.rename]
    recipe = load_recipe(args.recipe, args.overrides)
    done = import_magenta(args.checkpoint, recipe, args.out, renames=renames)
    say(f"{done.source}, step {done.step}: {len(done.loaded)} variables, {done.parameters:,} parameters")
    if done.ignored:
        shown = ", ".join(done.ignored[:3])
        say(f"ignored, being no weights: {len(done.ignored)} ({shown}{' …' * (len(done.ignored) > 3)})")
    say(f"done: {done.run}  (gen sample {done.run} -n 8 -o out/)")
    print(one_line(str(done.run)))
    return 0


def _rename(text: str) -> tuple[str, str]:
    old, mark, new = text.partition("=")
    if not old or not mark:
        raise UsageError(f"--rename {text}: expected OLD=NEW")
    return old, new
