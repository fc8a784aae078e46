"""What prepared examples depend on: the recipe's data and converter, the files, and the code that reads them."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from gen.interfaces.dataset import DatasetSource, Skipped
from gen.recipes.parts import with_inside
from gen.recipes.resolved import plain
from gen.recipes.sections import Component, Recipe
from gen.registry import registry
from gen.system import regular

_CODE = ("data", "interfaces", "midi", "notes", "notes/chords")  # folders of gen whose code has a say in an example

Provenance = Mapping[str, Any]
"""Dotted names of everything that decides, such as ``converter.slice_bars``, and their plain values."""


def settings_of(recipe: Recipe, source: Component, path: str | None) -> dict[str, Any]:
    """What a recipe says about its examples, flat; the source is that in use, which may be the fallback, and the path
    where the data lie, if that was given apart from the recipe.
    """
    data: dict[str, Any] = plain(recipe.data)
    del data["fallback"]
    data["source"] = plain(source)
    if not recipe.data.augment.frozen:
        del data["augment"]  # drawn while training
    if not recipe.data.labels:
        del data["labels"]  # as before there were any
    if path is not None:
        data["path"] = str(regular.resolved(path))
    return flat({"data": data, "converter": plain(recipe.converter)})


def state_of(recipe: Recipe, source: Component, files: DatasetSource) -> dict[str, Any]:
    """What else decides, and changes without a recipe's doing: the files, and the code that reads them."""
    root = Path(__file__).parent.parent
    code = [file for folder in _CODE for file in (root / folder).glob("*.py")]
    labels = [label.name for label in recipe.data.labels]
    if labels:
        code += [root / "model" / "labels.py", root / "recipes" / "labels.py"]
    found = {"files": files.signature() or _signature_by_reading(files, labels), "code of gen": _digest(code)}
    components = [*with_inside("converter", recipe.converter), *with_inside("dataset", source)]
    classes = [registry().find(kind, component.type) for kind, component in components]
    for package in sorted({cls.__module__.partition(".")[0] for cls in classes}):
        found[f"code of {package}"] = _code_of(package)
    return found


def key_of(settings: Provenance) -> str:
    """A short name for settings: the same for the same, in whatever recipe they stand."""
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:10]


def differences(before: Provenance, now: Provenance) -> list[str]:
    """What changed, a phrase each: ``converter.slice_bars was 2 and is 16``."""
    found = []
    for name in sorted({*before, *now}):
        old, new = before.get(name, "unset"), now.get(name, "unset")
        if old != new:
            hidden = name == "files" or name.startswith("code of ")
            was, now_is = (each if isinstance(each, str) else json.dumps(each) for each in (old, new))
            found.append(f"{name} changed" if hidden else f"{name} was {was} and is {now_is}")
    return found


def flat(value: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested mappings as one, with dotted names, in the values that JSON has."""
    found: dict[str, Any] = {}
    for key, item in value.items():
        name = f"{prefix}{key}"
        found |= flat({str(k): v for k, v in item.items()}, f"{name}.") if isinstance(item, dict) else {name: item}
    return json.loads(json.dumps(found))  # type: ignore[no-any-return]  # tuples become lists, as a file has them


def _signature_by_reading(files: DatasetSource, labels: Sequence[str]) -> str:
    digest = hashlib.sha256()
    for item in files.items():
        if isinstance(item, Skipped):
            about: tuple[str, ...] = (item.id, item.reason)
        else:
            told = [str(item.metadata.get(name, "")) for name in labels]
            about = (item.id, str(item.split), hashlib.sha256(item.read()).hexdigest(), *told)
        digest.update(repr(about).encode())
    return digest.hexdigest()


def _code_of(package: str) -> str:
    """A digest of a package's source files; plugins change under their authors' hands."""
    module = sys.modules.get(package)
    spec = module.__spec__ if module is not None else find_spec(package)
    if spec is None or spec.origin is None:
        return ""
    places = [Path(place) for place in spec.submodule_search_locations or ()]
    return _digest([file for place in places for file in place.rglob("*.py")] or [Path(spec.origin)])


def _digest(files: list[Path]) -> str:
    parts = [hashlib.sha256(regular.read_bytes(file)).digest() for file in sorted(files) if file.is_file()]
    return hashlib.sha256(b"".join(parts)).hexdigest()
