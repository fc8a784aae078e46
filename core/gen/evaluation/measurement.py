"""What was measured of every example, kept apart so that any figure, interval or difference can be made of it later.

Letters in shape comments: N examples, Z latent size.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from gen.errors import DataError
from gen.evaluation.regimes import REGIMES
from gen.system import regular
from gen.system.files import write_atomically

Array = npt.NDArray[np.float64]
Columns = Mapping[str, Array]

_FORMAT = "1"
PARTS = ("statistics", "bars", "sums", "counts")
_ALONE = ("pieces", "steps", "kl", "kl_cost", "means")
_NUMBERS = ("step", "beta", "seed", "temperature")


@dataclass(frozen=True, eq=False)
class Regime:
    """One way of saying every example."""

    statistics: Columns  # [N, …] each: the converter's comparison with the target
    bars: Columns = field(default_factory=dict)  # [N, bars, …]: the same of every bar; empty where steps aren't times
    sums: Columns = field(default_factory=dict)  # [N, …]: the decoder's metrics, as gen.DecoderOutput has them
    counts: Columns = field(default_factory=dict)
    nats: Array | None = None  # [N]: reconstruction loss of each example; None where none is defined


@dataclass(frozen=True, eq=False)
class Measurement:
    """A model on examples."""

    regimes: Mapping[str, Regime]  # by the names of gen.evaluation.regimes.REGIMES; further ones are baselines
    pieces: npt.NDArray[np.int64]  # [N]: which piece of music each example was cut from
    steps: Array  # [N]: valid ones
    kl: Array  # [N]: of each posterior to the prior, in nats
    kl_cost: Array  # [N]: what of it costs, in nats
    means: npt.NDArray[np.float32]  # [N, Z], of the posteriors
    step: int  # of the training
    beta: float  # weight of kl_cost at that step
    seed: int  # of every draw
    temperature: float  # of free running

    def __len__(self) -> int:
        return len(self.pieces)

    def save(self, path: Path, *, about: Mapping[str, Any]) -> None:
        """Write it as safetensors, whole or not at all; ``about`` says what it is of."""
        arrays: dict[str, npt.NDArray[Any]] = {name: getattr(self, name) for name in _ALONE}
        for name, regime in self.regimes.items():
            for part in PARTS:
                arrays |= {f"{name}/{part}/{column}": array for column, array in getattr(regime, part).items()}
            if regime.nats is not None:
                arrays[f"{name}/nats"] = regime.nats
        meta = {
            "format": _FORMAT,
            "numbers": json.dumps({name: getattr(self, name) for name in _NUMBERS}),
            "about": json.dumps(about, sort_keys=True),
            "regimes": json.dumps(list(self.regimes)),  # in their order, which the file's arrays don't keep
        }
        write_atomically(path, save({name: np.ascontiguousarray(array) for name, array in arrays.items()}, meta))


def load_measurement(path: Path, *, about: Mapping[str, Any]) -> Measurement | None:
    """Read what `Measurement.save` wrote; None where there is nothing, or it is of something else.

    Raises:
        DataError: the file is damaged.
    """
    if not path.exists():
        return None
    try:
        regular.require_regular(path)
        with safe_open(path, "np") as file:
            meta = file.metadata() or {}
            if meta.get("format") != _FORMAT or meta.get("about") != json.dumps(about, sort_keys=True):
                return None
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
        numbers = regular.parse_json(meta["numbers"])
        names = dict.fromkeys(name.partition("/")[0] for name in arrays if "/" in name)
        known = regular.parse_json(meta.get("regimes", json.dumps(list(REGIMES))))
        order = [name for name in known if name in names] + [name for name in names if name not in known]
        regimes = {name: _regime(name, arrays) for name in order}
        return Measurement(regimes, **{name: arrays[name] for name in _ALONE}, **numbers)
    except (OSError, SafetensorError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path} is damaged ({error}): delete it, and it is measured anew") from error


def _regime(name: str, arrays: Mapping[str, npt.NDArray[Any]]) -> Regime:
    parts: dict[str, dict[str, Array]] = {part: {} for part in PARTS}
    for key, array in arrays.items():
        regime, _, rest = key.partition("/")
        part, _, column = rest.partition("/")
        if regime == name and part in parts:
            parts[part][column] = array
    return Regime(**parts, nats=arrays.get(f"{name}/nats"))
