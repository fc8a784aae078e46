"""Drum maps as a person writes them: in a recipe, or in a YAML file of their own, with the place of every mistake."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from gen.errors import RecipeError
from gen.notes.drum_maps import DrumMap, Pedal, Voice, drum_pitch
from gen.notes.kits import KITS
from gen.recipes.find import display
from gen.recipes.tree import DRUM_MAP, Node, read_tree
from gen.system.regular import at_home, exists
from gen.system.spelling import hint, listing

_MAX_BYTES = 1 << 16
_EXAMPLE = "22: 42 or 'Hand Clap: snare'"


def read_drum_map(path: Path) -> DrumMap:
    """Read a drum map from a YAML file: one ``heard: meant`` a line, in numbers or General MIDI's names; or a kit's.

    A kit's name (`gen.notes.kits`), such as ``roland-td``, stands for its map, where no file is called so.

    Raises:
        RecipeError: every problem, as ``file:line:col: message``; or no such file.
    """
    node = _file(path, blame="")
    problems: list[str] = []
    result = drum_map_of(node, lambda place, message: problems.append(f"{place}: {message}"))
    if problems:
        raise RecipeError(problems)
    return result


def drum_map_of(node: Node, report: Callable[[str, str], None]) -> DrumMap:
    """A drum map from its node; ``report`` is called with the place and the text of every problem."""
    if not isinstance(node.value, dict):
        report(node.place, f"expected a mapping of what is heard to what it is taken for, such as {_EXAMPLE}")
        return DrumMap()
    meant: dict[int, int] = {}
    voices: list[Voice] = []
    pedal: list[Pedal] = []
    for key, child in node.entries.items():
        if type(child.value) not in (int, str):
            report(child.place, f"{key!r} must stand for a MIDI pitch or a drum's name, such as {_EXAMPLE}")
            continue
        place = node.key_place(key)
        try:
            heard = None if _special(key) else drum_pitch(key)
            place = child.place
            to = drum_pitch(str(child.value))
            if heard is None:
                place = node.key_place(key)
                (pedal if key.startswith(_PEDAL) else voices).append(_voice_or_pedal(key, to))  # type: ignore[arg-type]
                continue
        except ValueError as error:
            report(place, str(error))
            continue
        if heard in meant:
            report(node.key_place(key), f"pitch {heard} is given twice; {key!r} is the second")
        meant.setdefault(heard, to)
    return replace(DrumMap.of(meant), voices=tuple(voices), pedal=tuple(pedal))


_PEDAL = "pedal "
_SPECIAL = re.compile(r"(channel|track|pedal)\s+(.*\S)\s*")


def _special(key: str) -> bool:
    """Whether a key is about a channel, a track or the pedal."""
    return _SPECIAL.fullmatch(key) is not None


def _voice_or_pedal(key: str, pitch: int) -> Voice | Pedal:
    """``channel 3``, ``track Kick`` or ``pedal 0-63``; else a ValueError."""
    kind, _, rest = key.partition(" ")
    name = rest.strip()
    if kind == "track":
        return Voice("track", name, pitch)
    numbers = re.fullmatch(r"(\d{1,3})(?:\s*-\s*(\d{1,3}))?", name)
    low = int(numbers[1]) if numbers else -1
    if kind == "channel":
        if not 1 <= low <= 16 or name != str(low):
            raise ValueError(f"{key!r}: MIDI channels are 1 to 16")
        return Voice("channel", name, pitch)
    high = int(numbers[2]) if numbers and numbers[2] else low
    if not 0 <= low <= high <= 127:
        raise ValueError(f"{key!r}: values of the pedal are 0 to 127, such as 'pedal 0-63'")
    return Pedal(low, high, pitch)


def with_drum_map(tree: Node, folder: Path) -> Node:
    """A recipe's tree in which the path of a drum map, seen from a folder, has given way to what the file says."""
    data = tree.entries.get("data", Node(None, ""))
    node = data.entries.get(DRUM_MAP)
    if node is None or not isinstance(node.value, str):
        return tree
    content = _file(folder / at_home(node.value), blame=f"{node.place}: data.{DRUM_MAP}: ")
    return replace(tree, value={**tree.entries, "data": replace(data, value={**data.entries, DRUM_MAP: content})})


def _file(path: Path, *, blame: str) -> Node:
    name = display(path)
    if path.name in KITS and not exists(path):
        kit = {str(note): Node(drum, path.name) for note, drum in sorted(KITS[path.name].items())}
        return Node({**kit}, path.name)
    too_large = f"{blame}{name} is larger than {_MAX_BYTES >> 10} KiB, which no drum map is"
    not_text = f"{blame}{name} is not UTF-8 text"
    try:
        node = read_tree(path, name, most=_MAX_BYTES, too_large=too_large, not_text=not_text, number_keys=True)
    except OSError as error:
        kits = hint(path.name, KITS) or f", and no kit is called so: there are {listing(KITS)}"
        raise RecipeError(f"{blame}the drum map {name} can't be read: {error.strerror or error}{kits}") from error
    if node is None:
        raise RecipeError(f"{blame}{name} is empty; a drum map says what is taken for what, such as {_EXAMPLE}")
    return node
