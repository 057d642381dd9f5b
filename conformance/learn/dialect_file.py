"""Dialect files: TOML in, a `LearnedDialect` or a line for each problem out. `writing.py` is the way back.

Rules of this file
1. The file is the dialect: what it does not say is not pinned. The environment is not read.
2. Each problem is one line: what is wrong, where, and what was expected; an unknown name comes with the nearest known.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Final, Literal, NoReturn

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC, PARAMETERS, SPECS
from pbr_conformance.simulator.model.unusable import Unusable
from pbr_conformance.simulator.rules.conditions import BY_ID

from .dialect_writer import DECISIONS, DRY_RUNS, UNSEEN, USES, text_of
from .learned_dialect import Edge, Evidence, LearnedDialect, Ruling, Undecided, closure, rows_of

LARGEST: Final = 16 << 20
"""Bytes of a file that is read."""

Decision = Literal["refuses", "accepts"]
Use = Literal["new", "mismatch", "replay"]


class DialectError(Unusable):
    """A dialect file that can't be used."""


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Condition(_Table):
    decision: Literal["refuses", "accepts", "unseen"] | None = None
    cases: dict[str, Decision] = Field(default_factory=dict)
    code: str | list[str] = Field(default_factory=list)
    parameters: dict[str, str] = Field(default_factory=dict)
    dry_run: Literal["skips", "looks", "unseen"] | None = None
    evidence: list[str] = Field(default_factory=list)


class _Order(_Table):
    first: str
    then: list[str] = Field(min_length=1)
    evidence: str = ""


class _Tokens(_Table):
    other: Use | None = None
    respelled: Use | None = None
    deleted: Use | None = None


class _Shows(_Table):
    dual_weight: bool | None = None
    unsupported_priority: bool | None = None
    absent_description: bool | None = None


class _Moments(_Table):
    settles_after: int | None = Field(default=None, ge=0)
    lists_at_once: bool | None = None


class _Undecided(_Table):
    why: str = ""
    pairs: list[list[str]] = Field(default_factory=list)
    evidence: list[str] = Field(default_factory=list)


class _Evidence(_Table):
    request: dict[str, str] = Field(default_factory=dict)
    answer: str = ""
    before: list[dict[str, str]] = Field(default_factory=list)
    caller: str = "owner"
    at_work: bool = False


class _Document(_Table):
    format: Literal[1]
    date: str = Field(pattern=r"^\d{4}-\d{2}-\d{2}$")
    target: str = ""
    spec: str = DEFAULT_SPEC
    requests: int = Field(default=0, ge=0)
    conditions: dict[str, _Condition] = Field(default_factory=dict)
    order: list[_Order] = Field(default_factory=list)
    messages: dict[str, str] = Field(default_factory=dict)
    tokens: _Tokens = Field(default_factory=_Tokens)
    shows: _Shows = Field(default_factory=_Shows)
    moments: _Moments = Field(default_factory=_Moments)
    undecided: list[_Undecided] = Field(default_factory=list)
    evidence: dict[str, _Evidence] = Field(default_factory=dict)


# --- Reading ------------------------------------------------------------------------------------------------


def load(path: Path) -> LearnedDialect:
    """The dialect in a file, named by the file's stem. Raises DialectError."""
    source = str(path).encode("utf-8", "backslashreplace").decode()
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        _refuse(source, f"cannot be read ({reason}); expected a readable TOML file")
    if len(data) > LARGEST:
        _refuse(source, f"is larger than {LARGEST >> 20} MB; expected a dialect file")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        _refuse(source, f"line {line}: is not UTF-8; expected TOML in UTF-8")
    return parse(text, source)


def parse(text: str, source: str = "dialect.toml") -> LearnedDialect:
    """The dialect in a TOML text; `source` is the file's name, for messages and (its stem) the dialect's.

    Raises DialectError.
    """
    try:
        values = tomllib.loads(text)
        document = _Document.model_validate(values)
    except ValidationError as error:
        raise DialectError(source, tuple(map(_line, error.errors(include_url=False)))) from None
    except RecursionError:
        _refuse(source, "is nested too deeply; expected the tables of a dialect file")
    except ValueError as error:
        _refuse(source, f"{str(error)[:200]}; expected TOML")
    problems = tuple(_problems(document))
    if problems:
        raise DialectError(source, problems)
    return _pinned(document, Path(source).stem)


def _refuse(source: str, problem: str) -> NoReturn:
    raise DialectError(source, (problem,)) from None


def _line(details: ErrorDetails) -> str:
    place, kind = _place(details["loc"]), details["type"]
    if kind == "extra_forbidden":
        known = _known(details["loc"][:-1])
        hint = _nearest(str(details["loc"][-1]), known) or f"; expected one of {', '.join(known)}"
        return f"{place}: unknown key{hint}"
    if kind == "missing":
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
        elif part not in ("str", "list[str]"):
            shown += ("." if shown else "") + (part if re.fullmatch(r"[\w-]+", part) else f'"{part}"')
    return shown


