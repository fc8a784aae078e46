"""What the verbs do on real music: figures of benchmarks/results/verbs.md.

    python benchmarks/verbs.py files FOLDER --minutes 10      # every verb on 1,000 files of three archives
    python benchmarks/verbs.py feel groove-v1.0.0-midionly.zip
    python benchmarks/verbs.py taps groove-v1.0.0-midionly.zip
    python benchmarks/verbs.py replay FOLDER --files 500

One process, one thread; models are loaded once. Each part prints rows of a Markdown table.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import subprocess
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
from gen.music.verbs.changes import lay_over, plan_moves
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


def test_files(archive: Path) -> Iterator[tuple[str, bytes]]:
    """The performances of Groove's test split in 4/4."""
    with zipfile.ZipFile(archive) as opened:
        (info,) = [name for name in opened.namelist() if name.endswith("info.csv")]
        lines = opened.read(info).decode().splitlines()
        head = lines[0].split(",")
        for line in lines[1:]:
            row = dict(zip(head, line.split(","), strict=False))
            if row["split"] == "test" and row["time_signature"] == "4-4":
                yield row["midi_filename"], opened.read(f"{Path(info).parent}/{row['midi_filename']}")


def by_lane(drums: Drums) -> np.ndarray:
    """Rows in an order that no verb changes: each lane's hits one after another."""
    return np.lexsort((np.arange(len(drums)), drums.tick, drums.lane))


def divergence(one: np.ndarray, other: np.ndarray, edges: np.ndarray) -> float:
    """KL of histograms, played beside said, a hit added to every bin."""
    p, q = (np.histogram(each, edges)[0] + 1.0 for each in (one, other))
    p, q = p / p.sum(), q / q.sum()
    return float((p * np.log(p / q)).sum())


def feel(args: argparse.Namespace) -> None:
    trained, columns, lost = run_of("drums_2bar_humanize"), [], 0
    for _, content in test_files(Path(args.archive)):
        was = find_drums(content)
        if not len(was):
            continue
        step = was.resolution / 4
        nominal = np.rint(was.tick / step) * step
        stiff = lay_over(was, velocity=np.full(len(was), 100), moves=plan_moves(was, nominal))
        made = find_drums(gen.music.humanize(trained, stiff).content)
        lost += abs(len(made) - len(was))
        one, other = by_lane(was), by_lane(made)
        (tempo,) = gen.read_midi(content).tempos.qpm[:1]
        scale = 60_000 / tempo / was.resolution
        off = [
            (each.tick[rows] - np.rint(was.tick[one] / step) * step) * scale
            for each, rows in ((was, one), (made, other))
        ]
        columns.append(np.stack([was.velocity[one], made.velocity[other], *off, np.rint(was.tick[one] / step)]))
    played, said, late, late_said, at = np.concatenate(columns, axis=1)
    between = at % 2 == 1
    print("| figure | drummers | gen humanize |\n|---|--:|--:|")
    print(f"| hits, lost or added | {len(played):,} | {lost} |")
    print(f"| velocity, mean error | | {np.abs(played - said).mean():.1f} |")
    print(f"| timing, mean error, ms | | {np.abs(late - late_said).mean():.1f} |")
    print(f"| KL of velocity | | {divergence(played, said, np.linspace(0, 128, 33)):.3f} |")
    print(f"| KL of timing | | {divergence(late, late_said, np.linspace(-80, 80, 33)):.3f} |")
    print(f"| velocity spread | {played.std():.1f} | {said.std():.1f} |")
    print(f"| timing spread, ms | {late.std():.1f} | {late_said.std():.1f} |")
    swing = [each[between].mean() - each[~between].mean() for each in (late, late_said)]
    print(f"| swing, ms that sixteenths between eighths come later | {swing[0]:+.1f} | {swing[1]:+.1f} |")


