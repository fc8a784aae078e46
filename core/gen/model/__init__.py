"""The model around any encoder and decoder: posterior, loss, schedules, and how recipes become it."""
