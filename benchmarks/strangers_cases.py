"""What `fuzz_strangers` constructs, a function a kind: it takes a generator and a place, and does what may go wrong."""

from __future__ import annotations

import io
import json
import os
import shutil
import socket
import struct
from collections import Counter
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.table import Table
from torch import nn

import gen
from gen.checkpoints import open_checkpoint
from gen.cli import explain, main, say
from gen.data import MidiFiles, ZipMembers
from gen.data.check.page import is_report
from gen.data.conversion import Job, converters_of
from gen.data.prepare import _unused
from gen.data.store import _open_store, list_stores
from gen.errors import DataError, GenError, MidiError
from gen.evaluation.measurement import load_measurement
from gen.interfaces.dataset import Item
from gen.midi.writing import write_midi
from gen.recipes.drum_maps import read_drum_map
from gen.system import regular, terminal
from gen.system.files import directory_atomically, locked, write_atomically
from gen.training.checkpoint import Checkpoint, checkpoints, latest_checkpoint, load_checkpoint, save_checkpoint
from gen.training.load import load_weights
from gen.training.run import Run, curves

Generator = np.random.Generator
OBEYED = {"Cc", "Cf", "Cs", "Zl", "Zp"}


@dataclass
class Place:
    """A folder to spoil, and one beside it that nothing may change."""

    root: Path
    loud: bool

    def __post_init__(self) -> None:
        self.folder, self.beside = self.root / "folder", self.root / "beside"

    def empty(self) -> None:
        for path in (self.folder, self.beside):
            shutil.rmtree(path, ignore_errors=True)
        self.folder.mkdir()
        (self.beside / "inner").mkdir(parents=True)
        (self.beside / "precious").write_text("precious")

    def sound(self) -> bool:
        there = sorted(path.name for path in self.beside.rglob("*"))
        return there == ["inner", "precious"] and (self.beside / "precious").read_text() == "precious"

    def size(self) -> int:
        return sum(path.lstat().st_size for path in self.folder.rglob("*"))


def one(rng: Generator, *choices: Any) -> Any:
    return choices[int(rng.integers(len(choices)))]


# 13


def links(rng: Generator, place: Place) -> None:
    """Something of gen's is written where a link stands, of any kind and to anything, in any part of its way."""
    name = one(rng, "lock", "metrics.jsonl", "recipe.yaml", "data.json", "clip.mid", "checkpoints", "samples", "step-1")
    folder = place.folder / one(rng, "run", "a/b")
    folder.mkdir(parents=True)
    path = folder / name
    target = one(rng, place.beside, place.beside / "inner", place.beside / "precious", place.beside / "new", Path(name))
    kind = one(rng, "absolute", "relative", "chain", "hard")
    if kind == "hard" and target.is_file():
        path.hardlink_to(target)
    elif kind == "relative":
        path.symlink_to(os.path.relpath(target, folder))
    elif kind == "chain":
        (folder / "next").symlink_to(target)
        path.symlink_to("next")
    else:
        path.symlink_to(target)
    tensors = {"w": torch.ones(2)}
    for write in rng.permutation(7)[: 1 + rng.integers(7)]:
        try:
            if write == 0:
                with locked(folder, doing="being tried"):
                    pass
            elif write == 1:
                run = Run(folder)
                run.rewind(0)
                run.log(1, "train", {"loss": 1.0})
            elif write == 2:
                write_atomically(path, "new")
            elif write == 3:
                regular.folder(regular.inner_folder(path) / "below")
            elif write == 4:
                save_checkpoint(regular.inner_folder(folder / "checkpoints"), Checkpoint(1, tensors, {}, ""), keep=1)
            elif write == 5:
                with directory_atomically(path) as made:
                    (made / "x").touch()
            else:
                write_midi(_clip(), path)
        except (GenError, OSError) as error:
            if isinstance(error, OSError) and not error.strerror:
                raise


@lru_cache(maxsize=1)
def _clip() -> gen.NoteSequence:
    return gen.read_midi(_midi(np.random.default_rng(0), calm=True))


# 14


