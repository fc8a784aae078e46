"""What ``gen mine`` found, and how near clips come to copying, on a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gen.cli.tables.sheet import Sheet
from gen.evaluation.figures import LATENT, RIGHT
from gen.evaluation.regimes import BASELINE, GREEDY
from gen.music.copies import PERCENTILE, CopyMeter
from gen.pages.beside_baselines import below_floors
from gen.pages.words import figure_name, regime_name
from gen.system import terminal
from gen.system.terminal import one_line

_ERRORS = ("mae", "mae_ms")  # how figures end that say how far off what is there is
_MOST = 40  # rows


def print_figures(evaluation: Mapping[str, Any], *, held_out: int) -> None:
    """How much of held-out clips the model says right from z, beside what the folder's own clips and others say."""
    console = terminal.console(highlight=False)
    regimes = evaluation["regimes"]
    named = [name for name in regimes[GREEDY] if name.endswith((*RIGHT, *_ERRORS))]
    table = Sheet(f"{held_out} held-out windows, said again", ["", *map(figure_name, named)])
    for label, regime in _rows(evaluation):
        values = (regimes[regime].get(name) for name in named)
        table.add_row(label, *("" if value is None or value != value else f"{value:.3f}" for value in values))
    console.print(table)
    greedy = (each for each in evaluation["beside_baselines"] if str(each["figure"]).startswith(GREEDY))
    for line in below_floors(greedy):
        console.print(f"below its floor: {line}", soft_wrap=True)


def _rows(evaluation: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    bits = evaluation[LATENT]["kl_bits"]
    yield f"the model, {bits:.0f} bits", GREEDY
    for name in evaluation["regimes"]:
        label = regime_name(name).removeprefix("baseline: ")
        if name == f"{BASELINE}nearest":
            yield f"the nearest clip, {evaluation['nearest_bits']:.1f} bits", name
        elif name.startswith(BASELINE):
            yield label, name


def print_copies(meter: CopyMeter) -> None:
    """A row a clip, the nearest to the training first, and what held-out clips have."""
    console = terminal.console(highlight=False)
    table = Sheet("how near to a training clip", ["", "notes shared", "nearest", "moved", "velocity apart", ""])
    shown = sorted(meter.clips, key=lambda each: -each.shared)
    for each in shown[:_MOST]:
        mark = "COPY" if each.copy else "near" if each.flagged else ""
        moved = f"{each.moved:+d}" if each.moved else ""
        apart = "" if each.velocity != each.velocity else f"{each.velocity:.1f}"
        table.add_row(one_line(each.clip), f"{each.shared:.3f}", one_line(each.nearest), moved, apart, mark)
    console.print(table)
    if len(shown) > _MOST:
        console.print(f"and {len(shown) - _MOST} more that are less near")
    if meter.held_out:
        middle = meter.held_out[len(meter.held_out) // 2]
        console.print(
            f"{len(meter.held_out)} held-out clips share {middle:.3f} with the nearest of {meter.training:,} training "
            f"clips by the median; {PERCENTILE:g} of 100 share no more than {meter.limit:.3f}",
            soft_wrap=True,
        )
    if meter.caution:
        console.print(f"CAUTION: {meter.caution}", soft_wrap=True)
    if meter.flagged:
        console.print(
            f"{len(meter.flagged)} of {len(meter.clips)} clips are nearer to a training clip than that: look at them "
            "beside it (gen show) before anybody publishes them",
            soft_wrap=True,
        )
