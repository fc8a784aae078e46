"""The Groove MIDI Dataset."""
