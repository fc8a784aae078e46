"""What converters have in common: widths that follow from fields, decoding, and windows of events on a grid.

Source: magenta, music_vae/data.py (split_process_and_combine).
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np

from gen import Conversion, Converter, Layout, NoteSequence, Rejection
from gen_converters.common import event_scores
from gen_converters.common.arrays import Decoded, Field, Singles
from gen_converters.common.conditioning import Conditioning
from gen_converters.common.cuts import MOST_CUTS, Cut, Cutting
from gen_converters.common.parts import Rejected, choose, conclude, parts_of
from gen_converters.common.voices import Voice, play


class RowConverter(Converter):
    """A converter whose widths are those of the fields in ``_layout``, which its constructor sets."""

    _layout: Layout

    @property
    def input_depth(self) -> int:
        """Width of all input fields."""
        return sum(field.width for field in self._layout.inputs)

    @property
    def output_depth(self) -> int:
        """Width of all output fields."""
        return sum(field.width for field in self._layout.outputs)

    @property
    def control_depth(self) -> int:
        """Width of all control fields; 0 for none."""
        return sum(field.width for field in self._layout.controls)

    @property
    def layout(self) -> Layout:
        """What the columns mean."""
        return self._layout

    def from_tensors(
        self, outputs: Decoded, controls: Decoded | None = None, *, qpm: float = 120.0, original_decode: bool = False
    ) -> list[NoteSequence]:
        """Play decoded rows; docs/converters.md says how each kind of row sounds.

        Args:
            outputs: ``[B, T, output_depth]``; the likeliest class of each field counts, and bits above one half.
            controls: ``[B, T, control_depth]``, for chord symbols and key signatures in the clips, where they are that.
            qpm: tempo to play at.
            original_decode: give the original's notes, as docs/converters.md lists how they differ. They end with the
                last one.

        Returns:
            B clips whose ``total_time`` is that of their steps, or of as many as there are before an end token.

        Raises:
            ValueError: an array has another shape, or ``qpm`` isn't positive.
        """
        if not (math.isfinite(qpm) and qpm > 0):
            raise ValueError(f"qpm must be a positive number, got {qpm}")
        return self._played(outputs, controls, qpm, original=original_decode)

    @abstractmethod
    def _played(self, outputs: Decoded, controls: Decoded | None, qpm: float, *, original: bool) -> list[NoteSequence]:
        """Check and play rows as `from_tensors` does."""


class EventConverter(RowConverter):
    """Windows of events on a grid, one row a step, and chords and keys beside them where a recipe asks for them."""

    _streams: ClassVar[Sequence[str]] = ("",)
    """What the names of figures begin with, one stream of events each."""

    def __init__(
        self,
        cutting: Cutting,
        conditioning: Conditioning,
        inputs: tuple[Field, ...],
        outputs: tuple[Field, ...],
        *,
        end_token: bool = False,
    ) -> None:
        self._cutting = cutting
        self._conditioning = conditioning
        self._layout = Layout(inputs, outputs, conditioning.fields)
        self._ends = end_token

    @property
    def steps(self) -> int | None:
        """Steps of a window, and one for an end token; None where whole lists of events are examples."""
        return None if self._cutting.window is None else self._cutting.window + self._ends

    @property
    def steps_per_bar(self) -> int:
        """Sixteen for sixteenths in 4/4."""
        return self._cutting.steps_per_bar

    @abstractmethod
    def _cuts(self, part: NoteSequence) -> list[Cut]:
        """The examples of a part with one tempo and metre, in order; `Rejected` where there are none."""

    def _notices(self, notes: NoteSequence) -> list[str]:
        """What is left out of a whole sequence."""
        return []

    @abstractmethod
    def _clips(self, outputs: Decoded) -> Sequence[tuple[Sequence[Voice], int]]:
        """The voices of decoded rows, clip by clip, and how many steps each has."""

    def convert(self, notes: NoteSequence, *, rng: np.random.Generator | None = None) -> Conversion:
        """Cut a sequence into parts, find the windows of each, and make examples of those that are taken.

        Returns:
            Examples part by part, in order of time within an instrument or trio. Or a rejection: tempo-change,
            metre-change, bad-metre, bad-tempo, negative-time, wrong-metre, no-notes, too-long, too-short or
            too-many-windows; no-melody or polyphony of melodies, no-drums or no-mapped-notes of drums, missing-part or
            never-together of trios; and with controls chord-metre, chord-length, coincident-chords, unreadable-chord,
            unknown-chord or no-key.

        Raises:
            ValueError: ``rng`` is missing where it is needed.
        """
        cutting, notices = self._cutting, self._notices(notes)
        parts = parts_of(notes, presplit=cutting.presplit_on_time_changes)
        if parts and cutting.mode == "infer" and not cutting.pad_to_total_time:  # a clip's last bars may be silent
            start, last = parts[-1]
            parts[-1] = start, last._with(total_time=max(last.total_time, notes.total_time - start))
        found: list[tuple[float, Cut]] = []
        reasons: list[Rejection | None] = []
        for start, part in parts:
            try:
                found += [(start, cut) for cut in self._cuts(part)]
                reasons.append(None)
            except Rejected as rejected:
                reasons.append(rejected.reason)
            if len(found) > MOST_CUTS:
                reason = f"over {MOST_CUTS:,} windows in one file; take instruments out, or cut it"
                return Conversion((), Rejection("too-many-windows", reason), notices)
        chosen = choose(found, cutting.max_tensors_per_notesequence, mode=cutting.mode, rng=rng)
        examples = [cut.example(start, steps_per_quarter=cutting.steps_per_quarter) for start, cut in chosen]
        return conclude([part for _, part in parts], examples, reasons, notices)

    def _played(self, outputs: Decoded, controls: Decoded | None, qpm: float, *, original: bool) -> list[NoteSequence]:
        clips = self._clips(outputs)
        said = self._conditioning.checked(controls, np.shape(outputs))
        return [
            play(
                voices,
                steps=None if original else steps,
                steps_per_quarter=self._cutting.steps_per_quarter,
                qpm=qpm,
                changes=self._conditioning.decode(conditions[:steps], original_decode=original),
            )
            for (voices, steps), conditions in zip(clips, said, strict=True)
        ]

    def chord_controls(self, chords: Sequence[str], *, key: int | None = None, steps: int | None = None) -> Singles:
        """See `gen.Converter.chord_controls`; the key is needed where keys are controls."""
        length = self.steps if steps is None else steps
        return self._conditioning.progression(chords, key=key, steps=length or self.steps_per_bar * len(chords))

    def summarise(self, sums: Mapping[str, float]) -> dict[str, float]:
        """Accuracy of steps and pitches, precision, recall and F1 of onsets; see `event_scores.figures`."""
        return {
            name: figure
            for stream in self._streams
            for name, figure in event_scores.figures(sums, stream=stream).items()
        }
