"""How a file came to be, kept inside it: recipe, model, seed, latent vectors and command, in a text event.

The text is a line of JSON in ASCII behind ``gen ``, a text event (type 1) at the beginning of a track. A file that was
made of such a file has both; the last one has the highest turn.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from gen.midi.chunks import find_tracks
from gen.midi.editing import FIRST, Added, edit
from gen.midi.events import read_events
from gen.midi.messages import meta
from gen.system.version import __version__
from gen.training.load import Trained

_TEXT = 0x01
_MARK = "gen "


@dataclass(frozen=True)
class Origin:
    """Where a file is from.

    Attributes:
        version: of gen.
        recipe, model: its name, and the SHA-256 of its weights.
        seed: of every draw.
        command: words after ``gen``, without those that say where to write.
        file: its name among the files that the command writes.
        inputs: SHA-256 of each file that the command read, by the name that the command gives it.
        z: latent vectors that it was decoded from: their shape, and float32 numbers, little-endian, in base 64.
        turn: 1, and one more for each time that a file of gen's was made another.
    """

    recipe: str
    model: str
    seed: int
    command: tuple[str, ...]
    file: str = ""
    inputs: Mapping[str, str] | None = None
    z: Mapping[str, Any] | None = None
    version: str = __version__
    turn: int = 1

    def of(self, file: str, z: npt.ArrayLike | None = None) -> Origin:
        """That of one file of those that a command writes, and of its latent vectors, ``[N, Z]``."""
        return replace(self, file=file, z=None if z is None else packed(z))

    def of_draw(self, index: int, file: str, z: npt.NDArray[np.float32]) -> Origin:
        """That of one of the clips that a command draws from latent vectors ``[N, Z]``, by its number from 0.

        A clip is the same however many are asked for, and so its command asks for those up to this one.
        """
        return replace(self, command=(*self.command, "-n", str(index + 1))).of(file, z[index : index + 1])


def packed(z: npt.ArrayLike) -> dict[str, Any]:
    """Latent vectors as an `Origin` has them."""
    numbers = np.asarray(z, "<f4")
    return {"shape": list(numbers.shape), "float32": base64.b64encode(numbers.tobytes()).decode("ascii")}


def unpacked(z: Mapping[str, Any]) -> npt.NDArray[np.float32]:
    """The latent vectors of an `Origin`."""
    numbers: npt.NDArray[np.float32] = np.frombuffer(base64.b64decode(z["float32"]), "<f4").reshape(z["shape"])
    return numbers


def model_hash(trained: Trained) -> str:
    """SHA-256 of a model's weights, by name."""
    found = hashlib.sha256()
    for name, tensor in sorted(trained.model.state_dict().items()):
        found.update(name.encode())
        found.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return found.hexdigest()


def origin_of(
    trained: Trained, *, seed: int, command: Sequence[str], inputs: Mapping[str, bytes] | None = None
) -> Origin:
    """The origin of what a command makes by a model of some files."""
    read = {name: hashlib.sha256(content).hexdigest() for name, content in (inputs or {}).items()}
    return Origin(trained.recipe.name, model_hash(trained), seed, tuple(command), inputs=read)


def signed(content: bytes, origin: Origin, *, track: int = 0) -> bytes:
    """The file with its origin at the beginning of a track."""
    before = read_origin(content)
    values = asdict(replace(origin, turn=1 if before is None else before.turn + 1))
    text = _MARK + json.dumps(values, separators=(",", ":"))
    return edit(content, added=[Added(track, 0, FIRST, meta(_TEXT, text.encode("ascii")))])


def read_origin(content: bytes) -> Origin | None:
    """The last origin that a file has; None where it has none that can be read.

    Raises:
        MidiError: the file can't be read.
    """
    found = []
    for each in read_events(content, find_tracks(content).tracks).metas(_TEXT):
        if each.text.startswith(_MARK + "{"):
            try:
                values = json.loads(each.text.removeprefix(_MARK))
                origin = Origin(**{**values, "command": tuple(map(str, values["command"]))})
                found.append((int(origin.turn), origin))
            except (ValueError, TypeError, KeyError):  # anybody's text may begin so
                continue
    return max(found, key=lambda pair: pair[0])[1] if found else None
