"""Folk tunes in ABC notation, as music21 brings them."""
