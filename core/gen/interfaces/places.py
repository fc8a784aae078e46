"""How an encoder or decoder says what its weights are called in the original's TensorFlow graph.

It has a method `tensorflow_places`, which gives one place for each of its modules with weights, relative to itself;
that is optional, and only importing and exporting checkpoints asks for it. A place joins some of the original's
variables with the parameters that hold them here, and converts both ways. Composite parts pass on the places of what
they are made of, under a scope of their own.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from gen.errors import CheckpointError

Arrays = Mapping[str, npt.NDArray[np.floating[Any]]]


@dataclass(frozen=True)
class TensorflowPlace(ABC):
    """Where the original keeps the weights of a module, and where gen does.

    Attributes:
        scope: the original's name of the module: ``decoder/output_projection``.
        path: its name here, in a state dict: ``decoder.core.projection``.
    """

    scope: str
    path: str

    @abstractmethod
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape of each of the original's variables, by its name within the scope."""

    @abstractmethod
    def from_tensorflow(self, variables: Arrays, *, forget_bias: float) -> dict[str, npt.NDArray[np.floating[Any]]]:
        """The variables as entries of a state dict, by their names within the path.

        Args:
            variables: by their names within the scope.
            forget_bias: what the original adds to the forget gates of its LSTMs at run time; 0 where the variables are
                gradients or moments rather than weights.
        """

    @abstractmethod
    def to_tensorflow(self, state: Arrays, *, forget_bias: float) -> dict[str, npt.NDArray[np.floating[Any]]]:
        """The other way round; also by names within the place."""


def tensorflow_places(module: object, *, scope: str = "", path: str = "") -> Iterator[TensorflowPlace]:
    """The places of a part, moved to where the part is.

    Args:
        module: the part.
        scope, path: its names in the original, empty where its own names stand at the top, and here, as an attribute.

    Raises:
        CheckpointError: the part doesn't say how the original names its weights.
    """
    if not callable(own := getattr(module, "tensorflow_places", None)):
        raise CheckpointError(
            f"{type(module).__name__} doesn't say how the original names its weights, so its checkpoints can't be "
            "imported or exported; give it a method tensorflow_places (see gen.interfaces.TensorflowPlace)"
        )
    for place in own():
        scopes, paths = filter(None, (scope, place.scope)), filter(None, (path, place.path))
        yield replace(place, scope="/".join(scopes), path=".".join(paths))
