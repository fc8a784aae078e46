"""Observers that send figures to trackers of experiments."""

from gen import hookimpl


@hookimpl
def register_observers() -> dict[str, str]:
    """Their names in recipes, and their places."""
    return {"wandb": "gen_tracking.observers:WandbObserver", "mlflow": "gen_tracking.observers:MlflowObserver"}
