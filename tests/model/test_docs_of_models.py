"""docs/models.md names everything that there is, and its recipes build."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from gen.recipes.build import construct
from gen.recipes.sections import Component
from gen.registry import registry
from gen.registry.signatures import arguments_of

PAGE = (Path(__file__).parents[2] / "docs" / "models.md").read_text(encoding="utf-8")
SIZES = {
    "encoder": {"input_size": 10, "steps": 256},
    "decoder": {"output_depth": 692, "control_depth": 0, "latent_size": 4, "steps": 256},
}


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind in SIZES for name in registry().names(kind)])
def test_every_component_and_every_option_is_on_the_page(kind, name):
    assert re.search(rf"^\| `{name}` \|", PAGE, re.MULTILINE)
    for option in arguments_of(registry().find(kind, name), kind=kind):
        assert f"`{option}`" in PAGE


@pytest.mark.parametrize("text", re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL))
def test_the_recipes_on_the_page_build(text):
    ((kind, node),) = yaml.safe_load(text).items()

    built = construct(kind, _small(node), **SIZES[kind])

    assert sum(parameter.numel() for parameter in built.parameters())


def _small(node):
    """The component, with a few units where the page has hundreds."""
    if isinstance(node, list):
        return [_small(item) for item in node]
    if not isinstance(node, dict):
        return node
    arguments = {name: [3] if name == "sizes" else _small(value) for name, value in node.items() if name != "type"}
    return Component(node["type"], arguments)
