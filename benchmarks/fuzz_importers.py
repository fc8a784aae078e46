"""Whether any checkpoint, however damaged, can crash, hang or swell what reads it.

    python benchmarks/fuzz_importers.py

Small checkpoints of both formats, and archives of them, are damaged by a seed in the ways of
tests/support/checkpoint_mutations.py and read whole. A crash is an exception other than
`gen.errors.CheckpointError`; a hang is more than five seconds for one file; memory is the peak of what Python and numpy
allocate while one file is read, beside the bytes of the sound checkpoints. ``--only N`` reads the N-th file alone and
shows its error. Results are printed and go to benchmarks/results/fuzz_importers.md.
"""

from __future__ import annotations

import argparse
import resource
import signal
import sys
import tempfile
import time
import traceback
import tracemalloc
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
from common import peak_mebibytes, processor

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))
from checkpoint_mutations import Originals, read_all

RESULTS = Path(__file__).parent / "results" / "fuzz_importers.md"
SECONDS = 5
LIMIT = 4 << 30  # bytes of address space: what swells beyond it is a MemoryError, and so a crash
SHAPES = [(7, 10), (128,), (24, 48), (), (3, 1, 5), (60, 40)]


def originals(folder: Path) -> Originals:
    rng = np.random.default_rng(1)
    variables = {f"part/{i}/kernel": rng.normal(size=shape).astype(np.float32) for i, shape in enumerate(SHAPES)}
    return Originals(folder, {**variables, "global_step": np.int32(5)})


def size_of(folder: Path) -> int:
    """Bytes of the files in a folder."""
    return sum(each.stat().st_size for each in folder.iterdir())


class Hang(BaseException):
    """Nothing that a reader could take for an error of the file's."""


def hang(*_: object) -> None:
    raise Hang(f"more than {SECONDS} s")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--only", type=int, metavar="N")
    args = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (LIMIT, LIMIT))
    signal.signal(signal.SIGALRM, hang)
    ends: dict[str, Counter[str]] = defaultdict(Counter)
    slowest, most, crashes = 0.0, 0, []
    with tempfile.TemporaryDirectory() as folder:
        checkpoints = originals(Path(folder))
        sizes = {name: size_of(Path(folder) / name) for name in ("tf", "exact", "small")}
        tracemalloc.start()
        for number in [args.only] if args.only is not None else range(args.files):
            kind, path = checkpoints.damaged(np.random.default_rng(number))
            tracemalloc.reset_peak()
            before = tracemalloc.get_traced_memory()[0]
            start = time.perf_counter()
            signal.alarm(SECONDS)
            try:
                end, _ = read_all(path)
            except (Exception, Hang) as error:
                end = "crashed"
                crashes.append(f"file {number}, {kind}: {type(error).__name__}: {error}")
                if args.only is not None:
                    traceback.print_exc()
            finally:
                signal.alarm(0)
            ends[kind][end] += 1
            slowest = max(slowest, time.perf_counter() - start)
            most = max(most, tracemalloc.get_traced_memory()[1] - before)
    text = report(ends, slowest, most, sizes, crashes)
    print(text)
    if args.only is None:
        RESULTS.write_text(text, encoding="utf-8")
    return 1 if crashes else 0


def report(ends: dict[str, Counter[str]], slowest: float, most: int, sizes: dict[str, int], crashes: list[str]) -> str:
    columns = ("read", "refused", "crashed")
    rows = [f"| {kind} | {' | '.join(f'{ends[kind][end]:,}' for end in columns)} |" for kind in sorted(ends)]
    total = {end: sum(counts[end] for counts in ends.values()) for end in columns}
    kibibytes = ", ".join(f"{size / 1024:.0f}" for size in sizes.values()) + " KiB"
    lines = [
        "# Damaged checkpoints",
        "",
        "`python benchmarks/fuzz_importers.py`: small checkpoints, damaged by a seed and read whole. Read means that",
        "the damage hit what nobody looks at, or made another sound file; refused is a `CheckpointError`.",
        "",
        f"| damaged | {' | '.join(columns)} |",
        "|---|--:|--:|--:|",
        *rows,
        f"| **all {sum(total.values()):,}** | {' | '.join(f'**{total[end]:,}**' for end in columns)} |",
        "",
        f"The slowest file took {1000 * slowest:.0f} ms under the tracer. The most memory that reading one",
        f"allocated at a time was {most / 1024:,.0f} KiB; the sound checkpoints have {kibibytes}.",
        f"The whole process peaked at {peak_mebibytes():.0f} MiB.",
        "",
        f"Machine: {processor()}.",
        *(["", *crashes[:50]] if crashes else []),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    raise SystemExit(main())
