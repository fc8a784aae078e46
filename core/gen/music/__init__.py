"""Music out of a trained model: drawn from its prior, or made from somebody's clips.

`gen.music.windows` finds what the model can read of a clip; `gen.music.sampling` turns that to latent vectors, vectors
to clips, and puts clips together in time; `gen.music.transforming` is what people ask for, made of these (magenta,
music_vae/trained_model.py and music_vae_generate.py).
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
