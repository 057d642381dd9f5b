"""Two versions of the documentation, compared row by row.

Rules of this file
1. Nothing is told of a version but what the rows say of themselves (`since`, `until`): there is no second table.
2. What follows from a change is worked out from the conditions and checks that cite its row, never written down.
3. Rows of other documents (the user guide, siblings, clients) are not dated like the page; they are kept apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

from pbr_conformance.conformance.checks import CHECKS
from pbr_conformance.simulator.documentation.create import error, in_spec
from pbr_conformance.simulator.documentation.rows import DocumentedRow, Error, Field, Guide, Limit, Parameter
from pbr_conformance.simulator.rules.condition import Condition
from pbr_conformance.simulator.rules.conditions import CONDITIONS, documented, under


class ChangeKind(Enum):
    """What became of a row from one version to another."""

    CAME = "came"
    WENT = "went"
    CHANGED = "changed"


ROW_KINDS: Final[dict[type[DocumentedRow], str]] = {
    Parameter: "parameter",
    Limit: "constraint",
    Field: "response field",
    Error: "error",
    Guide: "rule of another document",
}
"""What a row is called."""


_OF_ANSWERS: Final = "guide/answer/"
"""How the ids of rules begin that a member of an answer is judged by."""


@dataclass(frozen=True, slots=True)
class Consequence:
    """What follows at one address. `fails`: an endpoint of the old version can FAIL there, judged by the new one."""

    address: str
    what: str
    fails: bool = False


@dataclass(frozen=True, slots=True)
class SpecChange:
    """A row that came or went, or one in the place of another (`before`)."""

    change: ChangeKind
    row: DocumentedRow
    before: DocumentedRow | None
    follows: tuple[Consequence, ...]

    @property
    def kind(self) -> str:
        """parameter, constraint, response field, error, or rule of another document."""
        return ROW_KINDS[type(self.row)]


@dataclass(frozen=True, slots=True)
class SpecDifference:
    """Everything that changed, in the documentation's order."""

    old: str
    new: str
    changes: tuple[SpecChange, ...]
    elsewhere: tuple[SpecChange, ...]
    """What changed in other documents (rule 3 of this file)."""

    @property
    def fails(self) -> frozenset[str]:
        """Where an endpoint of the old version can FAIL, judged by the new one."""
        return frozenset(each.address for change in (*self.changes, *self.elsewhere) for each in change.follows
                         if each.fails)  # fmt: skip


def difference(old: str, new: str) -> SpecDifference:
    """What changed from one version to the other, which may be the earlier. KeyError where one is none of SPECS."""
    before, after = in_spec(old), in_spec(new)
    went = [row for row in before if row not in after]
    came = [row for row in after if row not in before]
    places = {row: _replaced(row, went) for row in came}
    changes = [
        *(
            _change(ChangeKind.CHANGED if places[row] else ChangeKind.CAME, row, places[row], (old, new))
            for row in came
        ),
        *(_change(ChangeKind.WENT, row, None, (old, new)) for row in went if row not in places.values()),
    ]
    ours = tuple(change for change in changes if not isinstance(change.row, Guide))
    return SpecDifference(old, new, ours, tuple(change for change in changes if isinstance(change.row, Guide)))


def _replaced(row: DocumentedRow, went: list[DocumentedRow]) -> DocumentedRow | None:
    """The row that this one stands in the place of: it is about the same, said more narrowly or more widely."""
    for each in went:
        nested = row.id.startswith(f"{each.id}/") or each.id.startswith(f"{row.id}/")
        same_code = isinstance(row, Error) and isinstance(each, Error) and row.code == each.code
        if nested or same_code:
            return each
    return None


def _change(
    kind: ChangeKind, row: DocumentedRow, before: DocumentedRow | None, versions: tuple[str, str]
) -> SpecChange:
    follows = [*_in_conditions(row, versions), *_in_checks(row, versions)]
    return SpecChange(kind, row, before, tuple(follows))


