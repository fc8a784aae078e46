"""What the verbs do on real music: figures of benchmarks/results/verbs.md.

    python benchmarks/verbs.py FOLDER --minutes 10 --record done.jsonl    # every verb on 1,000 files of three archives

One process, one thread; models are loaded once. Prints a Markdown table. `verb_figures.py` has the figures of
`humanize` and `drumify` on held-out drummers, `replays.py` makes outputs again.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import numpy as np
import torch

import gen
from gen.cli import main
from gen.errors import GenError
from gen.midi.chunks import find_tracks
from gen.music import provenance
from gen.music.attributes import read_attributes
from gen.music.verbs.drums import Drums, find_drums
from gen.training import load

ARCHIVES = ("groove-v1.0.0-midionly.zip", "melodies.zip", "multitrack.zip")
HATS = (42, 44, 46, 22, 26)
run_of = cache(load.load_run)
hash_of = cache(provenance.model_hash)


def files_of(folder: Path, count: int) -> Iterator[tuple[str, bytes]]:
    """So many files, evenly spread over each archive, an archive after another in turn."""
    lists = []
    for name in ARCHIVES:
        archive = zipfile.ZipFile(folder / name)
        names = [each for each in archive.namelist() if each.lower().endswith((".mid", ".midi"))]
        own = -(-count // len(ARCHIVES))
        lists.append([(archive, names[n * len(names) // own]) for n in range(own)])
    for row in zip(*lists, strict=True):
        yield from ((each, archive.read(each)) for archive, each in row)


def hits(drums: Drums, rows: np.ndarray | slice = slice(None)) -> Counter[tuple[int, ...]]:
    columns = (drums.lane, drums.tick, drums.velocity)
    return Counter(zip(*(column[rows].tolist() for column in columns), strict=True))


def other_tracks(content: bytes, drums: Drums) -> list[bytes]:
    own = {int(track) for track in drums.events.track[drums.on]}
    return [content[start:end] for track, (start, end) in enumerate(find_tracks(content).tracks) if track not in own]


class Table:
    """What became of each verb on each file."""

    def __init__(self, record: Path | None) -> None:
        self.rows: dict[str, Counter[str]] = {}
        self.bad: list[str] = []
        self.words: Counter[str] = Counter()
        self.seconds: Counter[str] = Counter()
        self.record, self.done = record, set[tuple[str, str]]()
        if record is not None and record.exists():
            for line in record.read_text().splitlines():
                self.count(*json.loads(line))

    def count(
        self, verb: str, name: str, became: str, text: str, checks: dict[str, bool], seconds: float
    ) -> tuple[str, str, str, str, dict[str, bool], float]:
        row = self.rows.setdefault(verb, Counter())
        row["files"] += 1
        row[became] += 1
        for check, held in checks.items():
            row[check] += held
            row[f"{check}?"] += 1
            if not held:
                self.bad.append(f"{verb} {name}: {check}")
        if became == "said why":
            self.words[text.split(": ", 1)[-1][:60]] += 1
        if became == "traceback" or (became == "said why" and ("\n" in text or len(text) < 20)):
            self.bad.append(f"{verb} {name}: {text[:200]}")
        self.seconds[verb] += seconds
        self.done.add((verb, name))
        return verb, name, became, text, checks, seconds

    def did(self, verb: str, name: str, act: Callable[[], dict[str, bool] | None]) -> None:
        if (verb, name) in self.done:
            return
        begin = time.perf_counter()
        became, text, checks = "made", "", {}
        try:
            checks = act() or {}
        except GenError as error:
            became, text = "said why", str(error)
        except Exception as error:  # what this is here to find
            became, text = "traceback", f"{type(error).__name__} {error}"
        row = self.count(verb, name, became, text, checks, time.perf_counter() - begin)
        if self.record is not None:
            with self.record.open("a") as file:
                file.write(json.dumps(row) + "\n")


def command(*words: str) -> None:
    """A command in this process; what it says of a failure is raised."""
    said = io.StringIO()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(said):
        code = main(words)
    text = said.getvalue().strip().splitlines()
    if "unexpected" in said.getvalue():
        raise RuntimeError(text[-1])
    if code:
        raise GenError(next((line for line in text if line.startswith("gen: ")), text[-1] if text else "nothing said"))


def files(args: argparse.Namespace) -> None:
    load.load_run, provenance.model_hash = run_of, hash_of  # type: ignore[assignment]
    table, end, done = Table(args.record), time.monotonic() + 60 * args.minutes, 0
    drummer, feel, attributes = run_of("drums_4bar"), run_of("drums_2bar_humanize"), read_attributes("drums_4bar")
    with tempfile.TemporaryDirectory() as folder:
        path, out = Path(folder) / "clip.mid", str(Path(folder) / "out")
        for name, content in files_of(Path(args.folder), args.files):
            if time.monotonic() > end:
                break
            done += 1
            path.write_bytes(content)
            heard: list[Drums] = []

            def before(content: bytes = content, heard: list[Drums] = heard) -> Drums:
                if not heard:
                    heard.append(find_drums(content))
                return heard[0]

            def humanized(content: bytes = content) -> dict[str, bool]:
                was = before()
                ways = [gen.music.humanize(feel, content, amount=amount).content for amount in (0, 50, 100)]
                now = [find_drums(each) for each in ways]
                louder = [sum((Counter(n.velocity.tolist()) - Counter(was.velocity.tolist())).values()) for n in now]
                moved = [sum((hits(was) - hits(n)).values()) for n in now]
                return {
                    "0 is the input": ways[0] == content,
                    "no hit lost or added": all(Counter(n.lane.tolist()) == Counter(was.lane.tolist()) for n in now),
                    "locked to the byte": all(other_tracks(w, was) == other_tracks(content, was) for w in ways),
                    "monotone": moved[0] == louder[0] == 0 and moved[0] <= moved[1] <= moved[2] + 2,
                }

            def varied(content: bytes = content) -> dict[str, bool]:
                was = before()
                ways = [gen.music.vary(drummer, content, amount=amount).content for amount in (0, 40, 100)]
                gone = [hits(was) - hits(find_drums(each)) for each in ways]
                return {
                    "0 is the input": ways[0] == content,
                    "locked to the byte": all(other_tracks(w, was) == other_tracks(content, was) for w in ways),
                    "monotone": not (gone[0] - gone[1]) and not (gone[1] - gone[2]),
                }

            def redone(content: bytes = content) -> dict[str, bool]:
                was = before()
                made = gen.music.redo(drummer, content, gen.music.Selection(drums=("hats",), bars=(1, 2))).content
                kept = np.flatnonzero(~np.isin(was.pitch, (*HATS, 54, 67, 68, 69, 70, 71, 72, 73, 74, 78, 79, 80, 81)))
                locked = not (hits(was, kept) - hits(find_drums(made)))
                return {"locked to the byte": locked and other_tracks(made, was) == other_tracks(content, was)}

            def continued(content: bytes = content) -> dict[str, bool]:
                was, made = before(), gen.music.extend(drummer, content, bars=2).content
                locked = not (hits(was) - hits(find_drums(made)))
                return {"locked to the byte": locked and other_tracks(made, was) == other_tracks(content, was)}

            def applied(content: bytes = content) -> dict[str, bool]:
                was = before()
                ways = [
                    gen.music.apply_attributes(drummer, content, attributes, {"density": amount})
                    for amount in (0.0, 0.5, 1.0)
                ]
                changes = [way.said["removed"] + way.said["added"] for way in ways]
                return {
                    "0 is the input": ways[0].content == content,
                    "locked to the byte": all(other_tracks(w.content, was) == other_tracks(content, was) for w in ways),
                    "monotone": changes[0] == 0 and changes[1] <= changes[2],
                }

            acts = {"humanize": humanized, "redo": redone, "continue": continued, "vary": varied, "apply": applied}
            commands = {
                "humanize, the command": ["humanize", str(path)],
                "drumify": ["drumify", str(path)],
                "reconstruct": ["reconstruct", str(path)],
                "interpolate": ["interpolate", str(path), str(path), "--window-a", "1", "--steps", "2"],
            }
            for verb in args.verbs.split(",") if args.verbs else (*acts, *commands):
                if verb in acts:
                    table.did(verb, name, acts[verb])
                else:
                    table.did(verb, name, lambda words=commands[verb]: command(*words, "-o", out, "--force"))  # type: ignore[misc]
    print(f"{done:,} files\n")
    checks = ("0 is the input", "no hit lost or added", "locked to the byte", "monotone")
    print("| verb | files | made | said why | tracebacks | " + " | ".join(checks) + " | s a file |")
    print("|---|" + "--:|" * (5 + len(checks)))
    for verb, row in table.rows.items():
        cells = [f"{row[check]:,} of {row[check + '?']:,}" if row[check + "?"] else "" for check in checks]
        counts = [f"{row[key]:,}" for key in ("files", "made", "said why", "traceback")]
        print(f"| {verb} | " + " | ".join([*counts, *cells, f"{table.seconds[verb] / row['files']:.2f}"]) + " |")
    print("\n" + "\n".join(f"* {count:,}: {words}" for words, count in table.words.most_common(12)))
    print("\nbad:" + "".join(f"\n* {line[:300]}" for line in table.bad[:40]), file=sys.stderr)


if __name__ == "__main__":
    torch.set_num_threads(1)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--verbs", help="some of them, with commas")
    parser.add_argument("--record", type=Path, help="what became of each file; those that stand there are done")
    files(parser.parse_args())
