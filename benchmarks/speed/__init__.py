"""What `benchmarks/run.py` measures, one module a group, and what the groups share."""
