"""The page on converters names every option and every reason; that its snippets run is held by tests/docs."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from types import ModuleType

import pytest

import gen.notes.chords
from gen_converters.common import conditioning, parts
from gen_converters.drums import converter as drums
from gen_converters.groove import converter as groove
from gen_converters.melody import converter as melody
from gen_converters.multitrack import converter as multitrack
from gen_converters.multitrack import windows as performance_windows
from gen_converters.trio import converter as trio

PAGE = (Path(__file__).parents[2] / "docs" / "converters.md").read_text(encoding="utf-8")
EVENTS = ("## `melody`", "## Windows of whole bars")
CHORDS = sorted(Path(gen.notes.chords.__file__ or "").parent.glob("*.py"))


def between(start: str, end: str) -> str:
    return PAGE[PAGE.index(start) : PAGE.index(end)]


def raised(modules: list[ModuleType], others: list[Path]) -> set[str]:
    paths = [*(Path(inspect.getsourcefile(module) or "") for module in [*modules, parts]), *others]
    text = "\n".join(path.read_text(encoding="utf-8") for path in paths)
    called = re.findall(r'(?:Rejection|Rejected|ChordError)\(\s*"([a-z-]+)"', text)
    called += re.findall(r'verdicts\.refuse\(\s*[^"]+,\s*"([a-z-]+)"', text)
    passed_on = re.findall(r'^    "([a-z-]+)": "', Path(parts.__file__).read_text(), flags=re.MULTILINE)
    return {*called, *passed_on}


@pytest.mark.parametrize(
    ("modules", "others", "start", "end", "count"),
    [
        ([groove], [], "### Why a file gives nothing", "### Back to notes", 10),
        ([conditioning, drums, melody, trio], CHORDS, "### What these three reject", "### Figures of events", 22),
        ([performance_windows], CHORDS, "### What `multitrack` rejects", "### Figures of performances", 19),
    ],
    ids=["groove", "events", "multitrack"],
)
def test_the_page_names_every_rejection_that_exists(
    modules: list[ModuleType], others: list[Path], start: str, end: str, count: int
) -> None:
    rows = re.findall(r"^\| (`[^|]+) \|", between(start, end), flags=re.MULTILINE)
    named = {code for row in rows for code in re.findall(r"`([^`]+)`", row)}
    assert len(named) == count
    assert named == raised(modules, others)


@pytest.mark.parametrize(
    ("converter", "section"),
    [
        (groove.GrooveConverter, PAGE),
        (melody.MelodyConverter, between(*EVENTS)),
        (drums.DrumsConverter, between(*EVENTS)),
        (trio.TrioConverter, between(*EVENTS)),
        (multitrack.MultitrackConverter, between("## `multitrack`", "## Windows of whole bars")),
    ],
)
def test_the_page_names_every_option(converter: type, section: str) -> None:
    options = set(inspect.signature(converter).parameters) - ({"mode"} if section != PAGE else set())
    assert {option for option in options if f"`{option}" not in section} == set()
