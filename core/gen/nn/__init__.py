"""Building blocks for encoders and decoders, with the original's initialisers and dropout.

Letters used in shape comments: B batch, T steps, I input size, H hidden size, L layers.
"""

from gen.nn.bidirectional import bidirectional_layers as bidirectional_layers
from gen.nn.bidirectional import run_bidirectional as run_bidirectional
from gen.nn.components import Components as Components
from gen.nn.components import principal_components as principal_components
from gen.nn.dropout import dropout as dropout
from gen.nn.init import glorot_uniform_ as glorot_uniform_
from gen.nn.init import linear as linear
from gen.nn.lstm import LstmLayer as LstmLayer
from gen.nn.lstm import LstmStack as LstmStack
from gen.nn.lstm import State as State
from gen.nn.memory import remember_ as remember_
from gen.nn.merged import merges as merges
from gen.nn.merged import single_pass as single_pass
from gen.nn.padding import last_valid as last_valid
from gen.nn.padding import pad_steps as pad_steps
from gen.nn.padding import reverse_padded as reverse_padded
from gen.nn.padding import segment_lengths as segment_lengths
from gen.nn.padding import valid_steps as valid_steps
from gen.nn.places import DensePlace as DensePlace
from gen.nn.places import LstmPlace as LstmPlace
from gen.nn.places import bidirectional_places as bidirectional_places
from gen.nn.places import stack_places as stack_places

__all__ = [
    "Components",
    "DensePlace",
    "LstmLayer",
    "LstmPlace",
    "LstmStack",
    "State",
    "bidirectional_layers",
    "bidirectional_places",
    "dropout",
    "glorot_uniform_",
    "last_valid",
    "linear",
    "merges",
    "pad_steps",
    "principal_components",
    "remember_",
    "reverse_padded",
    "run_bidirectional",
    "segment_lengths",
    "single_pass",
    "stack_places",
    "valid_steps",
]
