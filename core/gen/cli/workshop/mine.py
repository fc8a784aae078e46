"""``gen mine``: a model of a folder of one's own clips."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from gen.cli import say
from gen.cli.options import add_device, add_hearing, drawing_seed, require_at_least, whole
from gen.interfaces.observer import Observer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gen.workshop.mining import Mined

_EPILOG = """\
examples:
  gen mine my-loops -o out/mine
  gen mine my-loops.zip -o out/mine --kind hits --samples 32 --wav
  gen mine my-tunes -o out/tunes training.steps=2000
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``gen mine``."""
    parser.description = (
        "Train a small model on 20 to 500 clips of your own, within minutes: checked, trained, measured beside the\n"
        "folder's own clips and a linear code, with samples, a palette and how near the samples come to copying.\n"
        "Stopped, the same command goes on where it was."
    )
    parser.epilog = _EPILOG
    parser.add_argument("folder", help="a folder or a zip archive of MIDI files")
    parser.add_argument("overrides", nargs="*", metavar="key.path=value", help="change a value of the recipe")
    parser.add_argument("-o", "--out", default="mine", metavar="DIR", help="where everything goes (default mine/)")
    parser.add_argument(
        "--kind",
        choices=("drums", "hits", "melody"),
        help="drums have loudness and timing, hits don't (default: guessed)",
    )
    parser.add_argument("--samples", type=whole, default=16, metavar="N", help="clips to draw (default 16)")
    parser.add_argument("--seed", type=drawing_seed, default=0, help="of training, samples and palette (default 0)")
    parser.add_argument("--wav", action="store_true", help="write every sample as sound, too (see gen render)")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    parser.add_argument("--workers", type=whole, metavar="N", help="processes that read files (default: one a core)")
    add_device(parser)
    add_hearing(parser)


def run(args: argparse.Namespace) -> int:
    """Mine the folder; prints figures, the table of copies and where everything is."""
    from gen.system import regular
    from gen.training.memory import keep_freed_memory
    from gen.workshop.mining import mine

    keep_freed_memory()
    require_at_least(args, samples=1, workers=0)
    mined = mine(
        args.folder,
        out=args.out,
        kind=args.kind,
        samples=args.samples,
        seed=args.seed,
        wav=args.wav,
        overrides=args.overrides,
        drum_channels=args.drum_channel,
        drum_map=args.drum_map,
        workers=args.workers,
        device=args.device,
        say=say,
        observers=[_Lines()],
    )
    if args.json:
        print(regular.read_text(mined.out / "report.json").rstrip())
    else:
        _print(mined)
    return 0


class _Lines(Observer):
    """A line of figures now and then: everything is over within minutes."""

    def on_log(self, step: int, split: str, figures: Mapping[str, Any]) -> None:
        """Say the figures of training."""
        if split == "train":
            say(f"step {step}: loss {figures['loss']:.1f}, KL {figures.get('kl_bits', 0.0):.1f} bits")


def _print(mined: Mined) -> None:
    from gen.cli.tables.mining import print_copies, print_figures

    print_figures(mined.evaluation, held_out=mined.evaluation["examples"])
    print_copies(mined.copies)
    say(f"{sum(mined.seconds.values()):.0f} s: " + ", ".join(f"{k} {v:.0f}" for k, v in mined.seconds.items()))
    for name in ("samples", "palette.html", "report.html", "report.json", "copies.json"):
        print(mined.out / name)
    say(f"the model: {mined.out / 'run'}  (gen sample, gen palette, gen vary …; gen models add keeps it by a name)")
