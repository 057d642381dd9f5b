"""Versions of the documentation and their differences as lines of text, and as data for JSON.

Rules of this file
1. Texts are those of the rows. Lines are at most 110 characters wide, where words allow it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import Final

from pbr_conformance.conformance.checks import CHECKS
from pbr_conformance.simulator.documentation.create import CLAUSES, DEFAULT_SPEC, VERSIONS, in_spec
from pbr_conformance.simulator.documentation.rows import DocumentedRow, Error, Field, Guide, Limit, Member, Parameter

from .difference import ROW_KINDS, ChangeKind, SpecChange, SpecDifference

_MARKS: Final = {ChangeKind.CAME: "+", ChangeKind.WENT: "-", ChangeKind.CHANGED: "~"}
_OTHERS: Final = "Rules of introductions, the user guide, other operations and clients"
_PLURALS: Final[dict[type[DocumentedRow], str]] = {
    Parameter: "parameters",
    Field: "response fields",
    Error: "error rows",
    Limit: "constraints",
    Guide: "other rules",
}
_WIDTH: Final = 110


# --- Versions -----------------------------------------------------------------------------------------------


def versions() -> list[str]:
    """A line for each version of the documentation."""
    heads = ("version", "read from", "language", *_PLURALS.values())
    rows = [_version(version.date, version.what, version.language) for version in VERSIONS]
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
             for cells in (heads, *rows)]  # fmt: skip
    remarks = [f"{version.date}: {version.remark}." for version in VERSIONS]
    return [*lines, "", *remarks, "", f"Where no version is named, {DEFAULT_SPEC} is meant."]


def _version(date: str, what: str, language: str) -> tuple[str, ...]:
    counts = (sum(isinstance(row, kind) for row in in_spec(date)) for kind in _PLURALS)
    return date, what, language, *map(str, counts)


def versions_data() -> list[dict[str, object]]:
    """The versions, with how many rows of each kind they have."""
    return [
        {
            "version": version.date,
            "read_from": version.what,
            "language": version.language,
            "remark": version.remark,
            "default": version.date == DEFAULT_SPEC,
            **{plural.replace(" ", "_"): sum(isinstance(row, kind) for row in in_spec(version.date))
               for kind, plural in _PLURALS.items()},
        }
        for version in VERSIONS
    ]  # fmt: skip


# --- One version --------------------------------------------------------------------------------------------


def version(spec: str) -> list[str]:
    """Every row of a version, with the checks that answer for it."""
    lines = [f"The documentation of {spec}: {len(in_spec(spec))} rows."]
    for chapter in dict.fromkeys(row.chapter for row in CLAUSES):
        rows = [row for row in in_spec(spec) if row.chapter == chapter]
        lines += ["", f"{chapter} ({len(rows)})"] if rows else []
        for row in rows:
            lines += [f"  {row.id}{_form(row)}", *_said(row), *wrapped(f"checks: {_checks(row)}", 6)]
    return lines


def version_data(spec: str) -> dict[str, object]:
    """Every row of a version."""
    return {"version": spec, "rows": [_row(row) for row in in_spec(spec)]}


def _row(row: DocumentedRow) -> dict[str, object]:
    return {
        "id": row.id,
        "kind": ROW_KINDS[type(row)],
        "text": row.text,
        **_facts(row),
        "source": row.source,
        "since": row.since,
        "until": row.until,
        "checks": [check.address for check in CHECKS if row.id in check.clauses],
    }


def _facts(row: DocumentedRow) -> dict[str, object]:
    match row:
        case Member():
            return {"name": row.name, "type": row.type, "required": row.required}
        case Limit():
            facts = {"low": row.low, "high": row.high, "values": list(row.values), "default": row.default}
            return {"parameter": row.parameter, **facts}
        case Error():
            return {"status": row.status, "code": row.code, "message": row.message}
    return {}


def _form(row: DocumentedRow) -> str:
    """What a row has beside its text."""
    match row:
        case Parameter():
            return f": {row.type}, {'required' if row.required else 'optional'}"
        case Field():
            return f": {row.type}"
        case Error():
            return f": HTTP {row.status}"
    return ""


def _said(row: DocumentedRow) -> list[str]:
    """What a row says: of an error first the vendor's message, then, as of all, our words."""
    message = wrapped(f'"{row.message}"', 6) if isinstance(row, Error) else []
    return [*message, *wrapped(row.text, 6)]


def _checks(row: DocumentedRow) -> str:
    return ", ".join(check.address for check in CHECKS if row.id in check.clauses) or "none"


# --- A difference -------------------------------------------------------------------------------------------


def changes(found: SpecDifference) -> list[str]:
    """What changed between two versions, and what follows from it."""
    counts = _counts(found.changes) or "nothing"
    lines = [f"From {found.old} to {found.new}: {counts}."]
    for chapter in dict.fromkeys(change.row.chapter for change in found.changes):
        lines += ["", chapter]
        lines += [line for change in found.changes if change.row.chapter == chapter for line in _change(change)]
    if found.elsewhere:
        lines += ["", _OTHERS, *(line for change in found.elsewhere for line in _change(change))]
    lines += ["", *_verdicts(found)]
    return lines


def _counts(changed: Sequence[SpecChange]) -> str:
    counts = []
    for turn in ChangeKind:
        rows = [change for change in changed if change.change is turn]
        kinds = (
            f"{sum(isinstance(change.row, kind) for change in rows)} {plural}" for kind, plural in _PLURALS.items()
        )
        named = ", ".join(_singular(text) for text in kinds if not text.startswith("0 "))
        counts += [f"{named} {turn.value}"] if named else []
    return "; ".join(counts)


def _singular(text: str) -> str:
    return text[:-1] if text.startswith("1 ") else text


def _change(change: SpecChange) -> Iterator[str]:
    yield f"  {_MARKS[change.change]} {change.row.id}{_form(change.row)}"
    if change.before is not None:
        yield from wrapped(f"was {change.before.id}: {change.before.text}", 6)
    yield from _said(change.row)
    for each in change.follows:
        yield f"      {each.address:<25} {each.what}"


def _verdicts(found: SpecDifference) -> list[str]:
    if not found.fails:
        return [f"An endpoint of {found.old} that is judged by {found.new} is accused of nothing by these changes."]
    addresses = ", ".join(check.address for check in CHECKS if check.address in found.fails)
    return [f"An endpoint of {found.old} that is judged by {found.new} can FAIL at:", *wrapped(addresses, 2)]


def changes_data(found: SpecDifference) -> dict[str, object]:
    """What changed between two versions."""
    return {
        "old": found.old,
        "new": found.new,
        "changes": [_changed(change) for change in found.changes],
        "elsewhere": [_changed(change) for change in found.elsewhere],
        "can_fail": [check.address for check in CHECKS if check.address in found.fails],
    }


def _changed(change: SpecChange) -> dict[str, object]:
    follows = [{"address": each.address, "what": each.what, "can_fail": each.fails} for each in change.follows]
    return {
        "change": change.change.value,
        **_row(change.row),
        "before": None if change.before is None else _row(change.before),
        "follows": follows,
    }


def wrapped(text: str, indent: int) -> list[str]:
    """A text as indented lines."""
    blank = " " * indent
    return wrap(text, _WIDTH, initial_indent=blank, subsequent_indent=blank, break_on_hyphens=False)
