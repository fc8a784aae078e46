"""The page on converters names every option and every reason of melodies, drums and trios."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

import gen.notes.chords
from gen_converters.common import conditioning, parts
from gen_converters.drums import converter as drums
from gen_converters.melody import converter as melody
from gen_converters.trio import converter as trio

PAGE = (Path(__file__).parents[2] / "docs" / "converters.md").read_text(encoding="utf-8")
SECTION = PAGE[PAGE.index("## `melody`") : PAGE.index("## Windows of whole bars")]


def raised() -> set[str]:
    sources = [Path(inspect.getsourcefile(module) or "") for module in (conditioning, drums, melody, parts, trio)]
    sources += sorted(Path(gen.notes.chords.__file__ or "").parent.glob("*.py"))
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    called = re.findall(r'(?:Rejection|ChordError)\(\s*"([a-z-]+)"', text)
    passed_on = re.findall(r'^    "([a-z-]+)": "', Path(parts.__file__).read_text(), flags=re.MULTILINE)
    return {*called, *passed_on}


def test_the_page_names_every_rejection_that_exists() -> None:
    table = SECTION[SECTION.index("### What these three reject") : SECTION.index("### Figures of events")]
    named = {
        code
        for row in re.findall(r"^\| (`[^|]+) \|", table, flags=re.MULTILINE)
        for code in re.findall(r"`([^`]+)`", row)
    }
    assert len(named) == 22
    assert named == raised()


@pytest.mark.parametrize("converter", [melody.MelodyConverter, drums.DrumsConverter, trio.TrioConverter])
def test_the_page_names_every_option(converter: type) -> None:
    options = set(inspect.signature(converter).parameters) - {"mode"}
    assert {option for option in options if f"`{option}" not in SECTION} == set()
