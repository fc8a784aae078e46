"""``gen plugins``: listed, checked and begun."""
