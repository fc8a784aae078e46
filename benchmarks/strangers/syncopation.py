"""A metric of a shipped converter: the share of hits off the beat, and how far it is from that of the target."""

from typing import ClassVar

import numpy as np

import gen
from gen.interfaces import Figure, Metric

RECIPE = "metrics: [syncopation]"


class Syncopation(Metric):
    figures: ClassVar = {"syncopation": Figure(), "syncopation_error": Figure(better="less")}

    def __init__(self, *, converter) -> None:
        self.steps = (converter.steps_per_bar or 16) // 4

    def statistics(self, targets, outputs, lengths, qpm):
        place = np.arange(targets.shape[1])
        valid = place < lengths.reshape(len(lengths), -1).sum(1)[:, None]  # [B, T]
        sums = {}
        for name, rows in (("wanted", targets), ("said", outputs)):
            hit = valid & (rows.argmax(-1) != 0)
            sums[name] = (hit & (place % self.steps != 0)).sum(1).astype(float)
            sums[f"{name}_hits"] = hit.sum(1).astype(float)
        return sums

    def summarise(self, sums):
        said, wanted = (sums[each] / max(sums[f"{each}_hits"], 1.0) for each in ("said", "wanted"))
        return {"syncopation": said, "syncopation_error": abs(said - wanted)}


@gen.hookimpl
def register_metrics():
    return {"syncopation": Syncopation}
