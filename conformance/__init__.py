"""Compares an endpoint with the reference: checks, examination, command line and pytest plugin."""
