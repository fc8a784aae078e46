"""Commands that change the drums of a file and nothing else in it, and the one that makes a file again."""
