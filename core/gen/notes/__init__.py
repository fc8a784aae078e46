"""Music as columns of numbers, and what is done to it in time and pitch: no file, no model.

The names are in `__init__.pyi`, each loaded when it is first used; so in every public room.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
