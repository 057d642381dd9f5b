"""What the tables mean: conditions, their predicates, the oracle that allows outcomes, and dialects."""
