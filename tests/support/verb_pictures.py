"""Before and after of every verb, for docs/musician.md: made-up clips through the models that come with gen.

python tests/support/verb_pictures.py        # writes docs/images/verbs/*.svg, as make docs does
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import torch
from scores import score

import gen
from gen.midi import midi_bytes
from gen.music.attributes import read_attributes
from gen.pages.strip import strip
from gen.training.load import Trained

FOLDER = Path(__file__).parents[2] / "docs" / "images" / "verbs"
STIFF = ((36, 0, 8, 10), (38, 4, 12), (42, 0, 2, 4, 6, 8, 10, 12, 14))
"""Pitch and sixteenths of a bar."""


@cache
def model(name: str) -> Trained:
    return gen.load_run(name)


def beat(bars: int = 4, velocity: int = 100) -> gen.NoteSequence:
    """A beat as one clicks it in: on the grid, all at one velocity."""
    notes = [
        f"{pitch} v{velocity}:[{2 * bar + step / 8:.3f}]" for bar in range(bars) for pitch, *at in STIFF for step in at
    ]
    return score("drums " + " ".join(notes), metre=(4, 4), total_time=2.0 * bars)


def taps() -> gen.NoteSequence:
    """A rhythm, tapped on one key."""
    notes = [f"60 v90:[{step / 8:.3f},{step / 8 + 0.1:.3f}]" for step in (0, 3, 6, 8, 10, 12, 16, 19, 22, 24, 28, 30)]
    return score(" ".join(notes), metre=(4, 4), total_time=4.0)


def read(edited: gen.music.Edited) -> gen.NoteSequence:
    return gen.read_midi(edited.content)


def windows(name: str, clip: gen.NoteSequence) -> list[gen.music.Window]:
    return [window for _, window in gen.music.windows_in_turn(gen.find_windows(model(name), clip).windows)]


def drawn() -> gen.NoteSequence:
    """A clip of the model's own, to go to."""
    return gen.music.song(model("drums_4bar"), form="A", bars=4, fill_every=0, ending=False, seed=2).clip


def pictures() -> dict[str, Callable[[], str]]:
    """SVG by the verb's name."""
    stiff = beat()
    content = midi_bytes(stiff)

    def pair(after: gen.NoteSequence, title: str, *, bars: int = 2, before: gen.NoteSequence = stiff) -> str:
        return strip([before, after], ["before", f"gen {title}"], bars=bars)

    tapper = model("drums_2bar_tap")
    drums, hats = model("drums_4bar"), gen.music.Selection(drums=["hats"])
    return {
        "humanize": lambda: pair(read(gen.music.humanize(model("drums_2bar_humanize"), content)), "humanize"),
        "vary": lambda: pair(read(gen.music.vary(drums, content, amount=50, seed=1)), "vary --amount 50"),
        "redo": lambda: pair(read(gen.music.redo(drums, content, hats)), "redo --drums hats"),
        "continue": lambda: pair(
            read(gen.music.extend(drums, midi_bytes(beat(2)), bars=2)), "continue --bars 2", bars=4, before=beat(2)
        ),
        "apply": lambda: pair(
            read(gen.music.apply_attributes(drums, content, read_attributes("drums_4bar"), {"density": 1.5})),
            "apply --density +1.5",
        ),
        "drumify": lambda: pair(
            gen.reconstruct(tapper, windows("drums_2bar_tap", gen.music.as_taps(tapper, taps())))[0],
            "drumify",
            before=taps(),
        ),
        "reconstruct": lambda: pair(gen.reconstruct(drums, windows("drums_4bar", stiff))[0], "reconstruct"),
        "interpolate": lambda: strip(
            gen.interpolate(drums, windows("drums_4bar", stiff)[0], windows("drums_4bar", drawn())[0], steps=3),
            ["a.mid, as the model plays it", "half-way", "b.mid"],
            bars=2,
        ),
        "song": lambda: strip(
            [gen.music.song(drums, form="AB", bars=8, seed=2).clip], ["gen song --form AB --bars 8 --seed 2"], bars=9
        ),
    }


if __name__ == "__main__":
    torch.set_num_threads(1)
    FOLDER.mkdir(parents=True, exist_ok=True)
    for verb, picture in pictures().items():
        (FOLDER / f"{verb}.svg").write_text(picture(), encoding="utf-8")
