"""Chord symbols, what they mean, and which chords a piece of music has."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
