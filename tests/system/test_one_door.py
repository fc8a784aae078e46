"""gen reaches for files in one module alone, and shows tables in one, so that what holds there holds everywhere."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOORS = {ROOT / "core" / "gen" / "system" / name for name in ("regular.py", "terminal.py")}
SOURCES = sorted(path for room in ("core", "plugins") for path in (ROOT / room).rglob("*.py") if path not in DOORS)

OF_PATHS = {
    *("read_text", "read_bytes", "write_text", "write_bytes", "mkdir", "rmdir", "unlink", "touch", "rename"),
    *("symlink_to", "hardlink_to", "chmod", "rmtree", "copyfile", "copytree", "copy2", "makedirs", "mkfifo"),
    *("memmap", "savefig", "fromfile", "tofile"),
}
"""Methods and functions that reach for a file by its path, whatever they belong to."""
OF_MODULES = {"os": {"open", "remove", "removedirs", "link", "symlink", "truncate"}, "shutil": {"copy", "move"}} | {
    module: {"open"} for module in ("io", "gzip", "tarfile", "zipfile", "bz2", "lzma")
}
ITS_OWN = {"regular", "file"}  # whose methods of such names are others
OPENERS = {"Console", "ZipFile", "TarFile", "safe_open", "load_file", "save_file", "SummaryWriter", "mmap"}
WITH_A_FILE = {
    ("core/gen/data/archives.py", "ZipFile"): "is given an open file",
    ("core/gen/data/table.py", "memmap"): "is given an open file",
    ("core/gen/data/table.py", "safe_open"): "after `require_regular`",
    ("core/gen/evaluation/floors/keeping.py", "safe_open"): "after `require_regular`",
    ("core/gen/evaluation/measurement.py", "safe_open"): "after `require_regular`",
    ("core/gen/training/checkpoint.py", "load_file"): "after the file's digest was found right",
    ("core/gen/training/checkpoint.py", "save_file"): "into a folder made for it just now",
    ("core/gen/checkpoints/formats/sources.py", "mmap"): "is given an open file",
    ("core/gen/checkpoints/formats/sources.py", "open"): "is given an open file (gzip, tar)",
    ("core/gen/music/plots.py", "savefig"): "into memory",
    ("core/gen/testing/datasets.py", "copytree"): "into a folder made for it just now",
    ("core/gen/testing/datasets.py", "write_bytes"): "into a folder made for it just now",
    ("core/gen/testing/parts/observers.py", "mkdir"): "into a folder made for it just now",
    ("core/gen/training/watching.py", "SummaryWriter"): "into a folder of the run, made by `inner_folder`",
}


def reaches_for_files(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and name of every call that takes a path."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name) and node.func.id in {"open", *OPENERS}:
            yield node.lineno, node.func.id
        if not isinstance(node.func, ast.Attribute):
            continue
        owner, name = node.func.value, node.func.attr
        if isinstance(owner, ast.Name) and owner.id in ITS_OWN:
            continue
        mode = node.args[0] if node.args else None
        opens = name == "open" and (
            mode is None
            or (isinstance(mode, ast.Constant) and isinstance(mode.value, str) and set(mode.value) <= set("rwxab+t"))
        )
        opens |= isinstance(owner, ast.Name) and name in OF_MODULES.get(owner.id, ())
        renames = name == "replace" and len(node.args) == 1 and not node.keywords
        if opens or renames or name in OF_PATHS or name in OPENERS:
            yield node.lineno, name


def test_no_module_but_one_reaches_for_files():
    there = {
        (str(path.relative_to(ROOT)), name): line
        for path in SOURCES
        for line, name in reaches_for_files(ast.parse(path.read_bytes()))
    }
    assert {place: line for place, line in there.items() if place not in WITH_A_FILE} == {}
    assert WITH_A_FILE.keys() - there.keys() == set()


@pytest.mark.parametrize(
    "line",
    [
        *("open(path)", "path.open()", "path.open('rb')", "path.read_text()", "path.write_bytes(b'')", "a.replace(b)"),
        *("zipfile.ZipFile(path)", "shutil.rmtree(path)", "os.open(path, 0)", "tarfile.open(path)", "os.rename(a, b)"),
        *("path.mkdir()", "path.unlink()", "np.memmap(path)", "safe_open(path, 'np')", "load_file(path)"),
    ],
)
def test_ways_round_the_door_are_seen(line):
    assert list(reaches_for_files(ast.parse(line)))


@pytest.mark.parametrize("line", ["text.replace('a', 'b')", "regular.remove(path)", "source.open(name)"])
def test_what_takes_no_path_is_no_way_round(line):
    assert list(reaches_for_files(ast.parse(line))) == []
