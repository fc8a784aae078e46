"""What encoders, decoders, converters and data sources promise, and the values that they exchange.

Those that every plugin needs are names of `gen` itself.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
