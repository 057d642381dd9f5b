"""The house: its rooms and their order, its names and their meanings, and its size.

Rules of this package
1. It reads source text only. It imports nothing of the product, so it also reads a checkout that does not run.
2. It counts and lists; tests/test_house.py says what the counts have to be.
"""
