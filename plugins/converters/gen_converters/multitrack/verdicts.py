"""Why some windows of a file give no example, and why none of a part does."""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from gen import Rejection
from gen_converters.common.arrays import Bools


class _Reason(NamedTuple):
    code: str
    why: str
    values: npt.NDArray[Any]


class Verdicts:
    """Reasons against so many windows of that name; the first one that is given against a window counts."""

    def __init__(self, windows: int, name: str) -> None:
        self._name = name
        self._reason = np.full(windows, -1)
        self._reasons: list[_Reason] = []

    @property
    def accepted(self) -> Bools:
        """Windows without a reason against them, boolean ``[windows]``."""
        return self._reason < 0

    def refuse(self, which: Bools, code: str, why: str, values: npt.NDArray[Any] | None = None) -> None:
        """Refuse windows, boolean ``[windows]``, with the code of a `gen.Rejection`.

        ``why`` is a clause about them, and what can be done: ``have too few notes ({most} at most); lower min_notes``;
        ``values`` are of each window, for the ``{most}`` of a part.
        """
        self._reason[which & self.accepted] = len(self._reasons)
        self._reasons.append(_Reason(code, why, self._reason if values is None else values))

    def lost(self, windows: slice) -> Counter[str]:
        """How many windows of a part each code cost."""
        found: Counter[str] = Counter()
        for number, reason in enumerate(self._reasons):
            found[reason.code] += int((self._reason[windows] == number).sum())
        return +found

    def rejection(self, windows: slice) -> Rejection:
        """The reason that cost most of the windows of a part, all of which were refused."""
        own = self._reason[windows]
        numbers = np.bincount(own)
        worst = self._reasons[int(numbers.argmax())]
        why = worst.why.format(most=int(worst.values[windows].max()))
        return Rejection(worst.code, f"{numbers.max()} of {len(own)} {self._name} {why}")
