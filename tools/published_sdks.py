"""Holds every published package of the vendor's SDKs against the documentation, each in a folder that is then removed.

    python -m tools.published_sdks                      # all wheels of the Python SDK
    python -m tools.published_sdks --npm 7.3.1 7.3.2    # versions of the npm package
    python -m tools.published_sdks --pip 7.2.2 6.9.0    # versions of the Python SDK

Rules of this file
1. Packages are fetched by pip and npm, one at a time; nothing of them is installed or run.
2. Each is held against the version from which it departs least. A departure is a finding that a person judges by the
   timeline of the documentation: a line of the table for each package, and one for each finding that others have not.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from pbr_conformance.conformance.specs.drift.comparison import compare, compare_best
from pbr_conformance.conformance.specs.drift.document import Unreadable
from pbr_conformance.conformance.specs.drift.findings import Drift
from pbr_conformance.conformance.specs.drift.source import read

PYTHON: Final = "alibabacloud_vpc20160428"
NODE: Final = "@alicloud/vpc20160428"
_PIP: Final = (sys.executable, "-m", "pip")


def main(arguments: Iterable[str] | None = None) -> int:
    """Print a line for each package, and each kind of finding once. Exit status 1 if one could not be read."""
    parser = argparse.ArgumentParser(prog="python -m tools.published_sdks", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--pip", nargs="*", metavar="VERSION", help="versions of the Python SDK (default: every one)")
    parser.add_argument("--npm", nargs="*", default=[], metavar="VERSION", help="versions of the npm package")
    options = parser.parse_args(None if arguments is None else [*arguments])
    versions = options.pip if options.pip is not None else [] if options.npm else _published()
    seen: Counter[str] = Counter()
    unreadable = 0
    for name, command in (*_pip(versions), *_npm(options.npm)):
        with TemporaryDirectory() as folder:
            unreadable += _held(name, command, Path(folder), seen)
    sys.stdout.writelines(f"{count:4} {finding}\n" for finding, count in seen.most_common())
    return 1 if unreadable else 0


def _published() -> list[str]:
    """The versions that pip finds, the oldest first."""
    text = _ran([*_PIP, "index", "versions", PYTHON], Path())
    found = re.search(r"Available versions: (.*)", text)
    return [] if found is None else [version.strip() for version in reversed(found.group(1).split(","))]


def _pip(versions: Iterable[str]) -> Iterator[tuple[str, list[str]]]:
    for version in versions:
        command = [*_PIP, "download", "-q", "--no-deps", "--only-binary", ":all:", "-d", "."]
        yield f"{PYTHON} {version}", [*command, f"{PYTHON}=={version}"]


def _npm(versions: Iterable[str]) -> Iterator[tuple[str, list[str]]]:
    for version in versions:
        yield f"{NODE} {version}", ["npm", "pack", "--silent", f"{NODE}@{version}"]


def _ran(command: list[str], folder: Path) -> str:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stdout


def _held(name: str, command: list[str], folder: Path, seen: Counter[str]) -> bool:
    """Print the line of one package; whether it could not be fetched or read."""
    _ran(command, folder)
    files = sorted(folder.iterdir())
    if not files:
        sys.stdout.write(f"{name}: there is no such package, or none that is not to be built first\n")
        return False
    try:
        document = read(str(files[0]))
    except Unreadable as why:
        sys.stdout.write(f"{name}: {why}\n")
        return True
    best = compare_best(name, document)
    drift = compare(name, document, best.best_fitting or best.spec)
    sys.stdout.write(f"{name}: {drift.spec}, {_counts(drift)}\n")
    seen.update(_lines(drift))
    return False


def _counts(drift: Drift) -> str:
    return json.dumps({"findings": len(drift.findings), "gaps": len(drift.gaps), **drift.compared})


def _lines(drift: Drift) -> Iterator[str]:
    for finding in drift.findings:
        words = f"{finding.encoded or 'nothing'} -> {finding.said or 'nothing'}"
        yield f"{drift.spec} {finding.about.value} {finding.kind.value} {finding.subject}: {words}"


if __name__ == "__main__":
    sys.exit(main())
