"""A converter for drums on a grid of triplets, for gen."""

from gen import hookimpl


@hookimpl
def register_converters() -> dict[str, str]:
    """Its name in recipes, and its place: the class is imported when a recipe first asks for it."""
    return {"triplets": "gen_triplets.converter:TripletsConverter"}
