"""Expressive drums: hits with loudness and timing."""
