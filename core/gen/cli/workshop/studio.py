"""``gen studio``: the verbs, runs and pages in a browser on this machine."""

from __future__ import annotations

import argparse

from gen.cli import say
from gen.cli.options import whole
from gen.errors import UsageError

_EPILOG = """\
examples:
  gen studio
  gen studio --folder runs --folder results --out my-studio
  gen studio --port 8765 --no-browser
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``gen studio``."""
    parser.description = (
        "Open a studio in the browser: bring a MIDI file, humanise, vary or redo it, hear before and after, undo and\n"
        "download; watch trainings, and open comparisons and palettes. It answers to this machine alone, to whoever\n"
        "has the token in its address, and sends nothing anywhere. Needs gen-music[studio]."
    )
    parser.epilog = _EPILOG
    words = "where runs and pages are; may be repeated (default: the current folder)"
    parser.add_argument("--folder", action="append", metavar="DIR", help=words)
    parser.add_argument("-o", "--out", metavar="DIR", help="where everything is kept (default: studio/ in the first)")
    parser.add_argument("--port", type=whole, default=0, metavar="N", help="of 127.0.0.1 (default: one that is free)")
    parser.add_argument("--no-browser", action="store_true", help="print the address, and open nothing")


def run(args: argparse.Namespace) -> int:
    """Serve until it is stopped; prints the address."""
    from gen.cli import main
    from gen.workshop.studio.serving import serve

    if not 0 <= args.port <= 65535:
        raise UsageError(f"--port must be from 0 to 65535, not {args.port}")
    serve(
        args.folder or ["."],
        main,
        out=args.out,
        port=args.port,
        browser=not args.no_browser,
        say=say,
        opened=lambda address: print(address, flush=True),
    )
    return 0
