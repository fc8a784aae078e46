"""Why some windows of a part give no example, and why none does."""

from __future__ import annotations

from collections import Counter

import numpy as np
import numpy.typing as npt

from gen import Rejection


class Verdicts:
    """Reasons against the windows of a part; the first one that is given against a window counts.

    Args:
        windows: how many there are.
        name: what they are called.
    """

    def __init__(self, windows: int, name: str) -> None:
        self._name = name
        self._reason = np.full(windows, -1)
        self._reasons: list[Rejection] = []

    @property
    def accepted(self) -> npt.NDArray[np.bool_]:
        """Windows without a reason against them, boolean ``[windows]``."""
        return self._reason < 0

    def refuse(self, which: npt.NDArray[np.bool_], code: str, why: str) -> None:
        """Refuse windows.

        Args:
            which: boolean ``[windows]``.
            code: as of `gen.Rejection`.
            why: a clause about them, and what can be done: ``have too few notes; lower min_notes``.
        """
        self._reason[which & self.accepted] = len(self._reasons)
        self._reasons.append(Rejection(code, why))

    def counts(self) -> Counter[str]:
        """How many windows each code cost."""
        numbers = np.bincount(self._reason[~self.accepted], minlength=len(self._reasons))
        found: Counter[str] = Counter()
        for reason, number in zip(self._reasons, numbers.tolist(), strict=True):
            found[reason.code] += number
        return +found

    def rejection(self) -> Rejection:
        """The reason that cost most windows; there is at least one."""
        numbers = np.bincount(self._reason[~self.accepted], minlength=len(self._reasons))
        worst = self._reasons[int(numbers.argmax())]
        return Rejection(worst.code, f"{numbers.max()} of {len(self._reason)} {self._name} {worst.detail}")
