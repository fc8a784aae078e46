"""The map in a browser: by mouse, touch and keyboard alone, heard, told to who can't see it, and downloaded."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from chromium import Page, chromium
from tiny_models import demo_clip

import gen
from gen.midi.writing import midi_bytes
from gen.pages.palette import palette_page
from gen_datasets.demo.source import Parts

pytestmark = pytest.mark.slow


def clip(parts: Parts, bars: int) -> gen.NoteSequence:
    """At the tempo of a map's clips."""
    return gen.notes.at_tempo(demo_clip(parts, bars), 120.0)


CLIPS = [[clip("drums", bars) for bars in (2, 3)], [clip("band", bars) for bars in (2, 3)]]
DRUMS = [[clip("drums", bars) for bars in row] for row in ((2, 3), (4, 5))]


def opened(program: str, folder: Path, clips: list[list[gen.NoteSequence]]) -> Iterator[Page]:
    text = palette_page(clips, title="A map of <b>beat", facts="facts", corners=["<i>mine", "two", "three", "four"])
    (folder / "map.html").write_text(text, encoding="utf-8")
    with chromium(program, folder / "profile") as browser:
        browser.resize(1200)
        browser.open(folder / "map.html")
        browser.evaluate("new Promise(requestAnimationFrame)")
        yield browser
        assert browser.evaluate("document.getElementById('errors').textContent") == ""
        assert browser.errors == []
        assert [url.partition(":")[0] for url in browser.requests if not url.startswith("blob:null/")] == ["file"]


@pytest.fixture
def mixed(program: str, tmp_path: Path) -> Iterator[Page]:
    """A map of drums and bands."""
    yield from opened(program, tmp_path, CLIPS)


@pytest.fixture
def drums(program: str, tmp_path: Path) -> Iterator[Page]:
    """A map of drums alone, whose rows can be muted and locked."""
    yield from opened(program, tmp_path, DRUMS)


def said(page: Page) -> str:
    found: str = page.evaluate("document.getElementById('palette-said').textContent")
    return found


def square(page: Page) -> tuple[float, float, float]:
    """Left and top of the square, and its size, in pixels of the window."""
    left, top, size = page.evaluate(
        "(() => { const q = document.querySelector('.square'); q.scrollIntoView(); const b = q.getBoundingClientRect();"
        " return [b.left, b.top, b.width]; })()"
    )
    return left, top, size


def until(page: Page, expression: str, seconds: float = 20.0) -> Any:
    """What an expression gives as soon as it gives anything true."""
    end = time.monotonic() + seconds
    while not (found := page.evaluate(expression)) and time.monotonic() < end:
        time.sleep(0.02)
    return found


def test_the_map_is_dragged_by_mouse_plays_and_changes_its_tempo(mixed: Page) -> None:
    def notes() -> int:
        found: int = mixed.evaluate("document.querySelectorAll('.roll .note-on').length")
        return found

    assert mixed.evaluate("document.documentElement.dataset.drawn") == "yes"
    assert notes() == len(CLIPS[0][0])
    left, top, size = square(mixed)
    mixed.mouse("mousePressed", left + 0.9 * size, top + 0.1 * size)
    assert notes() == len(CLIPS[0][1])
    mixed.mouse("mouseMoved", left + 0.1 * size, top + 0.9 * size)
    assert notes() == len(CLIPS[1][0])
    mixed.mouse("mouseReleased", left + 0.1 * size, top + 0.9 * size)
    mixed.mouse("mouseMoved", left + 0.9 * size, top + 0.9 * size)
    assert notes() == len(CLIPS[1][0])  # it was let go
    assert bytes(mixed.evaluate("[...gen.midi()]")) == midi_bytes(CLIPS[1][0])

    mixed.evaluate("document.querySelector('#palette button').click()")
    assert until(mixed, "document.querySelector('.playhead').hidden === false")
    assert mixed.evaluate("document.querySelector('#palette button').textContent") == "Pause"
    mixed.evaluate(
        "(() => { const t = document.querySelector('input[aria-label^=tempo]'); t.value = 90; "
        "t.dispatchEvent(new Event('input')); })()"
    )
    mixed.evaluate("document.querySelector('#palette button').click()")
    assert mixed.evaluate("document.querySelector('#palette button').textContent") == "Play"
    slow = gen.read_midi(bytes(mixed.evaluate("[...gen.midi()]")))
    assert slow.tempos.qpm[0] == pytest.approx(90, abs=0.01)
    assert mixed.evaluate("document.querySelectorAll('b, i').length") == 0


def test_a_finger_drags_and_a_second_one_changes_nothing(drums: Page) -> None:
    drums.resize(390)
    left, top, size = square(drums)
    low = (left + 0.2 * size, top + 0.9 * size)
    drums.touch("touchStart", (left + 0.8 * size, top + 0.1 * size))
    assert "100 % across, 0 % down" in said(drums)
    drums.touch("touchMove", low)
    assert "0 % across, 100 % down" in said(drums)
    drums.touch("touchStart", low, (left + 0.8 * size, top + 0.1 * size))
    drums.touch("touchEnd")
    assert "0 % across, 100 % down" in said(drums)
    assert drums.evaluate("scrollX") == 0


