"""YAML text to a tree that knows where each value was written.

Stock PyYAML follows YAML 1.1, where ``1e-3`` is text, ``no`` is false, ``010`` is 8, ``4:4`` is 244, and a repeated key
silently wins. Here the YAML 1.2 core schema holds, keys are text and unique, only plain data is accepted, and a file of
many aliases can't grow past a bound.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, TypeAlias

import yaml
from yaml.nodes import MappingNode, ScalarNode, SequenceNode

from gen.errors import RecipeError
from gen.system.regular import opened

MAX_NODES = 20_000
MAX_DEPTH = 50
_LONGEST_INT = 3000  # letters; of a longer one, Python makes no decimal number to show
DRUM_MAP = "drum_map"  # the key of a mapping whose own keys are numbers: MIDI pitches

Scalar: TypeAlias = int | float | bool | str | None


@dataclass(frozen=True)
class Node:
    """A value and its place, ``file:line:col`` or ``command line``; for a dict, also the place of each key."""

    value: Scalar | list[Node] | dict[str, Node]
    place: str
    keys: dict[str, str] | None = None

    @property
    def entries(self) -> dict[str, Node]:
        """The dict of a mapping; empty for anything else."""
        return self.value if isinstance(self.value, dict) else {}

    def key_place(self, key: str) -> str:
        """Where a key of a mapping was written."""
        return (self.keys or {}).get(key, self.place)


def as_component(node: Node) -> Node:
    """``name`` written out as ``{type: name}``; anything else as it is."""
    return Node({"type": node}, node.place, {"type": node.place}) if isinstance(node.value, str) else node


class Composer(yaml.SafeLoader):
    """Composes nodes, and constructs nothing. Plain scalars are numbers, booleans and null by the core schema alone."""

    yaml_implicit_resolvers: ClassVar[dict[str, list[tuple[str, re.Pattern[str]]]]] = {}  # type: ignore[misc]


_CORE = "tag:yaml.org,2002:"
_FLOAT = r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
for _tag, _pattern, _first in (
    ("null", "null|Null|NULL|~|", ["n", "N", "~", ""]),
    ("bool", "true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", "[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", list("-+0123456789")),
    ("float", _FLOAT, list("-+.0123456789")),
):
    Composer.add_implicit_resolver(_CORE + _tag, re.compile(rf"(?:{_pattern})\Z"), _first)


def read_tree(
    path: Path, name: str, *, most: int, too_large: str, not_text: str, number_keys: bool = False
) -> Node | None:
    """Parse a file of at most so many bytes, as `parse`; or an OSError, or a RecipeError with the texts given."""
    with opened(path) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise RecipeError(too_large)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RecipeError(f"{not_text} (byte {error.start})") from error
    return parse(text, name, number_keys=number_keys)


def parse(text: str, name: str, *, place: str | None = None, number_keys: bool = False) -> Node | None:
    """Parse one YAML document; None where it is empty.

    Args:
        text, name: the document, and what to call it in places, such as its path.
        place: if given, the place of every node, for text that is in no file.
        number_keys: whole numbers may be keys of the outermost mapping, and become text; as they do anywhere below a
            `DRUM_MAP`.

    Raises:
        gen.errors.RecipeError: text that isn't YAML, and every repeated key, unsuitable key and unknown tag in it.
    """
    try:
        root = Composer(text).get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = place or (f"{name}:{mark.line + 1}:{mark.column + 1}" if mark is not None else name)
        if error.context is not None and "single document" in error.context:
            raise RecipeError(f"{at}: a second document starts here; a recipe is one") from error
        reason = ", ".join(part for part in (error.context, error.problem) if part)
        raise RecipeError(f"{at}: not valid YAML: {reason}") from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        column = error.position - (text.rfind("\n", 0, error.position) + 1) + 1
        code = error.character if isinstance(error.character, int) else ord(str(error.character))
        raise RecipeError(f"{place or f'{name}:{line}:{column}'}: character U+{code:04X} is not allowed") from error
    except RecursionError as error:
        raise RecipeError(f"{place or name}: nested more than {MAX_DEPTH} deep") from error
    if root is None:
        return None
    building = _Building(name, place)
    node = building.node(root, depth=0, number_keys=number_keys)
    if building.problems:
        raise RecipeError(building.problems)
    return node


@dataclass
class _Building:
    """Turns composed nodes into ours and collects what is wrong with them."""

    name: str
    place: str | None
    problems: list[str] = field(default_factory=list)
    count: int = 0

    def node(self, node: yaml.Node, *, depth: int, number_keys: bool = False) -> Node:
        self.count += 1
        place = self._place_of(node)
        # Aliases repeat a node without repeating its text, and may contain themselves: count what they stand for.
        if depth > MAX_DEPTH:
            raise RecipeError(f"{place}: nested more than {MAX_DEPTH} deep")
        if self.count > MAX_NODES:
            raise RecipeError(f"{place}: more than {MAX_NODES} values, counting those that aliases repeat")
        if isinstance(node, MappingNode) and node.tag == f"{_CORE}map":
            return self._mapping(node, place, depth, number_keys)
        if isinstance(node, SequenceNode) and node.tag == f"{_CORE}seq":
            return Node([self.node(item, depth=depth + 1) for item in node.value], place)
        if isinstance(node, ScalarNode):
            return Node(self._scalar(node, place), place)
        self._unknown_tag(node, place)
        return Node(None, place)

    def _mapping(self, node: MappingNode, place: str, depth: int, number_keys: bool) -> Node:
        entries: dict[str, Node] = {}
        keys: dict[str, str] = {}
        for key_node, value_node in node.value:
            at = self._place_of(key_node)
            key = self._scalar(key_node, at) if isinstance(key_node, ScalarNode) else None
            if number_keys and type(key) is int:
                key = str(key)
            value = self.node(value_node, depth=depth + 1, number_keys=key == DRUM_MAP)
            if not isinstance(key, str):
                self.problems.append(f"{at}: a key must be text, not {_text(key_node)}")
            elif key in entries:
                self.problems.append(f"{at}: {key!r} is given twice, first at {keys[key]}")
            else:
                entries[key], keys[key] = value, at
        return Node(entries, place, keys)

    def _scalar(self, node: ScalarNode, place: str) -> Scalar:
        text, tag = node.value, node.tag.removeprefix(_CORE)
        try:
            return _SCALARS[tag](text)
        except KeyError:
            self._unknown_tag(node, place)
        except ValueError:
            self.problems.append(f"{place}: {text[:40]!r} is not a usable {tag}")
        return None

    def _unknown_tag(self, node: yaml.Node, place: str) -> None:
        tag = node.tag.replace(_CORE, "!!")
        self.problems.append(f"{place}: unknown tag {tag!r}; recipes hold plain numbers, text, lists and mappings")

    def _place_of(self, node: yaml.Node) -> str:
        mark = node.start_mark
        return self.place or f"{self.name}:{mark.line + 1}:{mark.column + 1}"


def _to_int(text: str) -> int:
    base = {"0o": 8, "0x": 16}.get(text[:2], 10)
    if len(text) > _LONGEST_INT:
        raise ValueError(text)
    return int(text[2:] if base != 10 else text, base)


def _to_float(text: str) -> float:
    if text.lower().endswith((".inf", ".nan")):
        return float(text.replace(".", ""))
    value = float(text)
    if math.isinf(value):
        raise ValueError(text)
    return value


def _to_text(text: str) -> str:
    if "\0" in text:  # which no path may hold
        raise ValueError(text)
    text.encode()  # half a character is a ValueError
    return text


_SCALARS: dict[str, Callable[[str], Scalar]] = {
    "int": _to_int,
    "float": _to_float,
    "bool": lambda text: bool(["false", "true"].index(text.lower())),
    "null": lambda _: None,
    "str": _to_text,
}


def _text(node: yaml.Node) -> str:
    return repr(node.value) if isinstance(node, ScalarNode) else "a list or mapping"
