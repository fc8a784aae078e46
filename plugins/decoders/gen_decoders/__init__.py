"""gen's own decoders, entering by the same door as a stranger's."""

from gen import hookimpl


@hookimpl
def register_decoders() -> dict[str, str]:
    """Names and places; a class is imported when a recipe first asks for it."""
    return {
        "bidirectional_control": "gen_decoders.control:ControlDecoder",
        "feedforward": "gen_decoders.feedforward:FeedForwardDecoder",
        "flat": "gen_decoders.flat:FlatDecoder",
        "groove": "gen_decoders.flat:GrooveDecoder",
        "conditioned_gru": "gen_decoders.gru:GruDecoder",
        "hierarchical": "gen_decoders.hierarchical:HierarchicalDecoder",
        "hierarchical_gru": "gen_decoders.hierarchical_gru:HierarchicalGruDecoder",
        "split": "gen_decoders.split:SplitDecoder",
    }
