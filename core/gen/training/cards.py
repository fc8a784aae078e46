"""Cards of models: where one is from, what it is good for beside floors, what it can't do, and on which terms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from gen.errors import CheckpointError
from gen.system import regular
from gen.training.named import CARD

_MOST = 1 << 20  # bytes; a longer one is none


@dataclass(frozen=True)
class Card:
    """What is said of a model.

    Attributes:
        name, description: the model's, and its recipe's words.
        recipe, command, seed, steps: how it was trained; and the ``gen`` that did it.
        parameters, bits, bytes, sha256: numbers in it, bits of each, and the size and hash of the file of weights.
        data, data_licence, fingerprint: what it was trained on, the terms of that, and which files exactly.
        licence: the terms of the weights.
        labels: what it can be told, such as a style, by name, and the classes of each; none of numbers.
        limits: what it can't do.
        measured: what ``figures`` were measured on.
        figures: by name, of the ``model`` as it is kept, and of each floor.
        below: in words, figures in which it is below a floor.
    """

    name: str
    description: str = ""
    recipe: str = ""
    command: str = ""
    seed: int = 0
    steps: int = 0
    gen: str = ""
    parameters: int = 0
    bits: int = 16
    bytes: int = 0
    sha256: str = ""
    data: str = ""
    data_licence: str = ""
    fingerprint: str = ""
    licence: str = ""
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    limits: tuple[str, ...] = ()
    measured: str = ""
    figures: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    below: tuple[str, ...] = ()


def read_card(folder: Path) -> Card:
    """The card in a model's folder; what it doesn't say is empty.

    Raises:
        CheckpointError: no card, or none that can be read.
    """
    path = folder / CARD
    try:
        content = regular.read_json(path, most=_MOST)
        return Card(**{"name": folder.name, **_checked(content)})
    except (OSError, ValueError, TypeError) as error:
        raise CheckpointError(f"{path} is no card of a model ({error})") from error


def _checked(content: Any) -> dict[str, Any]:
    """The values of a card, without other names; one of the wrong kind is a ``TypeError``."""
    if not isinstance(content, dict):
        raise TypeError("an object is needed")
    kinds: dict[str, Any] = {each.name: type(each.default) for each in fields(Card)}
    kinds |= {"name": str, "limits": list, "below": list, "figures": dict, "labels": dict}
    found = {name: content[name] for name in kinds if name in content}
    for name, value in found.items():
        if type(value) is not kinds[name]:
            raise TypeError(f"{name}: {type(value).__name__} where {kinds[name].__name__} is needed")
    for row in found.get("figures", {}).values():
        if not isinstance(row, dict) or not all(type(value) in (int, float) for value in row.values()):
            raise TypeError("figures: numbers by name are needed")
    classes = found.get("labels", {})
    if not all(isinstance(each, list) for each in classes.values()):
        raise TypeError("labels: lists by name are needed")
    found |= {"labels": {name: tuple(map(str, each)) for name, each in classes.items()}}
    return found | {name: tuple(map(str, found.get(name, ()))) for name in ("limits", "below")}
