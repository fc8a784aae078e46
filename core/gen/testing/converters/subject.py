"""A converter under test, with music for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from gen.interfaces.converter import Conversion, Converter, Example
from gen.interfaces.rows import FloatArray
from gen.notes.sequence import NoteSequence
from gen.testing.checks import failed, skipped
from gen.testing.music import plain_pieces
from gen.testing.subject import Subject

_A_PIECE = 3  # examples of one piece are much alike


class ConverterSubject(Subject[Converter]):
    """Makes the converter, and converts with a generator of the same seed every time.

    Args:
        cls: its class.
        options: as of any `Subject`.
        clips: sequences that it is said to take; made up where there are none.
    """

    KIND = "converter"
    SIZES: ClassVar[Mapping[str, Any]] = {"mode": "infer"}

    def __init__(self, cls: type, options: Mapping[str, Any], clips: Sequence[NoteSequence] = ()) -> None:
        super().__init__(cls, options)
        self.clips = list(clips) or plain_pieces()

    def convert(self, notes: NoteSequence, *, seed: int = 0) -> Conversion:
        """What becomes of a sequence."""
        return self.component.convert(notes, rng=np.random.default_rng(seed))

    def decode(self, outputs: FloatArray, controls: FloatArray | None, what: str) -> list[NoteSequence]:
        """Arrays ``[B, T, D]`` as sequences; fails unless there is one for each of ``what``."""
        clips = self.component.from_tensors(outputs, controls)
        if len(clips) != len(outputs):
            failed(f"from_tensors() gives {len(clips)} sequences for {what}")
        return clips

    @cached_property
    def _examples(self) -> list[Example]:
        return [example for clip in self.clips for example in self.convert(clip).examples[:_A_PIECE]]

    @property
    def examples(self) -> list[Example]:
        """Some examples of every clip.

        Raises:
            gen.testing.checks.Verdict: there are none.
        """
        if not self._examples:
            reason = self.convert(self.clips[0]).rejection
            said = "" if reason is None else f" ({reason.code}: {reason.detail})"
            skipped(
                f"no example comes of any of {len(self.clips)} clips{said}: hand in some that it takes, as clips=[…]"
            )
        return self._examples
