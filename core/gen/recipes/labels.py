"""Labels that a model is given beside z: what is known of a file, as one class of a few."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from gen.system.spelling import hint, listing


@dataclass(frozen=True)
class LabelSection:
    """A label of every file, such as its style, that the model is given as a condition of the whole clip.

    Files without it, and those of a class that isn't among the classes, are of a class of their own, *unknown*.
    """

    name: str
    """What of a file's metadata: ``style``, ``drummer``, ``bpm``, any column of a folder's table. ``tempo`` is the
    tempo of each example in quarter notes a minute, which needs no metadata."""

    classes: tuple[str, ...] | None = None
    """The values that are told apart; None for all that the training files have. A run keeps those that it learned."""

    until: str = ""
    """Where a value ends that says more than its class: with ``/``, ``latin/samba`` is of the class ``latin``."""

    edges: tuple[float, ...] = ()
    """Of numbers, in place of classes: where one class ends and the next begins, ascending."""

    dropout: float = 0.0
    """The chance that a training example is given as unknown, so that the model can do without the label, too."""

    heard_by: Literal["decoder", "both"] = "decoder"
    """Whether the decoder alone is given it, so that z needn't tell it, or the encoder as well."""

    def __post_init__(self) -> None:
        if not self.name or self.name != self.name.strip() or "=" in self.name:
            raise ValueError(f"name must be that of a label, such as style, not {self.name!r}")
        if self.classes is not None and (not self.classes or len({*self.classes}) < len(self.classes)):
            raise ValueError(f"classes must be one or more values, each once, not {list(self.classes)}")
        if self.edges and self.classes is not None:
            raise ValueError("edges are for numbers, and classes for words: give one of them")
        if not all(map(math.isfinite, self.edges)) or sorted({*self.edges}) != list(self.edges):
            raise ValueError(f"edges must be numbers that ascend, not {list(self.edges)}")
        if not 0.0 <= self.dropout < 1.0:
            raise ValueError(f"dropout is a chance from 0 up to 1, not {self.dropout}")

    @property
    def learned(self) -> bool:
        """Whether its classes are known; those of numbers are."""
        return self.classes is not None or bool(self.edges)

    @property
    def width(self) -> int:
        """How many classes there are, the unknown one, which is the last, among them."""
        return len(self.edges) + 2 if self.edges else len(self.classes or ()) + 1

    @property
    def unknown(self) -> int:
        """The number of the unknown class."""
        return self.width - 1

    def word(self, value: str | None) -> str:
        """What of a value of the metadata says its class."""
        text = (value or "").strip()
        return text.partition(self.until)[0].strip() if self.until else text

    def number(self, value: str | None) -> int:
        """The class of a value of the metadata; that of the unknown where it has none."""
        word = self.word(value)
        if not self.edges:
            classes = self.classes or ()
            return classes.index(word) if word in classes else self.unknown
        try:
            size = float(word)
        except ValueError:
            return self.unknown
        return self.unknown if math.isnan(size) else sum(size >= edge for edge in self.edges)

    def asked(self, value: str) -> int:
        """The class that somebody asks for; a ValueError says which there are."""
        found = self.number(value)
        if found == self.unknown and value != "unknown":
            known = [*(self.classes or ()), "unknown"]
            if self.edges:
                raise ValueError(f"{self.name}={value}: give a number, or unknown")
            raise ValueError(f"{self.name}={value}: {self.name} is one of {listing(known)}{hint(value, known)}")
        return found
