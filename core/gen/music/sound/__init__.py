"""Clips as sound: with a sound font where the extra is installed, else as the pages of gen sound in a browser."""
