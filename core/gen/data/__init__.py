"""Data sets into examples: sources, windows, preparation, reports, batches."""
