"""MUTANTS: simulators with one fault each, as implementers would make it. The suite is measured by those it kills.

Rules of this package
1. Each row is wrong in one thing, contradicts a MUST, and names the address of a check that has to catch it.
2. A simulator that differs in a MAY alone is no mutant.
3. A row applies an operator: `operators.py` has those that others are made of, `stateful.py` further ones, and
   `parsing.py` and `memory.py` the questions they are given.
"""

from __future__ import annotations

from typing import Final

from .answers import ANSWER_MUTANTS
from .generated import generated_by_name
from .mutant import Mutant
from .routes import ROUTE_MUTANTS
from .states import STATE_MUTANTS
from .values import VALUE_MUTANTS

MUTANTS: Final[tuple[Mutant, ...]] = (*VALUE_MUTANTS, *ROUTE_MUTANTS, *STATE_MUTANTS, *ANSWER_MUTANTS)
_BY_NAME: Final = {mutant.name: mutant for mutant in MUTANTS}


def by_name(name: str) -> Mutant:
    """The mutant of a name, also of a generated one. KeyError with the name where there is none."""
    return _BY_NAME[name] if ":" not in name else generated_by_name(name)
