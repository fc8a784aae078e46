"""The page on converters names every option and every reason of multitrack performances."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import gen.notes.chords
from gen_converters.common import parts
from gen_converters.multitrack import converter as multitrack
from gen_converters.multitrack import windows as performance_windows

PAGE = (Path(__file__).parents[2] / "docs" / "converters.md").read_text(encoding="utf-8")
SECTION = PAGE[PAGE.index("## `multitrack`") : PAGE.index("## Windows of whole bars")]


def raised() -> set[str]:
    sources = [Path(inspect.getsourcefile(module) or "") for module in (performance_windows, parts)]
    sources += sorted(Path(gen.notes.chords.__file__ or "").parent.glob("*.py"))
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    called = re.findall(r'(?:Rejection|ChordError)\(\s*"([a-z-]+)"', text)
    called += re.findall(r'verdicts\.refuse\(\s*[^"]+,\s*"([a-z-]+)"', text)
    passed_on = re.findall(r'^    "([a-z-]+)": "', Path(parts.__file__).read_text(), flags=re.MULTILINE)
    return {*called, *passed_on}


def test_the_page_names_every_rejection_that_exists() -> None:
    table = SECTION[SECTION.index("### What `multitrack` rejects") : SECTION.index("### Figures of performances")]
    named = {
        code
        for row in re.findall(r"^\| (`[^|]+) \|", table, flags=re.MULTILINE)
        for code in re.findall(r"`([^`]+)`", row)
    }
    assert len(named) == 19
    assert named == raised()


def test_the_page_names_every_option() -> None:
    options = set(inspect.signature(multitrack.MultitrackConverter).parameters) - {"mode"}
    assert {option for option in options if f"`{option}" not in SECTION} == set()
