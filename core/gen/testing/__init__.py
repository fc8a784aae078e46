"""What plugin authors test with: the conformance kit, and plugins that needn't be installed."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
