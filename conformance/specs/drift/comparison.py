"""A document against a version of the documentation: parameters, fields, error rows, and what descriptions say.

Rules of this file
1. Rows are compared by name, to the letter. What a form does not have is not compared, and is no finding.
2. Of descriptions, which are the vendor's there and ours here, two things are compared: the row that a text belongs to,
   and what it constrains.
3. A text on a row that is not its own is one finding, `moved`; what it says is held against its own row.
4. Texts in a language that is not compared are a gap, and messages in it too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC, ERRORS, FIELDS, PARAMETERS, SPECS
from pbr_conformance.simulator.documentation.rows import Error, Member
from pbr_conformance.simulator.wire.codec import COMMON

from .descriptions import description_findings
from .document import Document, ParsedRow
from .errors import errors
from .findings import Aspect, Drift, DriftKind, Finding
from .introduction import introduction_findings
from .language import COMPARED_LANGUAGES, LANGUAGE_NAMES

_HIDDEN: Final = frozenset({"OwnerAccount", "OwnerId", "ResourceOwnerAccount", "ResourceOwnerId"})
"""Parameters that every SDK of the product has for every operation, and no page documents."""


def compare(source: str, document: Document, spec: str) -> Drift:
    """Hold a document against a version. KeyError where `spec` is none of SPECS."""
    parameters, fields = (_in(table, spec) for table in (PARAMETERS, FIELDS))
    rows = [row for row in ERRORS if row.holds_in(spec)]
    gaps = list(document.gaps)
    own = tuple(parsed for parsed in document.parameters if parsed.name not in COMMON | _HIDDEN)
    notes = [*document.notes, *(f"{name} stands twice, and was read once" for name in _doubles(document))]
    findings = [*_members(parameters, own, Aspect.PARAMETER)]
    if document.fields is not None:
        findings += _members(fields, document.fields, Aspect.FIELD)
    if document.errors is not None:
        findings += errors(rows, document.errors, notes, gaps)
    findings += _told(document, spec, gaps)
    for edition in document.editions:
        notes.append(f"the texts in {LANGUAGE_NAMES[edition.language]} were compared too")
        findings += [finding for finding in _told(edition, spec, gaps) if finding not in findings]
    order = list(Aspect)
    findings.sort(key=lambda finding: order.index(finding.about))
    return Drift(
        source,
        document.form,
        document.language,
        spec,
        tuple(findings),
        tuple(dict.fromkeys(notes)),
        tuple(dict.fromkeys(gaps)),
        _compared(document, parameters=parameters, fields=fields, errors=rows),
    )


def _told(document: Document, spec: str, gaps: list[str]) -> Iterator[Finding]:
    """The findings of what is told in sentences."""
    if document.language not in COMPARED_LANGUAGES:
        gaps.append(f"it is in {LANGUAGE_NAMES[document.language]}: descriptions and constraints were not compared")
        return
    yield from description_findings(document, spec, gaps)
    if document.introduction:
        yield from introduction_findings(document.introduction, spec)
    elif document.introduction is not None:
        gaps.append("the description of the operation as a whole was not found")


def compare_best(source: str, document: Document) -> Drift:
    """Hold a document against the default version, and name the version from which it departs least."""
    drifts = {spec: compare(source, document, spec) for spec in SPECS}
    found = drifts[DEFAULT_SPEC]
    best = min(drifts, key=lambda spec: (len(drifts[spec].findings), spec != DEFAULT_SPEC))
    return found if best == DEFAULT_SPEC else replace(found, best_fitting=best)


def _doubles(document: Document) -> list[str]:
    """Parameters and fields that a document tells more than once."""
    counts = (Counter(parsed.name for parsed in table or ()) for table in (document.parameters, document.fields))
    return [name for count in counts for name, times in count.items() if times > 1]


def _in(table: Sequence[Member], spec: str) -> list[Member]:
    return [row for row in table if row.holds_in(spec)]


def _compared(
    document: Document, *, parameters: list[Member], fields: list[Member], errors: list[Error]
) -> dict[str, int]:
    return {
        "parameters": len(parameters),
        "response fields": 0 if document.fields is None else len(fields),
        "error rows": 0 if document.errors is None else len(errors),
        "descriptions": sum(bool(parsed.text) for parsed in (*document.parameters, *(document.fields or ()))),
    }


def _members(rows: Sequence[Member], parsed: Sequence[ParsedRow], about: Aspect) -> Iterator[Finding]:
    """Parameters or fields: what came, went, or has another type or another need."""
    by_name = {each.name: each for each in reversed(parsed)}
    known = {row.name for row in rows}
    for each in by_name.values():
        if each.name not in known:
            prefix = "parameter" if about is Aspect.PARAMETER else "response"
            yield Finding(about, DriftKind.NEW, f"{prefix}/{each.name}", "", _form(each.type, each.required))
    for row in rows:
        parsed_row = by_name.get(row.name)
        if parsed_row is None:
            required = row.required if about is Aspect.PARAMETER else None
            yield Finding(about, DriftKind.GONE, row.id, _form(row.type, required), "")
        else:
            yield from _member(row, parsed_row, about)


def _member(row: Member, parsed: ParsedRow, about: Aspect) -> Iterator[Finding]:
    if parsed.type is not None and parsed.type != row.type:
        yield Finding(Aspect.TYPE, DriftKind.CHANGED, row.id, row.type, parsed.type)
    if about is Aspect.PARAMETER and parsed.required not in (None, row.required):
        need = {True: "required", False: "optional"}
        yield Finding(Aspect.REQUIRED, DriftKind.CHANGED, row.id, need[row.required], need[bool(parsed.required)])


def _form(type: str | None, required: bool | None) -> str:
    need = {True: ", required", False: ", optional", None: ""}[required]
    return f"{type or 'of no type'}{need}"
