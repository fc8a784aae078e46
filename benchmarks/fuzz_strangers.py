"""Whether what strangers put into folders, names and numbers is ever a fault of gen, hangs, swells or leads out.

    python benchmarks/fuzz_strangers.py

Inputs are constructed, not mutated, by a seed each: links and special files where gen writes and reads, small MIDI
files that say extreme things, names, texts with commands to a terminal, JSON of any shape where a run or a store keeps
its own, numbers on the command line and in recipes, and weights of any kind. A fault is an exception that is neither a
`GenError` nor an OSError with words, an error message with "unexpected" in it, text that a terminal would obey, a lost
or replaced file, or a wrong answer; a hang is more than five seconds of the processor, or a minute in all; swelling is
a peak of resident memory more than 100 MB and ten times the input above what was there before; leading out is a change
of a folder beside. ``--only N`` runs the N-th input alone and shows its error. Results are printed and go to
benchmarks/results/fuzz_strangers.md.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
from common import peak_mebibytes, processor
from strangers_cases import KINDS, Place

from gen.errors import GenError

RESULTS = Path(__file__).parent / "results" / "fuzz_strangers.md"
SECONDS, PATIENCE = 5, 60
MEBIBYTES = 100 * 1e6 / (1 << 20)
TITLES = {
    13: "links where gen writes",
    14: "no files where gen reads",
    15: "small files that say extreme things",
    16: "names of exported files",
    17: "texts with commands to a terminal",
    18: "JSON and numbers",
    19: "weights",
}


class Hang(BaseException):
    """Nothing that a reader could take for an error of the file's."""


def hang(*_: object) -> None:
    raise Hang(f"more than {PATIENCE} s")


def fresh_peak() -> float:
    """Forget this process's peak of resident memory, and tell the present one, in MiB."""
    Path("/proc/self/clear_refs").write_text("5")
    return peak_mebibytes()


def outcome(case: Callable[[np.random.Generator, Place], object], number: int, place: Place) -> tuple[str, str]:
    """How an input ends: done, refused or bad; and what was bad about it."""
    rng = np.random.default_rng(number)
    signal.alarm(PATIENCE)
    try:
        place.empty()
        case(rng, place)
        end, bad = "done", ""
    except GenError:
        end, bad = "refused", ""
    except OSError as error:
        end, bad = "refused", "" if error.strerror else f"{type(error).__name__} without words: {error}"
    except (Exception, Hang) as error:
        end, bad = "bad", f"{type(error).__name__}: {str(error)[:300]}"
        if place.loud:
            traceback.print_exc()
    finally:
        signal.alarm(0)
    if not bad and not place.sound():
        bad = "led out: a folder beside was changed"
    return ("bad" if bad else end), bad


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=20_300)
    parser.add_argument("--only", type=int, metavar="N")
    args = parser.parse_args()
    signal.signal(signal.SIGALRM, hang)
    kinds = sorted(KINDS)
    ends = {kind: Counter[str]() for kind in kinds}
    slowest, most, found = 0.0, 0.0, []
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        place = Place(Path(folder), loud=args.only is not None)
        for case in KINDS.values():  # so that what is loaded once isn't counted
            outcome(case, 0, place)
        for number in [args.only] if args.only is not None else range(args.inputs):
            kind = kinds[number % len(kinds)]
            before, start = fresh_peak(), time.process_time()
            end, bad = outcome(KINDS[kind], number, place)
            seconds, swell = time.process_time() - start, peak_mebibytes() - before
            if not bad and swell > MEBIBYTES + 10 * place.size() / (1 << 20):
                end, bad = "bad", f"swelled by {swell:.0f} MiB"
            if not bad and seconds > SECONDS:
                end, bad = "bad", f"took {seconds:.1f} s"
            ends[kind][end] += 1
            slowest, most = max(slowest, seconds), max(most, swell)
            if bad:
                found.append(f"input {number}, kind {kind}: {bad}")
                print(found[-1], file=sys.stderr, flush=True)
    text = report(ends, slowest, most, found)
    print(text)
    if args.only is None:
        RESULTS.write_text(text, encoding="utf-8")
    return 1 if found else 0


def report(ends: dict[int, Counter[str]], slowest: float, most: float, found: list[str]) -> str:
    columns = ("done", "refused", "bad")
    rows = [
        f"| {kind} | {TITLES[kind]} | {' | '.join(f'{ends[kind][end]:,}' for end in columns)} |"
        for kind in sorted(ends)
    ]
    total = sum(ends.values(), Counter[str]())
    lines = [
        "# Strangers' folders, names and numbers",
        "",
        "`python benchmarks/fuzz_strangers.py`: inputs by construction, a seed each; its first lines say what counts",
        "as what. Done means that the work was done as if nothing were strange, refused that it ended in words.",
        "",
        f"| kind | | {' | '.join(columns)} |",
        "|--:|---|--:|--:|--:|",
        *rows,
        f"| | **all {total.total():,}** | {' | '.join(f'**{total[end]:,}**' for end in columns)} |",
        "",
        f"The slowest input took {slowest:.2f} s of the processor. No input raised the resident memory by more than",
        f"{most:.0f} MiB.",
        "",
        f"Machine: {processor()}, busy with other work.",
        *(["", *(f"- {each}" for each in found[:50])] if found else []),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    raise SystemExit(main())
