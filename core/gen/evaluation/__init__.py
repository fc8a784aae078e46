"""Figures of a model on held-out examples; teacher-forced and free-running are always named apart."""
