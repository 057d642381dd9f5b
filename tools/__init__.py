"""What maintainers run: the tables of docs/, the seed corpus, the report's picture. Not installed."""
