"""``gen data check``: what gen can use of some files, why not of others, and what to do about it."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from gen.cli.options import add_hearing
from gen.errors import UsageError

EXAMPLES = """\
  gen data check ~/midi
  gen data check archive.zip --recipe groovae_4bar --html report.html
  gen data check ~/midi --converter melody --converter "{type: drums, slice_bars: 4}" --files
  gen data check song.mid --drum-channel 11 --drum-map my-kit.yaml
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``gen data check``."""
    parser.description = (
        "Try converters on every MIDI file of a folder, of a zip archive, or on one file: how many examples each\n"
        "gives, or why it gives none, and what to do. Exit code 1 where no file is usable at all."
    )
    parser.epilog = f"examples:\n{EXAMPLES}"
    parser.add_argument("path", help="a folder, a zip archive, or a MIDI file")
    parser.add_argument(
        "--recipe", action="append", default=[], metavar="NAME", help="try a recipe's converter; may be repeated"
    )
    parser.add_argument(
        "--converter",
        action="append",
        default=[],
        metavar="NAME",
        help="try a converter, by name or as {type: NAME, option: value}; may be repeated (default: all)",
    )
    parser.add_argument("--bars", type=int, metavar="N", help="length of a window (default: 2, or the converter's own)")
    add_hearing(parser, channels=None)
    listing = parser.add_mutually_exclusive_group()
    listing.add_argument("--files", action="store_true", help="list every file that gave nothing, with what to do")
    listing.add_argument("--all", action="store_true", help="list every file")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")
    parser.add_argument("--html", metavar="FILE", help="write a report with plots, one page that needs nothing else")
    parser.add_argument("--workers", type=int, metavar="N", help="processes (default: one a core; 0: none but this)")
    parser.add_argument(
        "--time-limit", type=float, default=20.0, metavar="S", help="give a file up after so many seconds (default: 20)"
    )


def run(args: argparse.Namespace) -> int:
    """Check, write the report, print."""
    from gen.data.check.page import html_page
    from gen.data.check.run import check
    from gen.data.check.targets import plan
    from gen.recipes.drum_maps import read_drum_map
    from gen.system.files import json_text, write_atomically

    _check_numbers(args)
    if args.html:
        _require_place_for_html(Path(args.html).expanduser())
    made, notices = plan(
        recipes=args.recipe,
        converters=args.converter,
        bars=args.bars,
        drum_channels=args.drum_channel,
        drum_map=None if args.drum_map is None else read_drum_map(Path(args.drum_map).expanduser()),
    )
    for notice in notices:
        print(f"gen: {notice}", file=sys.stderr)
    with _progress() as progress:
        found = check(Path(args.path), made, workers=args.workers, limit=args.time_limit, progress=progress)
    if args.html:
        place = Path(args.html).expanduser()
        write_atomically(place, html_page(found.account))
        print(f"gen: report in {place}", file=sys.stderr)
    if args.json:
        print(json_text(found.account.to_json(), indent=1))
    else:
        from gen.cli.tables.data_check import print_tables

        print_tables(found, every=args.all, failed=args.files)
    return 0 if found.account.usable else 1


def _check_numbers(args: argparse.Namespace) -> None:
    if args.bars is not None and args.bars < 1:
        raise UsageError(f"--bars {args.bars}: a number of bars from 1 on")
    for channel in args.drum_channel:
        if not 1 <= channel <= 16:
            raise UsageError(f"--drum-channel {channel}: MIDI channels are 1 to 16")
    if args.workers is not None and args.workers < 0:
        raise UsageError(f"--workers {args.workers}: a number of processes from 0 on")
    if not (math.isfinite(args.time_limit) and args.time_limit > 0):
        raise UsageError(f"--time-limit {args.time_limit}: a number of seconds above 0")


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr, if that is a terminal."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("checking", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _require_place_for_html(path: Path) -> None:
    """Make sure that a report may be written: a file that is there must be one, too."""
    from gen.data.check.page import is_report

    if not path.parent.is_dir():
        raise UsageError(f"--html {path}: there is no folder {path.parent}")
    if path.is_dir():
        raise UsageError(f"--html {path}: that is a folder; name a file")
    if path.exists() and not is_report(path):
        raise UsageError(f"--html {path}: there is a file, and it is no report of gen's; name another")
