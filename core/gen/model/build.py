"""From a recipe to objects: what depends on something else is passed here, never repeated in YAML."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

from gen.errors import GenError, RecipeError, UsageError
from gen.interfaces.converter import Converter, Mode
from gen.interfaces.dataset import DatasetSource
from gen.model.metrics import measured
from gen.recipes.build import construct
from gen.recipes.resolved import plain
from gen.recipes.sections import GAUSSIAN, Component, Recipe
from gen.registry import Kind, registry
from gen.registry.signatures import GIVEN
from gen.system.machine import require_memory

if TYPE_CHECKING:
    from torch import nn

    from gen.interfaces.encoder import Encoder
    from gen.interfaces.latent import Latent
    from gen.interfaces.objective import Objective
    from gen.model.vae import VAE

_LARGE = 10_000  # a size from which on a model may be too large for a machine


def build_converter(recipe: Recipe, *, mode: Mode = "infer") -> Converter:
    """The recipe's converter: ``infer`` for clips from anywhere, ``train`` and ``eval`` for the model's own data.

    That of ``eval`` gives the figures of the recipe's metrics, too.
    """
    converter = cast(Converter, construct("converter", recipe.converter, mode=mode))
    return measured(converter, recipe.metrics) if mode == "eval" else converter


def build_source(component: Component, *, path: str | None = None) -> DatasetSource:
    """A data source; ``path``, where given, takes the place of the recipe's.

    Raises:
        UsageError: a path is given to a source that takes none.
    """
    if path is not None:
        if not takes_path(component):
            raise UsageError(
                f"data source {component.type!r} takes no path; drop --data, or use a source that reads files"
            )
        component = Component(component.type, {**component.arguments, "path": path})
    return cast(DatasetSource, construct("dataset", component))


def takes_path(component: Component) -> bool:
    """Whether a data source can be told where its data lie."""
    return "path" in inspect.signature(registry().find("dataset", component.type)).parameters


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
    if recipe.latent.refine_steps and recipe.latent.type != GAUSSIAN:
        raise UsageError("latent.refine_steps is for normally distributed latent spaces: leave latent.type out")

    def build() -> VAE:
        encoder = construct("encoder", recipe.encoder, **sizes_of("encoder", recipe, converter))
        sizes = sizes_of("decoder", recipe, converter)
        decoder = construct("decoder", recipe.decoder, **sizes, encoder=encoder)
        space, objective = _space(recipe, encoder), _objective(recipe)
        for name, part in (("encoder", encoder), ("decoder", decoder), ("latent", space), (_OBJECTIVE, objective)):
            _require_whole_batches(recipe, name, part)
        return VAE(encoder, decoder, latent=recipe.latent, steps=converter.steps, space=space, objective=objective)

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.training.seed)
        if max(_sizes((plain(recipe.encoder), plain(recipe.decoder), recipe.latent.size, converter.steps))) > _LARGE:
            _require_memory(build)
            torch.manual_seed(recipe.training.seed)
        return build()


def _require_memory(build: Callable[[], VAE]) -> None:
    """Make sure that a model's weights can be had at all, by building it without any."""
    import torch

    way_out = "make encoder, decoder or latent.size smaller"
    try:
        with torch.device("meta"):
            count = build().parameter_count()
    except (GenError, ValueError):
        raise
    except (RuntimeError, OverflowError, MemoryError, TypeError) as error:  # not every size is a number of torch's
        said = str(error).strip().partition("\n")[0][:200]
        raise UsageError(f"the recipe's model can't be built in its size ({said}): {way_out}") from error
    require_memory(4 * count, f"the {count:,} weights of the recipe's model", way_out)


def _sizes(value: Any) -> Iterator[int]:
    """Every whole number in plain values, and 0."""
    yield 0
    if isinstance(value, int):
        yield value
    elif isinstance(value, (Mapping, list, tuple)):
        for inner in value.values() if isinstance(value, Mapping) else value:
            yield from _sizes(inner)


def _objective(recipe: Recipe) -> Objective | None:
    """What is minimised, None for the evidence lower bound."""
    chosen = recipe.training.objective
    if chosen is None:
        return None
    objective: Objective = construct("objective", chosen, latent_size=recipe.latent.size)
    return objective


_OBJECTIVE = "training.objective"


def _require_whole_batches(recipe: Recipe, name: str, part: nn.Module | None) -> None:
    """Refuse slices of a batch where a part of a model, or one inside it, is about whole ones."""
    found = () if part is None else part.modules()
    if recipe.training.accumulate <= 1 or not any(getattr(each, "whole_batch", False) for each in found):
        return
    chosen = recipe.training.objective if name == _OBJECTIVE else getattr(recipe, name)
    places = getattr(chosen, "places", {})
    raise RecipeError(
        f"{places.get('', name)}: {getattr(chosen, 'type', name)!r} is about a whole batch, and training.accumulate "
        f"{recipe.training.accumulate} cuts it into slices: give accumulate=1, one process"
    )


def _space(recipe: Recipe, encoder: Encoder) -> Latent | None:
    """The latent space, None for the usual one.

    Raises:
        RecipeError: the encoder sets weights that it doesn't have.
    """
    from gen.interfaces.encoder import StartsFromExamples

    kind = recipe.latent.type
    if kind == GAUSSIAN:
        return None
    space: Latent = construct("latent", kind, input_size=encoder.output_size, latent_size=recipe.latent.size)
    if isinstance(encoder, StartsFromExamples) and not all(hasattr(space, name) for name in ("mean", "stddev")):
        raise RecipeError(
            f"{kind.places.get('', 'latent')}: encoder {recipe.encoder.type!r} sets the weights of a normal posterior "
            f"before the first step, and latent {kind.type!r} has none: leave the type out, or take another encoder"
        )
    return space
