"""A document against a version of the documentation: parameters, fields, error rows, and what descriptions say.

Rules of this file
1. Rows are compared by name, to the letter. What a form does not have is not compared, and is no finding.
2. Of descriptions, which are the vendor's there and ours here, two things are compared: the row that a text belongs to,
   and what it constrains.
3. A text on a row that is not its own is one finding, `moved`; what it says is held against its own row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from pbr_conformance.simulator.documentation.create import ERRORS, FIELDS, PARAMETERS
from pbr_conformance.simulator.documentation.rows import Error, Member
from pbr_conformance.simulator.wire.codec import COMMON

from .descriptions import described
from .document import Document, Told
from .errors import errors
from .findings import About, Drift, Finding, Turn

HIDDEN: Final = frozenset({"OwnerAccount", "OwnerId", "ResourceOwnerAccount", "ResourceOwnerId"})
"""Parameters that every SDK of the product has for every operation, and no page documents."""


def compare(source: str, document: Document, spec: str) -> Drift:
    """Hold a document against a version. KeyError where `spec` is none of SPECS."""
    parameters, fields = (_in(table, spec) for table in (PARAMETERS, FIELDS))
    rows = [row for row in ERRORS if row.holds_in(spec)]
    notes = list(document.notes)
    own = tuple(told for told in document.parameters if told.name not in COMMON | HIDDEN)
    notes += [f"{name} stands twice, and was read once" for name in _doubles(document)]
    findings = [*_members(parameters, own, About.PARAMETER)]
    if document.fields is not None:
        findings += _members(fields, document.fields, About.FIELD)
    if document.errors is not None:
        findings += errors(rows, document.errors, notes)
    findings += described(document, spec, notes)
    order = list(About)
    findings.sort(key=lambda finding: order.index(finding.about))
    return Drift(source, document.form, document.language, spec, tuple(findings), tuple(dict.fromkeys(notes)),
                 _compared(document, (parameters, fields, rows)))  # fmt: skip


def _doubles(document: Document) -> list[str]:
    """Parameters and fields that a document tells more than once."""
    counts = (Counter(told.name for told in table or ()) for table in (document.parameters, document.fields))
    return [name for count in counts for name, times in count.items() if times > 1]


def _in(table: Sequence[Member], spec: str) -> list[Member]:
    return [row for row in table if row.holds_in(spec)]


def _compared(document: Document, tables: tuple[list[Member], list[Member], list[Error]]) -> dict[str, int]:
    parameters, fields, rows = tables
    return {
        "parameters": len(parameters),
        "response fields": 0 if document.fields is None else len(fields),
        "error rows": 0 if document.errors is None else len(rows),
        "descriptions": sum(bool(told.text) for told in (*document.parameters, *(document.fields or ()))),
    }


def _members(rows: Sequence[Member], told: Sequence[Told], about: About) -> Iterator[Finding]:
    """Parameters or fields: what came, went, or has another type or another need."""
    by_name = {each.name: each for each in reversed(told)}
    known = {row.name for row in rows}
    for each in by_name.values():
        if each.name not in known:
            prefix = "parameter" if about is About.PARAMETER else "response"
            yield Finding(about, Turn.NEW, f"{prefix}/{each.name}", "", _form(each.type, each.required))
    for row in rows:
        each_told = by_name.get(row.name)
        if each_told is None:
            required = row.required if about is About.PARAMETER else None
            yield Finding(about, Turn.GONE, row.id, _form(row.type, required), "")
        else:
            yield from _member(row, each_told, about)


def _member(row: Member, told: Told, about: About) -> Iterator[Finding]:
    if told.type is not None and told.type != row.type:
        yield Finding(About.TYPE, Turn.CHANGED, row.id, row.type, told.type)
    if about is About.PARAMETER and told.required not in (None, row.required):
        need = {True: "required", False: "optional"}
        yield Finding(About.REQUIRED, Turn.CHANGED, row.id, need[row.required], need[bool(told.required)])


def _form(type: str | None, required: bool | None) -> str:
    need = {True: ", required", False: ", optional", None: ""}[required]
    return f"{type or 'of no type'}{need}"
