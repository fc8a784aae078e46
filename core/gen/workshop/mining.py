"""A model of one's own folder in one call: checked, trained, measured, and heard, with how near it came to copying."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from gen.data.engines import Auto
from gen.data.prepare import Prepared, prepare
from gen.errors import DataError, UsageError
from gen.evaluation.floors.simple import nearest_in_pieces
from gen.evaluation.measure import baseline_regimes, bits_of, compared, measure
from gen.evaluation.measurement import Measurement
from gen.evaluation.regimes import BASELINE, FREE_RUNNING, GREEDY, TEACHER_FORCED
from gen.evaluation.result import evaluation_findings, evaluation_result
from gen.interfaces.observer import Observer
from gen.midi.writing import midi_bytes
from gen.model.build import build_converter
from gen.music.copies import CopyMeter, copies_of_training
from gen.music.latent_map import latent_map
from gen.music.provenance import origin_of, signed
from gen.music.sampling import name_of_draw, sample_clips, sample_latents
from gen.music.sound.rendering import write_wav
from gen.notes.moving import at_tempo
from gen.notes.sequence import NoteSequence
from gen.pages.comparison import page
from gen.pages.palette import CORNERS, palette_page
from gen.recipes import load_recipe
from gen.recipes.sections import Recipe
from gen.system import regular
from gen.system.files import json_text, require_folder, write_atomically
from gen.training.from_recipe import train
from gen.training.load import Trained
from gen.training.run import Run
from gen.workshop.folder import MOST, RECIPES, WORDS, Folder, Kind, look

_HELD_OUT = (0.2, 0.3, 0.4)
_FEWEST_HELD_OUT = 4  # files
_RESAMPLES = 100
_TEMPERATURE = 0.5  # as `gen sample` draws where nobody says otherwise


@dataclass(frozen=True, eq=False)
class Mined:
    """What came of a folder.

    Attributes:
        out: where everything is: ``run``, ``samples``, ``palette.html``, ``report.html``, ``report.json`` and
            ``copies.json``.
        folder: what was found in it.
        trained: the model.
        evaluation: as `gen eval --json` has it, of the held-out clips.
        copies: how near the samples are to the training clips.
        samples: files of clips that the model made.
        seconds: what each part took.
    """

    out: Path
    folder: Folder
    trained: Trained
    evaluation: dict[str, Any]
    copies: CopyMeter
    samples: tuple[Path, ...]
    seconds: dict[str, float]


def mine(
    folder: Path | str,
    *,
    out: Path | str,
    kind: Kind | None = None,
    samples: int = 16,
    seed: int = 0,
    wav: bool = False,
    overrides: Sequence[str] = (),
    drum_channels: Sequence[int] = (),
    drum_map: Path | str | None = None,
    workers: int | None = None,
    device: str = "auto",
    say: Callable[[str], None] = lambda text: None,
    observers: Sequence[Observer] = (),
) -> Mined:
    """Train a small model on a folder of 20 to 500 clips of one's own, measure it, and let it be heard.

    The recipe is gen's own for the kind. A fifth of the files, or more where that is too few, is held out; the model
    is measured on those beside what needs none: the folder's own clips and a linear code at equal bits. Called again
    after it was stopped, it goes on where it was.

    Args:
        folder: of MIDI files, or a zip archive.
        out: a folder for everything; made where there is none.
        kind: ``drums`` (with loudness and timing), ``hits`` (without) or ``melody``; guessed where None.
        samples: how many clips to draw.
        seed: of the training, of samples and of the palette.
        wav: whether to write samples as sound, too.
        overrides: of the recipe, ``key.path=value`` each.
        drum_channels, drum_map: drums beside those on channel 10; and a YAML file that says what a kit's pitches are.
        workers: processes that check files; 0 for none beside this one.
        say: is told what goes on, a line at a time.
        observers: are told of the training.

    Raises:
        DataError: nothing there, too few files that can be used, or too many that are alike; the text says why.
        UsageError: ``out`` is a file, or holds a model of other music.
    """
    from gen.recipes.drum_maps import read_drum_map

    if samples < 1:
        raise UsageError(f"samples must be at least 1, not {samples}")
    watch = _Watch()
    source, place = regular.at_home(folder), Path(out)
    require_folder(place, option="--out")
    channels = tuple(sorted({*drum_channels}))
    found = look(
        source,
        kind=kind,
        drum_channels=channels,
        drum_map=None if drum_map is None else read_drum_map(regular.at_home(drum_map)),
        workers=workers,
    )
    for line in found.lines():
        say(line)
    found.require_enough()
    if found.files > MOST:
        say(f"{found.files} files are more than the {MOST} that this is made for: gen train would learn more of them")
    watch.lap("check")
    hearing = [f"data.drum_channels={list(channels)}"] if channels else []
    hearing += [] if drum_map is None else [f"data.drum_map={regular.resolved(regular.at_home(drum_map))}"]
    if found.kit == "roland":
        hearing += [f"converter.{name}=roland" for name in ("pitch_classes", "inference_pitch_classes")]
    recipe, prepared = _split(found, [*hearing, f"training.seed={seed}", *overrides], workers)
    watch.lap("prepare")
    regular.folder(place)
    say(f"trains on {len(prepared.require('train')):,} windows, {len(prepared.require('test')):,} are held out")
    trained = train(
        recipe, out=place / "run", data=str(regular.resolved(source)), resume=True, device=device, observers=observers
    )
    watch.lap("train")
    evaluation = _evaluated(trained, prepared, place / "run")
    watch.lap("evaluate")
    files, clips = _samples(trained, prepared, place, count=samples, seed=seed, wav=wav)
    converter = build_converter(trained.recipe)
    copies = copies_of_training(clips, prepared, converter, names=[file.name for file in files])
    write_atomically(place / "copies.json", json_text(copies.to_json(), indent=1) + "\n")
    watch.lap("samples")
    _write_palette(trained, found, place, seed)
    watch.lap("palette")
    result = Mined(place, found, trained, evaluation, copies, files, watch.seconds)
    write_atomically(place / "report.json", json_text(_report(result, prepared), indent=1) + "\n")
    return result


class _Watch:
    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.monotonic()

    def lap(self, what: str) -> None:
        now = time.monotonic()
        self.seconds[what] = round(now - self._last, 1)
        self._last = now


def _split(found: Folder, overrides: Sequence[str], workers: int | None) -> tuple[Recipe, Prepared]:
    """The recipe with as much held out as is needed to judge, and its examples: chance decides where a piece goes."""
    for part in _HELD_OUT:
        source = f"data.source={{type: folder, validation: 0.0, test: {part}}}"
        recipe = load_recipe(RECIPES[found.kind], [source, "data.fallback=null", *overrides])
        prepared = prepare(recipe, path=str(regular.resolved(found.path)), engine=Auto(workers or None))
        counts = prepared.report.by_split()
        if counts["test"]["used"] >= _FEWEST_HELD_OUT and "train" in prepared.splits:
            return recipe, prepared
    raise DataError(
        f"{found.path} is too alike: of its {found.files} files {counts['test']['used']} could be held out, since what "
        "plays nearly the same stays together; a model needs more that differ"
    )


def _evaluated(trained: Trained, prepared: Prepared, run: Path) -> dict[str, Any]:
    """Figures beside floors, the folder's own clips at the model's bits among them; and the page of them."""
    converter = build_converter(trained.recipe, mode="eval")
    training, examples = prepared.require("train"), prepared.require("test")
    regimes = [TEACHER_FORCED, f"{TEACHER_FORCED}_shuffled", FREE_RUNNING, "greedy_draw", GREEDY]
    measurement: Measurement = measure(trained.model, converter, examples, step=trained.step, regimes=regimes)
    bits = bits_of([measurement])
    floors = dict(baseline_regimes(converter, training, examples, bits=[bits]))
    if training.steps == examples.steps:
        said, spent = nearest_in_pieces(training.inputs, training.outputs, examples.inputs, bits)
        floors[f"{BASELINE}nearest_pieces_at_{spent:.0f}_bits"] = compared(converter, examples, said)
    whole = {name: replace(floor, bars={}) for name, floor in floors.items()}  # bar by bar they take long to resample
    measurement = replace(measurement, regimes={**measurement.regimes, **whole})
    result = {
        "run": str(run),
        "split": "test",
        "source": prepared.source,
        "data": prepared.fingerprint,
        "nearest_bits": round(math.log2(len(training)), 1),
        **evaluation_result(measurement, converter, resamples=_RESAMPLES),
    }
    findings = evaluation_findings(result, trained, Run(run), examples)
    write_atomically(run.parent / "report.html", page(findings))
    return result


def _samples(
    trained: Trained, prepared: Prepared, out: Path, *, count: int, seed: int, wav: bool
) -> tuple[tuple[Path, ...], list[NoteSequence]]:
    """Clips from the prior at the folder's own tempo, each with its origin, as ``gen sample`` writes them."""
    qpm = round(float(np.median(prepared.require("train").qpm)))
    clips = sample_clips(trained, count, seed=seed, temperature=_TEMPERATURE)
    z = sample_latents(trained, count, seed=seed).cpu().numpy()
    words = ("sample", str(out / "run"), "--seed", str(seed), "--qpm", str(qpm))
    origin = origin_of(trained, seed=seed, command=words)
    folder = regular.inner_folder(out / "samples")
    files = []
    for index, clip in enumerate(clips):
        file = folder / name_of_draw(trained, seed, index)
        played = at_tempo(clip, float(qpm))
        write_atomically(file, signed(midi_bytes(played), origin.of_draw(index, file.name, z)))
        if wav:
            write_wav(played, file.with_suffix(".wav"))
        files.append(file)
    return tuple(files), clips


def _write_palette(trained: Trained, found: Folder, out: Path, seed: int) -> None:
    clips = latent_map(trained, seed=seed)
    facts = f"{WORDS[found.kind]} by a model of {found.files} files in {found.path.name}; step {trained.step:,}"
    text = palette_page(clips, title=f"A map of {found.path.name}", facts=facts, corners=CORNERS)
    write_atomically(out / "palette.html", text)


def _report(mined: Mined, prepared: Prepared) -> dict[str, Any]:
    folder, evaluation = mined.folder, mined.evaluation
    return {
        "folder": str(folder.path),
        "kind": folder.kind,
        "guessed": folder.guessed,
        "files": folder.files,
        "distinct": folder.distinct,
        "left_out": [asdict(each) for each in folder.left_out],
        "windows": {split: len(examples) for split, examples in prepared.splits.items()},
        "recipe": mined.trained.recipe.name,
        "step": mined.trained.step,
        "evaluation": {key: value for key, value in evaluation.items() if not key.startswith("by_bar")},
        "copies": {"flagged": [each.clip for each in mined.copies.flagged], "caution": mined.copies.caution},
        "samples": [file.name for file in mined.samples],
        "seconds": mined.seconds,
    }
