"""The names of the program and of the files of a report."""

from __future__ import annotations

import re
from typing import Final

TOOL: Final = "pbr-conformance"
"""What wrote a report."""

JSON: Final = "report.json"
HTML: Final = "report.html"
JUNIT: Final = "junit.xml"
BADGE: Final = "badge.svg"
SARIF: Final = "report.sarif"
HAR: Final = "har"
TRANSCRIPTS: Final = "transcripts"
REPRODUCTIONS: Final = "reproductions"

_TRANSCRIPT: Final = re.compile(rf"{TRANSCRIPTS}/[A-Za-z0-9_-][A-Za-z0-9._-]*\.json")

_ARCHIVE: Final = re.compile(rf"{HAR}/[A-Za-z0-9_-][A-Za-z0-9._-]*\.har")
_REPRODUCTION: Final = re.compile(rf"{REPRODUCTIONS}/[A-Za-z0-9_-]+/[A-Za-z0-9_-]+\.(sh|py)")


def is_transcript(path: str) -> bool:
    """Whether a path, relative to the report, names a transcript: only such a path is written, linked or removed."""
    return _TRANSCRIPT.fullmatch(path) is not None


def is_archive(path: str) -> bool:
    """Whether a path, relative to the report, names an HTTP archive: only such a path is removed."""
    return _ARCHIVE.fullmatch(path) is not None


def is_reproduction(path: str) -> bool:
    """Whether a path, relative to the report, names a script: only such a path is written, linked or removed."""
    return _REPRODUCTION.fullmatch(path) is not None
