"""`TrioConverter`: melody, bass and drums that play together, as MusicVAE reads and writes them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gen import NoteSequence
from gen.interfaces import MagentaJsSpec, Mode, OneHot, Rows
from gen.notes import Grid
from gen_converters.common import event_scores
from gen_converters.common.arrays import Bools, Columns, Decoded, Ints, Reals, checked_rows
from gen_converters.common.bases import EventConverter
from gen_converters.common.conditioning import ChordClasses, Conditioning, UnknownChords
from gen_converters.common.cuts import MOST_CUTS, Cut, Cutting, PartRows
from gen_converters.common.drum_classes import REDUCED, class_of_pitch
from gen_converters.common.melody_lines import FIRST_NOTE, whole_lines
from gen_converters.common.options import magenta_js_melody
from gen_converters.common.parts import Rejected, counted
from gen_converters.common.voices import Voice, drum_voice, melody_voice
from gen_converters.trio.ensembles import DRUMS, Ensemble, bridge, ensemble, longest_run, together, windows_within

_MIN_PITCH, _MAX_PITCH = 21, 108
_NOTES = _MAX_PITCH - _MIN_PITCH + 1
_MELODY = FIRST_NOTE + _NOTES
_CLASS_OF_PITCH = class_of_pitch(REDUCED)
_DRUM_PITCHES = [pitches[0] for pitches in REDUCED]
_DRUM_BITS = 1 << np.arange(len(REDUCED))
_LINE = OneHot(_MELODY, pitched=((FIRST_NOTE, _MELODY),))
_FIELDS = (_LINE, _LINE, OneHot(2 ** len(REDUCED)))
_BASS_PROGRAM = 33

Stored = npt.NDArray[np.integer]


class TrioConverter(EventConverter):
    """Melody, bass and drums to one class each a step, side by side, and back; no loudness, no feel.

    A file is cut where its tempo or metre changes. In each part an instrument is a melody (General MIDI programs 0 to
    31), a bass (32 to 39) or drums; every melody, bass and drums that play together for ``slice_bars`` give an
    example, at every bar at which they do. Rows are ``[melody | bass | drums]``: twice 90 classes as in
    `MelodyConverter` for pitches 21 to 108, and 512 as in `DrumsConverter` for nine drums. Unlike a melody's own
    windows, these may begin with a note-off. Played back, the melody is instrument 0, the bass 1 (program 33), the
    drums 9.

    Lossy on purpose: what the two converters lose, and all other instruments.

    Args:
        slice_bars: length of a window in bars.
        gap_bars: rests of up to twice as many bars don't keep an instrument from playing together with the others,
            nor does silence in the first and last so many bars of a part.
        max_bars: bars of a part past this are lost.
        chord_encoding, condition_on_key, unknown_chords: the controls; see `Conditioning`.
        steps_per_quarter, quarters_per_bar, max_tensors_per_notesequence, mode: see `Cutting`. A piece with many
            instruments has hundreds of examples.

    Raises:
        ValueError: an option is out of range.
    """

    drum_classes = REDUCED
    _streams = ("melody_", "bass_", "drums_")

    def __init__(
        self,
        *,
        slice_bars: int = 16,
        gap_bars: int = 2,
        max_bars: int = 1024,
        steps_per_quarter: int = 4,
        quarters_per_bar: int = 4,
        chord_encoding: ChordClasses | None = None,
        condition_on_key: bool = False,
        unknown_chords: UnknownChords = "window",
        max_tensors_per_notesequence: int | None = None,
        mode: Mode = "infer",
    ) -> None:
        cutting = Cutting(
            steps_per_quarter=steps_per_quarter,
            quarters_per_bar=quarters_per_bar,
            slice_bars=slice_bars,
            max_bars=max_bars,
            gap_bars=gap_bars,
            max_tensors_per_notesequence=max_tensors_per_notesequence,
            mode=mode,
        )
        if max_bars < slice_bars:
            raise ValueError(f"max_bars {max_bars} leaves no room for windows of slice_bars {slice_bars}")
        conditioning = Conditioning(chord_encoding, condition_on_key=condition_on_key, unknown_chords=unknown_chords)
        super().__init__(cutting, conditioning, _FIELDS, _FIELDS)
        self._slice_bars = slice_bars
        self._gap_bars = gap_bars
        self._max_bars = max_bars

    def magenta_js(self) -> MagentaJsSpec:
        """See `gen.interfaces.MagentaJsNamed`."""
        voice = magenta_js_melody(_MIN_PITCH, _MAX_PITCH)
        drums = {"pitchClasses": [list(pitches) for pitches in REDUCED]}
        args = {"melArgs": voice, "bassArgs": voice, "drumsArgs": drums}
        return MagentaJsSpec("TrioConverter", args, self._conditioning.magenta_js(), streams=3)

    def statistics(self, targets: Decoded, outputs: Decoded, lengths: Ints, qpm: Reals) -> Columns:
        """Steps, onsets and pitches of each stream, as of the converters of each; see `event_scores`."""
        expected, played = self._classes(targets), self._classes(outputs)
        columns: Columns = {}
        for stream, one, other in zip(self._streams[:DRUMS], expected, played, strict=False):
            columns |= event_scores.compare_melodies(one, other, lengths, notes=_NOTES, stream=stream)
        drums, heard = expected[DRUMS], played[DRUMS]
        stream = self._streams[DRUMS]
        return columns | event_scores.compare_hits(_hits(drums), _hits(heard), drums == heard, lengths, stream=stream)

    def _clips(self, outputs: Decoded) -> list[tuple[list[Voice], int]]:
        return [
            (
                [
                    melody_voice(melody, min_pitch=_MIN_PITCH),
                    melody_voice(bass, min_pitch=_MIN_PITCH, instrument=1, program=_BASS_PROGRAM),
                    drum_voice(_hits(drums), _DRUM_PITCHES),
                ],
                len(melody),
            )
            for melody, bass, drums in zip(*self._classes(outputs), strict=True)
        ]

    def _classes(self, rows: Decoded) -> list[Ints]:
        """Classes of melody, bass and drums, ``[B, T]`` each."""
        ends = np.cumsum([field.width for field in _FIELDS])
        return [part.argmax(axis=2) for part in np.split(checked_rows(rows, int(ends[-1])), ends[:-1], axis=2)]

    def _cuts(self, part: NoteSequence) -> list[Cut]:
        """The windows of a part, trio by trio."""
        grid = self._cutting.grid(part)
        bars = min(-(-grid.total_steps // self._cutting.steps_per_bar), self._max_bars)
        if bars < self._slice_bars:
            raise Rejected(
                "too-short",
                f"{counted(bars, 'bar')} where {self._slice_bars} are needed; set slice_bars to {bars} or less, or "
                "give longer files",
            )
        players = ensemble(part, grid, bars=bars, steps_per_bar=self._cutting.steps_per_bar)
        if players.missing:
            raise Rejected(
                "missing-part",
                f"nobody plays {' or '.join(players.missing)}: a melody has programs 0 to 31, a bass 32 to 39, drums "
                "are on MIDI channel 10, and all notes of an instrument must agree",
            )
        melodic, drums, silent = self._lines(part, grid, players, bars)
        heard = bridge(players.heard & ~silent[:, np.newaxis], self._gap_bars)
        playing_together: list[tuple[list[int], Ints]] = []  # a trio, and first steps of its windows
        longest = tried = found = 0
        for trios in players.trios():
            trios = trios[~silent[trios].any(axis=1)]
            playing = together(heard[trios], self._gap_bars)  # [R, bars]
            whole = windows_within(playing, self._slice_bars)  # [R, bars - slice_bars + 1]
            longest = max(longest, longest_run(playing))
            tried += len(trios)
            found += int(whole.sum())
            if max(tried, found) > MOST_CUTS:
                raise Rejected(
                    "too-many-windows",
                    f"melodies, basses and drum tracks make more than {MOST_CUTS:,} trios, or windows of trios; "
                    "take instruments out, or raise slice_bars",
                )
            for row in np.flatnonzero(whole.any(axis=1)).tolist():
                playing_together.append((trios[row].tolist(), np.flatnonzero(whole[row]) * self._cutting.steps_per_bar))
        if not playing_together:
            raise Rejected(
                "never-together",
                f"melody, bass and drums never play together for {self._slice_bars} bars; {longest} is the most. Set "
                "slice_bars to that or less, or raise gap_bars",
            )
        timeline = self._conditioning.timeline(part, grid)
        conditions = timeline.at(0, bars * self._cutting.steps_per_bar)
        controls = timeline.controls(conditions)
        window = self._slice_bars * self._cutting.steps_per_bar
        cuts: list[Cut] = []
        for (melody, bass, kit), starts in playing_together:
            events = Rows(_FIELDS, [melodic[melody], melodic[bass], drums[kit]])
            rows = PartRows(events, events, controls, grid.qpm)
            cuts += [Cut(rows, (first, first + window), (first,)) for first in starts.tolist()]
        return timeline.known(cuts, conditions=lambda cut: conditions[slice(*cut.span)])

    def _lines(self, part: NoteSequence, grid: Grid, players: Ensemble, bars: int) -> tuple[Stored, Stored, Bools]:
        """Melodies and basses ``[I, L]`` and drums ``[I, L]`` of a whole part, and who plays nothing ``[I]``."""
        steps, count = bars * self._cutting.steps_per_bar, len(players.numbers)
        number = np.minimum(np.searchsorted(players.numbers, part.instrument), count - 1)
        heard = (players.numbers[number] == part.instrument) & (part.velocity > 0)
        classes = _CLASS_OF_PITCH[part.pitch]
        struck = np.flatnonzero(heard & part.is_drum & (classes >= 0))
        sung = np.flatnonzero(heard & ~part.is_drum & (part.pitch >= _MIN_PITCH) & (part.pitch <= _MAX_PITCH))
        melodic = whole_lines(part, grid, sung, number[sung], min_pitch=_MIN_PITCH, instruments=count, steps=steps)
        drums = np.zeros((count, steps + 1), _FIELDS[DRUMS].dtype)
        step = np.minimum(grid.start_step[struck], steps)  # what is past the end is lost
        np.bitwise_or.at(drums, (number[struck], step), _DRUM_BITS[classes[struck]].astype(drums.dtype))
        silent = np.ones(count, np.bool_)
        silent[number[struck]] = silent[number[sung]] = False
        return melodic, drums[:, :steps], silent


def _hits(classes: Stored) -> Bools:
    """Drums of each class, boolean ``[..., C]``."""
    return (classes[..., np.newaxis] & _DRUM_BITS) > 0
