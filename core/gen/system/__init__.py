"""The machine under gen: whole files or none, locks, worker processes, versions, words for what was misspelt."""