def test_everything_is_done_by_keyboard_alone(drums: Page) -> None:
    focused = (
        "(() => { const e = document.activeElement; return e === document.body ? '' : "
        "(e.getAttribute('aria-label') || e.closest('label')?.textContent || e.textContent).trim(); })()"
    )
    reached = []
    for _ in range(60):
        drums.press("Tab")
        name = drums.evaluate(focused)
        if name in reached:
            break
        reached.append(name)
        if name.startswith("map"):
            outline = drums.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none"  # it is seen where one is
    controls = drums.evaluate("document.querySelectorAll('button, input, select, [tabindex=\"0\"]').length")
    assert len([name for name in reached if name]) == controls  # and the page itself, once around

    drums.evaluate("document.querySelector('.square').focus()")
    drums.press("ArrowRight")
    drums.press("ArrowDown")
    assert said(drums).startswith("A: ")
    assert "100 % across, 100 % down" in said(drums)
    drums.press("Home")
    assert "0 % across, 100 % down" in said(drums)
    drums.press("b")
    assert said(drums).startswith("B: ")
    drums.press("Space")
    assert until(drums, "gen.heard.playing")
    drums.press("Space")
    assert drums.evaluate("gen.heard.playing") is False
    drums.evaluate("document.querySelector('[aria-label^=mute]').focus()")
    drums.press("Space")
    assert "1 muted" in said(drums)
    drums.press("Tab")
    drums.press("Enter")
    assert "1 locked" in said(drums)


def test_every_place_sounds(drums: Page) -> None:
    peaks = drums.evaluate(
        """(async () => {
          const found = [];
          for (const x of [0, 1]) for (const y of [0, 1]) {
            gen.go(x, y);
            const samples = await gen.render(gen.notes(), 3);
            found.push(samples.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0));
          }
          return found;
        })()"""
    )
    assert len(peaks) == 4
    assert all(0.05 < peak <= 1.0 for peak in peaks), peaks  # NaN is neither


def test_the_beat_goes_on_while_clips_change(drums: Page) -> None:
    late = drums.evaluate(
        """(async () => {
          gen.heard.play();
          const wait = (ms) => new Promise((done) => setTimeout(done, ms));
          await wait(300);
          const clock = () => gen.heard.clock() - gen.heard.position();
          const before = clock();
          for (let turn = 0; turn < 40; turn++) {
            gen.go(turn % 2, 0);
            await wait(5);
          }
          return [clock() - before, gen.heard.position(), gen.heard.seconds];
        })()"""
    )
    assert abs(late[0]) < 0.005 or abs(abs(late[0]) - late[2]) < 0.005  # not at all, or a round later


def test_a_morph_goes_from_one_place_to_the_other_while_it_plays(drums: Page) -> None:
    drums.evaluate(
        """(() => {
          const set = (name, value, kind) => {
            const control = document.querySelector(`[aria-label^="${name}"]`);
            control.value = value;
            control.dispatchEvent(new Event(kind));
          };
          set("tempo", 240, "input");
          set("rounds", 1, "change");
          window.told = [];
          const note = () => { told.push(document.getElementById("palette-said").textContent); };
          new MutationObserver(note).observe(document.getElementById("palette-said"), { childList: true });
          document.querySelector(".square").focus();
        })()"""
    )
    drums.press("m")
    pressed = "document.querySelector('[aria-label^=Morph]').getAttribute('aria-pressed')"
    assert drums.evaluate(pressed) == "true"
    assert until(drums, f"{pressed} === 'false'")
    told = drums.evaluate("told")
    assert any(text.startswith("between A and B") for text in told)
    assert told[-1].startswith("B: ")
    assert "100 % across, 100 % down" in told[-1]
    assert drums.evaluate("gen.heard.playing") is True  # it plays on at B


def test_what_is_downloaded_is_what_gen_writes(drums: Page, tmp_path: Path) -> None:
    folder = tmp_path / "downloads"
    folder.mkdir()
    drums.download_to(folder)
    drums.evaluate("gen.go(1, 0)")
    drums.evaluate("[...document.querySelectorAll('button')].find((b) => b.textContent === 'Download MIDI').click()")
    drums.evaluate("[...document.querySelectorAll('button')].find((b) => b.textContent === 'Download WAV').click()")
    midi, wav = folder / "map-2-1.mid", folder / "map-2-1.wav"
    end = time.monotonic() + 20
    while not (midi.is_file() and wav.is_file()) and time.monotonic() < end:
        time.sleep(0.05)

    assert midi.read_bytes() == midi_bytes(DRUMS[0][1])
    wanted = gen.music.wav_bytes(gen.read_midi(midi.read_bytes()), synth="plain")
    ours = wav.read_bytes()
    assert ours[:44] == wanted[:44]
    apart = np.frombuffer(ours[44:], "<i2").astype(int) - np.frombuffer(wanted[44:], "<i2")
    assert np.abs(apart).max() <= 1


def test_who_cannot_see_it_is_told_what_everything_is(drums: Page) -> None:
    drums.evaluate("gen.go(1, 1)")
    told = drums.names()
    roles = {"button", "slider", "application", "combobox", "status", "group"}
    assert [(role, name) for role, name in told if role in roles - {"status"} and not name.strip()] == []
    for role, start in (
        ("application", "map: arrow keys move"),
        ("slider", "across"),
        ("slider", "down"),
        ("slider", "tempo"),
        ("slider", "morph from place A to place B"),
        ("slider", "Volume"),
        ("button", "place A"),
        ("button", "mute kick"),
        ("button", "lock kick"),
        ("button", "Download MIDI"),
        ("combobox", "rounds"),
    ):
        assert any(each == role and name.strip().startswith(start) for each, name in told), (role, start)
    assert "100 % across, 100 % down" in drums.evaluate(
        "document.querySelector('[aria-label^=across]').getAttribute('aria-valuetext')"
    )
    assert drums.evaluate("document.getElementById('palette-said').getAttribute('aria-live')") == "polite"
