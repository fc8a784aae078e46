"""What `benchmarks/run.py` was asked for, as the groups see it."""

from __future__ import annotations

from dataclasses import dataclass

from gen.errors import UsageError
from gen.training.batch import pick_device, require_precision
from speed.settings import Setting
from speed.turns import Rounds
from speed.workers import Order


@dataclass(frozen=True)
class Options:
    """The command line.

    Attributes:
        device: ``cpu`` or ``cuda``.
        threads: numbers of threads to measure on; on a GPU there is but one line.
        isas: instruction sets to measure in.
        keep: whether freed memory is kept, as ``gen train`` does.
        quick: small batches, once: to see that everything works.
        seconds: for one comparison.
    """

    device: str = "cpu"
    threads: tuple[int, ...] = (1, 2)
    isas: tuple[str, ...] = ("native",)
    keep: bool = True
    quick: bool = False
    seconds: float = 12.0

    @property
    def on_cpu(self) -> bool:
        """Whether threads and instruction sets matter."""
        return self.device == "cpu"

    @property
    def lines(self) -> list[int | None]:
        """Numbers of threads, or the one line that a GPU has."""
        return sorted(self.threads, reverse=True) if self.on_cpu else [None]

    @property
    def most_threads(self) -> int | None:
        """For groups that are measured once."""
        return self.lines[0]

    @property
    def rounds(self) -> Rounds:
        """How often a comparison is repeated."""
        return Rounds(0.0, 1, 1) if self.quick else Rounds(self.seconds)

    def batch(self, usual: int) -> int:
        """A batch, or a few examples to see whether it works."""
        return min(usual, 4) if self.quick else usual

    def order(self, kind: str, setting: Setting, isa: str = "native") -> Order:
        """What a worker is to be."""
        return Order(kind, setting, self.device, isa, self.keep, 256 if self.quick else None)

    def precisions(self) -> tuple[list[str], list[str]]:
        """Those that the device has, and why there are no others."""
        try:
            require_precision("bf16", pick_device(self.device))
        except UsageError as error:
            return ["fp32"], [f"bf16: not measured. {error}."]
        return ["fp32", "bf16"], []
