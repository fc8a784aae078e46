"""Every error that gen raises on purpose.

::

    GenError                 something failed; the command line prints it and exits 1
    ├── UsageError           the request itself was wrong; exits 2
    │   ├── RecipeError      a recipe or an override, every problem listed as file:line:col
    │   └── UnknownNameError no component of that name, with the nearest spelling
    ├── MidiError            a MIDI file that can't be read, with the byte where reading stopped
    ├── DataError            a data set that is damaged, or gives no example
    │   └── DataMissingError a data set that isn't here and can't be fetched; a recipe's fallback may stand in
    ├── PluginError          a plugin that breaks its contract
    ├── CheckpointError      a checkpoint that is damaged, or doesn't fit the recipe
    └── TrainingError        a training that can't go on: gradients that explode, a process that is gone

The text of an error names the thing, its value, where it stands, and the way out.
"""

from __future__ import annotations

__all__ = [
    "CheckpointError",
    "DataError",
    "DataMissingError",
    "MidiError",
    "PluginError",
    "RecipeError",
    "TrainingError",
    "UnknownNameError",
    "UsageError",
]


class GenError(Exception):
    """Base class: catch this to catch everything that gen raises on purpose."""

    exit_code = 1


class UsageError(GenError):
    """The request can't be carried out as it was made; nothing was started."""

    exit_code = 2


class RecipeError(UsageError):
    """A recipe or an override is wrong; ``problems`` holds each one, already with its place."""

    def __init__(self, problems: list[str] | str) -> None:
        self.problems = [problems] if isinstance(problems, str) else list(problems)
        super().__init__("\n".join(self.problems))


class UnknownNameError(UsageError):
    """No component, recipe or run goes by that name."""


class MidiError(GenError):
    """A MIDI file can't be read; ``offset`` is the byte at which reading stopped, where known.

    ``code`` says what kind of trouble it is, for counting: ``not-midi``, ``truncated``, ``format-2`` (several pieces in
    one file), ``smpte`` (timed by film frames), ``too-late``, ``too-many`` or ``too-many-controls`` (beyond gen's own
    limits), or else ``damaged``.
    """

    def __init__(self, message: str, *, offset: int | None = None, code: str = "damaged") -> None:
        self.offset = offset
        self.code = code
        super().__init__(message if offset is None else f"{message} (at byte {offset})")


class DataError(GenError):
    """A data set is missing, damaged, or gives no example."""


class DataMissingError(DataError):
    """A data set isn't on this machine and can't be fetched; the text says how to provide it."""


class PluginError(GenError):
    """A plugin breaks its contract."""


class CheckpointError(GenError):
    """A checkpoint is damaged, incomplete, or doesn't fit the recipe."""


class TrainingError(GenError):
    """A training can't go on: its gradients explode again and again, or a process that trains with it is gone."""
