"""har/*.har: the transcript of each failure as an HTTP archive (HAR 1.2), for who has a viewer of it.

Rules of this file
1. Parameters stand in the query, as they are sent. Signatures and keys are in no transcript, and so in no archive.
2. A transcript has the order of its requests and not their times: all begin when the run did.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from pathlib import PurePosixPath
from typing import Any, Final
from urllib.parse import urlencode

from pbr_conformance.reports.data.names import HAR, TOOL, is_transcript
from pbr_conformance.reports.data.results import Failure, Report

_EMBEDDED: Final = "http://embedded.invalid"
"""Stands for the address of the simulator in process, which has none."""


def archives(report: Report) -> dict[str, bytes]:
    """The archives by their paths, one for each failure whose transcript is in the report."""
    found = {}
    for _, failure in report.contradictions:
        if failure.recorded and is_transcript(failure.transcript):
            path = f"{HAR}/{PurePosixPath(failure.transcript).stem}.har"
            found[path] = (json.dumps(to_har(report, failure), indent=2) + "\n").encode()
    return found


def to_har(report: Report, failure: Failure) -> dict[str, object]:
    """The archive of a failure, as JSON has it; what was only waited for is left out."""
    entries = [_entry(report, each) for each in _exchanges(failure.recorded)]
    creator = {"name": TOOL, "version": report.tool.version}
    return {"log": {"version": "1.2", "creator": creator, "comment": failure.title, "entries": entries}}


def _exchanges(recorded: str) -> Iterator[Mapping[str, Any]]:
    """What was sent and answered; nothing of what is no transcript, or was only waited for."""
    try:
        document = json.loads(recorded)
    except ValueError:
        return
    exchanges = document.get("exchanges") if isinstance(document, Mapping) else None
    for each in exchanges if isinstance(exchanges, list) else ():
        parts = [each.get(name) for name in ("action", "parameters", "status")] if isinstance(each, Mapping) else [None]
        if [type(part) for part in parts] == [str, dict, int] and "answer" in each:
            yield each


def _entry(report: Report, exchange: Mapping[str, Any]) -> dict[str, object]:
    query = {"Action": exchange["action"], **exchange["parameters"]}
    text = exchange["answer"] if isinstance(exchange["answer"], str) else json.dumps(exchange["answer"])
    kind = "text/plain" if isinstance(exchange["answer"], str) else "application/json"
    return {
        "startedDateTime": report.started,
        "time": 0,
        "request": {
            "method": "POST",
            "url": f"{report.target.url or _EMBEDDED}/?{urlencode(query, errors='backslashreplace')}",
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": [],
            "queryString": [{"name": name, "value": value} for name, value in query.items()],
            "headersSize": -1,
            "bodySize": 0,
        },
        "response": {
            "status": exchange["status"],
            "statusText": _phrase(exchange["status"]),
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": [],
            "content": {"size": len(text.encode("utf-8", "replace")), "mimeType": kind, "text": text},
            "redirectURL": "",
            "headersSize": -1,
            "bodySize": -1,
        },
        "cache": {},
        "timings": {"send": 0, "wait": 0, "receive": 0},
        "comment": f"as {exchange.get('caller', 'owner')}",
    }


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
