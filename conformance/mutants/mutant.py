"""What a mutant is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from pbr_conformance.conformance.client.endpoint import Stepper


class Needs(Enum):
    """What a mutant is shown by, and no history of a small scope has."""

    CONCURRENCY = "requests that are sent at the same time"
    TIME = "a pause"


@dataclass(frozen=True, slots=True)
class Mutant:
    """A simulator with a fault: its name, what is wrong with it, and the address of the check that has to catch it."""

    name: str
    wrong: str
    violates: str
    stepper: Stepper
    strict_messages: bool = False
    """Whether it is wrong only where messages are judged to the letter."""
    creates: int = 2
    """How many creations show it, where it is wrong about conflicts between routes."""
    operations: int = 1
    """Creations and deletions of the shortest history that shows it, after those routes that are there in the
    beginning: none, or all but one of those that fit, or a long list (see `strategies/small_scope.py`). A creation that
    is deleted at once, because its spelling is only tolerated, is one."""
    needs: Needs | None = None
    """What it takes beside operations."""
    operator: str = ""
    """The operator that has generated it; empty for one that was written by hand."""

    def visible(self, depth: int) -> bool:
        """Whether some history of at most so many operations shows it, and nothing else is needed."""
        return self.needs is None and self.operations <= depth

    def __reduce__(self) -> tuple[Callable[[str], Mutant], tuple[str]]:
        from . import by_name  # here, because the table is made of mutants

        return by_name, (self.name,)
