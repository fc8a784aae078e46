"""Recipes: YAML that a person can read, checked whole before anything is built."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gen.recipes.build import construct as construct
    from gen.recipes.load import load_recipe as load_recipe
    from gen.recipes.resolved import resolved_yaml as resolved_yaml

_HOMES = {
    "construct": "gen.recipes.build",
    "load_recipe": "gen.recipes.load",
    "resolved_yaml": "gen.recipes.resolved",
}

__all__ = ["construct", "load_recipe", "resolved_yaml"]


def __getattr__(name: str) -> Any:
    """Load what is asked for: who only needs `gen.recipes.sections` pays for neither YAML nor plugins."""
    if name not in _HOMES:
        raise AttributeError(f"module 'gen.recipes' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
