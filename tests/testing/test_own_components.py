"""gen's own components keep what their kinds promise: all of the registry, with several options each."""

from __future__ import annotations

import itertools
from typing import Any, cast

import pytest
from variants import DECODERS, ENCODERS, Variants, streams_of

import gen
import gen.testing
from gen.recipes.find import shipped
from gen.recipes.sections import Component
from gen.registry import Kind, registry
from gen.registry.signatures import arguments_of
from gen.testing.named import ways_of_recipes
from gen_datasets.demo.source import Demo


def of_registry(kind: Any, variants: Variants) -> list[Any]:
    """Every registered component, with its own options and those that it is worth trying with."""
    return [
        pytest.param(name, dict(options), id=f"{name}-{label}".rstrip("-"))
        for name in registry().names(kind)
        for label, options in variants.get(name, {"": {}}).items()
    ]


def small(kind: Any, name: str, options: dict[str, Any]) -> dict[str, Any]:
    """These options, and layers of a few units where nothing is said of them."""
    has_sizes = "sizes" in arguments_of(registry().find(kind, name), kind=kind)
    return {"sizes": [8], **options} if has_sizes else options


@pytest.mark.parametrize(("name", "options"), of_registry("decoder", DECODERS))
def test_a_decoder_keeps_its_promises(name, options):
    depth = sum(streams_of(Component(name, options)))
    gen.testing.check_decoder(
        registry().find("decoder", name), **small("decoder", name, options), output_depth=depth
    ).require()


@pytest.mark.parametrize(("name", "options"), of_registry("encoder", ENCODERS))
def test_an_encoder_keeps_its_promises(name, options):
    # recurrent weights of a level of one step have nothing to recur to
    one_step = 1 in options.get("level_lengths", [])
    gen.testing.check_encoder(
        registry().find("encoder", name),
        **small("encoder", name, options),
        leave_out=["gradients"] if one_step else [],
    ).require()


@pytest.mark.parametrize("mode", ["train", "eval", "infer"])
@pytest.mark.parametrize(("name", "options"), of_registry("converter", {}))
def test_a_converter_keeps_its_promises(name, options, mode):
    report = gen.testing.check_converter(registry().find("converter", name), **options, mode=mode).require()
    assert {result.outcome for result in report.results} == {"passed"}


@pytest.mark.parametrize("parts", ["drums", "melody", "trio", "band"])
def test_made_up_music_keeps_its_promises(parts):
    report = gen.testing.check_dataset(Demo, parts=parts, clips=12, bars=4).require()
    skipped = {result.name for result in report.results if result.outcome == "skipped"}
    assert skipped == {"missing-data", "additions", "signature-follows"}


def test_a_folder_keeps_its_promises(tmp_path):
    for item in Demo(clips=12, bars=2).items():
        assert isinstance(item, gen.Item)
        (tmp_path / item.id.replace("/", "-")).with_suffix(".mid").write_bytes(item.read())
    (tmp_path / "damaged.mid").write_text("no MIDI at all")
    report = gen.testing.check_dataset(registry().find("dataset", "folder"), path=str(tmp_path)).require()
    assert {result.outcome for result in report.results} == {"passed"}


def test_the_groove_dataset_keeps_its_promises(groove_zip):
    report = gen.testing.check_dataset(registry().find("dataset", "groove"), path=str(groove_zip)).require()
    assert {result.name for result in report.unproved} == {"additions", "signature-follows"}


def test_what_is_not_here_is_no_failure(tmp_path, monkeypatch):
    monkeypatch.setenv("GEN_DATA_DIR", str(tmp_path))
    report = gen.testing.check_dataset(registry().find("dataset", "groove"))
    assert not report.failures
    assert "isn't on this machine" in str(report)


@pytest.mark.slow
def test_folk_tunes_keep_their_promises():
    gen.testing.check_dataset(registry().find("dataset", "folk"), collections=["ryan"]).require()


CHECKS = {
    "encoder": gen.testing.check_encoder,
    "decoder": gen.testing.check_decoder,
    "converter": gen.testing.check_converter,
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "name"), [(kind, name) for kind in CHECKS for name in registry().names(cast(Kind, kind))]
)
def test_a_component_keeps_its_promises_as_recipes_use_it(kind, name):
    """At its least sizes; of decoders one way, since their options are tried above and every recipe's model below."""
    for use in itertools.islice(ways_of_recipes(kind, name), 1 if kind == "decoder" else None):
        # a price by F1 is no likelihood of what is drawn
        left = {"leave_out": ["loss-in-nats"]} if use.component.arguments.get("f1") else {}
        CHECKS[kind](registry().find(kind, name), **use.component.arguments, **use.given, **left).require()


QUICK_MODELS = {"cat-mel_2bar_tiny", "groovae_4bar_small", "nade-drums_2bar_small", "cat-mel_2bar_chords_small"}


@pytest.mark.parametrize(
    "recipe", [pytest.param(name, marks=[] if name in QUICK_MODELS else pytest.mark.slow) for name in shipped()]
)
def test_a_recipes_model_keeps_its_promises(recipe):
    gen.testing.check_model(recipe).require()
