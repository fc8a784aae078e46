"""The conformance kit: what gen expects of a component, checked (docs/testing.md); and plugins not installed.

Nothing here imports torch before a check is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from gen.registry import Kind, Registry, installed, using
from gen.registry.signatures import kind_of
from gen.testing.checks import Report

if TYPE_CHECKING:
    from torch import Tensor

    from gen.interfaces.converter import Converter
    from gen.interfaces.dataset import DatasetSource
    from gen.interfaces.decoder import Decoder
    from gen.interfaces.encoder import Encoder
    from gen.model.vae import VAE
    from gen.notes.sequence import NoteSequence
    from gen.recipes.sections import Recipe
    from gen.testing.models import Slerp

_PARTS: Mapping[Kind, tuple[str, str, str]] = {
    "latent": ("latents", "CHECKS", "LatentSubject"),
    "objective": ("objectives", "CHECKS", "ObjectiveSubject"),
    "observer": ("observers", "CHECKS", "ObserverSubject"),
    "optimiser": ("updates", "OPTIMISERS", "OptimiserSubject"),
    "schedule": ("updates", "SCHEDULES", "ScheduleSubject"),
}
"""Where the checks of a part are, what they are called, and what they look at."""


def check_decoder(make: type[Decoder], /, *, leave_out: Sequence[str] = (), **options: object) -> Report:
    """Check a decoder class.

    ::

        def test_it_is_a_decoder():
            gen.testing.check_decoder(LaceDecoder, width=16).require()

    Args:
        make: the class.
        leave_out: names of checks that don't apply by design.
        options: what a recipe would write, and the sizes that gen gives: ``output_depth`` (9), ``control_depth`` (4),
            ``latent_size`` (5), ``steps`` (6) and ``encoder`` (none). Sizes may also come as a mapping ``sizes``.
    """
    from gen.testing.decoders import CHECKS, DecoderSubject

    return CHECKS.run(DecoderSubject(make, options), leave_out)


def check_encoder(make: type[Encoder], /, *, leave_out: Sequence[str] = (), **options: object) -> Report:
    """Check an encoder class, as `check_decoder`; its sizes are ``input_size`` (9) and ``steps`` (6)."""
    from gen.testing.encoders import CHECKS, EncoderSubject

    return CHECKS.run(EncoderSubject(make, options), leave_out)


def check_converter(
    make: type[Converter], /, *, clips: Sequence[NoteSequence] = (), leave_out: Sequence[str] = (), **options: object
) -> Report:
    """Check a converter class, as `check_decoder`; gen gives it ``mode`` (``infer``).

    The clips are sequences that it should take; made up, of bands, drums and melodies in 4/4, where there are none.
    """
    from gen.testing.converters import CHECKS, ConverterSubject

    return CHECKS.run(ConverterSubject(make, options, clips), leave_out)


def check_dataset(make: type[DatasetSource], /, *, leave_out: Sequence[str] = (), **options: object) -> Report:
    """Check a data source class, as `check_decoder`; gen gives it nothing.

    Nothing is downloaded: where its data isn't on this machine, that is said.
    """
    from gen.testing.datasets import CHECKS, DatasetSubject, offline

    with offline():
        return CHECKS.run(DatasetSubject(make, options), leave_out)


def check_component(make: type, /, *, leave_out: Sequence[str] = (), **options: Any) -> Report:
    """Check a class of any kind, as `check_decoder`, by what it derives from.

    Raises:
        ValueError: it derives from no interface of gen's.
    """
    kind = kind_of(make)
    if kind not in _PARTS:
        checked: Report = globals()[f"check_{kind}"](make, leave_out=leave_out, **options)
        return checked
    module, checks, subject = _PARTS[kind]
    there = import_module(f"gen.testing.parts.{module}")
    report: Report = getattr(there, checks).run(getattr(there, subject)(make, options), leave_out)
    return report


def check_model(
    model: Recipe | str | VAE,
    /,
    *,
    batch: tuple[Tensor, Tensor, Tensor, Tensor | None] | None = None,
    slerp: Slerp | None = None,
    leave_out: Sequence[str] = (),
) -> Report:
    """Check a whole model: what it draws z from, what it pays for that, and its paths between latent vectors.

    Args:
        model: a recipe, or the path or name of one, whose model is made with a few units a layer; or a model.
        batch: inputs, outputs, lengths and controls for it, as `gen.VAE` takes them; needed for a model, made up for
            a recipe.
        slerp: how to go from one z to another; `gen.slerp` where None.
        leave_out: names of checks that don't apply by design.

    Raises:
        ValueError: a model without a batch, or a recipe with one.
    """
    from gen.model.vae import slerp as gens_slerp
    from gen.recipes.load import load_recipe
    from gen.recipes.sections import Recipe
    from gen.testing.models import CHECKS, ModelBatch, ModelSubject

    path = gens_slerp if slerp is None else slerp
    if isinstance(model, (str, Recipe)):
        if batch is not None:
            raise ValueError("batch is for a model; a recipe's is made up")
        recipe = load_recipe(model) if isinstance(model, str) else model
        return CHECKS.run(ModelSubject.of_recipe(recipe, path), leave_out)
    if batch is None:
        raise ValueError("batch is needed for a model: inputs, outputs, lengths and controls, as it takes them")
    return CHECKS.run(ModelSubject(model, ModelBatch(*batch), path), leave_out)


@contextmanager
def plugins(*added: object, alone: bool = False, strict: bool = True) -> Iterator[Registry]:
    """Make ``gen`` see further plugins, which needn't be installed, inside a ``with`` block.

    ::

        with gen.testing.plugins(my_module) as registry:
            assert "mine" in registry.names("decoder")
            recipe = gen.load_recipe("my_recipe.yaml")

    Args:
        added: modules, or other objects, with functions marked by `gen.hookimpl`.
        alone: leave out what is installed.
        strict: raise what a broken plugin raises; otherwise it is recorded, as it would be when installed.
    """
    sources: list[Any] = [] if alone else [*installed()]
    for plugin in added:
        name = getattr(plugin, "__name__", None)
        named = name if isinstance(name, str) else type(plugin).__name__
        sources.append(SimpleNamespace(name=named, dist=None, load=lambda plugin=plugin: plugin))
    with using(Registry(sources, strict=strict)) as registry:
        yield registry
