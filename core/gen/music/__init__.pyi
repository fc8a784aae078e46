from .sampling import controls_of as controls_of
from .sampling import controls_of_chords as controls_of_chords
from .sampling import decode_clips as decode_clips
from .sampling import encode_windows as encode_windows
from .sampling import join_clips as join_clips
from .transforming import as_taps as as_taps
from .windows import Window as Window
from .windows import windows_in_turn as windows_in_turn
