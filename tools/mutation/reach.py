"""Which tests of a room reach which lines, and how long each takes.

Each test file runs in a process of its own, so that what one file has cached is worked out by the next one too.
"""

from __future__ import annotations

import ast
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from .faults import Fault, Room
from .pytest_run import run_pytest

_DURATION: Final = re.compile(r"^\s*([\d.]+)s (?:setup|call|teardown)\s+(.+?)\s*$", re.MULTILINE)
_HEADER: Final = "import"
"""Stands for the tests that reach a line by importing the module: all of them."""


@dataclass(frozen=True)
class Reach:
    """The tests of a room with their seconds, and for each module the tests that reach each line."""

    seconds: Mapping[str, float]
    lines: Mapping[str, Mapping[str, Sequence[str]]]

    def tests(self, fault: Fault, text: str) -> Sequence[str]:
        """Choose the tests for a fault: those that reach it, then others of their files, quick ones first."""
        module = self.lines.get(fault.module, {})
        reached = {test for line in statement_lines(text, fault.line) for test in module.get(str(line), ())}
        if _HEADER in reached:
            reached = {test for tests in module.values() for test in tests} - {_HEADER}
        files = {_file(test) for test in reached}
        chosen = [test for test in self.seconds if _file(test) in files]
        return sorted(chosen, key=lambda test: (test not in reached, self.seconds[test]))


def _file(test: str) -> str:
    return test.partition("::")[0]


def statement_lines(text: str, line: int) -> range:
    """The lines of the innermost statement around a line; of a compound one its header."""
    found = range(line, line + 1)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.stmt):
            body = getattr(node, "body", None)
            end = body[0].lineno if body else (node.end_lineno or node.lineno) + 1
            if node.lineno <= line < max(end, node.lineno + 1):
                found = range(node.lineno, max(end, node.lineno + 1))
    return found


def measure(checkout: Path, room: Room) -> Reach:
    """Run each test file of a room once, under coverage. Exits where one fails."""
    seconds: dict[str, float] = {}
    lines: defaultdict[str, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    folders = sorted({str(Path(pattern).parent) for pattern in room.modules})
    for file in files_of_tests(checkout, room):
        for test, module, line in _reached(checkout, file, folders, seconds):
            lines[module][str(line)].add(test)
    return Reach(seconds, {module: {k: sorted(v) for k, v in found.items()} for module, found in lines.items()})


def files_of_tests(checkout: Path, room: Room) -> Sequence[str]:
    """List the test files of a room, each once."""
    paths = (path for test in room.tests for path in _files(checkout / test))
    return list(dict.fromkeys(path.relative_to(checkout).as_posix() for path in paths))


def _files(path: Path) -> Sequence[Path]:
    return [path] if path.is_file() else sorted(path.rglob("test_*.py"))


def _reached(
    checkout: Path, file: str, folders: Sequence[str], seconds: dict[str, float]
) -> Iterator[tuple[str, str, int]]:
    """Yield each test of a file with each line of the folders that it reaches, and note how long the tests take."""
    from coverage import CoverageData

    with TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        measuring = [
            *(f"--cov={measured}" for measured in folders),
            "--cov-context=test",
            "--cov-report=",
            "--durations=0",
            "--durations-min=0",
            "-vv",
        ]
        status, printed = run_pytest(checkout, [file, *measuring], COVERAGE_FILE=str(data))
        if status:
            raise SystemExit(f"{file} fails without a fault:\n{printed[-2000:]}")
        for taken, test in _DURATION.findall(printed):
            seconds[test] = seconds.get(test, 0.0) + float(taken)
        found = CoverageData(str(data))
        found.read()
        for measured in found.measured_files():
            module = Path(measured)
            for line, contexts in found.contexts_by_lineno(measured).items():
                for context in contexts:
                    yield context.rpartition("|")[0] or _HEADER, module.relative_to(checkout).as_posix(), line


def read_reach(checkout: Path, room: Room, cache: Path) -> Reach:
    """Read what was measured before, or measure it."""
    if cache.exists():
        kept = json.loads(cache.read_text(encoding="utf-8"))
        return Reach(kept["seconds"], kept["lines"])
    reach = measure(checkout, room)
    cache.write_text(json.dumps({"seconds": reach.seconds, "lines": reach.lines}), encoding="utf-8")
    return reach
