"""What a kind asks, and what a component takes, is one text: in ``help`` and in ``gen plugins show``."""

from __future__ import annotations

import inspect
from importlib import import_module

import pytest

from gen import cli
from gen.registry import KINDS
from gen.registry.contract import contract
from gen.registry.signatures import INTERFACES


@pytest.mark.parametrize("kind", KINDS)
def test_the_contract_of_a_kind_is_the_docstrings_of_its_interface(kind):
    module, name = INTERFACES[kind]
    interface = getattr(import_module(module), name)
    text = contract(kind)

    said = "".join(text.split())
    assert "".join(inspect.cleandoc(interface.__doc__).replace("``", "").split()) in said
    for method in interface.__abstractmethods__ if hasattr(interface, "__abstractmethods__") else ():
        assert f"  {method}" in text
    assert f"hook register_{kind}s" in text
    assert max(map(len, text.splitlines())) <= 130


def test_the_contract_of_decoders_has_the_shapes_of_all_that_comes_out(capsys):
    assert cli.main(["plugins", "show", "decoder"]) == 0
    text = capsys.readouterr().out
    assert "  forward(targets, lengths, z, controls=None, *, feedback=0.0, generator=None) (must)" in text
    assert "loss: float [B], reconstruction loss in nats" in text


@pytest.mark.parametrize("what", ["decoder/flat", "flat"])
def test_a_component_says_whose_it_is_and_what_it_takes(what, capsys):
    assert cli.main(["plugins", "show", what]) == 0
    text = capsys.readouterr().out
    assert text.startswith("decoder flat: FlatDecoder (")
    assert "\n  sizes: list of int = (256, 256)\n" in text


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("nonsense", "no component or plugin named"),
        ("sauce/flat", "there is no kind 'sauce'"),
        ("decoder/lstm2", "no decoder"),
    ],
)
def test_what_is_not_there_is_misuse(what, message, capsys):
    assert cli.main(["plugins", "show", what]) == 2
    assert message in capsys.readouterr().err
