"""Monophonic melodies, one event a step."""