def no_files(rng: Generator, place: Place) -> None:
    """Something that is no file, or an endless or a huge one, stands where gen reads one."""
    folder = place.folder
    run = folder / "run"
    step = save_checkpoint(regular.folder(run / "checkpoints"), Checkpoint(1, {"w": torch.ones(2)}, {}, ""), keep=1)
    reads: list[tuple[Path, Callable[[Path], object]]] = [
        (folder / "x.mid", gen.read_midi),
        (folder / one(rng, "x.mid", "x.zip", "x"), lambda path: [file.read() for file in MidiFiles(path)]),
        (folder / "x.mid", lambda path: [file.read() for file in MidiFiles(path.parent)]),
        (folder / "x.zip", ZipMembers),
        (folder / "x.yaml", read_drum_map),
        (folder / "x.yaml", gen.load_recipe),
        (run / "recipe.yaml", lambda _: Run(run).recipe()),
        (run / "data.json", lambda _: Run(run).account()),
        (run / "metrics.jsonl", lambda _: curves(Run(run))),
        (step / "meta.json", lambda _: load_checkpoint(step)),
        (step / "model.safetensors", lambda _: load_checkpoint(step)),
        (step / "state.safetensors", lambda _: load_checkpoint(step)),
        (run / "checkpoints" / "step-2", lambda _: load_checkpoint(latest_checkpoint(run / "checkpoints") or run)),
        (folder / one(rng, "x.tar", "x.tar.gz", "x.index", "checkpoint", "weights_manifest.json"), open_checkpoint),
        (folder / "x.safetensors", lambda path: load_measurement(path, about={})),
        (folder / "store" / "manifest.json", lambda path: (_open_store(path.parent, {}), list_stores(folder))),
        (folder / "x.html", is_report),
        (folder / "lock", lambda path: locked(path.parent, doing="being tried").__enter__()),
    ]
    path, read = reads[int(rng.integers(len(reads)))]
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    kind = one(rng, "pipe", "folder", "socket", "zero", "random", "full", "loop", "nowhere", "sparse", "empty", "tty")
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(str(path))
    elif kind == "sparse":
        with path.open("wb") as file:
            file.truncate(int(one(rng, 1 << 27, 1 << 33)))
    elif kind == "empty":
        path.touch()
    else:
        devices = {"zero": "/dev/zero", "random": "/dev/urandom", "full": "/dev/full", "tty": "/dev/tty"}
        path.symlink_to(devices.get(kind, path.name if kind == "loop" else "nothing"))
    if kind == "sparse" and path.suffix == ".safetensors" and path.parent == step:
        return  # a digest of so many zeros takes what it takes
    read(path)


# 15


def _variable(number: int) -> bytes:
    found = [number & 0x7F]
    while number := number >> 7:
        found.append(number & 0x7F | 0x80)
    return bytes(reversed(found))


