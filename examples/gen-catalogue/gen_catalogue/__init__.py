"""A data source for gen: MIDI files with a table that says what each is."""

from gen import hookimpl


@hookimpl
def register_datasets() -> dict[str, str]:
    """Its name in recipes, and its place: the class is imported when a recipe first asks for it."""
    return {"catalogue": "gen_catalogue.dataset:Catalogue"}
