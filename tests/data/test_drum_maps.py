"""A kit's own pitches and channels: as data, so that every converter gets them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from midi_bytes import beat, midi, notes, track
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


def one_drum_a_track(*, pitch: int, channels: tuple[int, ...]) -> bytes:
    """A beat as samplers have it: kick, snare, hat and open hat on tracks of their own, all at one pitch."""
    tracks = []
    for name, drum, channel in zip(("Kick", " snare ", "Hat", "Open Hat"), (36, 38, 42, 46), channels, strict=True):
        events = notes([(tick, channel, pitch, 100) for tick, _, each, _ in beat(2) if each == drum])
        tracks.append(track([(0, bytes((0xFF, 3, len(name))) + name.encode()), *events]))
    return midi(*tracks)


BY_TRACK = "{track Kick: kick, track SNARE: snare, track Hat: 42, track Open Hat: 46}"
BY_CHANNEL = "{channel 1: kick, channel 2: snare, channel 3: closed hat, channel 4: 46}"


@pytest.mark.parametrize(
    ("words", "options"),
    [
        (BY_TRACK, {"pitch": 60, "channels": (1, 2, 3, 4)}),
        (BY_TRACK, {"pitch": 36, "channels": (1, 1, 1, 1)}),
        (BY_TRACK, {"pitch": 36, "channels": (10, 10, 10, 10)}),
        (BY_CHANNEL, {"pitch": 60, "channels": (1, 2, 3, 4)}),
        ("{track Kick: 36, channel 2: 38, track Hat: 42, channel 4: 46}", {"pitch": 0, "channels": (1, 2, 3, 4)}),
    ],
)
def test_a_channel_or_a_track_can_be_one_drum(tmp_path, words, options):
    data = recipe_with(tmp_path, f"data.drum_map={words}").data
    played = heard(one_drum_a_track(**options), data)
    assert played.is_drum.all()
    assert sorted(played.pitch.tolist()) == sorted(pitch for _, _, pitch, _ in beat(2))


def test_strokes_without_a_length_are_drums_too_where_a_channel_is_one(tmp_path):
    data = recipe_with(tmp_path, "data.drum_map={channel 3: snare}").data
    raw = midi(track([(tick, message) for tick in range(0, 960, 96) for message in (b"\x92\x3c\x64", b"\x82\x3c\0")]))
    assert heard(raw, data).pitch.tolist() == [38] * 10


FOOT = [(0, 127), (96, 0), (192, 64), (288, 63)]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("{pedal 0-63: 46}", [42, 46, 42, 46]),
        ("{pedal 64-127: open hat}", [46, 42, 46, 42]),
        ("{pedal 0: 46, pedal 1-64: 26}", [42, 46, 26, 26]),
        ("{pedal 127: 44}", [44, 42, 42, 42]),
        ("{22: 38}", [42, 42, 42, 42]),
    ],
)
@pytest.mark.parametrize("pitch", [42, 22])
def test_a_pedal_can_say_how_open_the_hi_hat_is(tmp_path, words, expected, pitch):
    struck = notes([(at * 96 + 1, 10, each, 90) for at in range(4) for each in (pitch, 36)])
    raw = midi(track([*[(tick, bytes((0xB9, 4, value))) for tick, value in FOOT], *struck]))
    mapped = words.replace("{", "{22: 42, ", 1) if pitch == 22 and "22" not in words else words
    played = heard(raw, recipe_with(tmp_path, f"data.drum_map={mapped}").data)
    hats = [each for each in sorted(zip(played.start, played.pitch, strict=True)) if each[1] != 36]
    wanted = [38] * 4 if pitch == 22 and "22: 38" in words else expected
    assert [int(each[1]) for each in hats] == wanted
    assert (played.pitch == 36).sum() == 4


def test_without_a_word_of_the_pedal_a_hi_hat_stays_as_it_is(tmp_path):
    raw = midi(track(notes([(0, 10, 42, 90)])))
    assert heard(raw, recipe_with(tmp_path, "data.drum_map={pedal 0-63: 46}").data).pitch.tolist() == [42]


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("channel 17", "MIDI channels are 1 to 16"),
        ("channel x", "MIDI channels are 1 to 16"),
        ("pedal 64-12", "values of the pedal are 0 to 127"),
        ("pedal 0-128", "values of the pedal are 0 to 127"),
        ("pedal open", "values of the pedal are 0 to 127"),
        ("channels 3", "no General MIDI drum is called"),
    ],
)
def test_a_key_that_can_mean_nothing_is_an_error_with_its_place(tmp_path, key, text):
    (tmp_path / "kit.yaml").write_text(f"22: 42\n{key}: 36\n", encoding="utf-8")
    with pytest.raises(RecipeError, match=rf"kit\.yaml:2:1: .*{text}"):
        read_drum_map(tmp_path / "kit.yaml")


def test_all_of_a_map_survives_a_resolved_recipe(tmp_path):
    words = "{22: 42, channel 3: snare, track Big Kick: kick, pedal 0-63: 46}"
    recipe = recipe_with(tmp_path, f"data.drum_map={words}")
    (tmp_path / "again.yaml").write_text(resolved_yaml(recipe), encoding="utf-8")
    assert load_recipe(tmp_path / "again.yaml").data.drum_map == recipe.data.drum_map
