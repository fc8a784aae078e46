"""Whether 20,000 files, 200 of them strange, are prepared to the end: with true reasons, and the same store each time.

    PYTHONPATH=tests/support python benchmarks/mixed_folder.py

The files are made (see strange_files.py). They are prepared by `gen data prepare`, in this process, once more into
another store by a pool of two processes, and by two workers of a Dask cluster on this machine. Results are printed and
go to benchmarks/results/mixed_folder.md; the exit code is 1 where a reason isn't true or a store differs.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from common import processor
from strange_files import Beats, Strange, strange_files

RESULTS = Path(__file__).parent / "results" / "mixed_folder.md"
RECIPE = "drums_4bar"
ENGINES = ("serial", "pool", "dask")


def fill(folder: Path, files: int) -> dict[str, Strange]:
    """Make the folder; the strange ones by name."""
    beats, strange = Beats(), list(strange_files())
    for number in range(files - len(strange)):
        (folder / f"plain-{number:05d}.mid").write_bytes(beats.file())
    found: dict[str, Strange] = {}
    for number, each in enumerate(strange):
        whole = not each.name.startswith(".")
        name = each.name if whole else f"strange-{number:03d}{each.name}"
        each.make(folder / name)
        found[name] = each
    return found


def prepare(folder: Path, store: Path, engine: str) -> tuple[dict[str, Any], float, float]:
    """The account of a preparation, its seconds, and the peak of its processes' memory in MiB."""
    words = [
        sys.executable,
        "-m",
        "gen",
        "data",
        "prepare",
        RECIPE,
        "data.source=folder",
        "--data",
        str(folder),
        "--store",
        str(store),
    ]
    words += ["--engine", engine, "--json", *(["--workers", "2"] if engine != "serial" else [])]
    begin = time.perf_counter()
    done = subprocess.run(words, capture_output=True, check=False, env={**os.environ, "OMP_NUM_THREADS": "1"})
    seconds = time.perf_counter() - begin
    if done.returncode:
        raise SystemExit(f"{engine} ended with {done.returncode}: {done.stderr.decode(errors='replace')[-2000:]}")
    return json.loads(done.stdout), seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def digest(store: Path) -> str:
    """Of everything in a store but its lock."""
    found = hashlib.sha256()
    for path in sorted(path for path in store.iterdir() if path.name != "lock"):
        found.update(path.name.encode() + hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


def wrong(each: Strange, report: dict[str, Any] | None) -> str:
    """What isn't true of a file's account; nothing where all is."""
    if report is None:
        return "it isn't there"
    code, detail = (report["rejection"] or {}).get("code", ""), (report["rejection"] or {}).get("detail", "")
    said = detail if code else " ".join(report["notices"])
    if code != each.code or each.said not in said or bool(code) != (report["examples"] == 0):
        return f"{code or report['examples']}: {said!r}, and not {each.code or 'used'}: {each.said!r}"
    return ""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--engines", nargs="+", default=ENGINES)
    args = parser.parse_args()
    lines, failed, digests = [], [], {}
    with tempfile.TemporaryDirectory(prefix="gen-mixed-") as root:
        folder = Path(root) / "folder"
        folder.mkdir()
        strange = fill(folder, args.files)
        for engine in args.engines:
            account, seconds, peak = prepare(folder, Path(root) / engine, engine)
            reports = {report["id"]: report for report in account["files"]}
            faults = {name: fault for name, each in strange.items() if (fault := wrong(each, reports.get(name)))}
            plain = sum(report["examples"] > 0 for name, report in reports.items() if name.startswith("plain-"))
            failed += [f"{engine}: {name!r} (kind {strange[name].kind}): {fault}" for name, fault in faults.items()]
            if (plain, len(reports)) != (args.files - len(strange), args.files):
                failed.append(f"{engine}: {len(reports):,} files in the account, {plain:,} of the plain ones used")
            digests[engine] = digest(Path(root) / engine)
            lines.append(
                f"| {engine} | {len(reports):,} | {plain:,} | {len(strange) - len(faults)} of {len(strange)} | "
                f"{seconds:.0f} | {peak:.0f} | `{digests[engine][:12]}` |"
            )
    same = len({*digests.values()}) == 1
    failed += [] if same else ["the stores differ"]
    text = report(lines, failed, strange, same=same)
    print(text)
    if args.files == parser.get_default("files") and tuple(args.engines) == ENGINES:
        RESULTS.write_text(text, encoding="utf-8", errors="backslashreplace")
    return 1 if failed else 0


def report(lines: list[str], failed: list[str], strange: dict[str, Strange], *, same: bool) -> str:
    kinds = Counter(each.kind for each in strange.values())
    codes = Counter(each.code or "used" for each in strange.values())
    counted = ", ".join(f"{count} {code}" for code, count in codes.most_common())
    text = [
        f"# A folder of 20,000 files, {len(strange)} of them strange",
        "",
        f"`PYTHONPATH=tests/support python benchmarks/mixed_folder.py`: `gen data prepare {RECIPE}",
        f"data.source=folder` of made files, among them {len(strange)} of {len(kinds)} kinds ({min(kinds.values())} to",
        f"{max(kinds.values())} of each), each with what is true of it: {counted}.",
        "A store's digest is over all its files but the lock; the peak is that of the largest process up to then.",
        "",
        "| engine | files | plain ones used | strange ones with their true reason | s | peak, MiB | store |",
        "|---|--:|--:|--:|--:|--:|---|",
        *lines,
        "",
        f"Stores made again, by other processes and by Dask, {'are the same to the byte' if same else 'differ'}.",
        "",
        f"Machine: {processor()}, busy with other work.",
        *(["", *(f"- {each}" for each in failed[:50])] if failed else []),
    ]
    return "\n".join(text) + "\n"


if __name__ == "__main__":
    raise SystemExit(main())
