"""`TrioConverter`: melody, bass and drums that play together, as MusicVAE reads and writes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

from gen import Conversion, Converter, Layout, NoteSequence, Rejection
from gen.interfaces import MagentaJsSpec, Mode, OneHot, Rows
from gen.notes import Grid
from gen_converters.common import event_scores, magenta_js
from gen_converters.common.conditioning import Conditioning
from gen_converters.common.cuts import MOST_CUTS, Cut, Cutting, PartRows
from gen_converters.common.drum_classes import REDUCED, DrumClasses, class_of_pitch
from gen_converters.common.melody_lines import FIRST_NOTE, whole_lines
from gen_converters.common.one_hot import checked_rows
from gen_converters.common.parts import check_options
from gen_converters.common.voices import drum_voice, melody_voice, play
from gen_converters.trio.ensembles import DRUMS, Ensemble, bridge, ensemble, longest_run, together, windows_within

_MIN_PITCH, _MAX_PITCH = 21, 108
_NOTES = _MAX_PITCH - _MIN_PITCH + 1
_MELODY = FIRST_NOTE + _NOTES
_DRUM_BITS = 1 << np.arange(len(REDUCED))
_LINE = OneHot(_MELODY, pitched=((FIRST_NOTE, _MELODY),))
_FIELDS = (_LINE, _LINE, OneHot(2 ** len(REDUCED)))
_DEPTH = sum(field.width for field in _FIELDS)
_BASS_PROGRAM = 33
_STREAMS = ("melody_", "bass_", "drums_")

Classes = npt.NDArray[np.integer]


class TrioConverter(Converter):
    """Melody, bass and drums to one class each a step, side by side, and back; no loudness, no feel.

    A file is cut where its tempo or metre changes. In each part an instrument is a melody (General MIDI programs 0 to
    31), a bass (32 to 39) or drums; every melody, bass and drums that play together for ``slice_bars`` give an
    example, at every bar at which they do. Rows are ``[melody | bass | drums]``: twice 90 classes as in
    `MelodyConverter` for pitches 21 to 108, and 512 as in `DrumsConverter` for nine drums. Unlike a melody's own
    windows, these may begin with a note-off.

    Lossy on purpose: what the two converters lose, and all other instruments.

    Args:
        slice_bars: length of a window in bars.
        gap_bars: rests of up to twice as many bars don't keep an instrument from playing together with the others,
            nor does silence in the first and last so many bars of a part.
        max_bars: bars of a part past this are lost.
        steps_per_quarter: resolution; 4 is sixteenth notes.
        quarters_per_bar: a part must have bars of this many quarter notes.
        chord_encoding: give the chord of each step as controls: ``triads`` (49 classes) or ``major-minor`` (25). Where
            a part has no chord symbols they are found from its notes.
        condition_on_key: give the key of each step as controls too (12 classes).
        unknown_chords: what a chord that has no class costs: the ``window`` it is in, or the whole ``part``, as in the
            original.
        max_tensors_per_notesequence: take at most this many examples of a file: in mode ``train`` any, else the first.
            A piece with many instruments has hundreds.
        mode: what the tensors are for; given by gen.

    Raises:
        ValueError: an option is out of range.
    """

    def __init__(
        self,
        *,
        slice_bars: int = 16,
        gap_bars: int = 2,
        max_bars: int = 1024,
        steps_per_quarter: int = 4,
        quarters_per_bar: int = 4,
        chord_encoding: Literal["triads", "major-minor"] | None = None,
        condition_on_key: bool = False,
        unknown_chords: Literal["window", "part"] = "window",
        max_tensors_per_notesequence: int | None = None,
        mode: Mode = "infer",
    ) -> None:
        check_options(mode, gap_bars=gap_bars or None)
        self._cutting = Cutting(
            steps_per_quarter=steps_per_quarter,
            quarters_per_bar=quarters_per_bar,
            slice_bars=slice_bars,
            max_bars=max_bars,
            max_tensors_per_notesequence=max_tensors_per_notesequence,
            mode=mode,
        )
        if max_bars < slice_bars:
            raise ValueError(f"max_bars {max_bars} leaves no room for windows of slice_bars {slice_bars}")
        self._conditioning = Conditioning(chord_encoding, keys=condition_on_key, unknown_chords=unknown_chords)
        self._slice_bars = slice_bars
        self._gap_bars = gap_bars
        self._max_bars = max_bars
        self._class_of_pitch = class_of_pitch(REDUCED)

    @property
    def input_depth(self) -> int:
        """Width of a row: 90 + 90 + 512."""
        return _DEPTH

    @property
    def output_depth(self) -> int:
        """The same as `input_depth`."""
        return _DEPTH

    @property
    def control_depth(self) -> int:
        """Classes of chords, and 12 for keys."""
        return self._conditioning.depth

    @property
    def steps(self) -> int:
        """Steps of a window."""
        return self._slice_bars * self._cutting.steps_per_bar

    @property
    def steps_per_bar(self) -> int:
        """Sixteen for sixteenths in 4/4."""
        return self._cutting.steps_per_bar

    @property
    def layout(self) -> Layout:
        """A class a step each for melody, bass and drums, and for chord and key."""
        return Layout(_FIELDS, _FIELDS, self._conditioning.fields)

    @property
    def drum_classes(self) -> DrumClasses:
        """The nine classes of its drums."""
        return REDUCED

    def magenta_js(self) -> MagentaJsSpec:
        """What magenta.js calls it.

        Raises:
            ValueError: magenta.js has no converter with these options.
        """
        voice = magenta_js.melody(_MIN_PITCH, _MAX_PITCH)
        drums = {"pitchClasses": magenta_js.pitch_classes(REDUCED)}
        args = {"melArgs": voice, "bassArgs": voice, "drumsArgs": drums}
        return MagentaJsSpec("TrioConverter", args, self._conditioning.magenta_js(), streams=3)

    def convert(self, notes: NoteSequence, *, rng: np.random.Generator | None = None) -> Conversion:
        """Convert what melody, bass and drums play together in one sequence.

        Returns:
            Windows part by part, trio by trio, in order of time; overlapping ones share memory. Or a rejection:
            bad-metre, negative-time, wrong-metre, no-notes, too-long, too-short, missing-part, never-together or
            too-many-windows; and with controls chord-metre, chord-length, coincident-chords, unreadable-chord,
            unknown-chord or no-key.

        Raises:
            ValueError: ``rng`` is missing where it is needed.
        """
        return self._cutting.convert(notes, self._cuts, rng=rng)

    def from_tensors(
        self,
        outputs: npt.NDArray[np.floating],
        controls: npt.NDArray[np.floating] | None = None,
        *,
        qpm: float = 120.0,
        original_decode: bool = False,
    ) -> list[NoteSequence]:
        """Play decoded rows: melody on instrument 0, bass on 1 (program 33), drums on 9.

        Args:
            outputs: ``[B, T, output_depth]``; the likeliest class of each part of a step counts.
            controls: ``[B, T, control_depth]``, for chord symbols and key signatures in the clips.
            qpm: tempo to play at.
            original_decode: end each clip with its last note, and without keys take the last 12 classes of chords
                (the diminished ones) for no chord, as the original does.

        Returns:
            B clips in 4/4 whose ``total_time`` is T steps.

        Raises:
            ValueError: the array has another shape, or ``qpm`` isn't positive.
        """
        streams = self._streams(outputs)
        said = self._conditioning.checked(controls, streams[0].shape)
        pitches = [classes[0] for classes in REDUCED]
        clips = []
        for melody, bass, drums, conditions in zip(*streams, said, strict=True):
            changes = self._conditioning.decode(conditions, original_decode=original_decode)
            clips.append(
                play(
                    [
                        melody_voice(melody, min_pitch=_MIN_PITCH),
                        melody_voice(bass, min_pitch=_MIN_PITCH, instrument=1, program=_BASS_PROGRAM),
                        drum_voice(_hits(drums), pitches),
                    ],
                    steps=None if original_decode else len(melody),
                    steps_per_quarter=self._cutting.steps_per_quarter,
                    qpm=qpm,
                    chords=changes.chords,
                    keys=changes.keys,
                )
            )
        return clips

    def chord_controls(
        self, chords: Sequence[str], *, key: int | None = None, steps: int | None = None
    ) -> npt.NDArray[np.float32]:
        """Controls of a clip that plays to chord symbols, each for an equal share of its steps.

        Args:
            chords: in order; at least one.
            key: pitch class of the key, C = 0; needed where keys are controls.
            steps: T; those of a window where None.

        Returns:
            ``[T, control_depth]``.

        Raises:
            ValueError: there are no such controls, or a chord has no class.
        """
        length = self.steps if steps is None else steps
        return self._conditioning.progression(chords, key=key, steps=length or self.steps_per_bar * len(chords))

    def statistics(
        self,
        targets: npt.NDArray[np.floating],
        outputs: npt.NDArray[np.floating],
        lengths: npt.NDArray[np.int64],
        qpm: npt.NDArray[np.float64],
    ) -> Mapping[str, npt.NDArray[np.float64]]:
        """Steps, onsets and pitches of each stream, as of the converters of each; see `event_scores`."""
        expected, played = self._streams(targets), self._streams(outputs)
        valid = event_scores.valid_steps(lengths, expected[0].shape[1])
        columns: event_scores.Columns = {}
        for stream, one, other in zip(_STREAMS[:DRUMS], expected, played, strict=False):
            columns |= event_scores.compare_melodies(one, other, valid, notes=_NOTES, stream=stream)
        drums, heard = expected[DRUMS], played[DRUMS]
        same = drums == heard
        columns |= event_scores.compare_drums(_hits(drums), _hits(heard), same, valid, stream=_STREAMS[DRUMS])
        return columns

    def summarise(self, sums: Mapping[str, float]) -> dict[str, float]:
        """Figures of each stream, with its name before them: ``bass_step_accuracy``; see `event_scores.figures`."""
        found: dict[str, float] = {}
        for stream in _STREAMS:
            found |= event_scores.figures(sums, stream=stream)
        return found

    def _streams(self, rows: npt.NDArray[np.floating]) -> list[npt.NDArray[np.int64]]:
        """Classes of melody, bass and drums, ``[B, T]`` each."""
        parts = np.split(checked_rows(rows, _DEPTH), np.cumsum([field.width for field in _FIELDS])[:-1], axis=2)
        return [part.argmax(axis=2) for part in parts]

    def _cuts(self, part: NoteSequence) -> list[Cut] | Rejection:
        """The windows of a part."""
        grid = self._cutting.grid(part)
        if isinstance(grid, Rejection):
            return grid
        bars = min(-(-grid.total_steps // self._cutting.steps_per_bar), self._max_bars)
        if bars < self._slice_bars:
            return Rejection(
                "too-short",
                f"{bars} bars where {self._slice_bars} are needed; set slice_bars to {bars} or less, or give longer "
                "files",
            )
        players = ensemble(part, grid, bars=bars, steps_per_bar=self._cutting.steps_per_bar)
        if players.missing:
            return Rejection(
                "missing-part",
                f"nobody plays {' or '.join(players.missing)}: a melody has programs 0 to 31, a bass 32 to 39, drums "
                "are on MIDI channel 10, and all notes of an instrument must agree",
            )
        melodic, drums, silent = self._lines(part, grid, players, bars)
        heard = bridge(players.heard & ~silent[:, np.newaxis], self._gap_bars)
        playing_together: list[tuple[list[int], npt.NDArray[np.int64]]] = []  # a trio, and first steps of its windows
        longest = tried = found = 0
        for trios in players.trios():
            trios = trios[~silent[trios].any(axis=1)]
            playing = together(heard[trios], self._gap_bars)  # [R, bars]
            whole = windows_within(playing, self._slice_bars)  # [R, bars - slice_bars + 1]
            longest = max(longest, longest_run(playing))
            tried += len(trios)
            found += int(whole.sum())
            if max(tried, found) > MOST_CUTS:
                return Rejection(
                    "too-many-windows",
                    f"melodies, basses and drum tracks make more than {MOST_CUTS:,} trios, or windows of trios: a "
                    "damaged file? Take instruments out, or raise slice_bars",
                )
            for row in np.flatnonzero(whole.any(axis=1)).tolist():
                playing_together.append((trios[row].tolist(), np.flatnonzero(whole[row]) * self._cutting.steps_per_bar))
        if not playing_together:
            return Rejection(
                "never-together",
                f"melody, bass and drums never play together for {self._slice_bars} bars; {longest} is the most. Set "
                "slice_bars to that or less, or raise gap_bars",
            )
        timeline = self._conditioning.timeline(part, grid)
        if isinstance(timeline, Rejection):
            return timeline
        conditions = timeline.at(0, bars * self._cutting.steps_per_bar)
        controls = timeline.controls(conditions)
        cuts: list[Cut] = []
        for (melody, bass, kit), starts in playing_together:
            events = Rows(_FIELDS, [melodic[melody], melodic[bass], drums[kit]])
            rows = PartRows(events, events, controls, grid.qpm)
            cuts += [Cut(rows, first, first + self.steps, (first,)) for first in starts.tolist()]
        return timeline.known(cuts, conditions=lambda cut: conditions[cut.first : cut.last])

    def _lines(
        self, part: NoteSequence, grid: Grid, players: Ensemble, bars: int
    ) -> tuple[Classes, Classes, npt.NDArray[np.bool_]]:
        """What instruments play from the start of their part to the end, as stored.

        Returns:
            Melodies and basses ``[I, L]``, drums ``[I, L]``, and which instruments play nothing ``[I]``.
        """
        steps, count = bars * self._cutting.steps_per_bar, len(players.numbers)
        number = np.minimum(np.searchsorted(players.numbers, part.instrument), count - 1)
        heard = (players.numbers[number] == part.instrument) & (part.velocity > 0)
        classes = self._class_of_pitch[part.pitch]
        struck = np.flatnonzero(heard & part.is_drum & (classes >= 0))
        sung = np.flatnonzero(heard & ~part.is_drum & (part.pitch >= _MIN_PITCH) & (part.pitch <= _MAX_PITCH))
        melodic = whole_lines(part, grid, sung, number[sung], min_pitch=_MIN_PITCH, instruments=count, steps=steps)
        drums = np.zeros((count, steps + 1), _FIELDS[DRUMS].dtype)
        step = np.minimum(grid.start_step[struck], steps)  # what is past the end is lost
        np.bitwise_or.at(drums, (number[struck], step), _DRUM_BITS[classes[struck]].astype(drums.dtype))
        silent = np.ones(count, np.bool_)
        silent[number[struck]] = silent[number[sung]] = False
        return melodic, drums[:, :steps], silent


def _hits(classes: npt.NDArray[np.integer]) -> npt.NDArray[np.bool_]:
    """Drums of each class, boolean ``[..., C]``."""
    return (classes[..., np.newaxis] & _DRUM_BITS) > 0
