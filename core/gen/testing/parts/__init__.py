"""Checks of the parts of a training: optimisers, schedules and what else stands beside encoder and decoder."""
