"""How fast training and sampling are: all benchmarks of speed, by one command.

    python benchmarks/run.py [--only GROUP ...] [--threads 1 2] [--device cpu] [--isa native avx2] [--quick]

Groups, one page each: training (seconds of a step, share of the peak, memory, the original's beside them), first-step
(from the start of a process), sampling, fast-paths (beside their readable forms), loading, scaling (by batch, bars and
units); and, only when named, full-size. The pages go to benchmarks/results/ as each is done, so a group can be measured
again by itself. Measure on a machine that does nothing else: the pages say how busy it was. --quick tries everything
with a few examples, once, and prints.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

from speed import first_step, forms, full_size, loading, sampling, scaling, training
from speed.options import Options
from speed.report import heading, label
from speed.workers import ISAS

from gen.training.batch import pick_device

RESULTS = Path(__file__).parent / "results"
GROUPS = {
    "training": training,
    "first-step": first_step,
    "sampling": sampling,
    "fast-paths": forms,
    "loading": loading,
    "scaling": scaling,
    "full-size": full_size,
}
USUAL = [name for name in GROUPS if name != "full-size"]  # that one takes long, and much memory


def arguments_of(words: list[str]) -> argparse.Namespace:
    """The command line, read."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--only", nargs="+", choices=GROUPS, default=USUAL, help="these groups (default: all but full-size)"
    )
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2], help="on a CPU (default 1 2)")
    parser.add_argument("--device", default="cpu", help="cpu (default) or cuda")
    parser.add_argument(
        "--isa",
        nargs="+",
        choices=ISAS,
        default=["native"],
        help="instruction sets in which training and sampling are measured; avx2 leaves out AVX-512 where there is any",
    )
    parser.add_argument("--seconds", type=float, default=12.0, help="for the rounds of one comparison (default 12)")
    parser.add_argument("--return-memory", action="store_true", help="leave malloc as it is, unlike gen train; prints")
    parser.add_argument("--quick", action="store_true", help="see whether everything works, in a minute or two")
    parser.add_argument("--out", type=Path, help="folder for the pages (default benchmarks/results)")
    arguments = parser.parse_args(words)
    if min(arguments.threads) < 1:
        parser.error(f"--threads must be 1 or more, not {min(arguments.threads)}")
    return arguments


def main(words: list[str]) -> int:
    arguments = arguments_of(words)
    options = Options(
        device=pick_device(arguments.device).type,
        threads=tuple(arguments.threads[:1] if arguments.quick else arguments.threads),
        isas=tuple(arguments.isa) if arguments.device == "cpu" else ("native",),
        keep=not arguments.return_memory,
        quick=arguments.quick,
        seconds=arguments.seconds,
    )
    # pages of record are those of whole measurements, as gen train trains
    out = arguments.out or (RESULTS if options.keep and not options.quick else None)
    with tempfile.TemporaryDirectory(prefix="speed-") as cache:
        os.environ["GEN_CACHE_DIR"] = cache  # examples are prepared here, and nothing is left in the user's own
        for name in arguments.only:
            group, load, begin = GROUPS[name], os.getloadavg()[0], time.monotonic()
            print(f"== {name}", flush=True)
            body = group.measure(options)
            text = "\n".join([*heading(group.TITLE, words, options, load), *body]).rstrip() + "\n"
            if out is None:
                print(text)
            else:
                out.mkdir(parents=True, exist_ok=True)
                (out / f"{group.FILE}-{label(options)}.md").write_text(text, encoding="utf-8")
            print(f"== {name}: {time.monotonic() - begin:.0f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
