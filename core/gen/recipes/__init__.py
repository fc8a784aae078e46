"""Recipes: YAML that a person can read, checked whole before anything is built."""
