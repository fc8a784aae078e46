"""Musicians who need no files: clips composed and played from a seed, of which everything is known."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gen import DatasetSource, Item
from gen.interfaces import Split
from gen.midi import midi_bytes
from gen_datasets.demo.drummer import Clip, play
from gen_datasets.demo.feel import STYLES, Style
from gen_datasets.demo.piece import PARTS, Parts, Piece, compose

_HELD_OUT: dict[int, Split] = {1: "validation", 2: "test"}  # of each ten clips
_DRUM_BARS = 8
_PIECE_BARS = 32  # two periods and their repeats; has windows of 16 bars


class Demo(DatasetSource):
    """Made-up clips in six styles: drums alone, a melody, a trio or a band.

    Rock, funk, swing, half-time, latin and shuffle in 4/4, the drums on the pitches of a Roland TD-11. A clip depends
    on the seed, the number of bars, the styles and its own number alone, so asking for more clips adds to the same
    ones, and asking for more parts adds to the same music. Styles take turns; of each ten clips the second is for
    validation and the third for testing. How each style is felt is known (`gen_datasets.demo.feel.ground_truth`), and
    so are the key and the chords of a piece: they are in its metadata, and `piece` gives all that is written.

    Args:
        parts: who plays: ``drums``; a ``melody`` (programs 0 to 31); a ``trio`` of melody, bass (32 to 39) and drums;
            or a ``band``, which adds chords and a second voice (programs from 40 on).
        clips: how many clips.
        bars: length of a clip in bars; None is 8 for drums alone and 32 otherwise. Fills end each fourth one and the
            last, and so do phrases.
        seed: another seed is another day; 0 or more.
        styles: only these; None is all of them.

    Raises:
        ValueError: a number out of range, or a style that is unknown or given twice.
    """

    licence = "made by gen; free to use (CC0)"

    def __init__(
        self,
        *,
        parts: Parts = "drums",
        clips: int = 240,
        bars: int | None = None,
        seed: int = 0,
        styles: list[Style] | None = None,
    ) -> None:
        if parts not in PARTS:
            raise ValueError(f"parts must be one of {', '.join(PARTS)}, not {parts!r}")
        bars = (_DRUM_BARS if parts == "drums" else _PIECE_BARS) if bars is None else bars
        for name, value, least in (("clips", clips, 1), ("bars", bars, 1), ("seed", seed, 0)):
            if value < least:
                raise ValueError(f"{name} must be at least {least}, not {value}")
        self._styles = STYLES if styles is None else tuple(styles)
        if not {*self._styles} <= {*STYLES} or not self._styles or len({*self._styles}) < len(self._styles):
            raise ValueError(f"styles must be some of {', '.join(STYLES)}, each once, not {styles}")
        self._parts: Parts = parts
        self._clips, self._bars, self._seed = clips, bars, seed

    @property
    def title(self) -> str:
        """One line for people."""
        what = "drummer" if self._parts == "drums" else self._parts
        return f"Demo {what}: {self._clips} clips of {self._bars} bars in {len(self._styles)} styles, made on the spot"

    def items(self) -> Iterator[Item]:
        """The clips in order.

        Metadata: ``style``, ``bpm``, ``drummer``, ``time_signature``; of all but drums alone also ``key``, such as
        ``Eb minor``, ``form``, a letter for each phrase of four bars, and ``chords``, bars divided by ``|``.
        """
        for index in range(self._clips):
            made = self.clip(index) if self._parts == "drums" else self.piece(index)
            known = {"style": made.style, "bpm": str(made.bpm), "drummer": "demo", "time_signature": "4-4"}
            if isinstance(made, Piece):
                harmony = made.harmony
                known |= {"key": harmony.key.name, "form": harmony.form, "chords": harmony.symbols}
            name = f"{index:05d}_{made.style}_{made.bpm}.mid"
            yield Item(name, _HELD_OUT.get(index % 10, "train"), midi_bytes(made.notes), known)

    def signature(self) -> str:
        """Always the same: the clips follow from the options."""
        return "made on the spot"

    def clip(self, index: int) -> Clip:
        """The drums of clip ``index`` before they become a file."""
        style = self._styles[(index + index // 10) % len(self._styles)]  # every split gets every style
        return play(style, self._bars, np.random.default_rng([self._seed, index]))

    def piece(self, index: int) -> Piece:
        """Clip ``index`` with everything that is known of it; a ValueError of drums alone, for which see `clip`."""
        if self._parts == "drums":
            raise ValueError("drums alone are no piece: ask for clip(index), or for other parts")
        return compose(self.clip(index), self._parts, self._bars, (self._seed, index))
