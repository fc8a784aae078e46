"""A kit's own pitches and channels: as data, so that every converter gets them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scores import score

import gen
from gen.data.conversion import heard
from gen.errors import RecipeError
from gen.notes.drum_maps import drum_name, drum_pitch, stand_in
from gen.recipes import load_recipe
from gen.recipes.drum_maps import read_drum_map
from gen.recipes.resolved import resolved_yaml

RECIPE = """\
data: {source: demo}
converter: {type: groove, split_bars: 2}
encoder: {type: bilstm, sizes: [8]}
decoder: {type: groove, sizes: [8, 8]}
"""


def recipe_with(folder: Path, *overrides: str, text: str = RECIPE) -> gen.Recipe:
    path = folder / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    return load_recipe(path, overrides)


def pairs(recipe: gen.Recipe) -> dict[int, int]:
    assert recipe.data.drum_map is not None
    return dict(recipe.data.drum_map.pairs)


def on_channel(notes: gen.NoteSequence, channel: int) -> bytes:
    """A file whose drums are on another channel (counted from 1) than the tenth."""
    raw = bytearray(gen.midi.midi_bytes(notes))
    for place, byte in enumerate(raw):
        if byte in (0x99, 0x89, 0xC9) and place > 22:
            raw[place] = byte & 0xF0 | channel - 1
    return bytes(raw)


def test_a_map_moves_drum_notes_and_no_others():
    notes = score("drums 22:[0] 36:[0] 26:[0.5]", "22:[0,1] 26:[1,2]")
    mapped = gen.notes.DrumMap.of({22: 42, 26: 46}).apply(notes)
    assert mapped.pitch.tolist() == [42, 36, 46, 22, 26]
    assert mapped.start.tolist() == notes.start.tolist()


@given(st.dictionaries(st.integers(0, 127), st.integers(0, 127)))
def test_each_pitch_is_mapped_once_and_not_again(pitches):
    notes = gen.NoteSequence(pitch=np.arange(128), start=np.zeros(128), end=np.ones(128), is_drum=True)
    mapped = gen.notes.DrumMap.of(pitches).apply(notes)
    assert mapped.pitch.tolist() == [pitches.get(pitch, pitch) for pitch in range(128)]


@pytest.mark.parametrize("written", ["{22: 42, Hand Clap: snare}", "{'22': closed hi-hat, HAND_CLAP: 38}"])
def test_a_recipe_takes_numbers_and_names(tmp_path, written):
    assert pairs(recipe_with(tmp_path, f"data.drum_map={written}")) == {22: 42, 39: 38}
    assert pairs(recipe_with(tmp_path, text=RECIPE.replace("demo}", f"demo, drum_map: {written}}}"))) == {
        22: 42,
        39: 38,
    }


def test_a_map_in_a_file_lies_where_the_recipe_says_seen_from_the_recipe(tmp_path, monkeypatch):
    (tmp_path / "maps").mkdir()
    (tmp_path / "maps" / "kit.yaml").write_text("# my kit\n22: 42\nCowbell: ride\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path / "maps")
    assert pairs(recipe_with(tmp_path, text=RECIPE.replace("demo}", "demo, drum_map: maps/kit.yaml}"))) == {
        22: 42,
        56: 51,
    }
    assert pairs(recipe_with(tmp_path, "data.drum_map=kit.yaml")) == {22: 42, 56: 51}  # seen from the current folder


def test_a_base_and_what_is_laid_on_it_merge_pitch_by_pitch(tmp_path):
    (tmp_path / "kit.yaml").write_text("22: 42\n26: 46\n", encoding="utf-8")
    base = RECIPE.replace("demo}", "demo, drum_map: kit.yaml}")
    assert pairs(recipe_with(tmp_path, "data.drum_map={26: 44}", text=base)) == {22: 42, 26: 44}
    assert recipe_with(tmp_path, "data.drum_map=null", text=base).data.drum_map is None


def test_a_saved_recipe_holds_the_map_itself(tmp_path):
    (tmp_path / "kit.yaml").write_text("22: 42\n", encoding="utf-8")
    recipe = recipe_with(tmp_path, "data.drum_map=" + str(tmp_path / "kit.yaml"), "data.drum_channels=[11, 12]")
    (tmp_path / "kit.yaml").unlink()
    (tmp_path / "saved").mkdir()
    again = recipe_with(tmp_path / "saved", text=resolved_yaml(recipe))
    assert again.data == recipe.data
    assert hash(again.data) == hash(recipe.data)


@pytest.mark.parametrize(
    ("written", "complaints"),
    [
        ("{22: 242}", ["data.drum_map: 242 is not a MIDI pitch"]),
        ("{128: 42}", ["data.drum_map: 128 is not a MIDI pitch"]),
        ("{22: 4.5}", ["'22' must stand for a MIDI pitch"]),
        ("{22: snair}", ["no General MIDI drum is called 'snair'; did you mean 'snare'?"]),
        ("{22: 42, '0022': 46}", ["pitch 22 is given twice"]),
        ("{kick: 35, bass drum 1: 36}", ["pitch 36 is given twice; 'bass drum 1' is the second"]),
        ("{a: 1, b: 2}", ["called 'a'", "called 'b'"]),
        ("[22, 42]", ["expected a mapping of what is heard"]),
        ("nowhere.yaml", ["data.drum_map: the drum map nowhere.yaml can't be read: No such file"]),
    ],
)
def test_every_mistake_in_a_map_is_reported_where_it_was_made(tmp_path, monkeypatch, written, complaints):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RecipeError) as caught:
        recipe_with(tmp_path, f"data.drum_map={written}")
    assert all(complaint in str(caught.value) for complaint in complaints)
    assert all(problem.startswith("command line: ") for problem in caught.value.problems)


def test_mistakes_in_a_file_have_its_line_and_column(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "kit.yaml").write_text("22: 42\n23: 300\ncymbal thing: 49\n23: 4\n", encoding="utf-8")
    with pytest.raises(RecipeError, match=r"kit\.yaml:4:1: '23' is given twice"):
        read_drum_map(Path("kit.yaml"))
    (tmp_path / "kit.yaml").write_text("22: 42\n23: 300\ncymbal thing: 49\n", encoding="utf-8")
    with pytest.raises(RecipeError) as caught:
        recipe_with(tmp_path, "data.drum_map=kit.yaml")
    assert [problem.partition(" ")[0] for problem in caught.value.problems] == ["kit.yaml:2:5:", "kit.yaml:3:1:"]


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"22: 42\n" * 20_000, b"- 1\n", b"22: [42\n"])
def test_a_file_that_is_no_map_is_an_error_with_its_name(tmp_path, monkeypatch, content):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "kit.yaml").write_bytes(content)
    with pytest.raises(RecipeError, match=r"kit\.yaml"):
        read_drum_map(Path("kit.yaml"))


@pytest.mark.parametrize("channels", ["[0]", "[17]", "['10']", "10"])
def test_a_channel_that_does_not_exist_is_refused_with_its_place(tmp_path, channels):
    with pytest.raises(RecipeError, match=r"^command line: data\.drum_channels"):
        recipe_with(tmp_path, f"data.drum_channels={channels}")


def test_drums_on_other_channels_are_heard_where_they_are_named(tmp_path):
    notes = score("drums 36:[0] 38:[0.5] 22:[1]")
    raw = on_channel(notes, 11)
    assert not gen.read_midi(raw).is_drum.any()
    assert gen.read_midi(raw, drum_channels=[11]).is_drum.all()
    data = recipe_with(tmp_path, "data.drum_channels=[11]", "data.drum_map={22: 42}").data
    assert sorted(heard(raw, data).pitch.tolist()) == [36, 38, 42]
    assert sorted(heard(raw, replace(data, drum_channels=())).pitch.tolist()) == [22, 36, 38]
    with pytest.raises(ValueError, match="from 1 to 16, got 0"):
        gen.read_midi(raw, drum_channels=[0])


def test_every_drum_of_general_midi_has_a_name_that_leads_back_to_it_and_a_stand_in_of_a_plain_kit():
    for pitch in range(27, 88):
        assert drum_pitch(drum_name(pitch)) == pitch
        kit = stand_in(pitch)
        assert kit is not None
        assert stand_in(kit) == kit
    assert (drum_name(100), stand_in(100)) == ("", None)
