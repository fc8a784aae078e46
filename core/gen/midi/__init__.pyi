from .pretty import from_pretty_midi as from_pretty_midi
from .pretty import to_pretty_midi as to_pretty_midi
from .writing import midi_bytes as midi_bytes
