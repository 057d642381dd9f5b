"""What a mutant is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from conformance.endpoints import Stepper


@dataclass(frozen=True, slots=True)
class Mutant:
    """A wrong simulator: its name, what is wrong with it, and the address of the check that has to catch it."""

    name: str
    wrong: str
    violates: str
    stepper: Stepper
    strict_messages: bool = False
    """Whether it is wrong only where messages are judged to the letter."""
    creates: int = 2
    """How many creations show it, where it is wrong about conflicts between routes."""

    def __reduce__(self) -> tuple[Callable[[str], Mutant], tuple[str]]:
        from . import by_name  # here, because the table is made of mutants

        return by_name, (self.name,)
