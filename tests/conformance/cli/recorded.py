"""A run that fails at one check, and its transcript."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests.conformance.commands import Here

MUTANT: Final = "weight-50"
ADDRESS: Final = "weight/value"


def run_on_mutant(here: Here, directory: str = "out") -> Path:
    """A run that found one failure; the path of its transcript."""
    words = ("run", "--mutant", MUTANT, "--only", ADDRESS, "--examples", "1", "--seed", "1", "--report", directory)
    assert here(*words).status == 1
    (transcript,) = Path(directory, "transcripts").iterdir()
    return transcript
