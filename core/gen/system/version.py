"""The version of this distribution, where anyone below the package's front door may read it."""

__version__ = "0.1.0"
