"""``gen redo``, ``gen vary`` and ``gen continue``: other hits for some of a file's drums, the rest locked."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gen.cli.options import whole
from gen.cli.verbs.editing import Request, add_editing, edit_file

if TYPE_CHECKING:
    from gen.music.verbs.changes import Edited
    from gen.music.verbs.selection import Selection


@dataclass(frozen=True)
class _Kind:
    """What is particular to one of the commands."""

    description: str
    examples: str
    written: str
    amount: float
    amount_help: str
    selects: bool = True


_KINDS = {
    "gen redo": _Kind(
        "Play some drums of some bars anew, to what the others play. Every other hit, and all else in the file, stays\n"
        "as it is, to the byte.",
        """\
  gen redo beat.mid --drums hats --bars 3-4
  gen redo band.mid --keep kick,snare --seed 2 -o other.mid
""",
        written="redone",
        amount=100.0,
        amount_help="how far from what is there clips are drawn, above 0 to 100 (default 100)",
    ),
    "gen vary": _Kind(
        "Let some hits of a beat go and others come, as they do on the way to another clip. The others stay, to the\n"
        "byte; what changes at one amount changes at every larger one.",
        """\
  gen vary beat.mid --amount 20
  gen vary band.mid --keep kick --bars 5-8 --seed 3 -o varied.mid
""",
        written="varied",
        amount=30.0,
        amount_help="0 as it is, 100 the whole way (default 30)",
    ),
    "gen continue": _Kind(
        "Go on with the drums of a file for some bars. All that is there stays, to the byte.",
        """\
  gen continue beat.mid --bars 8
  gen continue beat.mid --amount 20 -o calm.mid
""",
        written="continued",
        amount=60.0,
        amount_help="how far from a mere repetition clips are drawn, above 0 to 100 (default 60)",
        selects=False,
    ),
}
"""By the name that a command's parser has."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """A run, a clip, and what of it may change how far."""
    kind = _KINDS[parser.prog]
    parser.description = f"{kind.description} For runs that hear and say drums as they are played (drums_4bar)."
    parser.epilog = f"examples:\n{kind.examples}"
    parser.set_defaults(kind=kind)
    add_editing(parser, default_for=parser.prog.split()[-1])
    parser.add_argument("--amount", type=float, default=kind.amount, metavar="N", help=kind.amount_help)
    if kind.selects:
        add_selection(parser)
    else:
        parser.add_argument("--bars", type=whole, default=4, metavar="N", help="how many to add (default 4)")


def add_selection(parser: argparse.ArgumentParser) -> None:
    """Which drums and which bars may change."""
    parser.add_argument(
        "--drums", metavar="NAMES", help="which may change, such as hats,toms (default: all that aren't kept)"
    )
    parser.add_argument("--keep", metavar="NAMES", default="", help="which stay, such as kick,snare")
    parser.add_argument("--bars", metavar="A-B", help="bars that may change, counted from 1 (default: all)")


def run(args: argparse.Namespace) -> int:
    """Write the file with what changed; prints its path."""
    from gen.music.verbs.extend import extend
    from gen.music.verbs.redo import redo
    from gen.music.verbs.vary import vary

    kind: _Kind = args.kind

    def verb(asked: Request) -> Edited:
        trained, content = asked.trained, asked.content
        options = {"amount": args.amount, "seed": args.seed, **asked.drums}
        if not kind.selects:
            return extend(trained, content, bars=args.bars, **options)
        selection = selection_of(args)
        if kind.written == "redone":
            return redo(trained, content, selection, **options)
        return vary(trained, content, selection=selection, **options)

    return edit_file(args, kind.written, verb)


def selection_of(args: argparse.Namespace) -> Selection:
    """What `add_selection` asks for."""
    from gen.music.verbs.selection import Selection, parse_bars

    drums = None if args.drums is None else _names(args.drums)
    return Selection(drums, _names(args.keep), None if args.bars is None else parse_bars(args.bars))


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())
