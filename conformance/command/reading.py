"""Reads the files that verbs are given: each problem is one line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from . import UsageError

if TYPE_CHECKING:
    from reports.results import Report


def report_at(path: Path) -> Report:
    """The report of a file, or of the report.json in a directory. Raises UsageError."""
    from reports.names import JSON
    from reports.serialize import from_json

    path = path / JSON if path.is_dir() else path
    try:
        return from_json(json.loads(path.read_bytes()))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path}: no report: {error}".splitlines()[0]) from None
