"""Converters that give other columns than they promise, and what metadata says of a piece's metre."""

from __future__ import annotations

import types
from functools import cached_property

import numpy as np
import pytest

import gen
import gen.testing
from gen.data.conversion import cut
from gen.errors import PluginError
from gen.interfaces import Floats
from gen_converters.drums.converter import DrumsConverter


class Wide(DrumsConverter):
    """One column more than it says."""

    def convert(self, notes, *, rng=None):
        found = super().convert(notes, rng=rng)
        examples = []
        for each in found.examples:
            wide = np.pad(each.outputs, ((0, 0), (0, 1)))
            examples.append(gen.Example(each.inputs, wide, None, each.length, each.qpm))
        return gen.Conversion(examples, found.rejection)


class Contradicts(DrumsConverter):
    """A layout for other options."""

    @cached_property
    def layout(self):
        return gen.Layout(super().layout.inputs, (Floats(7),))


@pytest.mark.parametrize(
    ("cls", "said"),
    [
        (Wide, r"converter 'lace' of plugin .* contract: outputs: rows of 512 columns were promised, and \[128, 513\]"),
        (Contradicts, "converter 'lace' of plugin .* contract: output_depth is 512, and its layout has 7 columns"),
    ],
)
def test_examples_of_another_width_are_refused_when_they_are_prepared_with_the_plugin_s_name(cls, said):
    plugin = types.SimpleNamespace(register_converters=gen.hookimpl(lambda: {"lace": cls}))
    data = "data={source: {type: demo, clips: 2}, fallback: null}"
    with gen.testing.plugins(plugin), pytest.raises(PluginError, match=said):
        # a name of its own: a process keeps the converters of the recipes that it has seen
        gen.prepare(gen.load_recipe("cat-drums_2bar_tiny", [data, "converter.type=lace", f"name={cls.__name__}"]))


def test_a_metre_may_be_written_in_either_way_and_one_that_is_none_costs_the_file_and_is_said():
    data = gen.load_recipe("groovae_4bar", ["data={windows: tfds, window_bars: 2}"]).data
    notes = gen.NoteSequence(
        pitch=np.full(24, 36), start=np.arange(24) * 0.5, end=np.arange(24) * 0.5 + 0.1, is_drum=np.array(True)
    )

    def windows(metre):
        return len(cut(notes, gen.Item("a.mid", "train", b"", {"time_signature": metre} if metre else {}), data))

    assert windows("4-4") == windows("4/4") == windows(None) == windows("") > 0
    assert windows("3/4") == windows("3-4") > windows("4-4")
    with pytest.raises(ValueError, match=r"a\.mid has the metadata time_signature 'waltz', which is no metre such as"):
        windows("waltz")
