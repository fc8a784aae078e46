"""`NoteSequence`: what gen knows about a piece of music, in columns.

* Times are float64 **seconds** from the start of the piece. They are kept in float64 up to the final tensor,
  because which side of a half step an onset falls on is decided there.
* Columns are numpy arrays of one length and must not be written to; functions return new sequences.
* Without a tempo, 120 quarter notes a minute hold; without a time signature, 4/4.
* No order of notes is promised; sort where it matters.

Source of the conventions: the NoteSequence protocol buffer of note_seq, on which MusicVAE's data layer stands.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import Field, dataclass, field, replace
from typing import Any, ClassVar, TypeVar

import numpy as np
import numpy.typing as npt

IntColumn = npt.NDArray[np.int64]
FloatColumn = npt.NDArray[np.float64]
BoolColumn = npt.NDArray[np.bool_]

DEFAULT_QPM = 120.0


def _column(dtype: type, constant: float | None = None) -> Any:
    """A column of a table: empty unless given, or one value for all rows."""
    if constant is not None:
        return field(default=constant, metadata={"dtype": dtype})
    return field(default_factory=lambda: np.zeros(0, dtype), metadata={"dtype": dtype})


_Same = TypeVar("_Same", bound="_Table")


class _Table:
    """Shared by every columnar record: one length for all columns, a single number stands for a whole column."""

    _dtypes: ClassVar[dict[str, type]]

    def __init_subclass__(cls) -> None:
        columns = {name: value for name, value in vars(cls).items() if isinstance(value, Field)}
        cls._dtypes = {name: column.metadata["dtype"] for name, column in columns.items() if column.metadata}

    def __post_init__(self) -> None:
        length = None
        for name, dtype in self._dtypes.items():
            # a copy: the caller may go on writing to its own
            column: npt.NDArray[Any] = np.array(getattr(self, name), dtype=dtype)
            if length is None:
                column = np.atleast_1d(column)
                length = len(column)
            elif column.ndim == 0:
                column = np.full(length, column)
            if column.shape != (length,):
                kind = type(self).__name__
                raise ValueError(f"{kind}.{name}: expected {length} values, got an array of shape {column.shape}")
            column.setflags(write=False)
            object.__setattr__(self, name, column)

    def _with(self: _Same, **changes: Any) -> _Same:
        """A copy with other values, for columns that come from a table and so need no check; they are kept, not copied.

        Ten times faster than `dataclasses.replace`, which matters where a piece is cut into dozens of parts.
        """
        table = object.__new__(type(self))
        table.__dict__.update(self.__dict__)
        for name, value in changes.items():
            if name in self._dtypes:
                value.setflags(write=False)
            table.__dict__[name] = value
        return table

    def _picked(self, rows: npt.NDArray[Any] | slice) -> dict[str, Any]:
        """Some rows of every column."""
        return {name: getattr(self, name)[rows] for name in self._dtypes}

    def _tuples(self) -> Iterator[tuple[Any, ...]]:
        return zip(*(getattr(self, name).tolist() for name in self._dtypes), strict=True)

    def __len__(self) -> int:
        return len(getattr(self, next(iter(self._dtypes))))


@dataclass(frozen=True, eq=False)
class Tempos(_Table):
    """Tempo changes: ``time`` in seconds, ``qpm`` in quarter notes a minute."""

    time: FloatColumn = _column(np.float64)
    qpm: FloatColumn = _column(np.float64)

    @property
    def first(self) -> float:
        """The first tempo, in quarter notes a minute; 120, as in any MIDI file, where none is written."""
        return float(self.qpm[0]) if len(self) else DEFAULT_QPM


@dataclass(frozen=True, eq=False)
class TimeSignatures(_Table):
    """Time signatures: ``time`` in seconds, ``numerator`` / ``denominator``."""

    time: FloatColumn = _column(np.float64)
    numerator: IntColumn = _column(np.int64)
    denominator: IntColumn = _column(np.int64)


@dataclass(frozen=True, eq=False)
class KeySignatures(_Table):
    """Key signatures: ``time`` in seconds, ``key`` 0 to 11 with C = 0, ``mode`` 0 major, 1 minor."""

    time: FloatColumn = _column(np.float64)
    key: IntColumn = _column(np.int64)
    mode: IntColumn = _column(np.int64)


@dataclass(frozen=True, eq=False)
class ControlChanges(_Table):
    """Control changes, one row each: ``time`` in seconds, controller ``number``, ``value`` 0 to 127."""

    time: FloatColumn = _column(np.float64)
    number: IntColumn = _column(np.int64)
    value: IntColumn = _column(np.int64)
    instrument: IntColumn = _column(np.int64)
    program: IntColumn = _column(np.int64)
    is_drum: BoolColumn = _column(np.bool_)


@dataclass(frozen=True, eq=False)
class PitchBends(_Table):
    """Pitch bends, one row each: ``time`` in seconds, ``bend`` from -8192 to 8191."""

    time: FloatColumn = _column(np.float64)
    bend: IntColumn = _column(np.int64)
    instrument: IntColumn = _column(np.int64)
    program: IntColumn = _column(np.int64)
    is_drum: BoolColumn = _column(np.bool_)


@dataclass(frozen=True)
class Chord:
    """A chord symbol that holds from ``time`` (seconds) on; ``N.C.`` is no chord."""

    time: float
    text: str


@dataclass(frozen=True)
class Note:
    """One row of a `NoteSequence`, for people; code works on the columns. Times in seconds."""

    pitch: int
    velocity: int
    start: float
    end: float
    program: int
    is_drum: bool
    instrument: int


@dataclass(frozen=True, eq=False)
class NoteSequence(_Table):
    """A piece of music as columns of notes, with its tempo, metre, key, controller and chord tables.

    Args:
        pitch: MIDI note numbers 0 to 127.
        velocity: 0 to 127; a single number stands for every note, here and below; default 100.
        start: onsets in seconds. A cut window may hold slightly negative ones (a note played early).
        end: ends in seconds, not before the onset.
        program: General MIDI program 0 to 127; default 0.
        is_drum: whether the note is percussion; default False.
        instrument: which instrument of the piece, counted from 0; default 0.
        tempos, time_signatures, key_signatures, control_changes, pitch_bends: tables, each in seconds.
        chords: chord symbols in order of time.
        instrument_names: names by instrument number.
        total_time: length in seconds; left out (or negative), the latest note end.
        ticks_per_quarter: resolution of the file it came from; 0 where unknown.

    Raises:
        ValueError: columns differ in length, a pitch or velocity is out of range, or a note ends before it starts.
    """

    pitch: IntColumn = _column(np.int64)
    velocity: IntColumn = _column(np.int64, 100)
    start: FloatColumn = _column(np.float64)
    end: FloatColumn = _column(np.float64)
    program: IntColumn = _column(np.int64, 0)
    is_drum: BoolColumn = _column(np.bool_, False)
    instrument: IntColumn = _column(np.int64, 0)
    tempos: Tempos = field(default_factory=Tempos)
    time_signatures: TimeSignatures = field(default_factory=TimeSignatures)
    key_signatures: KeySignatures = field(default_factory=KeySignatures)
    control_changes: ControlChanges = field(default_factory=ControlChanges)
    pitch_bends: PitchBends = field(default_factory=PitchBends)
    chords: tuple[Chord, ...] = ()
    instrument_names: tuple[tuple[int, str], ...] = ()
    total_time: float = -1.0
    ticks_per_quarter: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("pitch", "velocity", "program"):
            column = getattr(self, name)
            bad = np.flatnonzero((column < 0) | (column > 127))
            if len(bad):
                raise ValueError(f"note {bad[0]}: {name} {column[bad[0]]} is not within 0 to 127")
        bad = np.flatnonzero(~(self.end >= self.start))  # the negation also catches NaN
        if len(bad):
            raise ValueError(f"note {bad[0]} ends at {self.end[bad[0]]} s, before its onset at {self.start[bad[0]]} s")
        if self.total_time < 0:
            object.__setattr__(self, "total_time", float(self.end.max(initial=0.0)))

    def __iter__(self) -> Iterator[Note]:
        return (Note(*row) for row in self._tuples())

    def select(self, rows: npt.NDArray[Any]) -> NoteSequence:
        """Keep the notes that a boolean mask ``[N]`` or indices pick, in their order; all else stays."""
        return replace(self, **self._picked(rows))
