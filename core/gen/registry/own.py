"""The components that gen itself brings: named as any plugin names its own."""

from __future__ import annotations

from gen.registry.hookspecs import hookimpl


@hookimpl
def register_latents() -> dict[str, str]:
    """The original's, three with priors that are learned, and one of classes."""
    names = ("gaussian", "mixture", "categorical")
    own = {name: f"gen.model.latents:{name.capitalize()}" for name in names}
    return {
        **own,
        "autoregressive": "gen.model.autoregressive:Autoregressive",
        "repeating": "gen.model.repeating:Repeating",
    }


@hookimpl
def register_objectives() -> dict[str, str]:
    """The evidence lower bound, and what is minimised in its place."""
    return {
        name: f"gen.model.objectives:{cls}"
        for name, cls in (("elbo", "Elbo"), ("cyclic", "Cyclic"), ("info_vae", "InfoVae"))
    }


@hookimpl
def register_observers() -> dict[str, str]:
    """Who writes down what a training tells."""
    return {"tensorboard": "gen.training.watching:TensorBoard"}


@hookimpl
def register_optimisers() -> dict[str, str]:
    """Of torch, but for Adam's epsilon, which is TensorFlow's."""
    return {name: f"gen.training.updates:{cls}" for name, cls in (("adam", "Adam"), ("adamw", "AdamW"), ("sgd", "SGD"))}


@hookimpl
def register_schedules() -> dict[str, str]:
    """Beside ``exponential`` and ``one_cycle``, which are words of ``training.schedule``."""
    return {name: f"gen.training.rates:{name.title().replace('_', '')}" for name in ("constant", "cosine", "warm_up")}
