"""Runs units of work: in this process or in several."""
