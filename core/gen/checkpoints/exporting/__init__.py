"""A trained model in the formats of other programs. `gen.export_run` is the door; a module for each format."""
