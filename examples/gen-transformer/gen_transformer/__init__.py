"""A causal Transformer decoder for gen."""

from gen import hookimpl


@hookimpl
def register_decoders() -> dict[str, str]:
    """Its name in recipes, and its place: the class is imported when a recipe first asks for it."""
    return {"transformer": "gen_transformer.decoder:TransformerDecoder"}
