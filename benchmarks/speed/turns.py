"""Taking turns: everything that is compared is measured once a round."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

from speed.workers import Worker


@dataclass(frozen=True)
class Rounds:
    """How often a comparison is repeated: as often as a number of seconds allows, between two bounds.

    Attributes:
        seconds: for one comparison.
        least, most: bounds.
    """

    seconds: float = 30.0
    least: int = 3
    most: int = 7

    def number(self, round_seconds: float) -> int:
        """Rounds of a comparison whose first round took that long."""
        return max(self.least, min(self.most, int(self.seconds / max(round_seconds, 1e-9))))


@dataclass(eq=False)
class Runner:
    """One line of a comparison.

    Attributes:
        worker: whose job it is.
        action: what is timed.
        threads: on how many; None on a GPU.
        repeats: in a turn; for what takes only milliseconds.
        peak: whether the peak is measured beside it.
        seconds: what was measured.
        peaks: beside each turn, in FLOP/s.
    """

    worker: Worker
    action: str
    threads: int | None
    repeats: int = 1
    peak: bool = True
    seconds: list[float] = field(default_factory=list)
    peaks: list[float] = field(default_factory=list)
    shares: list[float] = field(default_factory=list)

    def turn(self) -> float:
        """Measure once; returns the seconds that it took altogether."""
        turn = self.worker.time(self.action, threads=self.threads, repeats=self.repeats, peak=self.peak)
        self.seconds += turn.seconds
        if turn.peak is not None:
            self.peaks.append(turn.peak)
            flops = self.worker.facts["flops"]
            self.shares += [flops / seconds / turn.peak for seconds in turn.seconds]
        return sum(turn.seconds)

    @property
    def median(self) -> float:
        """Of the seconds."""
        return statistics.median(self.seconds)

    @property
    def rate(self) -> float:
        """FLOP/s at the median."""
        return float(self.worker.facts["flops"]) / self.median


def take_turns(runners: Sequence[Runner], rounds: Rounds) -> None:
    """Warm everything up, then go round."""
    for runner in runners:
        runner.worker.time(runner.action, threads=runner.threads)
    done, total = 0, 1
    while done < total:
        taken = sum(runner.turn() for runner in runners)
        done += 1
        if done == 1:
            total = rounds.number(taken)
