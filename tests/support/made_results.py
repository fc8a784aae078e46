"""Results as `gen compare` saves them, made up: curves that flatten, bars that fall off, clips that go astray."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

FLAT, DEEP, THIRD = "flat-mel_16bar_small_matched", "hierdec-mel_16bar_small", "transformer-mel_16bar"
ARMS = {FLAT: (0.882, 0.561, 0.016), DEEP: (0.904, 0.743, 0.006), THIRD: (0.899, 0.735, 0.009)}
"""Name of each arm to its accuracies, teacher-forced and free-running, and what it loses from bar to bar."""
BARS, SEEDS, TEMPO = 16, (0, 1, 2), 120.0
_KIT = (36, 38, 42, 46, 49)

Note = list[float]


def comparison(seed: int = 0) -> dict[str, Any]:
    """A comparison of three arms with three seeds on 16-bar melodies, with every key of the schema."""
    rng = np.random.default_rng(seed)
    figures = {arm: _figures(forced, free, rng) for arm, (forced, free, _) in ARMS.items()}
    return {
        "title": " against ".join(ARMS),
        "command": f"gen compare {' '.join(ARMS)} --steps 1200 --seeds 3 --data melodies.zip",
        "gen": "0.4.0",
        "made": "2026-05-04",
        "machine": {"processor": "AMD EPYC 7B13", "cores": "2", "system": "Linux x86_64", "torch": "2.13.0+cpu"},
        "source": "folder (melodies.zip)",
        "split": "test",
        "examples": 1919,
        "pieces": 214,
        "data": "77362f2ead5c427a",
        "budget": "1,200 steps",
        "seeds": list(SEEDS),
        "temperature": 1.0,
        "pick": "best",
        "arms": {
            arm: {
                "description": "16-bar melodies, one decoder over 256 steps" if arm == FLAT else "16-bar melodies",
                "parameters": {"encoder": 1_841_152, "decoder": size, "total": 1_841_152 + size},
                "trials": len(SEEDS),
            }
            for arm, size in zip(ARMS, (2_204_762, 2_186_330, 1_902_118), strict=True)
        },
        "flags": [
            f"decoders are not matched: {FLAT} has 2,204,762 parameters, {THIRD} 1,902,118 (1.16 times as many)",
            "scheduled sampling differs (training.sampling)",
        ],
        "differences": {
            "decoder.type": dict(zip(ARMS, ("flat", "hierarchical", "transformer"), strict=True)),
            "decoder.sizes": dict(zip(ARMS, ("[384, 384]", "[256, 256]", "–"), strict=True)),
            "training.sampling": dict(zip(ARMS, ("0", "0", '{"type": "linear", "rate": 0.5}'), strict=True)),
        },
        "table": [
            {
                "row": "16-bar melody",
                "stream": "",
                "cells": {
                    arm: {regime: found[f"{regime}/step_accuracy"] for regime in _REGIMES}
                    for arm, found in figures.items()
                },
                "paper": {
                    "flat": {"teacher_forced": 0.883, "free_running": 0.620},
                    "hierarchical": {"teacher_forced": 0.919, "free_running": 0.812},
                },
            }
        ],
        "figures": figures,
        "verdicts": [
            _verdict(name, a, b, figures)
            for name in ("teacher_forced/step_accuracy", "free_running/step_accuracy", "gap/step_accuracy")
            for a, b in ((FLAT, DEEP), (FLAT, THIRD), (DEEP, THIRD))
        ],
        "by_bar": {
            arm: {
                regime: {
                    name: [
                        float(np.clip(start - fall * bar * (regime != "teacher_forced") + rng.normal(0, 0.008), 0, 1))
                        for bar in range(BARS)
                    ]
                    for name in ("step_accuracy", "onset_f1")
                }
                | {"timing_mae_ms": [17.0] * BARS}
                for regime, start in (
                    ("teacher_forced", forced),
                    ("free_running", free + 0.12),
                    ("greedy", free + 0.15),
                )
            }
            for arm, (forced, free, fall) in ARMS.items()
        },
        "by_bar_intervals": {
            arm: {
                regime: {"step_accuracy": [[wide * bar, wide * bar + 0.06] for bar in range(BARS)]}
                for regime, wide in (("teacher_forced", 0.001), ("free_running", 0.004), ("gap", 0.003))
            }
            for arm in ARMS
        },
        "curves": {
            f"{arm}-seed-{each}": {"arm": arm, "train": _curve(place, rng, 20), "validation": _curve(place, rng, 100)}
            for place, arm in enumerate(ARMS)
            for each in SEEDS
        },
        "trials": [
            {
                "name": f"{arm}-seed-{each}",
                "arm": arm,
                "seed": each,
                "measured_at_step": 1100,
                "training_seconds": 1234.5,
            }
            for each in SEEDS
            for arm in ARMS
        ],
        "clips": [_clip("example 12", _melody(rng), rng), _clip("example 803", _trio(rng), rng)],
        "studies": {"interpolation": interpolation()},
    }


def interpolation(streams: tuple[str, ...] = ("steps",), positions: int = 11) -> dict[str, Any]:
    """An interpolation study of the arms: the first hardly uses z, the others go from A to B; the coin is exact."""
    t = np.linspace(0.0, 1.0, positions)
    way = 3 * t**2 - 2 * t**3

    def curves(distance: np.ndarray[Any, Any], cost: np.ndarray[Any, Any], width: float) -> dict[str, Any]:
        return {
            name: {"mean": mean.tolist(), "low": (mean - width).tolist(), "high": (mean + width).tolist()}
            for name, mean in (("distance_to_a", distance), ("excess_cost_over_said", cost), ("cost", 1.5 + cost))
        }

    models = {
        arm: {
            stream: curves(start + (0.84 - start) * way, cost * t * (1 - t), 0.012 + 0.002 * place)
            for place, stream in enumerate(streams)
        }
        for arm, start, cost in zip(ARMS, (0.80, 0.31, 0.34), (0.02, 0.11, 0.16), strict=True)
    }
    return {
        "positions": t.tolist(),
        "pairs": 256,
        "temperature": 0.5,
        "seed": 0,
        "draw": False,
        "order": 5,
        "training_examples": 3973,
        "controlled": False,
        "models": models,
        "differences": {
            arm: {stream: curves(-0.4 * (1 - way), 0.1 * t * (1 - t), 0.01) for stream in streams}
            for arm in [*ARMS][1:]
        },
        "baseline": {stream: curves(0.84 * t, 2.4 * t * (1 - t), 0.0) for stream in streams},
        "confidence": 0.95,
    }


def evaluation(seed: int = 0) -> dict[str, Any]:
    """An evaluation of one model of grooves: no pairs, no paper, and baselines."""
    rng = np.random.default_rng(seed)
    names = ("hit_f1", "hit_accuracy", "step_accuracy", "velocity_mae", "timing_mae_ms", "timing_mse_16ths")
    values = (0.569, 0.953, 0.318, 26.859, 16.902, math.nan)
    figures = {
        f"{regime}/{name}": _cell(value * scale, 0.02 * value, np.zeros(1))
        for regime, scale in (
            ("teacher_forced", 1.0),
            ("free_running", 0.9),
            ("greedy", 0.97),
            ("baseline_linear", 0.6),
        )
        for name, value in zip(names, values, strict=True)
    }
    return {
        "title": "groovae_4bar at step 4,000",
        "command": "gen eval runs/groovae_4bar-gmd --split test --html report.html",
        "gen": "0.4.0",
        "source": "groove",
        "split": "test",
        "examples": 1919,
        "data": "77362f2ead5c427a",
        "seeds": [0],
        "arms": {"groovae_4bar": {"description": "grooves of four bars with velocity and timing", "trials": 1}},
        "figures": {"groovae_4bar": figures},
        "by_bar": {"groovae_4bar": {"free_running": {"hit_f1": [0.55, 0.52, math.nan, 0.50]}}},
        "curves": {"groovae_4bar": {"arm": "groovae_4bar", "validation": _curve(0, rng, 100)}},
        "clips": [_clip("example 1", _groove(rng, 4), rng, arms=("groovae_4bar",), bars=4)],
    }


def humanisation(arms: tuple[str, ...] = ("small", "wide")) -> dict[str, Any]:
    """What a comparison of humanisation has of its baselines: the first arm beats one of two, the second neither."""
    names = ("baseline_quantised", "baseline_nearest_neighbours")
    figures = ("hit_f1", "timing_mae_ms", "timing_kl_normal")
    baselines = {name: dict(zip(figures, values, strict=True)) for name, values in zip(names, ((1.0, 22.65, math.nan), (1.0, 19.57, 0.9)), strict=True)}  # fmt: skip  # noqa: E501
    models = {arm: dict(zip(figures, (0.98, 20.5 + 3.0 * place, 0.5), strict=True)) for place, arm in enumerate(arms)}

    def verdict(figure: str, arm: str, baseline: str) -> dict[str, Any]:
        difference = models[arm][figure] - baselines[baseline][figure]
        width = 0.95 if figure == "timing_mae_ms" else 0.01
        shown = abs(difference) > width  # never, if it is no number
        wins = (difference > 0) == (figure == "hit_f1")
        return {
            "figure": f"greedy/{figure}", "a": arm, "b": baseline, "difference": difference,
            "low": difference - width, "high": difference + width, "seeds": [difference],
            "better": (arm if wins else baseline) if shown else None, "words": "in words",
        }  # fmt: skip

    one = np.zeros(1)
    return {
        "figures": {
            arm: {f"greedy/{figure}": _cell(value, 0.1, one) for figure, value in of.items()}
            for arm, of in models.items()
        },
        "baselines": {
            "regime": "greedy",
            "figures": {
                name: {figure: _cell(value, 0.2, one) for figure, value in of.items()} for name, of in baselines.items()
            },
            "verdicts": [
                verdict(figure, arm, baseline) for figure in figures for arm in arms for baseline in baselines
            ],
        },
    }


_REGIMES = ("teacher_forced", "free_running", "greedy")


def _figures(forced: float, free: float, rng: np.random.Generator) -> dict[str, dict[str, Any]]:
    found = {}
    for regime, accuracy in (
        ("teacher_forced", forced),
        ("teacher_forced_shuffled", forced - 0.21),
        ("free_running", free),
        ("greedy", free + 0.03),
    ):
        found[f"{regime}/step_accuracy"] = _cell(accuracy, 0.012, rng.normal(0, 0.004, len(SEEDS)))
        found[f"{regime}/onset_f1"] = _cell(accuracy * 0.9, 0.015, rng.normal(0, 0.005, len(SEEDS)))
    found["teacher_forced/cross_entropy"] = _cell(0.412, 0.02, rng.normal(0, 0.004, len(SEEDS)))
    found["gap/step_accuracy"] = _cell(forced - free, 0.014, rng.normal(0, 0.004, len(SEEDS)))
    found["latent/kl_bits"] = _cell(255.7, 4.0, rng.normal(0, 1.0, len(SEEDS)))
    found["latent/active_units"] = _cell(119, 1.0, np.zeros(len(SEEDS)))
    return found


def _cell(mean: float, width: float, errors: np.ndarray[Any, Any]) -> dict[str, Any]:
    seeds = [float(mean + error) for error in errors]
    return {"mean": float(np.mean(seeds)), "low": mean - width, "high": mean + width, "seeds": seeds}


def _verdict(name: str, a: str, b: str, figures: dict[str, dict[str, Any]]) -> dict[str, Any]:
    first, second = figures[a][name], figures[b][name]
    seeds = [one - other for one, other in zip(first["seeds"], second["seeds"], strict=True)]
    difference = first["mean"] - second["mean"]
    low, high = difference - 0.013, difference + 0.013
    better = None if low < 0 < high else a if (difference > 0) != name.startswith("gap/") else b
    said = "no difference shown" if better is None else f"{better} is better"
    return {
        "figure": name, "a": a, "b": b, "difference": difference, "low": low, "high": high, "seeds": seeds,
        "better": better,
        "words": f"{name}: {said} ({a} {first['mean']:.3f}, {b} {second['mean']:.3f}; difference {difference:+.3f}, "
        f"95 % interval {low:+.3f} to {high:+.3f}, 3 seeds each)",
    }  # fmt: skip


def _curve(place: int, rng: np.random.Generator, every: int) -> dict[str, list[float]]:
    steps = np.arange(every, 1201, every)
    loss = 280 * np.exp(-steps / 260) + 190 - 14 * place + rng.normal(0, 2.5, len(steps))
    return {
        "step": steps.tolist(),
        "loss": loss.tolist(),
        "reconstruction": (loss - 40).tolist(),
        "kl_bits": (260 * (1 - np.exp(-steps / 150))).tolist(),
        "accuracy": (0.9 - 0.5 * np.exp(-steps / 200)).tolist(),
    }


def _melody(rng: np.random.Generator) -> list[Note]:
    beat, notes, pitch, at = 60 / TEMPO, [], 67, 0.0
    while at < BARS * 4 * beat:
        length = beat * float(rng.choice([0.5, 0.5, 1.0, 2.0]))
        pitch = int(np.clip(pitch + rng.choice([-4, -2, -1, 1, 2, 4]), 55, 84))
        notes.append([round(at, 4), round(at + length * 0.95, 4), pitch, 80, 0, 0])
        at += length
    return notes


def _groove(rng: np.random.Generator, bars: int) -> list[Note]:
    sixteenth, notes = 15 / TEMPO, []
    for step in range(bars * 16):
        hits = [42] if step % 2 == 0 else []
        hits += [36] if step % 16 in (0, 7, 10) else [38] if step % 16 in (4, 12) else []
        hits += [49] if step == 0 else [46] if step % 32 == 30 else []
        at = max(0.0, step * sixteenth + float(rng.normal(0, 0.006)))
        notes += [[round(at, 4), round(at + 0.1, 4), pitch, int(rng.integers(60, 120)), 0, 1] for pitch in hits]
    return notes


def _trio(rng: np.random.Generator) -> list[Note]:
    bass = [[at * 0.5, at * 0.5 + 0.45, int(rng.choice([36, 38, 41, 43])), 90, 33, 0] for at in range(int(BARS * 4))]
    return _melody(rng) + bass + _groove(rng, BARS)


def _clip(
    name: str, notes: list[Note], rng: np.random.Generator, *, arms: tuple[str, ...] = tuple(ARMS), bars: int = 0
) -> dict[str, Any]:
    versions = {"original": notes}
    for place, arm in enumerate(arms):
        versions[arm] = [_astray(note, rng, 0.006 * (3 - place)) for note in notes if rng.random() > 0.03]
    seconds = max(note[1] for note in notes)
    return {"name": name, "seconds": bars * 240 / TEMPO if bars else seconds, "versions": versions} | (
        {"bars": bars} if bars else {}
    )


def _astray(note: Note, rng: np.random.Generator, rate: float) -> Note:
    """The note, or another: more often the later it comes."""
    start, end, pitch, velocity, program, is_drum = note
    if rng.random() > rate * (start + 1):
        return note
    other = float(rng.choice(_KIT)) if is_drum else pitch + float(rng.choice([-5, -2, 2, 3, 7]))
    return [start, end, int(other), velocity, program, is_drum]
