"""The traffic of a report: its rows packed, and what is wrong with packed rows that a stranger wrote."""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from pbr_conformance.reports.data.results import Report
from pbr_conformance.reports.data.serialize import from_json, to_json
from pbr_conformance.reports.data.traffic import _COLUMNS, Bucket, Latency, Retried, SentRow, SentRows, Traffic
from pbr_conformance.reports.views.write import write

ROW: Final = SentRow(
    offset=1.25,
    check="route/overlap",
    action="CreateVpnPbrRouteEntry",
    caller="owner",
    brief="192.168.1.0/24 -> 10.0.0.0/24",
    parameters={"RegionId": "cn-hangzhou", "Description": "ä\ud800"},
    status=400,
    code="VpnRouteEntry.Conflict",
    latency=1.618,
    attempt=2,
)
TRAFFIC: Final = Traffic(
    answered=2,
    unanswered=1,
    interval=0.5,
    over_time=(2, 0, 1),
    latency=Latency(0.4, 1.5, 2.0, 2.0),
    histogram=(Bucket(0.5, 1), Bucket(1.0, 0), Bucket(2.0, 2)),
    transients=(Retried("TaskConflict", 1),),
    slowest=(ROW,),
    rows=SentRows((replace(ROW, status=None, code="timeout"), ROW), 1),
)


def packed(*lines: object) -> str:
    return base64.b64encode(gzip.compress("\n".join(json.dumps(line) for line in lines).encode(), mtime=0)).decode()


def read_back(report: Report, damage: Callable[[dict[str, Any]], None] = lambda traffic: None) -> Report:
    document = json.loads(json.dumps(to_json(replace(report, traffic=TRAFFIC))))
    damage(document["traffic"])
    return from_json(document)


def test_round_trip(clean: Report) -> None:
    assert read_back(clean).traffic == TRAFFIC


def test_the_rows_are_lines_that_the_shell_can_show(clean: Report) -> None:
    text = to_json(replace(clean, traffic=TRAFFIC))["traffic"]["rows"]["packed"]
    names, first, second = (json.loads(line) for line in gzip.decompress(base64.b64decode(text)).splitlines())
    assert dict(zip(names, second, strict=True))["code"] == "VpnRouteEntry.Conflict"
    assert dict(zip(names, first, strict=True))["status"] is None


@pytest.mark.slow
def test_ten_thousand_rows_are_small(clean: Report, tmp_path: Path) -> None:
    def row(number: int) -> SentRow:
        parameters = {**ROW.parameters, "RouteSource": f"10.{number % 256}.0.0/16", "Weight": str(number % 101)}
        return replace(ROW, offset=number * 1.0037, latency=number % 977 * 0.013, parameters=parameters)

    write(
        replace(clean, traffic=replace(TRAFFIC, rows=SentRows(tuple(map(row, range(10_000)))))), {}, tmp_path / "many"
    )
    write(clean, {}, tmp_path / "none")
    sizes = [(tmp_path / name / "report.json").stat().st_size for name in ("many", "none")]
    assert sizes[0] - sizes[1] < 2_000_000


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("!", "traffic.rows.packed: "),
        (packed()[:-8], "traffic.rows.packed: no compressed lines: "),
        (base64.b64encode(gzip.compress(b" " * (65 << 20), mtime=0)).decode(), "more than 64 MB"),
        (base64.b64encode(gzip.compress(b"[" * 200_000, mtime=0)).decode(), "nested too deeply"),
        (packed({"offset": 1}), "traffic.rows.packed: line 1: {'offset': 1}, expected the names offset, check"),
        (packed(list(to_json.__annotations__)), "traffic.rows.packed: line 1: "),
    ],
)
def test_packed_rows_that_are_none(clean: Report, text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=re.escape(reason)) as error:
        read_back(clean, lambda traffic: traffic["rows"].update(packed=text))
    assert "\n" not in str(error.value)


def test_a_wrong_row_is_named(clean: Report) -> None:
    values = [1, "a", "b", "c", "d", {}, "two hundred", "", 1, 1]
    with pytest.raises(ValueError, match=r"packed\[0\]\.status: 'two hundred', expected an integer"):
        read_back(clean, lambda traffic: traffic["rows"].update(packed=packed(list(_COLUMNS), values)))


def test_an_interval_of_nothing_is_refused(clean: Report) -> None:
    with pytest.raises(ValueError, match=r"traffic.interval: 0, expected a number above 0"):
        read_back(clean, lambda traffic: traffic.update(interval=0))


def test_a_report_without_traffic_has_none(clean: Report) -> None:
    document = to_json(replace(clean, traffic=None))
    assert document["traffic"] is None
    del document["traffic"]
    assert from_json(document).traffic is None
