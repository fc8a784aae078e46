"""Pages of the documentation, block by block, and a way to run them as a reader would.

``sh`` and ``python`` blocks are executed, in order, in one folder and one namespace a page. ``console`` blocks need
the network, the real data set or hours; they are read but not run.
"""

from __future__ import annotations

import contextlib
import io
import math
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gen import cli

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]

_DATA = "data={source: {type: demo, clips: 20, bars: 5}, fallback: null}"
_TRAINING = "training={batch_size: 4, steps: 2, log_every: 1, eval_every: 2, eval_batches: 1, checkpoint_every: 2}"
_TINY = [_DATA, "encoder.sizes=[8]", "decoder.sizes=[8]", "latent.size=4", _TRAINING, "--samples", "2"]
_LONG = "data={source: {type: demo, parts: drums, clips: 20, bars: 17}, fallback: null}"
_BRIEF = "training={batch_size: 2, steps: 2, eval_batches: 1}"
_NUMBER = r"\d+(?:\.\d+)?"
_SHELL = re.compile(r"[|<>&;$`*]")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, the line of its first line of text, and the text."""

    language: str
    line: int
    text: str

    def commands(self) -> list[str]:
        """Its lines, continued ones joined, without blank lines and pure comments."""
        joined = re.sub(r"\\\n\s*", "", self.text)
        return [line.strip() for line in joined.splitlines() if line.strip() and not line.lstrip().startswith("#")]


def page_id(page: Path) -> str:
    """What a test calls a page."""
    return page.relative_to(ROOT).as_posix() if page.is_relative_to(ROOT) else page.name


def blocks(page: Path, *languages: str) -> list[Block]:
    """The page's fenced blocks, of these languages (of any where none is named)."""
    text = page.read_text(encoding="utf-8")
    found = re.finditer(r"^```([\w-]*)[^\n]*\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    every = [Block(match[1], text.count("\n", 0, match.start(2)) + 1, match[2]) for match in found]
    return [block for block in every if not languages or block.language in languages]


def gen_words(command: str) -> list[str] | None:
    """The words after ``gen``, or None where the line is another command; environment settings are dropped."""
    command = re.sub(r"^(?:[A-Z_]+=\S*\s+)+", "", command)
    if not re.match(r"gen(\s|$)", command):
        return None
    return shlex.split(re.split(r"\s[|>]", command)[0], comments=True)[1:]


def tiny(words: list[str]) -> list[str]:
    """The same command with settings so small that it takes a second; what was written is still read and checked."""
    if words[:1] == ["train"] and "--trial" in words:
        return [*words, _DATA, "--samples", "2"]
    if words[:1] == ["train"]:
        return [*words, "training.steps=4", "--samples", "1"] if "--resume" in words else [*words, *_TINY]
    if words[:1] == ["compare"]:
        return [*words, _LONG, *_TINY[1:-3], _BRIEF]
    return [*words, _DATA] if words[:2] == ["data", "prepare"] else words


class Reader:
    """Somebody who types a page into a terminal, from top to bottom.

    Args:
        page: which.
        folder: where; it must be the current one.
    """

    def __init__(self, page: Path, folder: Path) -> None:
        self.page = page
        self.folder = folder
        self.namespace: dict[str, object] = {"__name__": "__docs__"}
        self.count = 0

    def run(self) -> None:
        """Run every block.

        Raises:
            AssertionError: a command or snippet failed; the text names the line of the page.
        """
        for block in blocks(self.page, "sh", "python"):
            self.count += 1
            if block.language == "python":
                self._snippet(block)
            else:
                for command in block.commands():
                    self._command(command, block)

    def _snippet(self, block: Block) -> None:
        padded = "\n" * (block.line - 1) + block.text  # so that a traceback shows the page's own line
        with self._saying(block) as out:
            exec(compile(padded, page_id(self.page), "exec"), self.namespace)  # noqa: S102 -- our own pages
        printed = [float(number) for number in re.findall(_NUMBER, out.getvalue())]
        for expected in re.findall(rf"print\(.*\)\s+# ({_NUMBER})", block.text):
            near = [number for number in printed if math.isclose(number, float(expected), rel_tol=1e-6)]
            assert near, f"{page_id(self.page)}:{block.line}: {expected} was not printed"

    def _command(self, command: str, block: Block) -> None:
        words = gen_words(command)
        place = f"{page_id(self.page)}:{block.line}: {command}"
        if words is not None and not _SHELL.search(command) and command.startswith("gen"):
            with self._saying(block) as out:
                code = cli.main(tiny(words))
            assert code == 0, f"{place}: exit code {code}\n{out.getvalue()}"
            return
        assert words is None or tiny(words) == words, f"{place}: too long to run; write it without a pipe"
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command],
            cwd=self.folder,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{place}: exit code {done.returncode}\n{done.stdout}{done.stderr}"

    @contextlib.contextmanager
    def _saying(self, block: Block) -> Iterator[io.StringIO]:
        out = io.StringIO()
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
                yield out
        except Exception as error:
            raise AssertionError(
                f"{page_id(self.page)}:{block.line}: {type(error).__name__}: {error}\n{out.getvalue()}"
            ) from error
