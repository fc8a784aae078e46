"""GrooVAE's tasks on the Groove MIDI Dataset: each trained, measured on the test split, and put on one page.

    python benchmarks/groove_tasks.py groove-v1.0.0-midionly.zip --steps 1500 --runs runs/tasks

Trains what isn't trained yet below the folder of runs (a training that was stopped goes on), measures with ``gen eval``
and writes docs/results/groovae_tasks.md.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from gen.system.files import write_atomically
from gen.system.machine import machine

PAGE = Path(__file__).parents[1] / "docs" / "results" / "groovae_tasks.md"
MARK = "<!-- below: written by hand, kept when the page is made anew -->"
TASKS = {
    "humanize": "groovae_2bar_humanize_small",
    "humanize, no KL": "groovae_2bar_humanize_nokl_small",
    "tap": "groovae_2bar_tap_fixed_velocity_small",
    "add closed hi-hat": "groovae_2bar_add_closed_hh_small",
}
ROWS = {
    "hit_f1": ("hit F1", 3),
    "timing_mae_ms": ("timing MAE, ms", 2),
    "timing_mse_16ths": ("timing MSE, 16ths²", 4),
    "velocity_mae": ("velocity MAE, MIDI", 2),
    "timing_kl": ("timing KL", 3),
    "velocity_kl": ("velocity KL", 3),
}


def gen(*words: str) -> str:
    done = subprocess.run([sys.executable, "-m", "gen", *words], stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout


def trained(recipe: str, steps: int, data: str, runs: Path) -> float:
    """Train to that many steps; the minutes it took this time."""
    run, began = runs / recipe, time.monotonic()
    settings = [f"training.steps={steps}", "training.eval_every=250"]
    if (run / "checkpoints").is_dir() and any((run / "checkpoints").iterdir()):
        gen("train", "--resume", str(run), *settings)
    else:
        gen("train", recipe, *settings, "--data", data, "--out", str(run))
    return (time.monotonic() - began) / 60


def cell(found: dict[str, Any], regime: str, figure: str, digits: int) -> str:
    value = found["regimes"][regime].get(figure)
    if value is None:
        return "–"
    low, high = found["intervals"].get(regime, {}).get(figure) or (None, None)
    ends = "" if low is None or low == high else f" ({low:.{digits}f} to {high:.{digits}f})"
    return f"{value:.{digits}f}{ends}"


def table(rows: dict[str, tuple[dict[str, Any], str]]) -> list[str]:
    """Lines of a table: a name, an evaluation and a regime each."""
    lines = [f"| | {' | '.join(title for title, _ in ROWS.values())} |", f"|---|{'--:|' * len(ROWS)}"]
    for name, (found, regime) in rows.items():
        cells = (cell(found, regime, figure, digits) for figure, (_, digits) in ROWS.items())
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def page(found: dict[str, dict[str, Any]], minutes: dict[str, float], command: str) -> str:
    first = next(iter(found.values()))
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False).stdout
    baselines = [name for name in found["humanize"]["regimes"] if name.startswith("baseline_")]
    humanised = {name.removeprefix("baseline_"): (found["humanize"], name) for name in baselines} | {
        name: (found[name], "greedy") for name in TASKS if name.startswith("humanize")
    }
    others = {
        f"{name}, {regime.replace('_', '-')}": (found[name], regime)
        for name in TASKS
        for regime in ("greedy", "free_running", "teacher_forced")
    }
    latent = [
        f"| {name} | {each['step']:,} | {each['latent']['kl_bits']:.1f} | {each['latent']['active_units']:.0f} of "
        f"{each['latent']['size']:.0f} | {each['latent']['nats_from_z']:.3f} | {minutes[name]:.0f} |"
        for name, each in found.items()
    ]
    return "\n".join(
        [
            "# GrooVAE's tasks, on the Groove MIDI Dataset",
            "",
            "Small editions of the models, trained on the official split's training drummers and measured on its test "
            "performances.",
            "",
            f"```console\n{command}\n```",
            "",
            f"Commit {commit.strip()}. {first['examples']:,} test clips of two bars from {first['pieces']} pieces. "
            f"Data fingerprint `{first['data'][:16]}`. {', '.join(f'{k} {v}' for k, v in machine().items())}.",
            "95 % intervals are a bootstrap over performances. Figures are defined in "
            "[figures of grooves](../groove_figures.md), regimes in [evaluating](../evaluating.md).",
            "",
            "## Humanisation beside its baselines",
            "",
            *table(humanised),
            "",
            "Baselines keep the hits they are given; a model says them anew, and its errors of timing and velocity are "
            "over the hits that it has right.",
            "",
            "## Every task and regime",
            "",
            *table(others),
            "",
            "| | steps | KL, bits | active units | nats a step that z is worth | minutes |",
            "|---|--:|--:|--:|--:|--:|",
            *latent,
            "",
            MARK,
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", help="the Groove MIDI Dataset's archive")
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--runs", type=Path, default=Path("runs/tasks"))
    args = parser.parse_args()
    minutes, found = {}, {}
    for name, recipe in TASKS.items():
        minutes[name] = trained(recipe, args.steps, args.data, args.runs)
        found[name] = json.loads(gen("eval", str(args.runs / recipe), "--data", args.data, "--json"))
    command = f"python benchmarks/groove_tasks.py {Path(args.data).name} --steps {args.steps}"
    kept = PAGE.read_text(encoding="utf-8").partition(MARK)[2] if PAGE.exists() else "\n"
    write_atomically(PAGE, page(found, minutes, command) + kept)
    print(f"written: {PAGE}")


if __name__ == "__main__":
    main()
