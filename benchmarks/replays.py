"""Outputs of every verb made again by `gen replay`, byte for byte: figures of benchmarks/results/verbs.md.

    python benchmarks/replays.py make FOLDER-OF-ARCHIVES OUT --files 500
    python benchmarks/replays.py again OUT --threads 1
    python benchmarks/replays.py again OUT --threads 2

Each is a process of its own, in which models are loaded once. What is there already isn't done anew, so that any of
them goes on where it was stopped.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
from collections import Counter
from pathlib import Path

import torch
from verbs import command, files_of, hash_of, run_of

from gen.cli import main as gen_main
from gen.errors import GenError
from gen.music import provenance
from gen.training import load

FROM_CLIPS = ("humanize", "vary", "redo", "continue", "apply", "reconstruct", "drumify", "interpolate")
OPTIONS = {
    "apply": ["--density", "0.5"],
    "redo": ["--drums", "hats"],
    "interpolate": ["--window-a", "1", "--window-b", "1", "--steps", "2"],
}
CLIPS = 60


def verb_of(path: Path) -> str:
    """A folder of outputs is called by its verb and a number."""
    return path.parent.name.partition("-")[0]


def outputs() -> list[Path]:
    """In the current folder."""
    return sorted(Path().glob("*-*/*.mid"))


def make(folder: Path, out: Path, count: int) -> None:
    """A fifth new clips, a tenth songs, and of the rest each verb's share."""
    out.mkdir(parents=True, exist_ok=True)
    clips = dict(list(files_of(folder.resolve(), CLIPS)))
    os.chdir(out)
    for number, content in enumerate(clips.values()):
        if not Path(f"clip{number}.mid").exists():
            Path(f"clip{number}.mid").write_bytes(content)
    there = Counter(map(verb_of, outputs()))
    if not there["sample"]:
        for number, model in enumerate(("drums_4bar", "melody_2bar", "melody_16bar")):
            command("sample", model, "-n", str(count // 15), "--temperature", "1", "-o", f"sample-{number}")
    for seed in range(count):
        if Counter(map(verb_of, outputs()))["song"] >= count // 10:
            break
        words = ["song", "--seed", str(seed), "--loops", "--bars", "8", "--form", "AB"]
        command(*words, "-o", f"song-{seed}", "--force")
    numbers = [int(path.parent.name.partition("-")[2]) for path in outputs() if verb_of(path) in FROM_CLIPS]
    for number in range(max(numbers, default=0), 20 * count):
        if len(outputs()) >= count:
            break
        verb = FROM_CLIPS[number % len(FROM_CLIPS)]
        clip = f"clip{(number * 7 + number // CLIPS) % CLIPS}.mid"
        words = [verb, clip, *([clip] if verb == "interpolate" else []), *OPTIONS.get(verb, [])]
        with contextlib.suppress(GenError):
            command(*words, "--seed", str(number), "-o", f"{verb}-{number}", "--force")
    print(Counter(map(verb_of, outputs())))


def again(out: Path, threads: int) -> None:
    """Replay all of them."""
    torch.set_num_threads(threads)
    os.chdir(out)
    record = Path(f"again-{threads}.jsonl")
    done = dict(map(json.loads, record.read_text().splitlines())) if record.exists() else {}
    for path in outputs():
        if str(path) not in done:
            with contextlib.redirect_stderr(io.StringIO()) as said:
                done[str(path)] = gen_main(["replay", str(path)]) == 0
            with record.open("a") as file:
                file.write(json.dumps([str(path), done[str(path)]]) + "\n")
            if not done[str(path)]:
                print(path, said.getvalue()[-300:])
    rows = Counter(verb_of(Path(path)) for path in done)
    same = Counter(verb_of(Path(path)) for path, held in done.items() if held)
    print(f"| verb | outputs | the same, with {threads} thread(s) |\n|---|--:|--:|")
    for verb, number in rows.items():
        print(f"| {verb} | {number} | {same[verb]} |")
    print(f"| all | {rows.total()} | {same.total()} |")


def main() -> None:
    """Make, or make again."""
    load.load_run, provenance.model_hash = run_of, hash_of  # type: ignore[assignment]
    torch.set_num_threads(1)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parts = parser.add_subparsers(dest="part", required=True)
    one, other = parts.add_parser("make"), parts.add_parser("again")
    one.add_argument("folder", type=Path)
    one.add_argument("out", type=Path)
    one.add_argument("--files", type=int, default=500)
    other.add_argument("out", type=Path)
    other.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    if args.part == "make":
        make(args.folder, args.out, args.files)
    else:
        again(args.out, args.threads)


if __name__ == "__main__":
    main()
