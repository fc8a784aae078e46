"""What a folder of one's own clips holds: which files can be used for what, what is left out and why, and its kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from gen.data.check.account import cases_of
from gen.data.check.fixes import fix_for
from gen.data.check.inspection import FileCheck
from gen.data.check.run import check
from gen.data.check.targets import Plan, plan
from gen.data.conversion import hear
from gen.data.finding import MidiFiles
from gen.errors import DataError, MidiError
from gen.music.rolls import places
from gen.notes.drum_maps import DrumMap
from gen.notes.sequence import NoteSequence

Kind = Literal["drums", "hits", "melody"]
RECIPES: Mapping[Kind, str] = {"drums": "mine_drums", "hits": "mine_hits", "melody": "mine_melody"}
"""Kind to recipe: drums with loudness and timing, drums without, and melodies."""

WORDS: Mapping[Kind, str] = {
    "drums": "drums with loudness and timing",
    "hits": "drums without loudness and timing",
    "melody": "melodies",
}
FEWEST, FEWEST_DISTINCT, MOST = 20, 10, 500
_LOOKED_AT = 100  # files, by which the kind of drums is guessed
_ROLAND = (22, 26)  # edges of its hi-hat, which General MIDI has no drum for
_VELOCITIES, _MILLISECONDS = 4.0, 3.0  # spreads in a clip that nobody played


@dataclass(frozen=True)
class LeftOut:
    """A file that isn't used: a code, what is the matter, and what to do."""

    name: str
    code: str
    detail: str
    fix: str


@dataclass(frozen=True, eq=False)
class Folder:
    """A folder that has been looked at.

    Attributes:
        kind, guessed: what its clips are, and whether nobody said so.
        files, examples: how many are used, and how many windows they give.
        distinct: how many of them don't nearly repeat another one.
        kit: whose pitches the drums have: General MIDI's, or a Roland TD-11's, as in the Groove MIDI Dataset.
        left_out: the others, in order.
    """

    path: Path
    kind: Kind
    guessed: bool
    files: int
    examples: int
    distinct: int
    kit: Literal["general midi", "roland"]
    left_out: tuple[LeftOut, ...]

    def lines(self) -> list[str]:
        """For people: what is used, what isn't and why, a line a reason."""
        how = f"guessed; --kind {'|'.join(get_args(Kind))} says otherwise" if self.guessed else "as asked for"
        found = [
            f"{self.files} files of {WORDS[self.kind]} ({how}): {self.examples:,} windows; "
            f"{self.files - self.distinct} files nearly repeat another"
        ]
        counts = Counter(each.code for each in self.left_out)
        for code, count in counts.most_common():
            first = next(each for each in self.left_out if each.code == code)
            fix = "" if first.fix in first.detail else f"; {first.fix}"
            found.append(
                f"left out: {count} {'file' if count == 1 else 'files'}, {code}: {first.name}: {first.detail}{fix}"
            )
        return found

    def require_enough(self) -> None:
        """Raise a `DataError` where there is too little to learn from, or too little that differs."""
        what = "\n".join(self.lines()[1:])
        if self.files < FEWEST:
            raise DataError(
                f"{self.path} is too small: {self.files} usable files of {WORDS[self.kind]}, and a model needs "
                f"{FEWEST} at the least" + (f"\n{what}" if what else "")
            )
        if self.distinct < FEWEST_DISTINCT:
            raise DataError(
                f"{self.path} is too alike: its {self.files} files nearly repeat {self.distinct} of them, and a model "
                f"needs {FEWEST_DISTINCT} that differ: it could only play those"
            )


def look(
    path: Path,
    *,
    kind: Kind | None = None,
    drum_channels: tuple[int, ...] = (),
    drum_map: DrumMap | None = None,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Folder:
    """Check every file of a folder or archive, and guess what they are unless told.

    Arguments as `gen.data.check.run.check`; nothing there is a `DataError`.
    """
    hearing: dict[str, Any] = {"drum_channels": drum_channels, "drum_map": drum_map}
    asked, _ = plan(recipes=[RECIPES["drums"], RECIPES["melody"]], **hearing)
    checks = check(path, asked, workers=workers, progress=progress).account.files
    guessed = kind is None
    if kind is None:
        usable = {each: len(_usable(checks, RECIPES[each])) for each in ("drums", "melody")}
        kind = "melody" if usable["melody"] > usable["drums"] else "drums"
    some = [] if kind == "melody" else _drums(path, {each.name for each in _usable(checks, RECIPES["drums"])}, asked)
    if guessed and kind == "drums" and sum(map(_played, some)) * 2 <= len(some):
        kind = "hits"
    label = RECIPES["melody" if kind == "melody" else "drums"]
    used = _usable(checks, label)
    names = {each.name for each in used}
    # only what stood against the files for this kind: for the other one they are none
    own = Plan(tuple(target for target in asked.targets if target.label == label), asked.data)
    left_out = [_left_out(_of(each, label), own) for each in checks if each.name not in names]
    return Folder(
        path=path,
        kind=kind,
        guessed=guessed,
        files=len(used),
        examples=sum(each.outcomes[label].examples for each in used),
        distinct=sum(each.resembles not in names for each in used),
        kit="roland" if any(bool(np.isin(drums.pitch, _ROLAND).any()) for drums in some) else "general midi",
        left_out=tuple(left_out),
    )


def _usable(checks: tuple[FileCheck, ...], label: str) -> list[FileCheck]:
    return [each for each in checks if label in each.outcomes and each.outcomes[label].examples]


def _of(check: FileCheck, label: str) -> FileCheck:
    return replace(check, outcomes={name: outcome for name, outcome in check.outcomes.items() if name == label})


def _left_out(check: FileCheck, own: Plan) -> LeftOut:
    cases = cases_of(check, own)
    if not cases:
        return LeftOut(check.name, "no-example", "it gives nothing, and nobody knows why", "")
    reason = cases[0].reason
    return LeftOut(check.name, reason.code, reason.detail, fix_for(reason.code, cases[:1]))


def _drums(path: Path, names: set[str], asked: Plan) -> list[NoteSequence]:
    """What the drums of some files play."""
    found = []
    with MidiFiles(path) as files:
        chosen = [file for file in files if file.name in names]
        for place in np.unique(np.linspace(0, len(chosen) - 1, min(len(chosen), _LOOKED_AT)).astype(np.int64)):
            content = chosen[place].read()
            try:
                notes = hear(content, asked.data).notes if isinstance(content, bytes) else NoteSequence()
            except MidiError:
                continue
            if notes.is_drum.any():
                found.append(notes.select(notes.is_drum))
    return found


def _played(drums: NoteSequence) -> bool:
    """Whether they sound as if somebody had played them: not all equally loud, or not all on the grid."""
    return bool(np.std(drums.velocity) > _VELOCITIES or np.std(places(drums).milliseconds) > _MILLISECONDS)
