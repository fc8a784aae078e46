"""``gen apply``: a clip with more of an attribute, or less."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from gen.cli.verbs.editing import Request, add_editing, edit_file
from gen.cli.verbs.redo import add_selection, selection_of
from gen.errors import UsageError

if TYPE_CHECKING:
    from gen.music.verbs.changes import Edited

NAMES = ("density", "syncopation", "swing", "laid-back", "loudness", "dynamics", "pitch", "leaps")
"""Options; `gen.music.attributes.MEANING` tells what each is."""

_EPILOG = """\
examples:
  gen apply beat.mid --density +1
  gen apply beat.mid --swing 1 --loudness -0.5 --keep kick -o swung.mid
  gen apply melody_2bar tune.mid --density -1 -o calm.mid
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """A run, a clip, and how much of what."""
    parser.description = (
        "Turn something up or down in a clip, by the vectors that gen attributes lists. Of drums, hits go and come,\n"
        "and those that stay get louder, softer, earlier or later; everything else in the file stays, to the byte.\n"
        "A tune is said anew by its model. With nothing to turn, the file comes out as it is."
    )
    parser.epilog = _EPILOG
    add_editing(parser, default_for="apply")
    group = parser.add_argument_group("what to turn, in spreads over the clips of the model's data")
    for name in NAMES:
        group.add_argument(f"--{name}", type=_amount, default=0.0, metavar="X")
    add_selection(parser)


def run(args: argparse.Namespace) -> int:
    """Write the file with what was turned; prints its path."""
    from gen.model.build import build_converter
    from gen.music.attributes import read_attributes
    from gen.music.verbs.alter import apply_attributes, say_again

    amounts = {name: value for option in NAMES if (value := getattr(args, (name := option.replace("-", "_"))))}

    def verb(asked: Request) -> Edited:
        attributes = read_attributes(args.run, asked.trained)
        selection = selection_of(args)
        if build_converter(asked.trained.recipe).drum_classes is not None:
            return apply_attributes(
                asked.trained, asked.content, attributes, amounts, selection=selection, **asked.drums
            )
        if args.drums or args.keep or args.bars:
            raise UsageError(f"{asked.trained.recipe.name} says a clip anew: leave --drums, --keep and --bars out")
        return say_again(asked.trained, asked.content, attributes, amounts, name=asked.name)

    return edit_file(args, "applied", verb)


def _amount(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is no number") from None
