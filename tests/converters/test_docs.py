"""The page on converters is complete; that its snippets run is held by tests/docs."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

from gen_converters.common import parts
from gen_converters.groove import converter as groove
from gen_converters.groove.converter import GrooveConverter

PAGE = (Path(__file__).parents[2] / "docs" / "converters.md").read_text(encoding="utf-8")


def test_the_page_names_every_rejection_and_option_that_exists() -> None:
    source = "".join(inspect.getsource(module) for module in (groove, parts))
    raised = re.findall(r'(?:Rejection|_rejected)\(\s*"([a-z-]+)"', source)
    passed_on = re.findall(r'^    "([a-z-]+)": "', source, flags=re.MULTILINE)  # those of the grid, with their advice
    codes = {*raised, *passed_on}
    assert len(codes) == 10
    table = PAGE[PAGE.index("### Why a file gives nothing") : PAGE.index("### Back to notes")]
    assert set(re.findall(r"`([a-z]+-[a-z]+(?:-[a-z]+)?)`", table)) == codes
    assert [option for option in inspect.signature(GrooveConverter).parameters if f"`{option}" not in PAGE] == []
