"""What a model has to beat: codes and guesses that need no training to speak of, for any converter.

A floor says examples as a model does and is compared in the same way. Which floor stands beside which way of saying
is told by its name: see `gen.evaluation.floors.beside`.
"""
