"""What an answer, a list and an order of operations contradict. Pure."""
