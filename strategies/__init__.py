"""Hypothesis strategies. They know the vocabulary of the operation, never its semantics."""
