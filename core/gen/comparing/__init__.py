"""Variants side by side: same data, same budget, same seeds, and a verdict that may be "no difference shown"."""
