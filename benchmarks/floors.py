"""Every page of results beside its floors: docs/results/floors.md.

    python benchmarks/floors.py ../shared/data

The folder holds groove-v1.0.0-midionly.zip, melodies.zip and multitrack.zip. What models reached is read from the
pages, with the bits that they spent; floors are fitted to the training split of the same data and asked for the same
examples. Intervals are over pieces. Nothing is trained; some minutes of one core.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import gen
from gen.evaluation.figures import figures
from gen.evaluation.intervals import intervals
from gen.evaluation.measure import baseline_regimes
from gen.evaluation.measurement import Measurement
from gen.evaluation.regimes import BASELINE, GREEDY, beside
from gen.pages.words import regime_name

RESULTS = Path(__file__).parents[1] / "docs" / "results"
WAYS = {"greedy": "greedy", "free-running": "free_running", "teacher-forced": "teacher_forced"}


@dataclass(frozen=True)
class Page:
    """A page of results: the recipe whose converter and data it has, and how its data are chosen."""

    name: str
    recipe: str
    archive: str
    limit: int | None = None


PAGES = (
    Page("groovae_4bar", "groovae_4bar", "groove-v1.0.0-midionly.zip"),
    Page("drums_2bar", "cat-drums_2bar_tiny", "groove-v1.0.0-midionly.zip"),
    Page("drums_16bar", "flat-drums_16bar_tiny", "groove-v1.0.0-midionly.zip"),
    Page("drums_16bar_transformer", "flat-drums_16bar_small_matched", "groove-v1.0.0-midionly.zip"),
    Page("melody_2bar", "cat-mel_2bar_tiny", "melodies.zip", 600),
    Page("melody_4bar", "flat-mel_4bar_tiny", "melodies.zip", 600),
    Page("melody_16bar", "flat-mel_16bar_tiny", "melodies.zip"),
    Page("melody_16bar_from_4", "flat-mel_16bar_tiny", "melodies.zip"),
    Page("trio_4bar", "flat-trio_4bar_tiny", "multitrack.zip", 400),
)


def said(page: Page) -> tuple[dict[str, float], dict[tuple[str, str], dict[str, float]]]:
    """Bits of every arm; and its shares, by figure and way of saying."""
    text = (RESULTS / f"{page.name}.md").read_text(encoding="utf-8")
    if page.name == "groovae_4bar":  # one model, a table of its own
        test = text[text.index("### Test") :]
        forced, free, greedy = map(float, re.findall(r"[\d.]+", re.search(r"\| hit F1 \|(.*)", test)[1])[1 - 1 : 3])
        bits = float(re.search(r"\| KL \(bits\) \| ([\d.]+)", test)[1])
        shares = {"greedy": greedy, "free-running": free, "teacher-forced": forced}
        return {page.recipe: bits}, {("hit_f1", way): {page.recipe: share} for way, share in shares.items()}
    table = text[text.index("## Accuracy") :]
    arms = re.findall(r"`([^`]+)`", table.splitlines()[4])
    kl = re.findall(r"\| KL \(bits\) \|(.*)\|", text)[0]
    bits = dict(zip(arms, [float(cell.split()[0]) for cell in kl.split("|")], strict=True))
    found: dict[tuple[str, str], dict[str, float]] = {}
    for title, way, cells in re.findall(r"^\| ([^|]*?) \| (greedy|free-running|teacher-forced) \|(.*)\|$", table, re.M):
        stream = title.partition(", ")[2]
        shares = [float(cell.split()[0]) for cell in cells.split("|")[: len(arms)]]
        found[f"{stream}_step_accuracy" if stream else "step_accuracy", way] = dict(zip(arms, shares, strict=True))
    return bits, found


def floors(page: Page, folder: Path, bits: Mapping[str, float]) -> tuple[dict[str, dict[str, float]], dict]:
    """Figures of every floor, and their intervals."""
    recipe = gen.load_recipe(page.recipe, ["data.source=groove"] if "groove" in page.archive else [])
    prepared = gen.prepare(recipe, path=str(folder / page.archive))
    examples = prepared.require("test").take(slice(0, page.limit))
    converter = gen.build_converter(recipe, mode="eval")
    spent = sorted({round(each) for each in bits.values()})
    regimes = baseline_regimes(converter, prepared.require("train"), examples, bits=spent, store=prepared.store)
    none, count = np.zeros(len(examples)), len(examples)
    measured = Measurement(
        regimes, examples.source, none + 1, none, none, np.zeros((count, 1), np.float32), 0, 0.0, 0, 1.0
    )
    return figures(measured, converter), intervals(measured, converter)


def section(page: Page, folder: Path) -> str:
    """The page's models beside its floors, as Markdown."""
    bits, shares = said(page)
    found, ends = floors(page, folder, bits)
    lines = [f"## [{page.name}]({page.name}.md)", ""]
    lines += ["| figure | way | " + " | ".join(f"`{arm}`" for arm in bits) + " | floors |"]
    lines += ["|---|---|" + "--:|" * len(bits) + "---|"]
    for (figure, way), arms in shares.items():
        fitting = {
            name: (values[figure], *ends[name][figure])
            for name, values in found.items()
            if name.startswith(BASELINE)
            and figure in values
            and beside(name) in (WAYS[way], GREEDY if way == "greedy" else "")
        }
        if not fitting:
            continue
        cells = []
        for arm, share in arms.items():
            able = {
                name: value
                for name, value in fitting.items()
                if not (code := re.search(r"_at_(\d+)_bits", name)) or int(code[1]) == round(bits[arm])
            }
            best = max(value for value, _, _ in able.values())
            cells.append(f"{share:.3f}" + (", **below**" if share < best else ""))
        told = ", ".join(
            f"{regime_name(name).removeprefix('baseline: ')} {value:.3f} ({low:.3f} to {high:.3f})"
            for name, (value, low, high) in fitting.items()
        )
        lines.append(f"| {figure.replace('_', ' ').replace('f1', 'F1')} | {way} | {' | '.join(cells)} | {told} |")
    spent = ", ".join(f"`{arm}` {value:.0f}" for arm, value in bits.items())
    return "\n".join([*lines, "", f"Bits: {spent}."])


INTRODUCTION = """\
# Results beside floors

What the models of the other pages reached, beside [floors](../evaluating.md#floors) that need no training to speak of:
fitted to the same training split, asked for the same test examples, scored in the same way. **Below** marks a figure
that is less than the best of its floors; a linear code counts beside the models that spend as many bits. Intervals are
of 95 %, over pieces of music.

    python benchmarks/floors.py ../shared/data
"""


def kept() -> dict[str, str]:
    """The sections that the page has already, by the page they are of."""
    path = RESULTS / "floors.md"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    return {found[1]: found[0].rstrip() for found in re.finditer(r"^## \[(\w+)\].*?(?=^## |\Z)", text, re.M | re.S)}


def main() -> None:
    """Make some sections of the page anew, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", nargs="*", metavar="PAGE", default=[page.name for page in PAGES])
    args = parser.parse_args()
    sections = kept()
    for page in PAGES:
        if page.name in args.only:
            sections[page.name] = section(page, args.folder)
            print(sections[page.name], flush=True)
            parts = [INTRODUCTION.rstrip(), *(sections[each.name] for each in PAGES if each.name in sections)]
            (RESULTS / "floors.md").write_text("\n\n".join(parts) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
