"""Other programs' models: their files read and written, released weights made runs, runs made files for elsewhere."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
