"""From a recipe to objects: what depends on something else is passed here, never repeated in YAML."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, cast

from gen.errors import UsageError
from gen.interfaces.converter import Converter, Mode
from gen.interfaces.dataset import DatasetSource
from gen.recipes.build import construct
from gen.recipes.sections import Component, Recipe
from gen.registry import Kind, registry
from gen.registry.signatures import GIVEN

if TYPE_CHECKING:
    from gen.model.vae import VAE


def build_converter(recipe: Recipe, *, mode: Mode = "infer") -> Converter:
    """The recipe's converter: ``infer`` for clips from anywhere, ``train`` and ``eval`` for the model's own data."""
    return cast(Converter, construct("converter", recipe.converter, mode=mode))


def build_source(component: Component, *, path: str | None = None) -> DatasetSource:
    """A data source; ``path``, where given, takes the place of the recipe's.

    Raises:
        UsageError: a path is given to a source that takes none.
    """
    if path is not None:
        if "path" not in inspect.signature(registry().find("dataset", component.type)).parameters:
            raise UsageError(
                f"data source {component.type!r} takes no path; drop --data, or use a source that reads files"
            )
        component = Component(component.type, {**component.arguments, "path": path})
    return cast(DatasetSource, construct("dataset", component))


def sizes_of(kind: Kind, recipe: Recipe, converter: Converter) -> dict[str, int | None]:
    """What a kind of component is given that follows from the converter and the size of z."""
    sizes = {
        "input_size": converter.input_depth + converter.control_depth,
        "output_depth": converter.output_depth,
        "control_depth": converter.control_depth,
        "latent_size": recipe.latent.size,
        "steps": converter.steps,
    }
    return {name: size for name, size in sizes.items() if name in GIVEN[kind]}


def build_model(recipe: Recipe, converter: Converter | None = None) -> VAE:
    """A new model with weights drawn from ``training.seed``; the global random state is left as it was.

    It takes the depths of the converter; of the recipe's own where None.
    """
    import torch

    from gen.model.vae import VAE

    converter = converter or build_converter(recipe)
    if recipe.latent.refine_steps and converter.layout.inputs != converter.layout.outputs:
        raise UsageError("latent.refine_steps is for converters that hear what they say; this one hears something else")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.training.seed)
        encoder = construct("encoder", recipe.encoder, **sizes_of("encoder", recipe, converter))
        sizes = sizes_of("decoder", recipe, converter)
        decoder = construct("decoder", recipe.decoder, **sizes, encoder=encoder)
        return VAE(encoder, decoder, latent=recipe.latent, steps=converter.steps)
