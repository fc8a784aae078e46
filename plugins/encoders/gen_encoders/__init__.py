"""gen's own encoders, entering by the same door as a stranger's."""

from gen import hookimpl


@hookimpl
def register_encoders() -> dict[str, str]:
    """Names and places; a class is imported when a recipe first asks for it."""
    return {
        "bilstm": "gen_encoders.bilstm:BiLstmEncoder",
        "feedforward": "gen_encoders.feedforward:FeedForwardEncoder",
        "feedforward_bars": "gen_encoders.feedforward_bars:FeedForwardBarsEncoder",
        "hierarchical": "gen_encoders.hierarchical:HierarchicalEncoder",
        "linear_start": "gen_encoders.linear_start:LinearStartEncoder",
        "lstm": "gen_encoders.lstm:LstmEncoder",
        "pieces": "gen_encoders.pieces:PiecesEncoder",
    }
