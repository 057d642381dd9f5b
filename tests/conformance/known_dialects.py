"""A dialect of the simulator with everything that it decides, as `learn` would pin it if it found out all."""

from __future__ import annotations

from typing import Literal

from pbr_conformance.conformance.learn.learned_dialect import (
    TOKEN_USES,
    ConditionRule,
    LearnedDialect,
    OrderStep,
    ResponseRules,
    Timing,
    TokenRules,
    rows_of,
    word_of,
)
from pbr_conformance.simulator.documentation.create import error
from pbr_conformance.simulator.documentation.sibling_errors import sibling_error
from pbr_conformance.simulator.operations.answers import any_refusal
from pbr_conformance.simulator.rules.conditions import BY_ID
from pbr_conformance.simulator.rules.dialect import Dialect
from pbr_conformance.simulator.rules.oracle import DRY_RUN_PASSED, MISMATCH


def fully_known(dialect: Dialect, name: str = "", date: str = "2026-01-01") -> LearnedDialect:
    """Everything that a dialect of the simulator decides, pinned: for one that is written, not learned."""
    words = {value: word for word, value in TOKEN_USES.items()}
    return LearnedDialect(
        name or dialect.name,
        date,
        spec=dialect.spec,
        conditions={name: _rule(dialect, name) for name in dialect.precedence},
        order=tuple(
            OrderStep(one, (other,)) for one, other in zip(dialect.precedence, dialect.precedence[1:], strict=False)
        ),
        messages=_messages(dialect),
        tokens=TokenRules(**{use: words[getattr(dialect, f"{use}_token")] for use in vars(TokenRules())}),
        response=ResponseRules(**{name: getattr(dialect, f"shows_{name}") for name in vars(ResponseRules())}),
        timing=Timing(dialect.settles_after, dialect.lists_at_once),
    )


def _rule(dialect: Dialect, name: str) -> ConditionRule:
    refuses = name in dialect.refuses
    cases = [case.name for case in BY_ID[name].cases if f"{name}: {case.name}" in dialect.otherwise]
    own = {
        key.partition(": ")[2]: code if isinstance(code, str) else code[0]
        for key, code in dialect.answers.items()
        if key.startswith(f"{name}: ")
    }
    dry_run: Literal["skips", "looks"] = "skips" if name in dialect.dry_run_skips else "looks"
    decided = dict.fromkeys(cases, word_of(not refuses))
    return ConditionRule(word_of(refuses), decided, _codes(dialect, name), own, dry_run)


def _codes(dialect: Dialect, name: str) -> tuple[str, ...]:
    """The rows that a dialect answers a condition with, in its order of preference; or its code."""
    said = dialect.answers.get(name, ())
    chosen, rows = (said,) if isinstance(said, str) else said, rows_of(name)
    if not rows:  # any code may answer it
        return chosen[:1] or (BY_ID[name].other_code,)
    return tuple(dict.fromkeys([*(row for row in chosen if row in rows), rows[0]]))


def _messages(dialect: Dialect) -> dict[str, str]:
    """Every message of a dialect: that of a row, and of a condition that any code may answer."""
    messages = {DRY_RUN_PASSED: error(DRY_RUN_PASSED).message, MISMATCH: sibling_error(MISMATCH).message}
    for name in dialect.precedence:
        codes = _codes(dialect, name)
        if rows_of(name):
            messages |= {row: error(row).message for row in codes}
        else:
            messages[name] = str((any_refusal(codes[0], "<Param>", "").members or {})["Message"])
    return messages | dict(dialect.messages)
