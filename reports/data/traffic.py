"""What a run sent, when, and how long it took: figures of all of it, and its first requests one by one. Frozen data.

Rules of this file
1. As in results.py, whose part this is: texts and numbers only, as they will be printed.
2. Figures and the slowest requests are plain JSON. The rows, which are many, are packed: the first line names the
   columns, each other line is one request. `jq -r .traffic.rows.packed report.json | base64 -d | gunzip` shows them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema, computed_field

from .fields import Number, Whole
from .packing import pack, unpack

_MOST_ROWS: Final = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SentRow:
    """One request that was sent, and in short the answer to it."""

    offset: Number
    """When it was sent, in seconds after the run began."""
    check: str
    """The address of the check that sent it."""
    action: str
    """The operation."""
    caller: str
    """Whose credentials signed it."""
    brief: str
    """What it asks for, in a few words."""
    parameters: Mapping[str, str]
    """Its parameters without those that sign; long texts are cut."""
    status: Whole | None = None
    """The HTTP status; null where no answer came."""
    code: str
    """The code of a refusal; where no answer came, what came instead: timeout, refused, closed or garbled."""
    latency: Number
    """Milliseconds until the answer, or until it was given up."""
    attempt: Whole = 1
    """1 for the first time that it was sent, 2 for the second..."""


@dataclass(frozen=True, slots=True)
class Latency:
    """How long answers took, in milliseconds: nearest ranks, and the longest."""

    p50: Number
    """The median."""
    p90: Number
    """What nine of ten do not exceed."""
    p99: Number
    """What 99 of 100 do not exceed."""
    max: Number
    """The longest."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """How many answers took at most so many milliseconds, and more than the bucket before allows."""

    upto: Number
    """Milliseconds: 1, 2, 5, 10, 20... without gaps."""
    count: Whole
    """How many answers."""


@dataclass(frozen=True, slots=True)
class Retried:
    """A transient error after which requests were sent again."""

    what: str
    """The code, or what else came."""
    count: Whole
    """How often."""


_COLUMNS: Final = tuple(each.name for each in fields(SentRow))


def packed_rows(rows: tuple[SentRow, ...]) -> str:
    """The rows as `packing.pack` packs lines: the columns' names, then one list for each row."""
    values = ([getattr(row, name) for name in _COLUMNS] for row in rows)
    return pack((list(_COLUMNS), *values))


def _unpacked(value: object) -> object:
    """The rows by their columns' names, from the text in a document. Raises ValueError."""
    if not isinstance(value, str):
        return value
    names, *lines = [*unpack(value)] or [None]
    if not isinstance(names, list) or not set(_COLUMNS) <= set(map(str, names)):
        raise ValueError(f"line 1: {names}, expected the names {', '.join(_COLUMNS)}")
    if len(lines) >= _MOST_ROWS:
        raise ValueError(f"{len(lines) + 1} lines, expected at most {_MOST_ROWS}")
    return [_named(number, names, line) for number, line in enumerate(lines, 2)]


def _named(number: int, names: list[Any], line: object) -> dict[Any, Any]:
    if not isinstance(line, list) or len(line) != len(names):
        raise ValueError(f"line {number}: {line}, expected {len(names)} values")
    return dict(zip(names, line, strict=True))


@dataclass(frozen=True, slots=True)
class SentRows:
    """The first requests of each check, in the order in which they were sent."""

    sent: Annotated[
        tuple[SentRow, ...], BeforeValidator(_unpacked, str), PlainSerializer(packed_rows), Field(alias="packed")
    ] = ()
    """JSON Lines, compressed with gzip, in base64: the first line names the columns, each other one is a request."""
    left_out: Whole = 0
    """Requests that have no row."""

    @computed_field  # type: ignore[prop-decorator]
    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.sent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """All that a run sent. The first look at an endpoint, before anything is judged, is not in it."""

    answered: Whole
    """Requests that were answered."""
    unanswered: Whole
    """Requests that were not."""
    interval: Annotated[Number, Field(gt=0), WithJsonSchema({"type": "number", "exclusiveMinimum": 0})]
    """Seconds that each number of over_time is for; the first begins with the run."""
    over_time: tuple[Whole, ...]
    """How many requests were sent in each interval, from the beginning of the run."""
    latency: Latency
    """How long answers took, in milliseconds."""
    histogram: tuple[Bucket, ...]
    """From the first bucket that has any to the last."""
    transients: tuple[Retried, ...] = ()
    """Transient errors after which requests were sent again, and how often."""
    slowest: tuple[SentRow, ...] = ()
    """The requests that took longest."""
    rows: SentRows = SentRows()
    """The first requests of each check, in the order in which they were sent."""

    @computed_field  # type: ignore[prop-decorator]
    @property
    def retries(self) -> int:
        """How often a request was sent again."""
        return sum(each.count for each in self.transients)
