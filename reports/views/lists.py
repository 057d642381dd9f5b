"""What a page holds and does not show at once: many rows, long texts. Compressed, and unpacked where it is wanted.

Rules of this file
1. The first rows are in the document as they are; the others are packed, as the templates write them.
2. The same value is the same text, byte for byte: no time is in it.
3. Rows that are alike are packed as columns: what they have in common once, and each place where they differ as a list.
   Nothing is lost and nothing is known of the markup: joined in order, the pieces are the row again. What varies stands
   between > or " or # and < or " or #: texts and values of attributes, as escaping keeps them whole.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Generic, TypeVar

from markupsafe import Markup

from pbr_conformance.reports.data.packing import compressed

ROWS_AT_A_TIME: Final = 200
"""Rows of a list that are drawn at a time."""
_INLINE: Final = 100
"""Rows of a list that has more than ROWS_AT_A_TIME, which are in the document as they are."""

_Row = TypeVar("_Row")


@dataclass(frozen=True, slots=True)
class Group(Generic[_Row]):
    """Rows that stand together under a name."""

    name: str
    rows: tuple[_Row, ...]
    """Those that are shown here, of the `whole` group."""
    whole: tuple[_Row, ...]
    number: int
    """Tells it from the other groups of its list."""


@dataclass(frozen=True, slots=True)
class RowListing(Generic[_Row]):
    """A list of rows in groups, of which the first `inline` rows are in the document."""

    groups: tuple[Group[_Row], ...]
    inline: int

    def __len__(self) -> int:
        return sum(len(group.rows) for group in self.groups)

    @property
    def first(self) -> tuple[Group[_Row], ...]:
        """What is drawn."""
        return self._part(0, self.inline)

    @property
    def rest(self) -> tuple[Group[_Row], ...]:
        """What is packed."""
        return self._part(self.inline, len(self))

    def _part(self, start: int, end: int) -> tuple[Group[_Row], ...]:
        parts, before = [], 0
        for group in self.groups:
            rows = group.rows[max(start - before, 0) : max(end - before, 0)]
            before += len(group.rows)
            if rows:
                parts.append(replace(group, rows=rows))
        return tuple(parts)


def listing(
    groups: Iterable[tuple[str, Sequence[_Row]]], most: int = ROWS_AT_A_TIME, inline: int = _INLINE
) -> RowListing[_Row]:
    """The list of these groups: up to `most` rows are all in the document, of more the first `inline` are."""
    named = ((name, tuple(rows)) for name, rows in groups)
    whole = tuple(Group(name, rows, rows, at) for at, (name, rows) in enumerate(named))
    total = sum(len(group.rows) for group in whole)
    return RowListing(whole, total if total <= most else inline)


def grouped(rows: Iterable[_Row], name: Callable[[_Row], str]) -> RowListing[_Row]:
    """The list of rows by the names of their groups, which come in the order of their first rows."""
    groups: dict[str, list[_Row]] = {}
    for row in rows:
        groups.setdefault(name(row), []).append(row)
    return listing(groups.items())


def packed_rows(
    groups: Sequence[Group[_Row]], head: Callable[[Group[_Row]], str], row: Callable[[_Row], str]
) -> Markup:
    """Groups, packed as what a template writes for the head of each and for each of its rows."""
    heads = [[group.number, str(head(group)), len(group.rows)] for group in groups]
    return packed({"groups": heads, **columns([str(row(each)) for group in groups for each in group.rows])})


def packed(value: object) -> Markup:
    """A JSON value, compressed, in base64: letters, digits, + and / alone."""
    return Markup(compressed(json.dumps(value, separators=(",", ":"), ensure_ascii=False)))


_PIECES: Final = re.compile(r'((?<=[>"#])[^<>"#]+(?=[<"#]))')


def columns(rows: Sequence[str]) -> dict[str, Any]:
    """The rows as JSON: of which form each is, the forms, and the columns that they take their values from.

    A form is a list of texts, which are the same in each of its rows, and of numbers, each of a column. The values of a
    column are those of the rows of the form, in their order.
    """
    pieces = [_PIECES.split(row) for row in rows]
    places: dict[tuple[str, ...], int] = {}
    forms = [places.setdefault(tuple(split[::2]), len(places)) for split in pieces]
    members: list[list[list[str]]] = [[] for _ in places]
    for form, split in zip(forms, pieces, strict=True):
        members[form].append(split)
    known: dict[tuple[str, ...], int] = {}
    written = [_form(list(zip(*splits, strict=True)), known) for splits in members]
    return {"rows": forms, "forms": written, "columns": [list(column) for column in known]}


def _form(held: Sequence[tuple[str, ...]], known: dict[tuple[str, ...], int]) -> list[str | int]:
    """A form; a column that was there already is not written again."""
    form: list[str | int] = []
    for column in held:
        if len(set(column)) > 1:
            form.append(known.setdefault(column, len(known)))
        elif form and isinstance(form[-1], str):
            form[-1] += column[0]
        else:
            form.append(column[0])
    return form
