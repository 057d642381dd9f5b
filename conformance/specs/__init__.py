"""What changed between versions of the documentation, and what follows from it here."""
