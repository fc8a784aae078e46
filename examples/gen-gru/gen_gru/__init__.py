"""A GRU decoder for gen."""

from gen import hookimpl


@hookimpl
def register_decoders() -> dict[str, str]:
    """Its name in recipes, and its place: the class is imported when a recipe first asks for it."""
    return {"gru": "gen_gru.decoder:GruDecoder"}
