"""The traffic of a run as a part of report.json, and back.

Rules of this file
1. Figures and the slowest requests are plain JSON. The rows, which are many, are packed: the first line names the
   columns, each other line is one request. `jq -r .traffic.rows.packed report.json | base64 -d | gunzip` shows them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from .document import Node, wrong
from .packing import pack, unpack
from .traffic import Bucket, Latency, SentRow, Traffic

COLUMNS: Final = (
    "offset", "check", "action", "caller", "brief", "parameters", "status", "code", "latency", "attempt",
)  # fmt: skip
MOST_ROWS: Final = 100_000


def traffic_to_json(traffic: Traffic) -> dict[str, Any]:
    """The document of the traffic."""
    latency = traffic.latency
    return {
        "answered": traffic.answered,
        "unanswered": traffic.unanswered,
        "interval": traffic.interval,
        "over_time": list(traffic.over_time),
        "latency": {"p50": latency.p50, "p90": latency.p90, "p99": latency.p99, "max": latency.max},
        "histogram": [{"upto": bucket.upto, "count": bucket.count} for bucket in traffic.histogram],
        "retries": traffic.retries,
        "transients": [{"what": what, "count": count} for what, count in traffic.transients],
        "slowest": [_named(row) for row in traffic.slowest],
        "rows": {
            "count": len(traffic.rows),
            "left_out": traffic.rows_left_out,
            "packed": packed_rows(traffic.rows),
        },
    }


def packed_rows(rows: Iterable[SentRow]) -> str:
    """The rows as `packing.pack` packs lines: the columns' names, then one list for each row."""
    return pack((list(COLUMNS), *([*_named(row).values()] for row in rows)))


def _named(row: SentRow) -> dict[str, object]:
    named = {name: getattr(row, name) for name in COLUMNS}
    return {**named, "parameters": dict(row.parameters)}


def traffic_from_json(node: Node) -> Traffic:
    """The traffic of a document; raises ValueError ("traffic.latency.p50: 'x', expected ...")."""
    latency, rows = node.node("latency"), node.node("rows", {})
    buckets = (Bucket(each.number("upto"), each.whole("count")) for each in node.nodes("histogram"))
    transients = ((each.text("what"), each.whole("count")) for each in node.nodes("transients", ()))
    interval = node.number("interval")
    return Traffic(
        answered=node.whole("answered"),
        unanswered=node.whole("unanswered"),
        interval=interval if interval > 0 else wrong(f"{node.where}.interval", interval, "a number above 0"),
        over_time=node.wholes("over_time"),
        latency=Latency(*(latency.number(name) for name in ("p50", "p90", "p99", "max"))),
        histogram=tuple(buckets),
        transients=tuple(transients),
        slowest=tuple(_read_row(each) for each in node.nodes("slowest", ())),
        rows=tuple(_read_rows(rows)) if rows.members else (),
        rows_left_out=rows.whole("left_out", 0),
    )


def _read_rows(node: Node) -> Iterator[SentRow]:
    where = f"{node.where}.packed"
    try:
        lines = list(unpack(node.text("packed")))
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from None
    names = lines[0] if lines else None
    if not isinstance(names, list) or not set(COLUMNS) <= set(map(str, names)):
        wrong(f"{where}, line 1", names, f"the names {', '.join(COLUMNS)}")
    if len(lines) > MOST_ROWS:
        wrong(where, len(lines), f"at most {MOST_ROWS} lines")
    for number, line in enumerate(lines[1:], 2):
        if not isinstance(line, list) or len(line) != len(names):
            wrong(f"{where}, line {number}", line, f"{len(names)} values")
        yield _read_row(Node(f"{where}, line {number}", dict(zip(names, line, strict=True))))


def _read_row(node: Node) -> SentRow:
    return SentRow(
        offset=node.number("offset"),
        check=node.text("check"),
        action=node.text("action"),
        caller=node.text("caller"),
        brief=node.text("brief"),
        parameters=node.named_texts("parameters"),
        status=None if node.members.get("status") is None else node.whole("status"),
        code=node.text("code"),
        latency=node.number("latency"),
        attempt=node.whole("attempt", 1),
    )
