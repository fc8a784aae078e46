"""The verbs, runs and pages in a browser on this machine, for those who don't live in a terminal.

`choices` says what can be asked for and makes the words of a command of it, `jobs` runs them in another process,
`history` keeps what comes of them, `places` finds runs and pages, `guard` lets nobody else in, and `routes` answers.
"""
