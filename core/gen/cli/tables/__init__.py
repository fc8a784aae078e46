"""Figures as tables of the terminal."""
