"""What a saved document says, whatever its form: the neutral value that every reader makes.

Rules of this file
1. None says that a form has no such thing, or that it was not found: then nothing is compared. `notes` says what the
   form does not have, `gaps` what a source of its form should have and was not found or not read.
2. Names, codes, statuses and messages are to the letter. Types are in the words of
   `simulator/documentation/rows.py` where they are the same. Descriptions are the document's own text; they are
   shown in part and never kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from .constraints import Constraint
from .language import language_of


class Unreadable(Exception):
    """Why a source cannot be read: one line, without its name."""


@dataclass(frozen=True, slots=True)
class ParsedRow:
    """A parameter or response field as a document tells it. An empty `text`: it has no description."""

    name: str
    type: str | None
    required: bool | None
    text: str | None
    constraints: tuple[Constraint, ...] = ()
    """What a schema says of its value, apart from the text."""


@dataclass(frozen=True, slots=True)
class ParsedError:
    """A row of a document's error table. None: it could not be told apart from its neighbour."""

    status: int | None
    code: str
    message: str | None


@dataclass(frozen=True, slots=True)
class Document:
    """What one document says. `heading` is the text on the response as a whole."""

    form: str
    parameters: tuple[ParsedRow, ...]
    fields: tuple[ParsedRow, ...] | None = None
    errors: tuple[ParsedError, ...] | None = None
    heading: str | None = None
    notes: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()
    introduction: str | None = None
    """The description of the operation as a whole; empty where it was not found."""
    editions: tuple[Document, ...] = ()
    """The same in other languages, if it has any."""

    @property
    def has_no_texts(self) -> bool:
        """Whether its form has no descriptions at all."""
        return all(row.text is None for row in (*self.parameters, *(self.fields or ())))

    @property
    def language(self) -> str:
        """The language of its descriptions, by its code."""
        return language_of(" ".join(parsed.text or "" for parsed in (*self.parameters, *(self.fields or ()))))


_TYPES: Final[Mapping[str, str]] = {
    **dict.fromkeys(("string", "str"), "string"),
    **dict.fromkeys(("integer", "int", "long", "int32", "int64"), "integer"),
    **dict.fromkeys(("boolean", "bool"), "boolean"),
}


def type_of(word: str | None) -> str | None:
    """A type in the words of the tables; a word that is none of them stays what it is."""
    return _TYPES.get(word.strip().lower(), word.strip()) if word and word.strip() else None


_YES: Final[Mapping[str, bool]] = {
    **dict.fromkeys(("yes", "true", "是", "はい"), True),
    **dict.fromkeys(("no", "false", "否", "いいえ"), False),
}


def required_of(word: str | None) -> bool | None:
    """Whether a cell says that something is required; None where it says neither."""
    return _YES.get((word or "").strip().lower())


FEWEST_PARAMETERS: Final = 3
"""Members that a document has to share with the operation to be taken for one about it."""
_MOST_ROWS: Final = 1_000
"""Rows of a table; those of the operation have some dozens."""
_MOST_TEXT: Final = 20_000
"""Characters of a description; none comes near it."""


def counted(rows: Sequence[object], what: str) -> None:
    """Raises Unreadable where there are absurdly many rows."""
    if len(rows) > _MOST_ROWS:
        raise Unreadable(f"it has more than {_MOST_ROWS:,} {what}")


def shortened(text: str) -> str:
    """A description, cut where it is absurdly long."""
    return text[:_MOST_TEXT].strip()
