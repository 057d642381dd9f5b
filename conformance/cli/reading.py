"""Reads the files that verbs are given: each problem is one line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

from . import UsageError
from .kinds import BASELINE, REPORT, of_another_kind
from .options import nearest

if TYPE_CHECKING:
    from pbr_conformance.reports.data.baseline import Known
    from pbr_conformance.reports.data.results import Report

NO_JSON: Final = (json.JSONDecodeError, UnicodeDecodeError)


def report_at(path: Path) -> Report:
    """The report of a file, or of the report.json in a directory. Raises UsageError."""
    from pbr_conformance.reports.data.names import JSON
    from pbr_conformance.reports.data.serialize import from_json

    path = path / JSON if path.is_dir() else path
    try:
        return from_json(json.loads(path.read_bytes()))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        said = "expected JSON" if isinstance(error, NO_JSON) else _line(error)
        raise of_another_kind(path, REPORT) or UsageError(f"{path}: no report: {said}") from None


def baseline_at(path: Path) -> tuple[Known, ...]:
    """The known failures of a baseline file, or of the report of a run that had one. Raises UsageError."""
    from pbr_conformance.reports.compare.baseline import of_report, parse

    if path.suffix == ".json" or path.is_dir():
        report = report_at(path)
        try:
            return _checked(path, of_report(report))
        except ValueError as error:
            how = f"pbr-conformance baseline {path} --reason TEXT"
            raise UsageError(f"{path}: {_line(error)}; a baseline needs reasons, which this writes: {how}") from None
    try:
        return _checked(path, parse(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        said = "is not UTF-8; expected TOML in UTF-8" if isinstance(error, UnicodeDecodeError) else _line(error)
        raise of_another_kind(path, BASELINE) or UsageError(f"{path}: no baseline: {said}") from None


def unreadable(error: OSError, path: Path | str, expected: str) -> str:
    """Why a file cannot be read, and for a directory what was expected in its place."""
    more = f"; expected {expected}" if isinstance(error, IsADirectoryError) else ""
    return f"{path}: cannot be read: {error.strerror}{more}"


def _checked(path: Path, entries: tuple[Known, ...]) -> tuple[Known, ...]:
    """The entries, if each is about a check that there is."""
    from pbr_conformance.conformance.checks import BY_ADDRESS

    for each in entries:
        if each.check not in BY_ADDRESS:
            hint = nearest(each.check, list(BY_ADDRESS))
            raise UsageError(f"{path}: {_line(each.check)}: no check at this address{hint}")
    return entries


def _line(said: object) -> str:
    from pbr_conformance.reports.data.visible import on_a_line

    return on_a_line(str(said).replace("\n", "; "), 200)
