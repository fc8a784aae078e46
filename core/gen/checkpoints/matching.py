"""Which variables of a checkpoint are which weights of a model; whatever is left on either side is an error."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gen.checkpoints.formats.variables import Shape, Variable
from gen.errors import CheckpointError
from gen.system.spelling import nearest

_IGNORED = re.compile(
    r"""
    (^|/)(beta[12]_power|global_step)$ |  # the optimiser's and the trainer's counts
    /Adam(_1)?$ |                         # the optimiser's moments
    /opaque_kernel[^/]*$                  # of the former cuDNN path, beside the same weights in the usual form
    """,
    re.VERBOSE,
)
_OLD_ENDINGS = (("/weights", "/kernel"), ("/biases", "/bias"))  # until TensorFlow 1.1
_FLOATS = ("float16", "bfloat16", "float32", "float64")
_SHOWN = 12
_COMPARED = 200
_LONGEST = 200


@dataclass(frozen=True)
class Matches:
    """Each of the model's names with the checkpoint's; and names there that are no weights, such as an optimiser's."""

    names: Mapping[str, str]
    ignored: tuple[str, ...]


def match(
    variables: Mapping[str, Variable],
    shapes: Mapping[str, Shape],
    *,
    title: str,
    renames: Sequence[tuple[str, str]] = (),
) -> Matches:
    """Find the variable for each weight, of the shapes that the model has.

    In the checkpoint's names, ``renames`` are applied in order: a text and what stands for it. Messages begin with
    ``title``.

    Raises:
        CheckpointError: variables are missing, of another shape or type, or left over; the text lists them with their
            shapes, and the nearest name of those that were left over.
    """
    ignored = tuple(name for name in variables if _IGNORED.search(name))
    names: dict[str, str] = {}
    for name in sorted(variables.keys() - set(ignored)):
        renamed = _renamed(name, renames)
        if renamed in names:
            raise CheckpointError(f"{title}: {names[renamed]} and {name} both stand for {renamed}")
        names[renamed] = name
    left = sorted(names.keys() - shapes.keys())
    candidates = [name for name in left if len(name) <= _LONGEST][:_COMPARED]
    missing = sorted(shapes.keys() - names.keys())
    problems = [
        *_listed(
            "missing", (f"{name} {list(shapes[name])}{_near(name, candidates)}" for name in missing[:_SHOWN]), missing
        ),
        *_listed("unused", (f"{names[name][:_LONGEST]}: {variables[names[name]]}" for name in left[:_SHOWN]), left),
    ]
    others = [
        f"{stored} is {variables[stored]}, the model's float32 {list(shapes[name])}"
        for name, stored in names.items()
        if name in shapes and (variables[stored].shape != shapes[name] or variables[stored].dtype not in _FLOATS)
    ]
    problems += _listed("of another shape or type", others[:_SHOWN], others)
    if problems:
        raise CheckpointError("\n".join([f"{title}:", *problems]))
    return Matches({name: names[name] for name in shapes}, ignored)


def _renamed(name: str, renames: Sequence[tuple[str, str]]) -> str:
    for old, new in renames:
        name = name.replace(old, new)
    for old, new in _OLD_ENDINGS:
        if name.endswith(old):
            return name.removesuffix(old) + new
    return name


def _listed(what: str, shown: Iterable[str], everything: Sequence[str]) -> list[str]:
    if not everything:
        return []
    more = len(everything) - _SHOWN
    tail = [f"    and {more} more"] if more > 0 else []
    return [f"  {len(everything)} {what}:", *(f"    {line}" for line in shown), *tail]


def _near(name: str, candidates: Sequence[str]) -> str:
    found = nearest(name, candidates)
    return "" if found is None else f" (nearest: {found})"
