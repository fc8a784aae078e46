"""Training: the loop, its optimiser, checkpoints, runs and evaluation."""
