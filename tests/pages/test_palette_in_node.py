"""The map by mouse and by keys: two places, mute and lock, and files that are what gen writes. In node, no browser."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tiny_models import tiny_model

import gen
from gen.midi.writing import midi_bytes
from gen.music.latent_map import latent_map
from gen.pages.palette import SCRIPTS, palette_page

NODE = shutil.which("node")
ASSETS = Path(gen.__file__).parent / "pages" / "assets"
RUNNER = Path(__file__).parents[1] / "support" / "page_in_node.cjs"

pytestmark = pytest.mark.skipif(NODE is None, reason="needs node, which isn't there")


@pytest.fixture(scope="module")
def clips():
    """A map of drums: nine clips of one length."""
    return latent_map(tiny_model("groove"), size=3, seed=1)


@pytest.fixture(scope="module")
def data(clips):
    text = palette_page(clips, title="A map", facts="facts", corners=["A", "B", "C", "D"])
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    return json.loads(found[1])


def done(data, task):
    scripts = [(ASSETS / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPTS]
    asked = json.dumps({"scripts": scripts, "data": data, "task": task})
    found = subprocess.run([NODE, str(RUNNER)], input=asked, capture_output=True, text=True, check=True)
    return json.loads(found.stdout)


KEY = "const key = (name) => labelled('map').fire('keydown', { key: name });"


def test_arrow_keys_space_and_places_do_what_the_mouse_does(data, clips):
    found = done(
        data,
        KEY
        + """
        const at = () => find((each) => each.id === "palette-said")[0].textContent;
        const said = [at()];
        key("ArrowRight"); said.push(at());
        key("ArrowDown"); key("End"); said.push(at());
        key("b"); said.push(at());
        key("a"); said.push(at());
        labelled("map").fire("pointerdown", { pointerId: 1, clientX: 2, clientY: 98 }); said.push(at());
        labelled("map").fire("pointermove", { pointerId: 1, clientX: 52, clientY: 52 }); said.push(at());
        const prevented = [key(" ").prevented, key("x").prevented];
        const button = find((each) => each.tag === "button")[0].textContent;
        const midi = packed(gen.midi());
        const errors = document.getElementById("errors").textContent;
        return { said, prevented, button, midi, errors, checked: labelled("place A").attributes["aria-pressed"],
          drawn: document.documentElement.dataset.drawn, sounded: sounded.length > 0 };
        """,
    )
    places = [re.sub(r": \d+ notes", "", text) for text in found["said"]]
    assert places == [
        "A; 0 % across, 0 % down",
        "A; 50 % across, 0 % down",
        "A; 100 % across, 50 % down",
        "B; 100 % across, 100 % down",
        "A; 100 % across, 50 % down",
        "A; 0 % across, 100 % down",
        "A; 50 % across, 50 % down",
    ]
    assert found["prevented"] == [True, None]
    assert (found["button"], found["checked"], found["drawn"], found["errors"]) == ("Pause", "true", "yes", "")
    assert found["sounded"]
    assert base64.b64decode(found["midi"]) == midi_bytes(clips[1][1])


def test_a_locked_row_stays_while_the_others_move_on_and_the_file_is_what_gen_writes(data, clips):
    first, last = clips[0][0], clips[2][2]
    shared = sorted({*first.pitch.tolist()} & {*last.pitch.tolist()})
    locked, muted = shared[0], shared[1]
    found = done(
        data,
        KEY
        + f"""
        const [one, other] = [gen.shortName({locked}), gen.shortName({muted})];
        labelled(`lock ${{one}}`).click();
        labelled(`mute ${{other}}`).click();
        gen.go(2, 2);
        const pressed = [`lock ${{one}}`, `mute ${{other}}`, `lock ${{other}}`]
          .map((name) => labelled(name).attributes["aria-pressed"]);
        return {{ pressed, midi: packed(gen.midi()), wav: packed(gen.wav()) }};
        """,
    )
    assert found["pressed"] == ["true", "true", "false"]
    parts = [last.select(~np.isin(last.pitch, [locked, muted])), first.select(first.pitch == locked)]
    names = ("pitch", "velocity", "start", "end", "program", "is_drum", "instrument")
    both = replace(last, **{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})
    assert base64.b64decode(found["midi"]) == midi_bytes(both)

    wanted = np.frombuffer(gen.music.wav_bytes(gen.read_midi(midi_bytes(both)), synth="plain")[44:], "<i2").astype(int)
    sounds = np.frombuffer(base64.b64decode(found["wav"])[44:], "<i2")
    assert len(sounds) == len(wanted)
    assert np.abs(sounds - wanted).max() <= 1


def test_on_the_way_from_one_place_to_the_other_lie_the_clips_between_and_a_locked_row_stays_for_the_whole_of_it(
    data, clips
):
    shared = sorted({*clips[0][0].pitch.tolist()} & {*clips[1][1].pitch.tolist()} & {*clips[2][2].pitch.tolist()})
    found = done(
        data,
        f"""
        const slider = labelled("morph from place A");
        const said = () => find((each) => each.id === "palette-said")[0].textContent;
        const at = (value) => {{
          slider.value = String(value);
          slider.fire("input");
          return [said(), packed(gen.midi())];
        }};
        const ways = [0, 50, 100].map(at);
        at(50);
        labelled(`lock ${{gen.shortName({shared[0]})}}`).click();
        const kept = [0, 50, 100].map((value) => at(value)[1]);
        labelled("place B").click();
        const arrived = [said(), packed(gen.midi()), slider.value];
        at(50);
        labelled("map").fire("keydown", {{ key: "ArrowRight" }});  // from here on it is a place again
        return {{ ways, kept, arrived, moved: said() }};
        """,
    )
    texts, files = zip(*found["ways"], strict=True)
    assert [text.partition(":")[0] for text in texts] == ["between A and B"] * 3
    assert [base64.b64decode(file) for file in files] == [midi_bytes(clips[place][place]) for place in range(3)]
    hits = [gen.read_midi(base64.b64decode(file)) for file in found["kept"]]
    locked = [clip.select(clip.pitch == shared[0]) for clip in hits]
    assert all(np.array_equal(locked[1].start, each.start) for each in locked)
    assert len(locked[1]) == np.count_nonzero(clips[1][1].pitch == shared[0])
    for clip, own in zip(hits, (clips[place][place] for place in range(3)), strict=True):
        assert len(clip.select(clip.pitch != shared[0])) == np.count_nonzero(own.pitch != shared[0])
    assert found["arrived"][0].startswith("B: ")
    assert found["arrived"][0].endswith("1 locked")
    assert found["arrived"][1:] == [found["kept"][2], 100]
    assert found["moved"].startswith("B: ")
    assert "100 % across, 50 % down" in found["moved"]


def test_every_control_has_a_name_for_who_cannot_see_it(data):
    found = done(
        data,
        """
        const around = (each) => find((label) => label.tag === "label" && label.children.includes(each));
        return find((each) => ["button", "input"].includes(each.tag) || each.attributes.role)
          .map((each) => [each.tag, each.attributes["aria-label"] || each.textContent || around(each)[0].textContent]);
        """,
    )
    assert len(found) > 10
    assert all(name and name.strip() for _, name in found)
