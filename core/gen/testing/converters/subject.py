"""A converter under test, with music for it.

Letters in shape comments: B batch, T steps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from gen.interfaces.converter import Conversion, Converter, Example
from gen.notes.sequence import NoteSequence
from gen.testing.checks import skipped
from gen.testing.making import Maker
from gen.testing.music import plain_pieces

_A_PIECE = 3  # examples of one piece are much alike


class ConverterSubject:
    """Makes the converter, and converts with a generator of the same seed every time.

    Args:
        maker: of it.
        clips: sequences that it is said to take; made up where there are none.
    """

    DEFAULTS: ClassVar[Mapping[str, Any]] = {"mode": "infer"}
    """What gen gives where nobody says."""

    def __init__(self, maker: Maker, clips: Sequence[NoteSequence] = ()) -> None:
        self.maker = maker
        self.clips = list(clips) or plain_pieces()

    def make(self) -> Converter:
        """A new converter."""
        converter: Converter = self.maker.make()
        return converter

    @cached_property
    def converter(self) -> Converter:
        """One converter."""
        return self.make()

    def convert(self, notes: NoteSequence, *, seed: int = 0) -> Conversion:
        """What becomes of a sequence."""
        return self.converter.convert(notes, rng=np.random.default_rng(seed))

    @cached_property
    def examples(self) -> list[Example]:
        """Some examples of every clip."""
        return [example for clip in self.clips for example in self.convert(clip).examples[:_A_PIECE]]

    def some(self) -> list[Example]:
        """Examples to try things with.

        Raises:
            gen.testing.checks.Skipped: there are none.
        """
        if not self.examples:
            reason = self.convert(self.clips[0]).rejection
            said = "" if reason is None else f" ({reason.code}: {reason.detail})"
            skipped(
                f"no example comes of any of {len(self.clips)} clips{said}: hand in some that it takes, as clips=[…]"
            )
        return self.examples
