"""Test vectors: what the oracle expects, as JSON that needs nothing of this project to be run."""
