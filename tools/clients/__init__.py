"""Measures what the vendor's clients send and make of answers, for docs/clients.md."""
