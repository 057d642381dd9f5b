"""The kinds of files that verbs read and write, and which of them a file is, told by its keys.

Rules of this file
1. It is only asked when a file could not be read as what was expected, and never raises.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from enum import Enum
from gzip import GzipFile
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from pbr_conformance.simulator.model.toml_file import tables_of


class FileKind(Enum):
    """A kind of file, as a message calls it."""

    REPORT = "the report of a run"
    CERTIFICATE = "a certificate of exhaust"
    FAILURE = "the transcript of a failure"
    RUN = "the transcript of a run"
    SNAPSHOT = "a snapshot of serve --control"
    STATE = "a state file of serve"
    TARGET = "a target file"
    BASELINE = "a baseline"
    DIALECT = "a dialect"
    VECTORS = "a file of test vectors"

    @property
    def expected(self) -> str:
        """The kind, with an example of a name where a verb writes such files."""
        return self.value + _EXAMPLES.get(self, "")


_EXAMPLES: Final = {
    FileKind.REPORT: ", such as DIR/report.json",
    FileKind.FAILURE: ", such as DIR/transcripts/*.json",
    FileKind.VECTORS: ", such as vectors.json",
    FileKind.RUN: ", such as DIR/transcript.jsonl.gz (run --keep-transcript)",
}
_SHOWN_BY: Final[tuple[tuple[FileKind, frozenset[str]], ...]] = (
    (FileKind.REPORT, frozenset({"checks", "clauses"})),
    (FileKind.CERTIFICATE, frozenset({"kind", "universe"})),
    (FileKind.VECTORS, frozenset({"vectors", "setups"})),
    (FileKind.FAILURE, frozenset({"account", "exchanges", "history"})),
    (FileKind.RUN, frozenset({"account", "check", "kind"})),
    (FileKind.SNAPSHOT, frozenset({"account", "changes", "serial"})),
    *((FileKind.TARGET, frozenset({key})) for key in ("gateways", "endpoint", "credentials", "vpcs")),
    (FileKind.BASELINE, frozenset({"known"})),
    *(
        (FileKind.DIALECT, frozenset({key}))
        for key in ("date", "conditions", "order", "tokens", "timing", "moments", "undecided")
    ),
)
"""Keys that a file of a kind has and those after it do not."""
_LOOKED_AT: Final = 16 * 1024 * 1024
"""Bytes that are looked at."""


def _tables(text: str) -> dict[str, Any]:
    return tables_of(text, "a file")


def kind_of(path: Path) -> FileKind | None:
    """What a file is; None where it is nothing that this command reads or writes."""
    keys = keys_of(path)
    if keys is None:
        return None
    if keys == {"account", "format"}:
        return FileKind.STATE
    return next((kind for kind, shown_by in _SHOWN_BY if shown_by <= keys), None)


def keys_of(path: Path) -> frozenset[str] | None:
    """The keys of a file's outermost table (of the first line, where each line is one); None where it has no such."""
    try:
        with path.open("rb") as file:
            content = file.read(_LOOKED_AT)
        if content.startswith(b"\x1f\x8b"):
            content = GzipFile(fileobj=BytesIO(content)).readline(_LOOKED_AT)
    except (OSError, EOFError, ValueError, zlib.error):
        return None
    text = content.decode("utf-8-sig", "replace")
    for read, some in ((json.loads, text), (json.loads, text.partition("\n")[0]), (_tables, text)):
        try:
            found: Any = read(some)
        except (ValueError, RecursionError):
            continue
        return frozenset(found) if isinstance(found, Mapping) else None
    return None
