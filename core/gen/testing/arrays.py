"""What holds of arrays that a component is handed: they can't be written to, and may lie in memory in any order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gen.testing.checks import failed

IN_PLACE = "an operation in place (+=, .sort(), an index on the left) on an array that was handed in: make a new one"


def leaves_arrays(run: Callable[..., object], what: str, *given: Any) -> None:
    """Fail where a call writes to an array that it was given; what else it raises is for other checks to tell."""
    frozen = [array.copy() if isinstance(array, np.ndarray) else array for array in given]
    for array in frozen:
        if isinstance(array, np.ndarray):
            array.setflags(write=False)
    try:
        run(*frozen)
    except ValueError as error:
        if "read-only" in str(error) or "not writeable" in str(error):
            failed(f"{what} changes what it is given in place ({error}): whoever handed it in has another now")
    except Exception:
        return


def otherwise(array: Any) -> Any:
    """The same numbers in another order in memory, as transposed arrays have them."""
    return np.asfortranarray(array) if isinstance(array, np.ndarray) and array.ndim > 1 else array
