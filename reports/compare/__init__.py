"""Runs beside each other: what changed, how endpoints differ, and which failures are known."""
