"""Experiments on trained models that ask one question each, as papers do; see ``docs/studies.md``."""
