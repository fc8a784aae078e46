"""Files of other programs, read and written without those programs: numpy only, nothing trusted.

Every reader takes files from strangers. It checks sizes and offsets against the bytes that are there before it makes
anything of them, verifies checksums where the format has them, and raises `gen.errors.CheckpointError` with the place.
"""
