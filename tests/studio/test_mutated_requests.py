"""Requests that nobody should send, as `benchmarks/fuzz_studio.py` sends thousands of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from fuzz_studio import fuzz

pytestmark = pytest.mark.slow


def test_nothing_that_is_sent_crashes_a_studio_or_leads_out_of_its_folder(folder: Path, tmp_path: Path) -> None:
    tally = fuzz(200, 7, tmp_path)

    assert tally.wrong == []
    assert tally.count() == 200
    assert tally.entries > 5
    assert {"damaged clip", "verb", "path", "stranger", "damaged bytes", "body"} <= set(tally.statuses)
    assert any(state == "done" for state, _ in tally.jobs.values())
