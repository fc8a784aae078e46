"""The linear code of a training split, kept beside the prepared examples that it was fitted to."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from gen.data.store import FLOORS, Store
from gen.evaluation.floors.linear import LinearCode
from gen.nn.components import Components
from gen.system import regular
from gen.system.files import write_atomically

_FORMAT = "2"  # of the file, and of how codes are fitted
_MOST = 128 * 2**20  # bytes: what is larger is of few and wide examples, and soon fitted anew
_PARTS = ("centre", "directions", "variances")


def kept_code(store: Store | None, fit: Callable[[], LinearCode], **about: int) -> LinearCode:
    """The code that lies in a store, if it is of these examples; else it is fitted, and laid there for the next time.

    A store that can't be written is left alone, and a file that can't be read, or is of something else, is made anew.

    Args:
        store: of the examples; None to keep nothing.
        fit: fits the code.
        about: what it depends on besides the examples of the store.
    """
    if store is None:
        return fit()
    path, meta = store.folder / FLOORS, _meta(store, about)
    code = _read(path, meta)
    if code is None:
        code = fit()
        arrays = {name: getattr(code.components, name).contiguous() for name in _PARTS}
        if sum(array.numel() * array.element_size() for array in arrays.values()) <= _MOST:
            content = save(arrays, {**meta, "sha256": _digest(arrays)})
            with suppress(OSError):
                write_atomically(path, content)
    return code


def _read(path: Path, meta: Mapping[str, str]) -> LinearCode | None:
    try:
        regular.require_regular(path)
        with safe_open(path, "pt") as file:
            found = file.metadata() or {}
            if {name: found.get(name) for name in meta} != meta:
                return None
            arrays = {name: file.get_tensor(name) for name in _PARTS}
    except (OSError, SafetensorError):
        return None
    return LinearCode(Components(**arrays)) if found.get("sha256") == _digest(arrays) else None


def _meta(store: Store, about: Mapping[str, Any]) -> dict[str, str]:
    shards = [shard["files"] for shard in store.manifest["shards"]]
    of = {"shards": shards, "made_from": store.manifest["made_from"], **about}
    return {"format": _FORMAT, "of": hashlib.sha256(json.dumps(of, sort_keys=True).encode()).hexdigest()}


def _digest(arrays: Mapping[str, torch.Tensor]) -> str:
    digest = hashlib.sha256()
    for name in _PARTS:
        digest.update(f"{arrays[name].dtype}{list(arrays[name].shape)}".encode())
        digest.update(memoryview(arrays[name].contiguous().numpy()).cast("B"))  # type: ignore[arg-type]
    return digest.hexdigest()
