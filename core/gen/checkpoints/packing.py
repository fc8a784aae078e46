"""Keeping a run's model under a name: its weights in fewer bytes, its recipe, and a card."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Literal

from gen.errors import UsageError
from gen.evaluation.regimes import BASELINE, GREEDY, beside
from gen.pages.beside_baselines import below_floors
from gen.recipes import resolved_yaml
from gen.system.files import directory_atomically, json_text, write_atomically
from gen.system.regular import inner_folder
from gen.system.version import __version__
from gen.training.cards import Card
from gen.training.checkpoint import Checkpoint, save_checkpoint, weights_digest
from gen.training.load import load_run
from gen.training.named import CARD, own_models, require_name, shipped_models
from gen.training.packed import packed
from gen.training.run import Run


def keep_model(
    run: str | Path,
    name: str,
    *,
    folder: Path | None = None,
    step: int | None = None,
    bits: Literal[8, 16] = 16,
    told: Mapping[str, Any] | None = None,
    evaluation: Mapping[str, Any] | None = None,
    force: bool = False,
) -> Path:
    """Keep a run's model as ``folder/name``, whole or not at all, and return that; in the user's own folder by default.

    Args:
        run: path of a run, or the name of a model.
        step: which checkpoint; the latest where None.
        bits: of a weight; with 8, those of large matrices have a scale a row, and the others 16.
        told: what the card is to say besides what the run tells: any attribute of `Card`, such as ``limits``.
        evaluation: what ``gen eval --json`` found of this very model, for the card's figures.
        force: replace a model of that name.

    Raises:
        UsageError: no run, a name that can't be taken, or an evaluation of other weights.
        CheckpointError: weights that half precision can't hold.
    """
    require_name(name)
    target = (folder or own_models()) / name
    if folder is None and (shipped_models() / name).exists():
        raise UsageError(f"a model that comes with gen is called {name}: give another name")
    if target.exists() and not (force and (target / CARD).is_file()):
        raise UsageError(f"{target} is there already; give another name" + ", or --force" * (target / CARD).is_file())
    source, trained = Run.opened(run), load_run(run, step=step, device="cpu")
    weights = packed(trained.model.state_dict(), bits=bits)
    account = source.account()
    with directory_atomically(target) as temporary:
        inside = Run(temporary)
        inner_folder(inside.checkpoints)
        checkpoint = Checkpoint(trained.step, weights, {}, source.data_fingerprint())
        kept = save_checkpoint(inside.checkpoints, checkpoint, keep=1)
        for file in kept.glob("*.safetensors"):
            file.chmod(0o644)  # safetensors writes for its owner alone
        card = Card(
            name=name,
            description=trained.recipe.description,
            recipe=trained.recipe.name,
            seed=trained.recipe.training.seed,
            steps=trained.step,
            gen=__version__,
            bits=bits,
            parameters=trained.model.parameter_count(),
            bytes=(kept / "model.safetensors").stat().st_size,
            sha256=weights_digest(kept),
            data=str(account.get("title", "")),
            data_licence=str(account.get("licence", "")),
            fingerprint=source.data_fingerprint(),
            labels={label.name: label.classes or () for label in trained.recipe.data.labels},
        )
        card = replace(card, **(told or {}))
        if evaluation is not None:
            card = replace(card, **_figures(evaluation, card))
        known = {key: account[key] for key in ("path", "source", "title", "licence", "fingerprint") if key in account}
        known |= {} if folder is None else {"path": None}  # of use on this machine alone
        write_atomically(temporary / "data.json", json_text(known, indent=1) + "\n")
        recipe = replace(trained.recipe, name=name, origin=trained.recipe.name)
        write_atomically(inside.recipe_file, resolved_yaml(recipe))
        write_atomically(temporary / CARD, json_text(asdict(card), indent=1) + "\n")
    return target


def _figures(evaluation: Mapping[str, Any], card: Card) -> dict[str, Any]:
    """What an evaluation measured greedily, of the model and of every baseline that has such a figure."""
    if evaluation.get("weights") != card.sha256:
        raise UsageError(
            f"that evaluation is of other weights ({evaluation.get('weights')}) than this model's ({card.sha256}): "
            f"keep the model first, then measure it by its name: gen eval {card.name} --json"
        )
    regimes = evaluation["regimes"]
    columns = [GREEDY, *(each for each in regimes if each.startswith(BASELINE) and beside(each) == GREEDY)]
    rows: dict[str, dict[str, float]] = {}
    for column in columns:
        for figure, value in regimes[column].items():
            if value is not None and (column == GREEDY or figure in rows):
                name = "model" if column == GREEDY else column.removeprefix(BASELINE)
                rows.setdefault(figure, {})[name] = round(float(value), 4)
    return {
        "figures": {figure: row for figure, row in rows.items() if len(row) > 1},
        "below": tuple(below_floors(evaluation["beside_baselines"])),
        "measured": f"{evaluation['examples']:,} {evaluation['split']} examples of {evaluation['source']}, greedy",
    }
