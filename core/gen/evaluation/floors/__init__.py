"""What a model has to beat: codes and guesses that need no training to speak of, for any converter."""
