"""Standard MIDI files in and out.

``reading.read_midi`` runs ``events`` (where the tracks are, and bytes to columns) -> ``instruments`` (events to notes,
and who plays what) with a ``tempo_map`` (ticks to seconds and back); ``writing.write_midi`` goes the other way;
``pretty`` is the bridge to pretty_midi.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
