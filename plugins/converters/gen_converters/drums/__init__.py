"""Drums without dynamics: which drums sound at each step."""
