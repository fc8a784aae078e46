"""Experiments over several trained models, as papers have them: one question each, answered with intervals."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
