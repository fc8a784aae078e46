"""Damaged and hostile MIDI files, given to the commands that read clips."""

from __future__ import annotations

import numpy as np
import pytest
from tiny_models import demo_bytes, tiny_run

from gen.cli import main


@pytest.mark.parametrize(
    ("command", "family"), [("reconstruct", "melody"), ("humanize", "humanize"), ("drumify", "tap")]
)
def test_a_damaged_clip_is_played_or_refused_in_words(command, family, tmp_path, capsys):
    run = tiny_run(family, tmp_path / "run")
    whole = demo_bytes("band", 4)
    rng = np.random.default_rng(0)
    codes = set()
    for number in range(40):
        content = bytearray(whole)
        for place in rng.integers(0, len(content), rng.integers(1, 6)):
            content[place] = rng.integers(0, 256)
        if number % 4 == 0:
            del content[rng.integers(0, len(content)) :]
        (tmp_path / "clip.mid").write_bytes(content)
        words = [command, str(run), str(tmp_path / "clip.mid"), "--all", "--force", "-o", str(tmp_path / "out")]
        codes.add(main(words))
        error = capsys.readouterr().err
        assert "unexpected" not in error, error
    assert codes == {0, 1}
