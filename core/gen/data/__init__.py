"""Many files: found, downloaded, checked, cut into windows, converted, kept as examples."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
