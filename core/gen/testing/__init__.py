"""What plugin authors test with."""

from gen.testing.plugins import plugins as plugins

__all__ = ["plugins"]
