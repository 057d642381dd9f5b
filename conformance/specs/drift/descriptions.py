"""Descriptions: the row that each belongs to, and what it constrains, against the documented limits.

Rules of this file
1. A limit is gone only if a text about its parameter is there, and does not have it. Where that text stands nowhere,
   the limit was not compared, and that is a gap.
2. true and false, and a default of false, say no more than that a parameter is a boolean.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from pbr_conformance.simulator.documentation.create import FIELDS, LIMITS, PARAMETERS, clause
from pbr_conformance.simulator.documentation.rows import Limit, Member, Parameter

from .constraints import Constraint, constraints_of, constraints_of_limit
from .document import Document
from .findings import Aspect, DriftKind, Finding
from .subject_classifier import HEADING, PLACES, owners

_FIELD_VALUES: Final[Mapping[str, Constraint]] = {
    "response/State": Constraint("values", ("normal", "published")),
}
"""What fields are documented to be, in every version; limits are of parameters."""
_NOT_ON_THE_PAGE: Final = ("limit/quota",)
"""Limits that the user guide has, and not the operation's page."""
_IMPLIED: Final = (Constraint("values", ("false", "true")), Constraint("default", ("false",)))
_SHOWN: Final = 90
"""Characters of a description that are shown."""


def description_findings(document: Document, spec: str, gaps: list[str]) -> Iterator[Finding]:
    """Yield the findings of a document's descriptions and schemas."""
    yield from _of_schemas(document, spec)
    texts = _texts(document, spec)
    if not any(texts.values()):
        if not document.has_no_texts:
            gaps.append("it has no descriptions: constraints were not compared")
        return
    owned = owners({id: text for id, text in texts.items() if text})
    for id, text in texts.items():
        yield from _placed(id, text, owned)
    yield from _constrained(document, spec, gaps, texts=texts, owned=owned)


def _texts(document: Document, spec: str) -> dict[str, str]:
    """The description of each row that this version has, by its id, in the documentation's order."""
    parsed = {f"parameter/{each.name}": each.text for each in reversed(document.parameters)}
    parsed |= {f"response/{each.name}": each.text for each in reversed(document.fields or ())}
    rows = (*PARAMETERS, *FIELDS)
    texts = {row.id: parsed[row.id] or "" for row in rows if row.holds_in(spec) and row.id in parsed}
    texts |= {HEADING: document.heading} if document.heading else {}
    return {id: texts[id] for id in sorted(texts, key=PLACES.__getitem__)}


def _placed(id: str, text: str, owned: Mapping[str, str | None]) -> Iterator[Finding]:
    owner = owned.get(id)
    if not text:
        yield Finding(Aspect.DESCRIPTION, DriftKind.GONE, id, _ours(id), "")
    elif owner is None and id != HEADING:
        yield Finding(Aspect.DESCRIPTION, DriftKind.CHANGED, id, _ours(id), f"not recognised: {_shown(text)}")
    elif owner not in (None, id):
        rests = tuple(each for each in (id, str(owner)) if each != HEADING)
        yield Finding(Aspect.DESCRIPTION, DriftKind.MOVED, id, _ours(id), _named(str(owner)), rests)


def _named(id: str) -> str:
    return f"the text of {'the response as a whole' if id == HEADING else id}"


def _ours(id: str) -> str:
    return "the response as a whole" if id == HEADING else clause(id).text


def _shown(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else line[:_SHOWN] + "..."


# --- Constraints --------------------------------------------------------------------------------------------


def _constrained(
    document: Document, spec: str, gaps: list[str], *, texts: Mapping[str, str], owned: Mapping[str, str | None]
) -> Iterator[Finding]:
    places: dict[str, str] = {}
    for id, owner in owned.items():
        if owner is not None and (owner not in places or id == owner):
            places[owner] = id
    displaced = [id for id, owner in owned.items() if owner != id and id != HEADING and id not in places]
    if displaced:
        gaps.append(f"the own text of {', '.join(displaced)} stands nowhere in it")
    for row in (*PARAMETERS, *FIELDS):
        if row.holds_in(spec) and row.id in texts:
            limits = _limits(row, spec, document.language)
            if row.id in places:
                yield from _differing(row, limits, constraints_of(texts[places[row.id]]))
            elif limits:
                gaps.append(f"{', '.join(dict.fromkeys(limits.values()))} was not compared: no text of {row.id}")


def _of_schemas(document: Document, spec: str) -> Iterator[Finding]:
    """What a schema says of a value and the documentation does not; a schema need not say everything."""
    by_name = {each.name: each.constraints for each in document.parameters}
    for row in PARAMETERS:
        known = {constraint.kind: (constraint, id) for constraint, id in _limits(row, spec, "en").items()}
        for constraint in by_name.get(row.name, ()) if row.holds_in(spec) else ():
            own = known.get(constraint.kind) or known.get(_OTHERWISE.get(constraint.kind, ""))
            if own is not None and own[0] != constraint:
                yield Finding(Aspect.CONSTRAINT, DriftKind.CHANGED, own[1], str(own[0]), str(constraint))
            elif own is None and not (row.type == "boolean" and constraint in _IMPLIED):
                yield Finding(Aspect.CONSTRAINT, DriftKind.NEW, row.id, "", str(constraint))


def _limits(row: Member, spec: str, language: str) -> dict[Constraint, str]:
    """What a row's value is documented to be in a version, with the limit that says so."""
    if not isinstance(row, Parameter):
        return {_FIELD_VALUES[row.id]: row.id} if row.id in _FIELD_VALUES else {}
    return {
        constraint: limit.id
        for limit in LIMITS
        if limit.parameter == row.name and limit.id not in _NOT_ON_THE_PAGE and _holds(limit, spec, language)
        for constraint in constraints_of_limit(limit)
    }


def _holds(limit: Limit, spec: str, language: str) -> bool:
    return limit.holds_in(spec) and limit.language in ("", language)


def _differing(row: Member, limits: Mapping[Constraint, str], read: Mapping[str, Constraint]) -> Iterator[Finding]:
    found = dict(read)
    for constraint, id in limits.items():
        other = found.pop(constraint.kind, None) or found.pop(_OTHERWISE.get(constraint.kind, ""), None)
        if other is None:
            yield Finding(Aspect.CONSTRAINT, DriftKind.GONE, id, str(constraint), "")
        elif other != constraint:
            yield Finding(Aspect.CONSTRAINT, DriftKind.CHANGED, id, str(constraint), str(other))
    if not isinstance(row, Parameter):
        return  # what a field's text says of its value beside that is the parameter's
    for constraint in found.values():
        if not (row.type == "boolean" and constraint in _IMPLIED):
            yield Finding(Aspect.CONSTRAINT, DriftKind.NEW, row.id, "", str(constraint))


_OTHERWISE: Final = {"values": "range", "range": "values"}
"""Kinds of which one can stand in the place of the other: 0 and 100, then 0 to 100."""
