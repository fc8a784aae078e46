"""Chord symbols: reading them, naming their triads, finding them in notes, and laying them on steps."""
