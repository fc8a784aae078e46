"""A drummer who needs no files: clips composed and played from a seed, with a known feel."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gen import DatasetSource, Item, Split, midi_bytes
from gen_datasets.demo_drummer import Clip, play
from gen_datasets.demo_feel import STYLES, Style

_TEN: tuple[Split, ...] = ("train",) * 10
_SPLITS: tuple[Split, ...] = ("train", "validation", "test", *_TEN[3:])


class Demo(DatasetSource):
    """Made-up drum clips in six styles, with a known feel.

    Rock, funk, swing, half-time, latin and shuffle in 4/4, on the pitches of a Roland TD-11. A clip depends on the
    seed, the number of bars, the styles and its own number alone, so asking for more clips adds to the same ones.
    Styles take turns; of each ten clips the second is for validation and the third for testing. How each style is felt
    is known: `gen_datasets.demo_feel.ground_truth`.

    Args:
        clips: how many clips.
        bars: length of a clip in bars; fills end each fourth one and the last.
        seed: another seed is another drummer's day; 0 or more.
        styles: only these; None is all of them.

    Raises:
        ValueError: a number out of range, or a style that is unknown or given twice.
    """

    def __init__(
        self,
        *,
        clips: int = 240,
        bars: int = 8,
        seed: int = 0,
        styles: list[Style] | None = None,
    ) -> None:
        for name, value, least in (("clips", clips, 1), ("bars", bars, 1), ("seed", seed, 0)):
            if value < least:
                raise ValueError(f"{name} must be at least {least}, not {value}")
        self._styles = STYLES if styles is None else tuple(styles)
        unknown = [style for style in self._styles if style not in STYLES]
        if unknown or not self._styles or len(set(self._styles)) < len(self._styles):
            raise ValueError(f"styles must be some of {', '.join(STYLES)}, each once, not {styles}")
        self._clips = clips
        self._bars = bars
        self._seed = seed

    @property
    def title(self) -> str:
        """One line for people."""
        return f"Demo drummer: {self._clips} clips of {self._bars} bars in {len(self._styles)} styles, made on the spot"

    @property
    def licence(self) -> str:
        """Terms: none."""
        return "made by gen; free to use (CC0)"

    def items(self) -> Iterator[Item]:
        """The clips in order. Metadata: ``style``, ``bpm``, ``drummer``, ``time_signature``."""
        for index in range(self._clips):
            clip = self.clip(index)
            yield Item(
                id=f"{index:05d}_{clip.style}_{clip.bpm}.mid",
                split=_SPLITS[index % 10],
                midi=midi_bytes(clip.notes),
                metadata={
                    "style": clip.style,
                    "bpm": str(clip.bpm),
                    "drummer": "demo",
                    "time_signature": "4-4",
                },
            )

    def clip(self, index: int) -> Clip:
        """Clip ``index`` before it becomes a file."""
        style = self._styles[(index + index // 10) % len(self._styles)]  # every split gets every style
        return play(style, self._bars, np.random.default_rng([self._seed, index]))