def _known(loc: tuple[int | str, ...]) -> list[str]:
    """The keys of the table at a place."""
    tables: dict[str, type[_Table]] = {
        "conditions": _Condition,
        "order": _Order,
        "tokens": _Tokens,
        "shows": _Shows,
        "moments": _Moments,
        "undecided": _Undecided,
        "evidence": _Evidence,
    }
    return list(tables[str(loc[0])].model_fields if loc else _Document.model_fields)


def _nearest(word: str, known: list[str]) -> str:
    close = get_close_matches(word, known, 1)
    return f"; did you mean `{close[0]}`?" if close else ""


def _problems(document: _Document) -> Iterator[str]:
    """What is wrong with a document whose values all have the right form."""
    if document.spec not in SPECS:
        yield f"spec: is {_quoted(document.spec)}; expected one of {', '.join(SPECS)}"
    for name, condition in document.conditions.items():
        place = f"conditions.{text_of(name)}"
        yield from _unknown(place, name) or _wrong(place, name, condition)
    yield from _wrong_order(document)
    for number, undecided in enumerate(document.undecided, 1):
        if any(len(pair) != 2 for pair in undecided.pairs):
            yield f"undecided[{number}].pairs: expected pairs of two conditions"
    for place, ids in _references(document):
        yield from (f"{place}: there is no evidence {_quoted(id)}" for id in ids if id and id not in document.evidence)


def _wrong_order(document: _Document) -> Iterator[str]:
    for number, order in enumerate(document.order, 1):
        for name in (order.first, *order.then):
            yield from _unknown(f"order[{number}]", name)
        if order.first in order.then:
            yield f"order[{number}]: {order.first} cannot be answered before itself"
    yield from _cycle(document)


def _unknown(place: str, name: str) -> list[str]:
    return [] if name in BY_ID else [f"{place}: there is no condition {_quoted(name)}{_nearest(name, list(BY_ID))}"]


def _wrong(place: str, name: str, condition: _Condition) -> list[str]:
    found = []
    cases = [case.name for case in BY_ID[name].cases]
    for case in condition.cases:
        if case not in cases:
            hint = _nearest(case, cases) if cases else f"; {name} has no cases"
            found.append(f"{place}.cases: there is no case {_quoted(case)}{hint}")
    rows = rows_of(name)
    for code in _codes(condition):
        if rows and code not in rows:
            found.append(f"{place}.code: is {_quoted(code)}; expected one of {', '.join(rows)}")
    known = [parameter.name for parameter in PARAMETERS]
    for parameter in condition.parameters:
        if parameter not in known:
            found.append(f"{place}.parameters: unknown key {_quoted(parameter)}{_nearest(parameter, known)}")
    return found


def _codes(condition: _Condition) -> tuple[str, ...]:
    return (condition.code,) if isinstance(condition.code, str) else tuple(condition.code)


def _cycle(document: _Document) -> Iterator[str]:
    direct: dict[str, set[str]] = {}
    for order in document.order:
        direct.setdefault(order.first, set()).update(set(order.then) - {order.first})
    reached = closure(direct)
    for number, order in enumerate(document.order, 1):
        back = next((name for name in order.then if name != order.first and order.first in reached.get(name, ())), None)
        if back is not None:
            yield f"order[{number}]: {order.first} before {back}, which is before {order.first}: expected no cycle"
            return


def _references(document: _Document) -> Iterator[tuple[str, list[str]]]:
    for name, condition in document.conditions.items():
        yield f"conditions.{text_of(name)}.evidence", condition.evidence
    for number, order in enumerate(document.order, 1):
        yield f"order[{number}].evidence", [order.evidence]
    for number, undecided in enumerate(document.undecided, 1):
        yield f"undecided[{number}].evidence", undecided.evidence


def _pinned(document: _Document, name: str) -> LearnedDialect:
    rulings = {
        id: Ruling(
            DECISIONS.get(row.decision or ""),
            {case: DECISIONS[decision] for case, decision in row.cases.items()},
            _codes(row),
            row.parameters,
            DRY_RUNS.get(row.dry_run or ""),
            tuple(row.evidence),
            row.decision == UNSEEN,
            row.dry_run == UNSEEN,
        )
        for id, row in document.conditions.items()
    }
    tokens, shows = document.tokens.model_dump(exclude_none=True), document.shows.model_dump(exclude_none=True)
    return LearnedDialect(
        name,
        document.date,
        document.target,
        document.spec,
        document.requests,
        rulings,
        tuple(Edge(order.first, tuple(order.then), order.evidence) for order in document.order),
        document.messages,
        {use: USES[value] for use, value in tokens.items()},
        shows,
        document.moments.settles_after,
        document.moments.lists_at_once,
        tuple(
            Undecided(each.why, tuple((one, other) for one, other in each.pairs), tuple(each.evidence))
            for each in document.undecided
        ),
        {
            id: Evidence(tuple(each.before), each.request, each.answer, each.caller, each.at_work)
            for id, each in document.evidence.items()
        },
    )
