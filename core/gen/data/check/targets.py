"""What files are checked for: converters, each with its options and with what its data section says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from gen.errors import PluginError, RecipeError
from gen.notes.drum_maps import DrumMap
from gen.recipes.load import load_recipe
from gen.recipes.resolved import plain
from gen.recipes.schema import Checker
from gen.recipes.sections import Component, DataSection
from gen.recipes.tree import Node, parse
from gen.registry import registry
from gen.registry.signatures import REQUIRED, arguments_of

_WINDOWS = ("split_bars", "slice_bars")  # how converters call the length of a window in bars
_BARS = 2


@dataclass(frozen=True)
class Target:
    """One converter to try, called after itself or its recipe; ``data`` says how files are heard and cut before."""

    label: str
    converter: Component
    data: DataSection
    recipe: str = ""

    @property
    def window(self) -> str:
        """How its converter calls the length of a window, or nothing."""
        return next((name for name in _WINDOWS if self.converter.arguments.get(name) is not None), "")

    @property
    def options(self) -> dict[str, object]:
        """The converter's options that aren't its defaults."""
        schema = arguments_of(registry().find("converter", self.converter.type), kind="converter")
        given = self.converter.arguments.items()
        return {key: value for key, value in given if key not in schema or plain(schema[key].default) != plain(value)}

    def to_json(self) -> dict[str, Any]:
        """Everything, as plain values."""
        heard = ("windows", "window_bars", "drum_channels", "drum_map", "reading")
        data = {key: plain(getattr(self.data, key)) for key in heard}
        return {"label": self.label, "recipe": self.recipe, "converter": plain(self.converter), "data": data}


@dataclass(frozen=True)
class Plan:
    """Everything that decides what is found out about a file: targets of different labels, in the order of reports, and
    how files are heard for facts that are no converter's.
    """

    targets: tuple[Target, ...]
    data: DataSection


def plan(
    *,
    recipes: Sequence[str] = (),
    converters: Sequence[str] = (),
    bars: int | None = None,
    drum_channels: Sequence[int] = (),
    drum_map: DrumMap | None = None,
) -> tuple[Plan, list[str]]:
    """What to check, and notices about converters that can't be tried.

    Args:
        recipes: names or paths; each with its own converter, windows, drum map and drum channels.
        converters: names, or components in YAML such as ``{type: melody, slice_bars: 16}``. Where neither is given,
            every registered converter.
        bars: length of a window, for converters that cut windows of bars and aren't told otherwise. Without it, two
            bars, or the converter's own default.
        drum_channels, drum_map: drums beside channel 10 and a recipe's own; and in place of a recipe's map.

    Raises:
        gen.errors.UsageError: no such recipe or converter, or options that it doesn't take.
        PluginError: a converter that was asked for by name is broken.
    """
    data = DataSection(source=Component("folder"), drum_channels=tuple(sorted({*drum_channels})), drum_map=drum_map)
    found: list[Target] = []
    notices: list[str] = []
    for name in recipes:
        recipe = load_recipe(name)
        own = replace(
            recipe.data,
            drum_channels=tuple(sorted({*recipe.data.drum_channels, *drum_channels})),
            drum_map=drum_map or recipe.data.drum_map,
        )
        found.append(Target(recipe.name, recipe.converter, own, recipe.name))
    for text in converters:
        component = _component(text, bars)
        found.append(Target(component.type, component, data))
    if not found:
        for name in registry().names("converter"):
            try:
                found.append(Target(name, _component(name, bars), data))
            except (PluginError, RecipeError) as error:
                notices.append(f"converter {name!r} isn't tried: {error}")
    seen: Counter[str] = Counter()
    for index, target in enumerate(found):  # labels must differ: the second ``melody`` is ``melody (2)``
        seen[target.label] += 1
        if (count := seen[target.label]) > 1:
            found[index] = replace(target, label=f"{target.label} ({count})")
    return Plan(tuple(found), data), notices


def _component(text: str, bars: int | None) -> Component:
    """A converter from its name or YAML, checked; with windows where it would take whole files, and with drums alone
    where it would take a piano for them: files of any kind are given to it here.
    """
    place = f"--converter {text}"
    node = parse(text, text, place=place) or Node(None, place)
    if isinstance(node.value, str):
        node = Node({"type": node}, place)
    checker = Checker()
    name = node.entries["type"].value if "type" in node.entries else None
    if isinstance(name, str) and name in registry().names("converter"):
        arguments = arguments_of(registry().find("converter", name), kind="converter")
        wanted: dict[str, bool | int] = {"drums_only": True}
        for option in _WINDOWS:
            if option in arguments and (bars is not None or arguments[option].default in (None, REQUIRED)):
                wanted[option] = bars or _BARS
        added = {option: Node(value, place) for option, value in wanted.items() if option in arguments}
        node = Node({**added, **node.entries}, place)
    component = checker.component("converter", node, "")
    if checker.problems:
        raise RecipeError(checker.problems)
    return component
