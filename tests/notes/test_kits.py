"""Drum maps of common kits, by name, wherever a map's file is taken."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scores import score

import gen
from gen.cli import main
from gen.errors import RecipeError
from gen.midi import midi_bytes
from gen.music.verbs.drums import find_drums
from gen.notes.kits import KITS, NOTHING
from gen.recipes.drum_maps import read_drum_map
from gen_converters.common.drum_classes import REDUCED, ROLAND


@pytest.mark.parametrize("name", KITS)
def test_every_drum_of_a_kit_is_one_drum_in_every_table(name):
    roland, reduced = ({pitch: n for n, row in enumerate(table) for pitch in row} for table in (ROLAND, REDUCED))
    for note, drum in KITS[name].items():
        assert 0 <= note <= 127
        assert drum == NOTHING or roland[drum] == reduced[drum]
    assert {roland[drum] for drum in KITS[name].values() if drum != NOTHING} == {*range(9)}


def test_the_kit_that_groove_was_played_on_is_heard_as_groove_is():
    for number, pitches in enumerate(ROLAND):
        assert {KITS["roland-td"][pitch] for pitch in pitches} <= {*ROLAND[number]}


def test_a_kit_stands_where_a_file_does(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert dict(read_drum_map(Path("addictive-drums-2")).pairs)[71] == 50
    recipe = gen.load_recipe("groovae_4bar", ["data.drum_map=ezdrummer-2"])
    assert dict(recipe.data.drum_map.pairs)[22] == 42
    beat = midi_bytes(score("drums " + " ".join(f"{(36, 49)[n % 2]} v100:[{n / 4}]" for n in range(32))))
    (tmp_path / "beat.mid").write_bytes(beat)
    assert main(["humanize", "beat.mid", "--drum-map", "addictive-drums-2", "--json", "-o", "played.mid"]) == 0
    assert '"as_written": 0' in capsys.readouterr().out
    assert len(find_drums((tmp_path / "played.mid").read_bytes())) == len(find_drums(beat))
    assert np.isin(find_drums(beat, drum_map=read_drum_map(Path("addictive-drums-2"))).pitch, (36, 42)).all()
    (tmp_path / "roland-td").write_text("22: 46", encoding="utf-8")  # a file of that name comes first
    assert read_drum_map(Path("roland-td")).pairs == ((22, 46),)


def test_a_kit_that_is_not_there_is_not_guessed():
    with pytest.raises(RecipeError, match="roland-td"):
        read_drum_map(Path("roland-tb"))
