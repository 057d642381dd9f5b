"""MUTANTS: wrong simulators, as implementers would write them. The suite is measured by whether it catches them.

Rules of this package
1. Each row is wrong in one thing, contradicts a MUST, and names the address of a check that has to catch it.
2. What differs from the right simulator in a MAY alone is no mutant.
3. A row is wrong by a hook; `hooks.py` has those, `misreadings.py` and `misdeeds.py` what they are given.
"""

from __future__ import annotations

from typing import Final

from .answers import ANSWERS
from .mutant import Mutant
from .routes import ROUTES
from .states import STATES
from .values import VALUES

MUTANTS: Final[tuple[Mutant, ...]] = (*VALUES, *ROUTES, *STATES, *ANSWERS)
_BY_NAME: Final = {mutant.name: mutant for mutant in MUTANTS}


def by_name(name: str) -> Mutant:
    """The mutant of a name. KeyError with the name where there is none."""
    return _BY_NAME[name]