# --- What follows -------------------------------------------------------------------------------------------


def _in_conditions(row: DocumentedRow, versions: tuple[str, str]) -> Iterator[Consequence]:
    for condition, before, after in zip(CONDITIONS, under(versions[0]), under(versions[1]), strict=True):
        if row.id not in condition.clauses and row.id.removeprefix("error/") not in condition.errors:
            continue
        turned = _turned(condition, row, versions)
        if turned is not None:
            yield turned
        else:
            yield from _codes(condition, row, (before, after), versions)
        yield from _looks(condition, row, (before, after))


def _turned(condition: Condition, row: DocumentedRow, versions: tuple[str, str]) -> Consequence | None:
    """A condition whose rule this row is, and which came into force or left it."""
    rule = condition.clauses[0]
    was, will_be = (documented(condition.clauses, spec) for spec in versions)
    if was == will_be or not (row.id == rule or row.id.startswith(f"{rule}/")):
        return None
    law = condition.is_law
    if will_be:
        codes = ", ".join(dict.fromkeys(error(name).code for name in _errors(condition, versions[1]))) or "any 4xx"
        what = f"becomes a MUST, refused with {codes}" if law else f"becomes a documented MAY, with {codes}"
        return Consequence(condition.id, what, law)
    return Consequence(condition.id, "is only a MAY: to accept it is no FAIL" if law else "is no longer documented")


def _errors(condition: Condition, spec: str) -> tuple[str, ...]:
    return next(each.errors for each in under(spec) if each.id == condition.id)


def _codes(
    condition: Condition, row: DocumentedRow, turn: tuple[Condition, Condition], versions: tuple[str, str]
) -> Iterator[Consequence]:
    """The codes that may answer a condition, where its rule is another row."""
    before, after = (each.errors for each in turn)
    name = row.id.removeprefix("error/")
    if not isinstance(row, Error) or (name in before) == (name in after):
        return
    was, will_be = (documented(condition.clauses, spec) for spec in versions)
    if name in after and was == will_be and not before:
        yield Consequence(condition.id, f"any 4xx was allowed, now only documented codes are, as {row.code}", True)
    elif name in after:
        yield Consequence(condition.id, f"{row.code} is allowed too" + (" with this message" if row.suffix else ""))
    elif after:
        yield Consequence(condition.id, f"{row.code} is no longer allowed", True)
    else:
        yield Consequence(condition.id, f"{row.code} was allowed; now any 4xx is")


def _looks(condition: Condition, row: DocumentedRow, turn: tuple[Condition, Condition]) -> Iterator[Consequence]:
    before, after = (each.looks_at for each in turn)
    if isinstance(row, Parameter) and (row.name in before) != (row.name in after):
        law = condition.is_law
        if row.name in after and before:
            yield Consequence(condition.id, f"is asked of {row.name} too", law)
        elif row.name not in after and after:
            yield Consequence(condition.id, f"is no longer asked of {row.name}")


def _in_checks(row: DocumentedRow, versions: tuple[str, str]) -> Iterator[Consequence]:
    """The checks that are no conditions: judged or not, or with another member to look at."""
    for check in CHECKS:
        if check.condition is not None or row.id not in check.clauses:
            continue
        was, will_be = (check.documented(spec) for spec in versions)
        if was != will_be:
            what = "is judged" if will_be else f"is SKIPPED: not in the documentation of {versions[1]}"
            yield Consequence(check.address, what, will_be and check.is_law)
        elif was and will_be and row.id.startswith(_OF_ANSWERS):
            here = row.holds_in(versions[1])
            yield Consequence(check.address, "is asked that too" if here else "is no longer asked that", here)
        elif was and will_be and isinstance(row, Field):
            here = row.holds_in(versions[1])
            what = f"{row.name} is looked at" if here else f"{row.name} may be left out"
            yield Consequence(check.address, what, here)
