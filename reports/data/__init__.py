"""What a result is, and how it is written to and read from JSON."""
