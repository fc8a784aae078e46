"""Simple ways to humanise a score, beside which a model must show what it is worth."""
