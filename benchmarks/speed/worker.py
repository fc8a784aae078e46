"""The child's side of `speed.workers`: make a job, then do what is asked until nobody asks any more."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

import torch

from gen.errors import GenError
from gen.training.memory import keep_freed_memory
from speed.forms import FormsJob
from speed.jobs import Job, SamplingJob, TrainingJob, peak_megabytes
from speed.peak import peak
from speed.settings import Setting
from speed.workers import Order, answer, order_from

KINDS: Mapping[str, Callable[[Setting, torch.device], Job]] = {
    "training": TrainingJob,
    "sampling": SamplingJob,
    "forms": FormsJob,
}


def main() -> int:
    order = order_from(sys.argv[1])
    channel = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever else is printed is no answer
    if order.keep:
        keep_freed_memory()
    device = torch.device(order.device)
    try:
        job = KINDS[order.kind](order.setting, device)
    except GenError as error:
        answer(channel, {"refused": str(error)})
        return 0
    answer(channel, dict(job.facts))
    for line in sys.stdin:
        request = json.loads(line)
        if request["action"] == "memory":
            answer(channel, {"memory": peak_megabytes(device)})
        else:
            answer(channel, perform(job, order, device, request))
    return 0


def perform(job: Job, order: Order, device: torch.device, request: dict[str, Any]) -> dict[str, Any]:
    """Repeat an action, between two measurements of the peak if it is asked for."""
    if request["threads"] is not None:
        torch.set_num_threads(request["threads"])
    dtype = torch.bfloat16 if order.setting.precision == "bf16" else torch.float32
    peaks = [peak(device, dtype, order.peak)] if request["peak"] else []
    seconds = [job.actions[request["action"]]() for _ in range(request["repeats"])]
    if peaks:
        peaks.append(peak(device, dtype, order.peak))
    return {"seconds": seconds, "peak": max(peaks, default=None)}


if __name__ == "__main__":
    sys.exit(main())
