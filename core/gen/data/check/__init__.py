"""Why a file gives nothing, and what to do about it: the work behind ``gen data check``.

``targets`` (what is asked) -> ``run`` (processes, one file at a time) -> ``inspection`` (facts and conversions of one
file, with ``facts``) -> ``account`` (counts, with ``fixes`` and ``remarks``) -> JSON, ``page`` (HTML, with charts),
or the command line's table.
"""
