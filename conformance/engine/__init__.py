"""From histories to a verdict: the conversation, search, shrinking, confirmation, budgets, the suite."""
