"""Generated mutants: systematic changes of the tables, predicates, answers and state of the simulator, by operator.

Rules of this file
1. An operator is a few lines that combine tables: conditions, scopes, members, codes, readings, relations, bounds.
   Nothing is written for one account, and nothing for one check.
2. Of an operator with very many mutants, those count whose names have the smallest hash.
3. Half of them are for planning and for tests, by a hash of the name. What is published is of the other half.
4. Some are equivalent to the right simulator: benchmarks/operators.py tells which.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from functools import cache
from typing import Final, NamedTuple

from . import answer_rows, condition_rows, fact_rows, reading_rows, refusal_rows, scopes, state_rows, token_rows
from .mutant import Mutant
from .row import Rows
from .showing import is_alike

MOST_OF_ONE: Final = 90
"""Mutants of one operator."""
_SALT: Final = 20261130

OPERATORS: Final[Mapping[str, Rows]] = {
    "overlook-by-request": condition_rows.overlooks(scopes.OF_REQUESTS),
    "overlook-by-gateway": condition_rows.overlooks(scopes.OF_GATEWAYS),
    "overlook-by-state": condition_rows.overlooks(scopes.OF_STATES),
    "overlook-by-history": state_rows.overlooks_after,
    "overlook-by-text": reading_rows.accepts_by_text,
    "imagine-by-request": condition_rows.imagines(scopes.OF_REQUESTS),
    "imagine-by-gateway": condition_rows.imagines(scopes.OF_GATEWAYS),
    "imagine-by-state": condition_rows.imagines(scopes.OF_STATES),
    "code-of-another": condition_rows.exchanges_codes,
    "routes-by-place": condition_rows.sees_by_place,
    "routes-by-value": condition_rows.sees_by_value,
    "fields-compared": condition_rows.compares_some_fields,
    "routes-of-others": condition_rows.compares_with_others,
    "relation-of-prefixes": condition_rows.relates_otherwise,
    "facts-of-another": fact_rows.borrows_facts,
    "facts-changed": fact_rows.changes_facts,
    "table-of-vpc": fact_rows.reads_other_tables,
    "refuse-length": refusal_rows.by_length,
    "refuse-address": refusal_rows.by_address,
    "refuse-both-prefixes": refusal_rows.by_both_prefixes,
    "refuse-priority": refusal_rows.by_priority,
    "refuse-description": refusal_rows.by_description,
    "refuse-token": refusal_rows.by_token,
    "refuse-spelling": reading_rows.refuses_spellings,
    "refuse-request-on-gateway": refusal_rows.by_scope(scopes.OF_REQUESTS, scopes.OF_GATEWAYS),
    "refuse-request-in-state": refusal_rows.by_scope(scopes.OF_REQUESTS, scopes.OF_STATES),
    "refuse-two-at-once": refusal_rows.by_scope(scopes.OF_REQUESTS, scopes.OF_REQUESTS),
    "refuse-after": state_rows.refuses_after,
    "read-number": reading_rows.reads_numbers,
    "read-boolean": reading_rows.reads_booleans,
    "read-prefix": reading_rows.reads_prefixes,
    "read-text": reading_rows.reads_texts,
    "read-wrong-text": reading_rows.takes_wrong_texts,
    "default": reading_rows.defaults_what_is_missing,
    "ignore-parameter": reading_rows.ignores_parameters,
    "bound": reading_rows.shifts_bounds,
    "success-form": answer_rows.shows_forms,
    "success-form-in-scope": answer_rows.shows_forms_in_scope,
    "success-member": answer_rows.shows_other_members,
    "success-route": answer_rows.shows_other_routes,
    "success-status": answer_rows.succeeds_with_status,
    "refusal-status": answer_rows.refuses_with_status,
    "refusal-member": answer_rows.refuses_with_members,
    "refusal-code": answer_rows.respells_codes,
    "list-form": answer_rows.lists_forms,
    "list-form-in-scope": answer_rows.lists_forms_in_scope,
    "list-member": answer_rows.lists_other_members,
    "list-some": answer_rows.lists_some,
    "keep-deleted": state_rows.keeps_deleted,
    "delete-more": state_rows.deletes_more,
    "create-instead": state_rows.creates_instead,
    "store-refused": state_rows.stores_refused,
    "store-otherwise": state_rows.stores_otherwise,
    "store-elsewhere": state_rows.stores_elsewhere,
    "settle-slowly": state_rows.settles_slowly,
    "count": state_rows.counts_otherwise,
    "haunt": state_rows.haunts,
    "token-forget": token_rows.forgets,
    "token-bind": token_rows.binds_refused,
    "token-answer": token_rows.replays_answer,
    "token-too-late": token_rows.judges_replays,
    "token-differences": token_rows.ignores_differences,
    "token-part": token_rows.shares_tokens,
}


@cache
def of_operator(operator: str) -> tuple[Mutant, ...]:
    """The mutants of an operator. KeyError with its name where there is none."""
    rows = {f"{operator}: {row.wrong}": row for row in OPERATORS[operator]()}
    chosen = sorted(rows, key=_hash)[:MOST_OF_ONE]
    return tuple(
        Mutant(name, rows[name].wrong, rows[name].violates, rows[name].stepper, operator=operator) for name in chosen
    )


@cache
def generated() -> tuple[Mutant, ...]:
    """The mutants of all operators."""
    return tuple(mutant for operator in OPERATORS for mutant in of_operator(operator))


def generated_by_name(name: str) -> Mutant:
    """The generated mutant of a name, which begins with that of its operator. KeyError with it where there is none."""
    operator = name.partition(":")[0]
    found = next((m for m in of_operator(operator) if m.name == name), None) if operator in OPERATORS else None
    if found is None:
        raise KeyError(name)
    return found


def is_held_out(mutant: Mutant) -> bool:
    """Whether a mutant belongs to the half that planning and tests do not see."""
    return bool(_hash(mutant.name) >> 16 & 1)


class SampledMutant(NamedTuple):
    """A mutant of a sample, and for how many of its operator it stands."""

    mutant: Mutant
    stands_for: float


@cache
def planning_sample(most_alike: int, most_keeping: int) -> tuple[SampledMutant, ...]:
    """Mutants of the half that planning sees: of each operator at most so many of either kind (see showing.py)."""
    chosen: list[SampledMutant] = []
    for operator in OPERATORS:
        mine = sorted((m for m in of_operator(operator) if not is_held_out(m)), key=lambda mutant: _hash(mutant.name))
        for kind, most in ((True, most_alike), (False, most_keeping)):
            stratum = [mutant for mutant in mine if is_alike(mutant.stepper) is kind]
            taken = stratum[:most]
            chosen += (SampledMutant(mutant, len(stratum) / len(taken)) for mutant in taken)
    return tuple(chosen)


def _hash(name: str) -> int:
    return zlib.crc32(name.encode(), _SALT)
