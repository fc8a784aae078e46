"""Music out of a trained model: drawn from its prior, or made from somebody's clips.

A clip goes through in three steps. `gen.music.windows` finds what the model can read of it, `gen.music.latent` turns
that to latent vectors and vectors to clips, and `gen.music.latent` puts clips together in time. `gen.music.sampling`
and `gen.music.transforming` are what people ask for, made of these.

Source: magenta, music_vae/trained_model.py and music_vae_generate.py.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
