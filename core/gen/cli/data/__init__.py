"""``gen data``: sources listed, fetched, prepared and checked."""
