"""Recipes: YAML that a person can read, checked whole before anything is built."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
