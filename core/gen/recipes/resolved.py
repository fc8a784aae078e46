"""A recipe written out in full: what a run keeps beside its checkpoints."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import yaml

from gen.errors import UnknownNameError
from gen.notes.drum_maps import DrumMap
from gen.recipes.sections import APART, GAUSSIAN, Component, LatentSection, Recipe
from gen.recipes.tree import Composer
from gen.registry import Kind, registry
from gen.registry.loading import PROJECT
from gen.system.version import __version__


def resolved_yaml(recipe: Recipe) -> str:
    """The recipe as YAML with every default filled in, and the versions of the projects behind its components.

    Loading it gives an equal recipe, whatever later versions' defaults are.
    """
    content = {"name": recipe.name, "description": recipe.description, **plain(recipe), "plugins": versions(recipe)}
    del content["origin"]
    style: dict[str, Any] = {"sort_keys": False, "allow_unicode": True, "width": 100, "default_flow_style": None}
    text: str = yaml.dump(content, Dumper=_Dumper, **style)
    return f"# Resolved by gen {__version__} from {recipe.origin!r}.\n{text}"


def versions(recipe: Recipe) -> dict[str, str]:
    """Project to version: gen's, and those that provide the recipe's own components."""
    found = {PROJECT: __version__}
    sources = [each for each in (recipe.data.source, recipe.data.fallback) if each is not None]
    parts: list[tuple[Kind, Component]] = [("dataset", source) for source in sources]
    parts += [("converter", recipe.converter), ("encoder", recipe.encoder), ("decoder", recipe.decoder)]
    for kind, component in parts:
        try:
            plugin = registry().provider(kind, component.type)
        except UnknownNameError:
            continue  # a recipe made in Python may name what isn't installed here
        if plugin.distribution:
            found.setdefault(plugin.distribution, plugin.version)
    return found


class _Dumper(yaml.SafeDumper):
    """Quotes exactly what our own rules of reading would take for something else."""

    yaml_implicit_resolvers = Composer.yaml_implicit_resolvers

    def represent_mapping(self, tag: str, mapping: Any, flow_style: bool | None = None) -> Any:
        """One key a line, so that two runs' recipes can be compared line by line."""
        return super().represent_mapping(tag, mapping, flow_style=False)

    def ignore_aliases(self, data: Any) -> bool:
        """Equal values are written out each time: a person reads this."""
        return True


def _represent_text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    """Line breaks of any kind and other unprintable characters only survive as escapes."""
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if text.isprintable() else '"')


_Dumper.add_representer(str, _represent_text)


def plain(value: Any) -> Any:
    """Sections, components and tuples as mappings and lists."""
    if isinstance(value, Component):
        return {"type": value.type, **plain(value.arguments)}
    if isinstance(value, DrumMap):
        return value.to_json()
    if isinstance(value, LatentSection):  # a section and a component in one
        own = {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
        named = own.pop("type")
        return own if value.type == GAUSSIAN else {"type": named.pop("type"), **named, **own}
    if dataclasses.is_dataclass(value):
        names = [field.name for field in dataclasses.fields(value) if field.metadata != APART]
        return {name: plain(getattr(value, name)) for name in names}
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value
