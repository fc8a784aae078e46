"""Building blocks for encoders and decoders, with the original's initialisers and dropout.

Letters used in shape comments: B batch, T steps, I input size, H hidden size, L layers.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
