"""What `fuzz_midi` reads, and what becomes of one file: the part that runs in a worker with a limit on its memory."""

from __future__ import annotations

import sys
import time
import traceback
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from common import peak_mebibytes

import gen
from gen.registry import registry

sys.path.append(str(Path(__file__).parents[1] / "tests" / "support"))  # the tests fuzz with the same mutations

CONFIGURATIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "melody": ("melody", {}),
    "melody, 2 bars, chords, keys": (
        "melody",
        {"slice_bars": 2, "chord_encoding": "triads", "condition_on_key": True},
    ),
    "drums": ("drums", {}),
    "drums, 2 bars, 61 classes": (
        "drums",
        {"slice_bars": 2, "roll_input": True, "roll_output": True, "pitch_classes": "full"},
    ),
    "groove": ("groove", {}),
    "groove, 2 bars, tapped": ("groove", {"split_bars": 2, "tapify": True}),
    "trio, 16 bars": ("trio", {}),
    "trio, 2 bars, chords": ("trio", {"slice_bars": 2, "chord_encoding": "triads"}),
    "multitrack": ("multitrack", {"num_velocity_bins": 8}),
    "multitrack, chords": ("multitrack", {"num_velocity_bins": 8, "chord_encoding": "triads"}),
}


class Case(NamedTuple):
    """One file: where it comes from, what was done to it, and its bytes."""

    archive: str
    name: str
    mutations: list[str]
    data: bytes


class Cases:
    """All files of some archives as they are, then mutated ones; by number.

    Args:
        archives: zip archives of MIDI files.
        every: of the files as they are, take every so-manieth.
        mutants: how many mutated files there are.
        seed: of which files, and which mutations.
    """

    def __init__(self, archives: Sequence[Path], *, every: int, mutants: int, seed: int) -> None:
        self._archives = [zipfile.ZipFile(path) for path in archives]
        self._stems = [path.stem for path in archives]
        self._names = [
            sorted(name for name in archive.namelist() if name.lower().endswith((".mid", ".midi")))
            for archive in self._archives
        ]
        self._files = [(index, name) for index, names in enumerate(self._names) for name in names[::every]]
        self._mutants = mutants
        self._seed = seed

    @property
    def clean(self) -> int:
        """How many files stay as they are; these come first."""
        return len(self._files)

    def __len__(self) -> int:
        return self.clean + self._mutants

    def __getitem__(self, number: int) -> Case:
        if number < self.clean:
            return self._case(*self._files[number])
        from midi_mutations import mutated

        rng = np.random.default_rng([self._seed, number - self.clean])
        archive = int(rng.integers(len(self._archives)))  # each as often, however many files it has
        names = self._names[archive]
        case = self._case(archive, names[int(rng.integers(len(names)))])
        data, mutations = mutated(case.data, rng)
        return case._replace(mutations=mutations, data=data)

    def _case(self, archive: int, name: str) -> Case:
        return Case(self._stems[archive], name, [], self._archives[archive].read(name))


class Harness:
    """Every converter, and what each makes of a file."""

    def __init__(self) -> None:
        self._converters: dict[str, gen.Converter] = {
            name: registry().find("converter", kind)(**options) for name, (kind, options) in CONFIGURATIONS.items()
        }

    def outcome(self, data: bytes, number: int) -> dict[str, Any]:
        """What became of a file, as JSON.

        ``read`` is ``notes``, ``MidiError (code)`` or ``crash``; ``seconds`` of CPU time were needed in all, and
        ``slowest`` by reading or by the slowest converter.
        """
        begin = time.process_time()
        found: dict[str, Any] = {"read": "notes", "converters": {}, "crashes": []}
        try:
            notes = gen.read_midi(data)
        except gen.errors.MidiError as error:
            found["read"] = f"MidiError ({error.code})"
        except Exception:
            found["read"] = "crash"
            found["crashes"].append(traceback.format_exc(limit=-3))
        else:
            found["slowest"] = time.process_time() - begin
            for name, converter in self._converters.items():
                started = time.process_time()
                try:
                    code, examples = _convert(converter, notes, number)
                except Exception:
                    code, examples = "crash", 0
                    found["crashes"].append(f"{name}: {traceback.format_exc(limit=-3)}")
                seconds = time.process_time() - started
                found["slowest"] = max(found["slowest"], seconds)
                found["converters"][name] = (code, examples, round(seconds, 4))
        found.setdefault("slowest", time.process_time() - begin)
        found["seconds"] = round(time.process_time() - begin, 4)
        found["peak_mb"] = peak_mebibytes()
        return found


def _convert(converter: gen.Converter, notes: gen.NoteSequence, number: int) -> tuple[str, int]:
    """Code of a rejection, or none, and how many examples; what examples promise is asserted."""
    conversion = converter.convert(notes, rng=np.random.default_rng(number))
    if conversion.rejection is not None:
        assert conversion.rejection.code, "a rejection without a code"
        assert len(conversion.rejection.detail) > 10, "a rejection without a sentence"
        return conversion.rejection.code, 0
    layout = converter.layout
    for example in conversion.examples:
        given = example.given
        assert isinstance(given.outputs, gen.interfaces.Rows), "examples that aren't rows"
        assert given.outputs.fields == layout.outputs, "rows of another layout"
        assert converter.steps in (None, len(given.outputs)), "an example of another length"
        assert np.sum(example.length) <= len(given.outputs), "more valid steps than steps"
    for example in (conversion.examples[0], conversion.examples[-1]):  # all of them would take hours
        assert np.isfinite(example.inputs).all(), "a number that isn't one"
        assert np.isfinite(example.outputs).all(), "a number that isn't one"
    return "", len(conversion.examples)
