"""Drum maps of common kits, by name: which drum of a plain kit of nine each of their notes is.

Sources, notes that these leave open are left out:

* ``roland-td``: Roland, *TD-17 Default (Factory) MIDI Note Map*; the toms 4 of larger modules as in the TD-30's and
  TD-50's data lists. The Groove MIDI Dataset was played on such a kit.
* ``addictive-drums-2``: XLN Audio, *Addictive Drums 2 Keymap* (2021-06-02), of the default map.
* ``superior-drummer-3``, ``ezdrummer-2``: Toontrack's default MIDI layout, as the grooves of both libraries use it.

Every pitch that a drum is taken for means that drum in all of gen's tables. `NOTHING` stands for notes that strike
nothing, such as chokes, and for those whose drum the user chooses: no model knows it.
"""

from __future__ import annotations

from collections.abc import Mapping

NOTHING = 0
_KICK, _SNARE, _STICK, _CLOSED, _PEDAL, _OPEN = 36, 38, 37, 42, 44, 46
_LOW, _MID, _HIGH, _CRASH, _RIDE, _BELL = 43, 47, 50, 49, 51, 53


def _map(drums: Mapping[int, tuple[int, ...]]) -> dict[int, int]:
    return {note: drum for drum, notes in drums.items() for note in notes}


_TOONTRACK = _map(
    {
        _KICK: (36,), _SNARE: (38, 40), _STICK: (37,),
        _CLOSED: (22, 42, 62, 63),  # closed edge and tip, tight edge and tip
        _PEDAL: (21,), _OPEN: (17, 23, 24, 25, 26, 60),  # open 1 to 5, and the pedal that opens it
        _HIGH: (48, 82), _MID: (45, 47, 78, 80), _LOW: (41, 43, 73, 75),  # racks 1, 2 and 3, floors; each with its rim
        _CRASH: (49, 50, 52, 54, 55, 56, 57, 58),  # four, each also struck and muted
        _RIDE: (51, 59, 83), _BELL: (53,),
    }
)  # fmt: skip

KITS: Mapping[str, Mapping[int, int]] = {
    "addictive-drums-2": _map(
        {
            _KICK: (36,), _SNARE: (26, 28, 29, 30, 31, 32, 33, 35, 37, 38, 39, 40, 41, 43), _STICK: (42, 44),
            _CLOSED: (49, 50, 51, 52, 53), _PEDAL: (48,), _OPEN: (54, 55, 56, 57, 58, 59),
            _HIGH: (71, 72), _MID: (69, 70), _LOW: (65, 66, 67, 68),
            _CRASH: (46, 77, 79, 81, 89, 91, 93), _RIDE: (45, 60, 62, 84, 86), _BELL: (61, 85),
            # a muted sweep, chokes, sticks, and the flexi slots
            NOTHING: (34, 63, 78, 80, 82, 87, 90, 92, 94, 75, 47, 73, 74, 76, 96, 97, 98, 99, 100, 101, 102, 103),
        }
    ),
    "ezdrummer-2": _TOONTRACK,
    "roland-td": _map(
        {
            _KICK: (36,), _SNARE: (38, 40), _STICK: (37,), _CLOSED: (22, 42), _PEDAL: (44,), _OPEN: (26, 46),
            _HIGH: (48, 50), _MID: (45, 47), _LOW: (39, 41, 43, 58),  # heads and rims of toms 1, 2, 3 and 4
            _CRASH: (49, 52, 55, 57), _RIDE: (51, 59), _BELL: (53,),
        }
    ),
    "superior-drummer-3": _TOONTRACK,
}  # fmt: skip
"""Kit to note to drum."""
