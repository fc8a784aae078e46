"""Bars of several instruments as performance events."""
