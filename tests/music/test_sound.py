"""Clips as sound: onsets where the notes are, the same bytes every time, and the numbers of the pages' script."""

from __future__ import annotations

import io
import re
import wave
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from tiny_models import demo_clip

import gen
from gen.cli import main
from gen.errors import GenError, UsageError
from gen.music.sound.rendering import LONGEST
from gen.music.sound.synthesis import DRUMS, FAMILIES
from gen.notes.sequence import NoteSequence

SYNTHS = [
    "plain",
    pytest.param(
        "soundfont", marks=pytest.mark.skipif(find_spec("midirenderer") is None, reason="needs gen-music[sound]")
    ),
]
SCRIPT = Path(gen.__file__).parent / "pages" / "assets" / "synth.js"


def apart(pitches, *, drums):
    """Notes a second apart and a little off the grid, from soft to loud."""
    start = 1.0 * np.arange(len(pitches)) + np.linspace(0.1, 0.13, len(pitches))
    velocity = np.linspace(50, 120, len(pitches)).round()
    return NoteSequence(
        pitch=np.array(pitches),
        velocity=velocity,
        start=start,
        end=start + 0.1,
        program=np.zeros(len(pitches)),
        is_drum=np.full(len(pitches), drums),
        total_time=float(start[-1] + 0.4),
    )


def samples_of(content):
    with wave.open(io.BytesIO(content)) as file:
        found = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, file.getnchannels())
        return found.mean(1) / 32768, file.getframerate()


def onset(samples, rate, near):
    """Seconds at which it becomes loud within 0.2 s before and after a time: a fortieth of the loudest there."""
    first = round((near - 0.1) * rate)
    part = np.abs(samples[first : round((near + 0.2) * rate)])
    quiet = np.abs(samples[first : round((near - 0.01) * rate)]).max()
    return (first + np.argmax(part > max(quiet * 1.5, part.max() / 40))) / rate


@pytest.mark.parametrize("synth", SYNTHS)
@pytest.mark.parametrize(("pitches", "drums"), [([36, 38, 37, 36, 38, 37], True), ([60, 72, 60, 72], False)])
def test_onsets_are_where_the_notes_are(synth, pitches, drums):
    notes = apart(pitches, drums=drums)
    samples, rate = samples_of(gen.music.wav_bytes(notes, synth=synth))

    found = [onset(samples, rate, near) for near in notes.start]
    assert found == pytest.approx(notes.start.tolist(), abs=0.005)


@pytest.mark.parametrize("synth", SYNTHS)
def test_a_clip_always_sounds_the_same_loud_enough_and_never_clips(synth):
    first, second = (gen.music.wav_bytes(demo_clip("band", 4), synth=synth) for _ in range(2))

    assert first == second
    samples, _ = samples_of(first)
    assert 0.2 < np.abs(samples).max() <= 1.0
    assert np.sqrt(np.mean(samples**2)) > 0.01


@pytest.mark.parametrize("synth", SYNTHS)
def test_louder_notes_are_louder(synth):
    notes = apart([38] * 4, drums=True)
    samples, rate = samples_of(gen.music.wav_bytes(notes, synth=synth))
    peaks = [np.abs(samples[round(start * rate) :][: rate // 5]).max() for start in notes.start]
    assert peaks == sorted(peaks)
    assert peaks[-1] > 1.5 * peaks[0]


def test_silence_is_silent():
    samples, _ = samples_of(gen.music.wav_bytes(NoteSequence(total_time=1.0), synth="plain"))
    assert not samples.any()


def test_what_is_too_long_or_unknown_is_refused(monkeypatch):
    with pytest.raises(GenError, match="too long for one WAV file"):
        gen.music.wav_bytes(NoteSequence(total_time=LONGEST + 1))
    with pytest.raises(UsageError, match="no synth 'plane'; did you mean 'plain'"):
        gen.music.wav_bytes(NoteSequence(), synth="plane")
    monkeypatch.setattr("gen.music.sound.rendering.find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"pip install 'gen-music\[sound\]'"):
        gen.music.wav_bytes(NoteSequence(), synth="soundfont")


def test_the_numbers_are_those_of_the_pages_script():
    script = SCRIPT.read_text(encoding="utf-8")
    row = r"wave: \"(\w+)\", attack: ([\d.]+), decay: ([\d.]+), held: ([\d.]+), low: (\d+)"
    there = {(wave_, *map(float, numbers)) for wave_, *numbers in re.findall(row, script)}
    assert there == {(each.wave, each.attack, each.decay, each.held, each.low) for each in FAMILIES}

    kinds = dict(re.findall(r"const ([A-Z]+) = \{ ([^}]*) \};", script))
    drums = dict(re.findall(r"\[(\d+), ([A-Z]+|tom\(\d+\))\]", script))
    assert drums.keys() == {str(pitch) for pitch in DRUMS}
    for pitch, name in drums.items():
        kind = DRUMS[int(pitch)]
        if name.startswith("tom"):
            assert kind.sine is not None
            assert kind.sine[0] == float(name[4:-1])
            continue
        numbers = {key: float(value) for key, value in re.findall(r"(\w+): ([\d.]+)", kinds[name])}
        assert (kind.length, kind.level, kind.square) == (numbers["length"], numbers["level"], numbers.get("square"))
        listed = [
            float(value) for text in re.findall(r"\[([^\]]*)\]", kinds[name]) for value in re.findall(r"[\d.]+", text)
        ]
        assert listed == [*(kind.sine or ()), *(kind.noise or ())[1:]]


def test_render_writes_one_wav_a_clip_beside_it_or_where_it_is_told(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    gen.write_midi(demo_clip("drums", 2), tmp_path / "a.mid")
    gen.write_midi(demo_clip("melody", 2), tmp_path / "b.mid")

    assert main(["render", "a.mid", "b.mid"]) == 0
    assert capsys.readouterr().out.split() == ["a.wav", "b.wav"]
    assert main(["render", "a.mid", "-o", "there/c.wav", "--synth", "plain"]) == 0
    samples, rate = samples_of((tmp_path / "there" / "c.wav").read_bytes())
    assert len(samples) / rate == pytest.approx(demo_clip("drums", 2).total_time + 1.2, abs=0.1)
    assert main(["render", "a.mid"]) == 2
    assert "a.wav is there already" in capsys.readouterr().err
    assert main(["render", "a.mid", "b.mid", "-o", "d.wav"]) == 2
    assert "one clip" in capsys.readouterr().err
