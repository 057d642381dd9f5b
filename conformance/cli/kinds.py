"""What a file is, told by its keys: for a verb that was given one of another kind than it reads.

Rules of this file
1. It is only asked when a file could not be read as what was expected, and never raises.
"""

from __future__ import annotations

import json
import tomllib
import zlib
from collections.abc import Mapping
from gzip import GzipFile
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from . import UsageError

REPORT: Final = "the report of a run"
CERTIFICATE: Final = "a certificate of exhaust"
FAILURE: Final = "the transcript of a failure"
RUN: Final = "the transcript of a run"
SNAPSHOT: Final = "a snapshot of serve --control"
STATE: Final = "a state file of serve"
TARGET: Final = "a target file"
BASELINE: Final = "a baseline"
DIALECT: Final = "a dialect"

_SHOWN_BY: Final[tuple[tuple[str, frozenset[str]], ...]] = (
    (REPORT, frozenset({"checks", "clauses"})),
    (CERTIFICATE, frozenset({"kind", "universe"})),
    (FAILURE, frozenset({"account", "exchanges", "history"})),
    (RUN, frozenset({"account", "check", "kind"})),
    (SNAPSHOT, frozenset({"account", "changes", "serial"})),
    *((TARGET, frozenset({key})) for key in ("gateways", "endpoint", "credentials", "vpcs")),
    (BASELINE, frozenset({"known"})),
    *((DIALECT, frozenset({key})) for key in ("date", "conditions", "order", "tokens", "moments", "undecided")),
)
"""Keys that a file of a kind has and those after it do not."""
_WHERE: Final = {
    REPORT: ", such as DIR/report.json",
    FAILURE: ", such as DIR/transcripts/*.json",
    RUN: ", such as DIR/transcript.jsonl.gz (run --keep-transcript)",
}
MOST: Final = 16 * 1024 * 1024
"""Bytes that are looked at."""


def of_another_kind(path: Path, expected: str) -> UsageError | None:
    """What to say of a file that is something else than expected, if that can be told; else None."""
    found = kind_of(path)
    if found is None or found == expected:
        return None
    return UsageError(f"{path}: is {found}; expected {expected}{_WHERE.get(expected, '')}")


def kind_of(path: Path) -> str | None:
    """What a file is; None where it is nothing that this command reads or writes."""
    keys = keys_of(path)
    if keys is None:
        return None
    if keys == {"account", "format"}:
        return STATE
    return next((kind for kind, shown_by in _SHOWN_BY if shown_by <= keys), None)


def keys_of(path: Path) -> frozenset[str] | None:
    """The keys of a file's outermost table (of the first line, where each line is one); None where it has no such."""
    try:
        with path.open("rb") as file:
            content = file.read(MOST)
        if content.startswith(b"\x1f\x8b"):
            content = GzipFile(fileobj=BytesIO(content)).readline(MOST)
    except (OSError, EOFError, ValueError, zlib.error):
        return None
    text = content.decode("utf-8-sig", "replace")
    for read, some in ((json.loads, text), (json.loads, text.partition("\n")[0]), (tomllib.loads, text)):
        try:
            found: Any = read(some)
        except (ValueError, RecursionError):
            continue
        return frozenset(found) if isinstance(found, Mapping) else None
    return None
