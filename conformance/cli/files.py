"""The files that verbs are given and write: what is wrong with one is a UsageError, of one line for each problem.

Rules of this file
1. A file is read within `reading`, and written within `writing`, which say what the operating system said.
2. A file that is of another kind than expected is called what it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Final

from pbr_conformance.reports.data.names import BADGE, HTML, JSON, JUNIT, SARIF
from pbr_conformance.reports.data.visible import on_a_line
from pbr_conformance.simulator.model.toml_file import tables_of, toml_text

from .kinds import FileKind, kind_of
from .options import UsageError, nearest

if TYPE_CHECKING:
    from pbr_conformance.reports.data.baseline import Known
    from pbr_conformance.reports.data.results import Report

CERTIFICATE: Final = "certificate.json"
"""How the file of an exhaustive search is called in its directory."""


@contextmanager
def reading(kind: FileKind, *paths: Path, noun: str = "", flag: str = "") -> Iterator[None]:
    """Files of a kind are read here. `noun` and `flag`, where they are given, are in what is said of a problem."""
    try:
        yield
    except OSError as error:
        more = f"; expected {kind.expected}" if isinstance(error, IsADirectoryError) else ""
        raise UsageError(f"{flag}{error.filename or paths[0]}: cannot be read: {error.strerror}{more}") from None
    except (ValueError, RecursionError) as error:
        for path in paths:
            found = kind_of(path)
            if found is not None and found is not kind:
                raise UsageError(f"{flag}{path}: is {found.value}; expected {kind.expected}") from None
        raise UsageError(flag + _problem(error, paths[0], noun)) from None


@contextmanager
def writing(what: str) -> Iterator[None]:
    """Something is written here; `what` names it, with the flag that asked for it."""
    try:
        yield
    except OSError as error:
        raise UsageError(f"{what}: cannot be written: {error.strerror}") from None


def write_text(path: Path, text: str, what: str) -> None:
    """Write a file, and the directories that it needs."""
    with writing(what):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", errors="backslashreplace")


def check_writable(directory: Path, *names: str) -> None:
    """Find out before the run, not after it, that the report (or the files of these names) cannot be written."""
    with writing(f"--report {directory}"):
        directory.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=directory):
            taken = [name for name in names or (JSON, HTML, JUNIT, BADGE, SARIF) if (directory / name).is_dir()]
    if taken:
        raise UsageError(f"--report {directory}: cannot be written: {taken[0]} is a directory")


def report_at(path: Path) -> Report:
    """The report of a file, a certificate's too, or of the one in a directory. Raises UsageError."""
    from pbr_conformance.reports.data.serialize import from_json

    if path.is_dir():
        path = next((each for each in (path / JSON, path / CERTIFICATE) if each.exists()), path / JSON)
    with reading(FileKind.REPORT, path, noun="report"):
        document = json.loads(path.read_bytes())
        return _of_certificate(path, document) if kind_of(path) is FileKind.CERTIFICATE else from_json(document)


def _of_certificate(path: Path, document: object) -> Report:
    from pbr_conformance.conformance.output.certificate_report import report_of  # here, as it brings much

    try:
        return report_of(document)
    except ValueError as error:
        raise UsageError(f"{path}: is no certificate that can be read: {error}") from None


def baseline_at(path: Path) -> tuple[Known, ...]:
    """The known failures of a baseline file, or of the report of a run that had one. Raises UsageError."""
    from pbr_conformance.reports.compare.baseline import of_report, parse

    if path.suffix != ".json" and not path.is_dir():
        with reading(FileKind.BASELINE, path, noun="baseline"):
            return _checked(path, parse(tables_of(toml_text(path.read_bytes()), "a baseline")))
    report = report_at(path)
    try:
        return _checked(path, of_report(report))
    except ValueError as error:
        how = f"pbr-conformance baseline {path} --reason TEXT"
        raise UsageError(f"{path}: {_line(error)}; a baseline needs reasons, which this writes: {how}") from None


def _checked(path: Path, entries: tuple[Known, ...]) -> tuple[Known, ...]:
    """The entries, if each is about a check that there is."""
    from pbr_conformance.conformance.checks import BY_ADDRESS

    for each in entries:
        if each.check not in BY_ADDRESS:
            hint = nearest(each.check, BY_ADDRESS)
            raise UsageError(f"{path}: {_line(each.check)}: no check at this address{hint}")
    return entries


def _problem(error: Exception, path: Path, noun: str) -> str:
    """What is wrong with a file. A reader of ours has named the file in each line already."""
    said = str(error)
    if said.startswith(f"{path}: "):
        return said
    if isinstance(error, json.JSONDecodeError):
        said = "expected JSON"
    elif isinstance(error, UnicodeDecodeError):
        said = "is not UTF-8; expected JSON in UTF-8"
    return f"{path}: {f'no {noun}: ' if noun else ''}{_line(said)}"


def _line(said: object) -> str:
    return on_a_line(str(said).replace("\n", "; "), 200)
