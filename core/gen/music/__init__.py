"""Music out of a trained model: drawn from its prior, or made from somebody's clips.

A clip goes through in three steps. `gen.music.windows` finds what the model can read of it, `gen.music.latent` turns
that to latent vectors and vectors to clips, and `gen.music.joining` puts clips together in time. `gen.music.sampling`
and `gen.music.transforming` are what people ask for, made of these.

Source: magenta, music_vae/trained_model.py and music_vae_generate.py.
"""

from gen.music.examples import reconstruct_examples as reconstruct_examples
from gen.music.joining import join_clips as join_clips
from gen.music.latent import decode_clips as decode_clips
from gen.music.latent import encode_windows as encode_windows
from gen.music.sampling import controls_of as controls_of
from gen.music.sampling import controls_of_chords as controls_of_chords
from gen.music.sampling import sample_clips as sample_clips
from gen.music.transforming import as_taps as as_taps
from gen.music.transforming import interpolate as interpolate
from gen.music.transforming import reconstruct as reconstruct
from gen.music.windows import Window as Window
from gen.music.windows import find_windows as find_windows
from gen.music.windows import windows_in_turn as windows_in_turn
