"""Rows of markup that are alike, as columns: what they have in common once, and each place where they differ as a list.

Rules of this file
1. Nothing is lost and nothing is known of the markup: joined in order, the pieces are the row again.
2. What varies stands between > or " or # and < or " or #: texts and values of attributes, as escaping keeps them whole.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

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
