"""Dialect files: TOML in, a `LearnedDialect` or a line for each problem out. `dialect_writer.py` is the way back.

Rules of this file
1. The file is the dialect: what it does not say is not pinned. The environment is not read.
2. Each problem is one line: what is wrong, where, and what was expected; an unknown name comes with the nearest known.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, NoReturn

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from pbr_conformance.simulator.documentation.create import PARAMETERS, SPECS
from pbr_conformance.simulator.model.toml_file import TomlProblem, tables_of, toml_text
from pbr_conformance.simulator.model.unusable import Unusable
from pbr_conformance.simulator.rules.conditions import BY_ID

from .dialect_writer import text_of
from .evaluator import follow
from .learned_dialect import (
    ConditionRule,
    Evidence,
    LearnedDialect,
    OrderStep,
    ResponseRules,
    Timing,
    TokenRules,
    Undecided,
    rows_of,
)

_LARGEST: Final = 16 << 20
"""Bytes of a file that is read."""
_ADAPTER: Final = TypeAdapter(LearnedDialect)
_FORMERLY: Final = {"shows": "response", "moments": "timing"}
"""Tables that had another name once."""
_TABLES: Final[dict[str, type[Any]]] = {
    "conditions": ConditionRule,
    "order": OrderStep,
    "tokens": TokenRules,
    "response": ResponseRules,
    "timing": Timing,
    "undecided": Undecided,
    "evidence": Evidence,
}


class DialectError(Unusable):
    """A dialect file that can't be used."""


def load(path: Path) -> LearnedDialect:
    """The dialect in a file, named by the file's stem. Raises DialectError."""
    source = str(path).encode("utf-8", "backslashreplace").decode()
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        _refuse(source, f"cannot be read ({reason}); expected a readable TOML file")
    if len(data) > _LARGEST:
        _refuse(source, f"is larger than {_LARGEST >> 20} MB; expected a dialect file")
    try:
        text = toml_text(data)
    except TomlProblem as problem:
        _refuse(source, str(problem))
    return parse(text, source)


def parse(text: str, source: str = "dialect.toml") -> LearnedDialect:
    """The dialect in a TOML text; `source` is the file's name, for messages and (its stem) the dialect's.

    Raises DialectError.
    """
    try:
        values = {_FORMERLY.get(key, key): value for key, value in tables_of(text, "a dialect file").items()}
        problems = list(_format_problems(values))
        given = json.dumps({**values, "name": Path(source).stem}, default=str)
        pins = _ADAPTER.validate_json(given)
    except ValidationError as error:
        problems += map(_line, error.errors(include_url=False))
    except TomlProblem as problem:
        _refuse(source, str(problem)[:200])
    except (ValueError, RecursionError) as error:
        _refuse(source, f"{str(error)[:200]}; expected TOML")
    problems = problems or list(_problems(pins))
    if problems:
        raise DialectError(source, tuple(problems)) from None
    return pins


def _refuse(source: str, problem: str) -> NoReturn:
    raise DialectError(source, (problem,)) from None


def _format_problems(values: dict[str, Any]) -> Iterator[str]:
    """What is wrong with the keys that a dialect itself does not have; they are taken out."""
    number = values.pop("format", None)
    if type(number) is not int or number != 1:
        yield "format: missing; expected 1" if number is None else f"format: is {_quoted(number)}; expected 1"
    if "name" in values:
        yield "name: unknown key; the file's name is the dialect's"


def _line(details: ErrorDetails) -> str:
    place, kind = _place(details["loc"]), details["type"]
    if kind == "unexpected_keyword_argument":
        keys = _keys_at(details["loc"][:-1])
        hint = _nearest(str(details["loc"][-1]), keys) or f"; expected one of {', '.join(keys)}"
        return f"{place}: unknown key{hint}"
    if kind in ("missing", "missing_argument"):
        return f"{place}: missing; expected a value"
    expected = details["msg"].replace("Input should be ", "").replace("'", '"')
    if kind == "string_pattern_mismatch":
        expected = "a date, as 2026-02-11"
    return f"{place}: is {_quoted(details['input'])}; expected {expected}"


def _quoted(value: object) -> str:
    shown = text_of(value) if isinstance(value, str) else str(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."


def _place(loc: tuple[int | str, ...]) -> str:
    """Where something stands, in the file's own words: conditions."cidr/loose".decision, order[3].then."""
    shown = ""
    for part in loc:
        if isinstance(part, int):
            shown += f"[{part + 1}]"
        else:
            shown += ("." if shown else "") + (part if re.fullmatch(r"[\w-]+", part) else f'"{part}"')
    return shown


def _keys_at(loc: tuple[int | str, ...]) -> list[str]:
    """The keys of the table at a place."""
    if loc:
        return [each.name for each in fields(_TABLES[str(loc[0])])]
    return ["format", *(each.name for each in fields(LearnedDialect) if each.name != "name")]


def _nearest(word: str, known: list[str]) -> str:
    close = get_close_matches(word, known, 1)
    return f"; did you mean `{close[0]}`?" if close else ""


# --- What is wrong with a dialect whose values all have the right form --------------------------------------


def _problems(pins: LearnedDialect) -> Iterator[str]:
    if pins.spec not in SPECS:
        yield f"spec: is {_quoted(pins.spec)}; expected one of {', '.join(SPECS)}"
    for name, rule in pins.conditions.items():
        place = f"conditions.{text_of(name)}"
        yield from _unknown(f"{place}: there is no condition", name, BY_ID) or _wrong(place, name, rule)
        yield from _unproved(pins, f"{place}.evidence", rule.evidence)
    yield from _wrong_order(pins)
    for number, undecided in enumerate(pins.undecided, 1):
        yield from _unproved(pins, f"undecided[{number}].evidence", undecided.evidence)


def _unknown(problem: str, name: str, known: Iterable[str], otherwise: str = "") -> list[str]:
    """A name that is not known, with the nearest that is."""
    names = list(known)
    return [] if name in names else [f"{problem} {_quoted(name)}{_nearest(name, names) or otherwise}"]


def _wrong(place: str, name: str, rule: ConditionRule) -> Iterator[str]:
    cases, rows = [case.name for case in BY_ID[name].cases], rows_of(name)
    for case in rule.cases:
        hint = "" if cases else f"; {name} has no cases"
        yield from _unknown(f"{place}.cases: there is no case", case, cases, hint)
    for code in rule.code:
        if rows and code not in rows:
            yield f"{place}.code: is {_quoted(code)}; expected one of {', '.join(rows)}"
    for parameter in rule.parameters:
        yield from _unknown(f"{place}.parameters: unknown key", parameter, [each.name for each in PARAMETERS])


def _wrong_order(pins: LearnedDialect) -> Iterator[str]:
    reached: dict[str, frozenset[str]] = {}
    for number, step in enumerate(pins.order, 1):
        place, first = f"order[{number}]", step.first
        for name in (first, *step.then):
            yield from _unknown(f"{place}: there is no condition", name, BY_ID)
        yield from _unproved(pins, f"{place}.evidence", (step.evidence,))
        for then in step.then:
            if then == first:
                yield f"{place}: {first} cannot be answered before itself"
            elif first in reached.get(then, ()):
                yield f"{place}: {first} before {then}, which is before {first}: expected no cycle"
                return
            else:
                follow(reached, first, then)


def _unproved(pins: LearnedDialect, place: str, ids: Iterable[str]) -> Iterator[str]:
    return (f"{place}: there is no evidence {_quoted(id)}" for id in ids if id and id not in pins.evidence)
