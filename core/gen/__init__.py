"""gen: latent-space models of music.

Everything public is named here and loaded when first used, so that ``import gen`` costs milliseconds and torch is
imported only by what computes with it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from gen.version import __version__ as __version__

if TYPE_CHECKING:
    from gen.build import build_converter as build_converter
    from gen.build import build_model as build_model
    from gen.chords.encodings import ChordEncoding as ChordEncoding
    from gen.chords.encodings import chord_encoding as chord_encoding
    from gen.chords.inference import Harmony as Harmony
    from gen.chords.inference import infer_chords as infer_chords
    from gen.chords.symbols import ChordError as ChordError
    from gen.chords.symbols import ChordSymbol as ChordSymbol
    from gen.chords.symbols import parse_chord as parse_chord
    from gen.chords.timeline import chords_at_steps as chords_at_steps
    from gen.chords.timeline import keys_at_steps as keys_at_steps
    from gen.data.archives import ZipLimits as ZipLimits
    from gen.data.archives import ZipMembers as ZipMembers
    from gen.data.archives import safe_relative as safe_relative
    from gen.data.download import cache_dir as cache_dir
    from gen.data.download import download as download
    from gen.data.download import sha256_of as sha256_of
    from gen.data.midi_files import MidiFile as MidiFile
    from gen.data.midi_files import MidiFiles as MidiFiles
    from gen.data.midi_files import midi_files as midi_files
    from gen.data.prepare import Prepared as Prepared
    from gen.data.prepare import prepare as prepare
    from gen.data.signature import resemblance as resemblance
    from gen.data.signature import signature as signature
    from gen.data.signature import sketch as sketch
    from gen.data.windows import bar_windows as bar_windows
    from gen.data.windows import tfds_windows as tfds_windows
    from gen.deprecation import deprecated as deprecated
    from gen.deprecation import renamed as renamed
    from gen.drum_maps import DrumMap as DrumMap
    from gen.errors import CheckpointError as CheckpointError
    from gen.errors import DataError as DataError
    from gen.errors import DataMissingError as DataMissingError
    from gen.errors import GenError as GenError
    from gen.errors import MidiError as MidiError
    from gen.errors import PluginError as PluginError
    from gen.errors import RecipeError as RecipeError
    from gen.errors import UnknownNameError as UnknownNameError
    from gen.errors import UsageError as UsageError
    from gen.evaluation.evaluate import evaluate as evaluate
    from gen.exporting.export import Exported as Exported
    from gen.exporting.export import export_run as export_run
    from gen.files import stat_signature as stat_signature
    from gen.formats.magenta_js import MagentaJsCheckpoint as MagentaJsCheckpoint
    from gen.formats.magenta_js_writing import write_magenta_js_checkpoint as write_magenta_js_checkpoint
    from gen.formats.opening import open_checkpoint as open_checkpoint
    from gen.formats.tensorflow import TensorflowCheckpoint as TensorflowCheckpoint
    from gen.formats.tensorflow_writing import write_tensorflow_checkpoint as write_tensorflow_checkpoint
    from gen.grid import Grid as Grid
    from gen.grid import QuantisationError as QuantisationError
    from gen.grid import quantise as quantise
    from gen.grid import steps_from_seconds as steps_from_seconds
    from gen.hookspecs import hookimpl as hookimpl
    from gen.importing import Imported as Imported
    from gen.importing import import_magenta as import_magenta
    from gen.interfaces.baselines import Baselined as Baselined
    from gen.interfaces.baselines import Predictor as Predictor
    from gen.interfaces.converter import Conversion as Conversion
    from gen.interfaces.converter import Converter as Converter
    from gen.interfaces.converter import Example as Example
    from gen.interfaces.converter import Mode as Mode
    from gen.interfaces.converter import Rejection as Rejection
    from gen.interfaces.dataset import DatasetSource as DatasetSource
    from gen.interfaces.dataset import Item as Item
    from gen.interfaces.dataset import Skipped as Skipped
    from gen.interfaces.dataset import Split as Split
    from gen.interfaces.dataset import SplitRule as SplitRule
    from gen.interfaces.decoder import Decoder as Decoder
    from gen.interfaces.decoder import DecoderOutput as DecoderOutput
    from gen.interfaces.decoder import SegmentDecoder as SegmentDecoder
    from gen.interfaces.encoder import Encoder as Encoder
    from gen.interfaces.encoder import LevelEncoder as LevelEncoder
    from gen.interfaces.encoder import StartsFromExamples as StartsFromExamples
    from gen.interfaces.encoder import StartsPosterior as StartsPosterior
    from gen.interfaces.magenta_js import MagentaJsNamed as MagentaJsNamed
    from gen.interfaces.magenta_js import MagentaJsSpec as MagentaJsSpec
    from gen.interfaces.places import TensorflowPlace as TensorflowPlace
    from gen.interfaces.places import tensorflow_places as tensorflow_places
    from gen.interfaces.rows import Flags as Flags
    from gen.interfaces.rows import Floats as Floats
    from gen.interfaces.rows import Layout as Layout
    from gen.interfaces.rows import OneHot as OneHot
    from gen.interfaces.rows import Rows as Rows
    from gen.interfaces.stepping import Segmented as Segmented
    from gen.interfaces.stepping import Stepwise as Stepwise
    from gen.load import Trained as Trained
    from gen.load import load_model as load_model
    from gen.load import load_run as load_run
    from gen.midi.pretty import from_pretty_midi as from_pretty_midi
    from gen.midi.pretty import to_pretty_midi as to_pretty_midi
    from gen.midi.reading import read_midi as read_midi
    from gen.midi.writing import midi_bytes as midi_bytes
    from gen.midi.writing import write_midi as write_midi
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
    from gen.notes import Chord as Chord
    from gen.notes import ControlChanges as ControlChanges
    from gen.notes import KeySignatures as KeySignatures
    from gen.notes import Note as Note
    from gen.notes import NoteSequence as NoteSequence
    from gen.notes import PitchBends as PitchBends
    from gen.notes import Tempos as Tempos
    from gen.notes import TimeSignatures as TimeSignatures
    from gen.original import OriginalVariables as OriginalVariables
    from gen.original import load_variables as load_variables
    from gen.original import variable_shapes as variable_shapes
    from gen.recipes.load import load_recipe as load_recipe
    from gen.recipes.sections import Recipe as Recipe
    from gen.splitting import split_at as split_at
    from gen.splitting import split_at_time_changes as split_at_time_changes
    from gen.splitting import time_changes as time_changes
    from gen.studies.curves import Curve as Curve
    from gen.studies.curves import Interval as Interval
    from gen.studies.interpolation import InterpolationStudy as InterpolationStudy
    from gen.studies.interpolation import interpolation_study as interpolation_study
    from gen.studies.measures import WayCurves as WayCurves
    from gen.sustain import apply_sustain as apply_sustain
    from gen.timing import at_tempo as at_tempo
    from gen.timing import quarters_at as quarters_at
    from gen.timing import stretch as stretch
    from gen.transposing import transpose as transpose
    from gen.vae import VAE as VAE
    from gen.vae import Posterior as Posterior
    from gen.vae import slerp as slerp

_HOMES = {
    "gen.build": (
        "build_converter",
        "build_model",
    ),
    "gen.chords.encodings": (
        "ChordEncoding",
        "chord_encoding",
    ),
    "gen.chords.inference": (
        "Harmony",
        "infer_chords",
    ),
    "gen.chords.symbols": (
        "ChordError",
        "ChordSymbol",
        "parse_chord",
    ),
    "gen.chords.timeline": (
        "chords_at_steps",
        "keys_at_steps",
    ),
    "gen.data.archives": (
        "ZipLimits",
        "ZipMembers",
        "safe_relative",
    ),
    "gen.data.download": (
        "cache_dir",
        "download",
        "sha256_of",
    ),
    "gen.data.midi_files": (
        "MidiFile",
        "MidiFiles",
        "midi_files",
    ),
    "gen.data.prepare": (
        "Prepared",
        "prepare",
    ),
    "gen.data.signature": (
        "resemblance",
        "signature",
        "sketch",
    ),
    "gen.data.windows": (
        "bar_windows",
        "tfds_windows",
    ),
    "gen.deprecation": ("deprecated", "renamed"),
    "gen.drum_maps": ("DrumMap",),
    "gen.errors": (
        "CheckpointError",
        "DataError",
        "DataMissingError",
        "GenError",
        "MidiError",
        "PluginError",
        "RecipeError",
        "UnknownNameError",
        "UsageError",
    ),
    "gen.exporting.export": (
        "Exported",
        "export_run",
    ),
    "gen.files": ("stat_signature",),
    "gen.formats.magenta_js": ("MagentaJsCheckpoint",),
    "gen.formats.magenta_js_writing": ("write_magenta_js_checkpoint",),
    "gen.formats.opening": ("open_checkpoint",),
    "gen.formats.tensorflow": ("TensorflowCheckpoint",),
    "gen.formats.tensorflow_writing": ("write_tensorflow_checkpoint",),
    "gen.grid": (
        "Grid",
        "QuantisationError",
        "quantise",
        "steps_from_seconds",
    ),
    "gen.hookspecs": ("hookimpl",),
    "gen.importing": (
        "Imported",
        "import_magenta",
    ),
    "gen.interfaces.baselines": ("Baselined", "Predictor"),
    "gen.interfaces.converter": (
        "Conversion",
        "Converter",
        "Example",
        "Mode",
        "Rejection",
    ),
    "gen.interfaces.dataset": (
        "DatasetSource",
        "Item",
        "Skipped",
        "Split",
        "SplitRule",
    ),
    "gen.interfaces.decoder": (
        "Decoder",
        "DecoderOutput",
        "SegmentDecoder",
    ),
    "gen.interfaces.encoder": ("Encoder", "LevelEncoder", "StartsFromExamples", "StartsPosterior"),
    "gen.interfaces.magenta_js": (
        "MagentaJsNamed",
        "MagentaJsSpec",
    ),
    "gen.interfaces.places": (
        "TensorflowPlace",
        "tensorflow_places",
    ),
    "gen.interfaces.rows": (
        "Flags",
        "Floats",
        "Layout",
        "OneHot",
        "Rows",
    ),
    "gen.interfaces.stepping": (
        "Segmented",
        "Stepwise",
    ),
    "gen.load": (
        "Trained",
        "load_model",
        "load_run",
    ),
    "gen.midi.pretty": (
        "from_pretty_midi",
        "to_pretty_midi",
    ),
    "gen.midi.reading": ("read_midi",),
    "gen.midi.writing": (
        "midi_bytes",
        "write_midi",
    ),
    "gen.music.joining": ("join_clips",),
    "gen.music.latent": (
        "decode_clips",
        "encode_windows",
    ),
    "gen.music.sampling": (
        "controls_of",
        "controls_of_chords",
        "sample_clips",
    ),
    "gen.music.transforming": (
        "as_taps",
        "interpolate",
        "reconstruct",
    ),
    "gen.music.windows": (
        "Window",
        "find_windows",
        "windows_in_turn",
    ),
    "gen.notes": (
        "Chord",
        "ControlChanges",
        "KeySignatures",
        "Note",
        "NoteSequence",
        "PitchBends",
        "Tempos",
        "TimeSignatures",
    ),
    "gen.original": (
        "OriginalVariables",
        "load_variables",
        "variable_shapes",
    ),
    "gen.recipes.load": ("load_recipe",),
    "gen.recipes.sections": ("Recipe",),
    "gen.splitting": (
        "split_at",
        "split_at_time_changes",
        "time_changes",
    ),
    "gen.studies.curves": (
        "Curve",
        "Interval",
    ),
    "gen.studies.interpolation": (
        "InterpolationStudy",
        "interpolation_study",
    ),
    "gen.studies.measures": ("WayCurves",),
    "gen.sustain": ("apply_sustain",),
    "gen.timing": (
        "at_tempo",
        "quarters_at",
        "stretch",
    ),
    "gen.evaluation.evaluate": ("evaluate",),
    "gen.transposing": ("transpose",),
    "gen.vae": (
        "Posterior",
        "VAE",
        "slerp",
    ),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}

__all__ = ["__version__", *sorted(_HOME_OF)]


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'gen' has no attribute {name!r}")
    value = getattr(import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
