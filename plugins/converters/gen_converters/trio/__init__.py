"""Melody, bass and drums side by side."""