def _midi(rng: Generator, *, calm: bool = False) -> bytes:
    """A sound MIDI file of a few events, of which each number may be as large or as small as the format allows."""
    ticks = 480 if calm else int(one(rng, 1, 2, 96, 480, 32767))
    tracks = []
    for _ in range(1 if calm else rng.integers(1, 4)):
        content = b""
        for _ in range(16 if calm else rng.integers(0, 40)):
            delta = ticks // 4 if calm else int(one(rng, 0, 1, ticks // 4, ticks, 4 * ticks, (1 << 28) - 1))
            channel, pitch = int(one(rng, 9, 9, 0, 1)), int(one(rng, 36, 38, 42, 60, rng.integers(128)))
            what = 0 if calm else int(rng.integers(10))
            content += _variable(delta)
            if what < 5:
                content += bytes([0x90 | channel, pitch, int(one(rng, 0, 1, 100, 127))])
                content += _variable(int(one(rng, 0, 1, ticks // 4))) + bytes([0x80 | channel, pitch, 0])
            elif what == 5:
                content += b"\xff\x51\x03" + int(one(rng, 1, 2, 1000, 500_000, (1 << 24) - 1)).to_bytes(3, "big")
            elif what == 6:
                metre = [int(one(rng, 1, 2, 3, 4, 7, 255)), int(one(rng, 0, 1, 2, 3, 30)), 24, 8]
                content += b"\xff\x58\x04" + bytes(metre)
            elif what == 7:
                content += b"\xff\x59\x02" + bytes([int(rng.integers(256)), int(rng.integers(256))])
            elif what == 8:
                text = bytes(rng.integers(256, size=int(one(rng, 0, 3, 127))).tolist())
                content += bytes([0xFF, int(one(rng, 1, 3, 5, 6))]) + _variable(len(text)) + text
            else:
                content += bytes([0xB0 | channel, int(rng.integers(128)), int(rng.integers(128))])
        content += b"\0\xff\x2f\0"
        tracks.append(b"MTrk" + struct.pack(">I", len(content)) + content)
    return struct.pack(">4sIHHH", b"MThd", 6, 1, len(tracks), ticks) + b"".join(tracks)


@lru_cache(maxsize=1)
def _recipes() -> list[gen.Recipe]:
    tfds = ["data.windows=tfds", "data.window_bars=2", "converter.hop_size=null"]
    return [
        gen.load_recipe("groovae_4bar"),
        gen.load_recipe("groovae_4bar", tfds),
        gen.load_recipe("cat-mel_2bar_small"),
        gen.load_recipe("cat-drums_2bar_small"),
    ]


def extreme_music(rng: Generator, place: Place) -> None:
    """A file is prepared whole, with a reason or with examples, whatever it says."""
    recipe = _recipes()[int(rng.integers(4))]
    converters_of(recipe)
    content = _midi(rng)
    (place.folder / "x.mid").write_bytes(content)
    name = os.fsdecode(bytes(rng.integers(1, 256, size=8).tolist()))
    result = Job(recipe)((0, (Item(name, "train", content),)))
    (report,) = result.reports
    assert (report.rejection is None) == (report.examples > 0), report
    assert report.rejection is None or report.rejection.code != "converter-fault", report.rejection


# 16


def names(rng: Generator, _: Place) -> None:
    """Names of files that differ by little are told apart, also where capitals don't count, and can be written."""
    used: Counter[str] = Counter()
    parts = ["a", "A", "_", "/", "~2", "é", "e\u0301", "ß", "ss", "\udcff", "\x1b", "\n", " ", ".", "x" * 300, "🥁", ""]
    given = ["".join(rng.choice(parts, size=int(rng.integers(6)))) for _ in range(40)]
    found = [_unused(name, used) for name in given]
    assert len({name.casefold() for name in found}) == len(given), given
    assert all(0 < len(name.encode()) < 200 and name.isprintable() and "/" not in name for name in found), found


# 17


def _text(rng: Generator) -> str:
    pieces = [
        "\x1b[2J",
        "\x1b]52;c;cm0=\x07",
        "\x9b31m",
        "\u202e",
        "\u2066",
        "\r",
        "\n",
        "gen: done",
        "\b",
        "\0",
        "\x7f",
    ]
    pieces += [
        "\udcff",
        "\ud800",
        "[bold]",
        "[/]",
        "\u2028",
        "Für",
        "\t",
        "名前",
        "\U000e0041",
        "x" * 90,
        "\\",
        "%s",
        "{}",
    ]
    return "".join(rng.choice(pieces, size=int(rng.integers(1, 12))))


def texts(rng: Generator, _: Place) -> None:
    """Whatever is printed, by whomever, holds nothing that a terminal would obey, and forges no line."""
    import unicodedata

    text, out = _text(rng), io.StringIO()
    with redirect_stdout(out), redirect_stderr(out), terminal.guarded():
        way = int(rng.integers(6))
        if way == 0:
            print(explain(one(rng, DataError(text), MidiError(text), OSError(2, "no such file", text), KeyError(text))))
        elif way == 1:
            say(f"x{text}")
        elif way == 2:
            table = Table(terminal.one_line(text), title="t")
            table.add_row(terminal.one_line(text))
            terminal.console(width=60, markup=False).print(table)
        elif way == 3:
            terminal.console(width=60, markup=False).print(text, f"x{text}", highlight=bool(rng.integers(2)))
        elif way == 4:
            code = main([one(rng, "train", "sample", "recipes", text), text.replace("\0", ""), f"--{text}"])
            assert code in (1, 2), code
        else:
            print(json.dumps({text: text}))
    shown = out.getvalue()
    bad = {letter for letter in shown if unicodedata.category(letter) in OBEYED} - {"\n", "\t"}
    assert not bad, (bad, shown)
    assert way == 3 or not any(line.startswith("gen: done") for line in shown.split("\n")), shown
    assert "unexpected" not in shown or "KeyError" in shown, shown
    assert way != 5 or json.loads(shown) == json.loads(json.dumps({text: text})), shown  # halves that meet are whole


# 18


def _json(rng: Generator, depth: int = 0) -> str:
    simple = [
        "null",
        "true",
        "0",
        "-5",
        "1e999",
        "-1e999",
        "NaN",
        "Infinity",
        "1.5",
        '""',
        '"x"',
        '"\\u0000"',
        '"\\ud800"',
    ]
    simple += [str(1 << 63), "9" * 5000, '"' + "y/" * 3000 + '"', "[" * 3000, '"step-1"', "01", "", "[]", "{}", "1e308"]
    if depth > 3 or rng.random() < 0.5:
        return one(rng, *simple)
    keys = [
        "format",
        "step",
        "data",
        "sha256",
        "path",
        "fingerprint",
        "split",
        "loss",
        "shards",
        "examples",
        "made_from",
    ]
    keys += ["files", "name", "reports", "validation_loss", "seconds", "rounds", "model.safetensors", "arms", "steps"]
    inner = [_json(rng, depth + 1) for _ in range(int(rng.integers(4)))]
    if rng.random() < 0.4:
        return f"[{','.join(inner)}]"
    return "{" + ",".join(f'"{one(rng, *keys)}": {each}' for each in inner) + "}"


def _document(rng: Generator) -> bytes:
    """One that is nearly right, or of any shape, or no text at all."""
    right: dict[str, Any] = {
        "format": 1,
        "step": 1,
        "data": "",
        "sha256": {},
        "validation_loss": None,
        "fingerprint": "",
    }
    right |= {"made_from": {}, "examples": {}, "shards": [], "path": None, "split": "train", "seconds": 1.0}
    way = rng.random()
    if way < 0.6:
        pairs = [
            f'"{key}": {_json(rng, 3) if rng.random() < 0.2 else json.dumps(value)}' for key, value in right.items()
        ]
        return ("{" + ", ".join(pairs) + "}").encode()
    return _json(rng).encode() if way < 0.9 else bytes(rng.integers(256, size=60).tolist())


def documents_and_numbers(rng: Generator, place: Place) -> None:
    """JSON of any shape where a run or a store keeps its own; numbers of any size in recipes and commands."""
    run, document = place.folder / "run", _document(rng)
    if rng.random() < 0.75:
        step = run / "checkpoints" / "step-1"
        step.mkdir(parents=True)
        for name in ("data.json", "metrics.jsonl", "checkpoints/step-1/meta.json", "manifest.json", "clock.json"):
            (run / name).write_bytes(document)
        from gen.comparing.training import seconds_of

        found = Run(run)
        assert isinstance(found.data_fingerprint(), str)
        assert found.data_path() is None or Path(found.data_path() or "").exists()
        curves(found)
        assert found.steps_done() == 1
        assert seconds_of(found) >= 0 or True
        list_stores(place.folder)
        _open_store(run, {})
        load_checkpoint(checkpoints(run / "checkpoints")[0])
        return
    numbers = ["-1", "0", "1e-308", "1e308", "1e999", ".nan", ".inf", "-.inf", str(1 << 63), str(1 << 64), "9" * 5000]
    numbers += [
        "0x" + "f" * 300_000,
        "1000000000",
        "0o7",
        "1_000",
        "null",
        "[]",
        "{}",
        "true",
        '"\\0"',
        "1.5",
        "",
        "- 1",
    ]
    keys = [
        "training.seed",
        "training.steps",
        "training.batch_size",
        "training.learning_rate",
        "latent.size",
        "data.seed",
    ]
    keys += [
        "latent.free_bits",
        "training.grad_norm_limit",
        "converter.slice_bars",
        "data.window_bars",
        "decoder.dropout",
    ]
    keys += ["data.augment.stretch", "data.augment.transpose", "encoder.sizes", "training.sampling.rate", "name"]
    words = ["recipes", "show", "cat-drums_2bar_small", "--resolved"]
    words += [f"{one(rng, *keys)}={one(rng, *numbers)}" for _ in range(int(rng.integers(1, 4)))]
    if rng.random() < 0.5:
        option = one(rng, "--seed", "-n", "--step", "--temperature", "--qpm", "--bars", "--window")
        words = ["sample", str(run), f"{option}={one(rng, *numbers)}"]
    out = io.StringIO()
    with redirect_stdout(out), redirect_stderr(out):
        code = main(words)
    assert code in (0, 1, 2), code
    assert "unexpected" not in out.getvalue(), (words, out.getvalue()[:300])
    assert len(out.getvalue()) < 20_000, len(out.getvalue())


# 19


def weights(rng: Generator, place: Place) -> None:
    """A checkpoint whose tensors are of any kind and hold anything: only sound ones come to be a model's."""
    model = nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 1))
    tensors = dict(model.state_dict())
    spoilt = set()
    for name in list(tensors):
        kind = one(rng, *["sound"] * 9, "nan", "inf", "complex", "int8", "half", "shape", "gone", "bool", "huge")
        tensor = tensors[name].clone()
        if kind in ("nan", "inf"):
            tensor.view(-1)[-1] = float(kind) * one(rng, 1, -1)
        types = {"complex": torch.complex64, "int8": torch.int8, "half": torch.float16, "bool": torch.bool}
        tensor = tensor.to(types.get(kind, tensor.dtype))
        tensor = torch.zeros(7) if kind == "shape" else torch.full_like(tensor, 3e38) if kind == "huge" else tensor
        spoilt |= {kind} - {"sound", "half", "huge"}
        tensors[name] = tensor
        if kind == "gone":
            del tensors[name]
    path = save_checkpoint(regular.folder(place.folder / "checkpoints"), Checkpoint(1, tensors, {}, ""), keep=1)
    try:
        load_weights(model, load_checkpoint(path), "x")  # type: ignore[arg-type]
    except GenError:
        assert spoilt
        raise
    assert not spoilt, spoilt
    assert all(tensor.isfinite().all() for tensor in model.state_dict().values())


KINDS: dict[int, Callable[[Generator, Place], None]] = {
    13: links,
    14: no_files,
    15: extreme_music,
    16: names,
    17: texts,
    18: documents_and_numbers,
    19: weights,
}