def taps(args: argparse.Namespace) -> None:
    trained = run_of("drums_2bar_tap")
    counts = np.zeros(4)
    for name, content in test_files(Path(args.archive)):
        notes = gen.read_midi(content)
        try:
            played = gen.find_windows(trained, notes, name=name)
            tapped = gen.find_windows(trained, gen.music.as_taps(trained, notes), name=name)
        except GenError:
            continue
        ours = gen.reconstruct(trained, [window for _, window in gen.music.windows_in_turn(tapped.windows)])
        theirs = [window for _, window in gen.music.windows_in_turn(played.windows)]
        for made, window in zip(ours, theirs, strict=False):
            step = 15.0 / window.example.qpm
            one, other = (
                Counter(zip(each.pitch.tolist(), np.rint(each.start / step).tolist(), strict=True))
                for each in (made, window.clip)
            )
            counts += (one.total(), other.total(), (one & other).total(), 2)
    said, real, both, bars = counts
    print("| | drummers | gen drumify |\n|---|--:|--:|")
    print(f"| hits a bar | {real / bars:.2f} | {said / bars:.2f} ({said / real - 1:+.0%}) |")
    print(f"| F1 of hits | | {2 * both / (said + real):.3f} |")


def replay(args: argparse.Namespace) -> None:
    if args.again:  # the other process
        load.load_run, provenance.model_hash = run_of, hash_of  # type: ignore[assignment]
        torch.set_num_threads(args.again)
        os.chdir(args.folder)
        same = 0
        for path in sorted(Path().glob("out*/*.mid")):
            with contextlib.redirect_stderr(io.StringIO()) as said:
                ok = main(["replay", str(path)]) == 0
            same += ok
            if not ok:
                print(path, said.getvalue()[-300:], file=sys.stderr)
        print(same)
        return
    load.load_run, provenance.model_hash = run_of, hash_of  # type: ignore[assignment]
    with tempfile.TemporaryDirectory() as folder:
        here = Path.cwd()
        clips = dict(list(files_of(Path(args.folder).resolve(), 60)))
        os.chdir(folder)
        for n, content in enumerate(clips.values()):
            Path(f"clip{n}.mid").write_bytes(content)
        part = args.files // 10
        for n, words in enumerate(
            [["sample", "drums_4bar", "-n", str(3 * part)], ["sample", "melody_2bar", "-n", str(2 * part)]]
            + [["song", "--seed", str(seed), "--loops", "--bars", "8", "--form", "AB"] for seed in range(part // 3)]
        ):
            with contextlib.suppress(GenError):
                command(*words, "-o", f"out{n}")
        made = len(list(Path().glob("out*/*.mid")))
        for n in range(10_000):
            if made >= args.files:
                break
            verb = ("humanize", "vary", "redo", "continue", "apply", "reconstruct", "drumify")[n % 7]
            more = {"apply": ["--density", "0.5"], "redo": ["--drums", "hats"]}.get(verb, [])
            with contextlib.suppress(GenError):
                command(verb, f"clip{(n * 7 + n // 60) % 60}.mid", *more, "--seed", str(n), "-o", f"outv{n}")
            made = len(list(Path().glob("out*/*.mid")))
        for threads in (1, 2):
            words = [sys.executable, str(here / sys.argv[0]), "replay", folder, "--again", str(threads)]
            done = subprocess.run(words, capture_output=True, text=True, cwd=here, check=False)
            print(f"| another process, {threads} thread(s) | {made} | {done.stdout.strip().splitlines()[-1:]} |")
            print(done.stderr[-2000:], file=sys.stderr)
        os.chdir(here)


if __name__ == "__main__":
    torch.set_num_threads(1)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parts = parser.add_subparsers(required=True)
    for act, where in ((files, "folder"), (feel, "archive"), (taps, "archive"), (replay, "folder")):
        one = parts.add_parser(act.__name__)
        one.add_argument(where)
        one.add_argument("--files", type=int, default=1000)
        one.add_argument("--minutes", type=float, default=10)
        one.add_argument("--verbs", help="some of them, with commas")
        one.add_argument("--record", type=Path, help="what became of each file; those that stand there are done")
        one.add_argument("--again", type=int, default=0, help=argparse.SUPPRESS)
        one.set_defaults(act=act)
    given = parser.parse_args()
    given.act(given)
