"""What a page makes of notes is what gen writes of them: WAV by the plain synth, and MIDI. In node, no browser."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tiny_models import demo_bytes

import gen
from gen.midi.writing import midi_bytes
from gen.music import wav_bytes
from gen.pages.palette import tick_rows

ASSETS = Path(gen.__file__).parent / "pages" / "assets"
NODE = shutil.which("node")

pytestmark = pytest.mark.skipif(NODE is None, reason="needs node, which isn't there")


def in_node(task: str, data: object) -> object:
    """What an expression of a page's scripts gives, of ``data``; bytes as base 64."""
    scripts = "\n".join((ASSETS / f"{name}.js").read_text(encoding="utf-8") for name in ("synth", "midi", "wave"))
    program = f"""
    const gen = {{}};
    {scripts}
    const data = JSON.parse(require("fs").readFileSync(0, "utf8"));
    const bytes = (text) => Uint8Array.from(Buffer.from(text, "base64"));
    const packed = (value) => Buffer.from(value).toString("base64");
    process.stdout.write(JSON.stringify((() => {{ {task} }})()));
    """
    done = subprocess.run([NODE, "-e", program], input=json.dumps(data), capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def drums(bars: int) -> gen.NoteSequence:
    """A clip as a model says one: of one instrument, at 120 quarter notes a minute."""
    clip = gen.read_midi(demo_bytes("drums", bars))
    beat = 60.0 / clip.tempos.qpm[0] / 0.5
    tempos = replace(clip.tempos, qpm=np.array([120.0]))
    times = {"start": clip.start / beat, "end": clip.end / beat, "total_time": clip.total_time / beat}
    return replace(clip, **times, tempos=tempos, instrument_names=())


def test_a_page_writes_the_midi_file_that_gen_writes_also_of_rows_of_two_clips():
    one, other = gen.read_midi(midi_bytes(drums(4))), gen.read_midi(midi_bytes(replace(drums(5), total_time=8.0)))
    other = other.select(other.end < 8.0)
    locked = np.isin(other.pitch, [36, 38])
    both = [one.select(~np.isin(one.pitch, [36, 38])), other.select(locked)]
    joined = replace(
        one,
        **{
            name: np.concatenate([getattr(part, name) for part in both])
            for name in ("pitch", "velocity", "start", "end", "program", "is_drum", "instrument")
        },
    )
    asked = []
    for clip in (one, joined, one.select(np.zeros(len(one), bool))):
        rows, end = tick_rows(clip, one.ticks_per_quarter)
        asked.append({"rows": rows, "end": end})
    like = base64.b64encode(midi_bytes(one)).decode()
    task = "return data.clips.map(({ rows, end }) => packed(gen.midiFile(bytes(data.like), rows, end)));"
    files = [base64.b64decode(text) for text in in_node(task, {"like": like, "clips": asked})]

    assert files[0] == midi_bytes(one)
    assert files[1] == midi_bytes(joined)
    assert gen.read_midi(files[2]).total_time == one.total_time


@pytest.mark.parametrize(("parts", "qpm"), [("drums", 120), ("drums", 93), ("band", 120)])
def test_a_page_writes_the_sound_that_gen_writes(parts, qpm):
    content = demo_bytes(parts, 2)
    clip = gen.read_midi(midi_bytes(replace(gen.read_midi(content), tempos=gen.read_midi(content).tempos)))
    if parts == "drums":
        clip = gen.read_midi(midi_bytes(gen.notes.at_tempo(drums(2), float(qpm))))
    micros = round(6e7 / clip.tempos.qpm[0])
    rows, end = tick_rows(clip, clip.ticks_per_quarter)
    task = """
    const at = (tick) => gen.secondsOf(tick, data.micros, data.resolution);
    return packed(gen.wave(data.rows.map(([a, b, ...rest]) => [at(a), at(b), ...rest]), at(data.end)));
    """
    data = {"rows": rows, "end": end, "micros": micros, "resolution": clip.ticks_per_quarter}
    ours, theirs = wav_bytes(clip, synth="plain"), base64.b64decode(in_node(task, data))

    assert len(theirs) == len(ours)
    assert theirs[:44] == ours[:44]
    apart = np.frombuffer(theirs[44:], "<i2").astype(int) - np.frombuffer(ours[44:], "<i2")
    assert np.abs(apart).max() <= 1
    assert (apart != 0).mean() < 1e-5  # where a last bit of float64 decides how a half is rounded
