"""Verbs that keep what a musician wrote: the drums of a file are found, heard window by window, and only they change.

`drums` finds the hits of a file, `bars` lays a model's bars over them, `cells` has a model hear and say them, and
`changes` lays what is to change over the bytes. Each verb is a module of its own made of these.
"""
