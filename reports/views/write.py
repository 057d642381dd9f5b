"""A report on disk: report.json, its views (report.html, junit.xml, badge.svg, report.sarif, har/*.har),
transcripts/*.json and reproductions/*/*.

Rules of this file
1. A reader finds the old file or the new one, never half of one. report.json is written last: what it names is there.
2. Of an earlier run only transcripts/*.json, har/*.har, and reproductions/*/*.sh and *.py are removed, once the new
   report stands.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path

from pbr_conformance.reports.data.names import (
    BADGE,
    HAR,
    HTML,
    JSON,
    JUNIT,
    REPRODUCTIONS,
    SARIF,
    TRANSCRIPTS,
    is_archive,
    is_reproduction,
    is_transcript,
)
from pbr_conformance.reports.data.results import Report
from pbr_conformance.reports.data.serialize import to_json

from .har import archives
from .junit import to_junit
from .sarif import to_sarif


def write(report: Report, transcripts: Mapping[str, object], directory: Path) -> None:
    """Write everything into `directory`, which is made where it is missing.

    `transcripts` maps names ("transcripts/route-overlap-1.json") to JSON documents. Raises ValueError for another
    kind of name, OSError where the disk refuses.
    """
    for name in transcripts:
        if not is_transcript(name):
            raise ValueError(f"transcript {name!r}: expected a name like transcripts/route-overlap-1.json")
    files = {name: _json(document) for name, document in transcripts.items()}
    files |= _scripts(report)
    files |= _views(report)
    files[JSON] = _json(to_json(report))
    for name, content in files.items():
        _replace(directory / name, content)
    _remove_others(directory, files)


def write_documents(documents: Mapping[str, object], directory: Path) -> None:
    """Write JSON documents by their names in a directory, the last one last. Raises OSError where the disk refuses."""
    for name, document in documents.items():
        _replace(directory / name, _json(document))


def render(report: Report, directory: Path) -> None:
    """Write the views again, and neither the report nor its transcripts."""
    for name, content in _views(report).items():
        _replace(directory / name, content)


def _views(report: Report) -> dict[str, bytes]:
    """Every view of a report that is a file."""
    from .badge import to_badge
    from .html import to_html  # jinja2 is loaded only where a page is wanted

    return {
        HTML: to_html(report).encode(),
        JUNIT: to_junit(report),
        BADGE: to_badge(report).encode(),
        SARIF: _json(to_sarif(report)),
        **archives(report),
    }


def _json(document: object) -> bytes:
    """ASCII, so that a terminal, too, can show it; not-a-number is refused."""
    return (json.dumps(document, indent=2, allow_nan=False) + "\n").encode()


def _replace(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_bytes(content)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _scripts(report: Report) -> dict[str, bytes]:
    """What reproduces the failures, in UTF-8; a lone surrogate, which has none, as an escape."""
    found = [each for _, failure in report.contradictions for each in failure.reproductions.values()]
    for each in found:
        if not is_reproduction(each.path):
            raise ValueError(
                f"reproduction {each.path!r}: expected a name like reproductions/route-overlap/reproduce.sh"
            )
    return {each.path: each.text.encode("utf-8", "backslashreplace") for each in found}


def _remove_others(directory: Path, kept: Collection[str]) -> None:
    """Remove what an earlier run left; of a directory that only had such files, the directory too."""
    named = {
        TRANSCRIPTS: (("*.json",), is_transcript),
        REPRODUCTIONS: (("*/*.sh", "*/*.py"), is_reproduction),
        HAR: (("*.har",), is_archive),
    }
    for folder, (patterns, is_ours) in named.items():
        for path in [path for pattern in patterns for path in (directory / folder).glob(pattern)]:
            name = path.relative_to(directory).as_posix()
            if is_ours(name) and name not in kept and path.is_file():
                path.unlink()
                with suppress(OSError):
                    path.parent.rmdir()
