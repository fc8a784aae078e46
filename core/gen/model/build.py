"""From a recipe to objects: what depends on something else is passed here, never repeated in YAML."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from gen.errors import GenError, PluginError, RecipeError, UsageError
from gen.interfaces.converter import Converter, Mode
from gen.interfaces.dataset import DatasetSource
from gen.interfaces.rows import Field, width_of
from gen.model.labels import Labelled, labels_of
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
    _require_widths(recipe, converter)
    if recipe.data.labels:
        converter = Labelled(converter, recipe.data.labels, train=mode == "train")
    return measured(converter, recipe.metrics) if mode == "eval" else converter


def steps_per_quarter(recipe: Recipe, steps_per_bar: int) -> int:
    """Steps of a quarter note, of a recipe whose bars have so many; a bar has four where the converter has no metre."""
    quarters = recipe.converter.arguments.get("quarters_per_bar")
    return steps_per_bar // (quarters if isinstance(quarters, int) else 4)


def _require_widths(recipe: Recipe, converter: Converter) -> None:
    """Make sure that a converter's layout has as many columns as its depths say."""
    layout = converter.layout
    for part, depth in (
        ("input", converter.input_depth),
        ("output", converter.output_depth),
        ("control", converter.control_depth),
    ):
        if (width := width_of(getattr(layout, f"{part}s"))) != depth:
            whose = registry().whose("converter", recipe.converter.type)
            raise PluginError(
                f"{whose} breaks its contract: {part}_depth is {depth}, and its layout has {width} columns"
            )


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


def sizes_of(kind: Kind, recipe: Recipe, converter: Converter) -> dict[str, Any]:
    """What a kind of component is given that follows from the converter and the size of z, to which a decoder's labels
    are added.
    """
    labels, layout = labels_of(converter), converter.layout
    own = converter.control_depth if labels is None else labels.own
    if labels is not None:
        layout = replace(layout, controls=layout.controls[: -len(labels.widths)])
    sizes = {
        "input_size": converter.input_depth + (own if labels is None else labels.heard),
        "output_depth": converter.output_depth,
        "control_depth": own,
        "latent_size": recipe.latent.size + (0 if labels is None else labels.width),
        "steps": converter.steps,
        "layout": layout,
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

    labels = labels_of(converter)
    if labels is not None and _cuts_z(recipe.decoder):
        raise RecipeError(
            f"{recipe.decoder.places.get('', 'decoder')}: {recipe.decoder.type!r} gives pieces of z to parts of a "
            "clip, and labels are told beside a whole z: leave its pieces out, or data.labels"
        )

    def build() -> VAE:
        encoder = construct("encoder", recipe.encoder, **sizes_of("encoder", recipe, converter))
        sizes = sizes_of("decoder", recipe, converter)
        decoder = construct("decoder", recipe.decoder, **sizes, encoder=encoder)
        _require_fitting(recipe, decoder, converter.layout.outputs)
        space, objective = _space(recipe, encoder), _objective(recipe)
        for name, part in (("encoder", encoder), ("decoder", decoder), ("latent", space), (_OBJECTIVE, objective)):
            _require_whole_batches(recipe, name, part)
        return VAE(
            encoder,
            decoder,
            latent=recipe.latent,
            steps=converter.steps,
            labels=labels,
            space=space,
            objective=objective,
        )

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.training.seed)
        if max(_sizes((plain(recipe.encoder), plain(recipe.decoder), recipe.latent.size, converter.steps))) > _LARGE:
            _require_memory(build)
            torch.manual_seed(recipe.training.seed)
        return build()


def _cuts_z(component: Component) -> bool:
    """Whether a decoder, or one inside it, gives parts of z to parts of the clip."""
    arguments = component.arguments
    pieces = arguments.get("pieces")
    return (
        pieces is True
        or (type(pieces) is int and pieces > 1)
        or any(_cuts_z(inner) for inner in arguments.values() if isinstance(inner, Component))
    )


def _require_fitting(recipe: Recipe, decoder: object, fields: tuple[Field, ...]) -> None:
    """Make sure that a decoder which knows what it can say can say the converter's steps."""
    from gen.interfaces.decoder import SaysFields

    if isinstance(decoder, SaysFields):
        try:
            decoder.require_fields(fields)
        except ValueError as error:
            raise RecipeError(
                f"{recipe.decoder.places.get('', 'decoder')}: the steps of converter {recipe.converter.type!r} are not "
                f"what decoder {recipe.decoder.type!r} says: {error}"
            ) from error


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
        UsageError: posteriors are to be refined and aren't normal.
    """
    from gen.model.latents import Gaussian

    kind = recipe.latent.type
    if kind == GAUSSIAN:
        return None
    space: Latent = construct("latent", kind, input_size=encoder.output_size, latent_size=recipe.latent.size)
    if recipe.latent.refine_steps and not isinstance(space, Gaussian):
        raise UsageError(f"latent.refine_steps is for normally distributed latent spaces, and {kind.type!r} is none")
    starts = hasattr(type(encoder), "start_from")  # asked whether it is one, it would look at weights that may be meta
    if starts and not all(hasattr(space, name) for name in ("mean", "stddev")):
        raise RecipeError(
            f"{kind.places.get('', 'latent')}: encoder {recipe.encoder.type!r} sets the weights of a normal posterior "
            f"before the first step, and latent {kind.type!r} has none: leave the type out, or take another encoder"
        )
    return space
