"""The faults that there are, the draw from them, and one of them put into a module.

cosmic-ray is imported where it is used: it belongs to no environment of ours.
"""

from __future__ import annotations

import ast
import os
import random
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

EQUIVALENT: Final = ("Eq_Is", "Eq_IsNot", "NotEq_Is", "NotEq_IsNot", "Is_Eq", "IsNot_NotEq")
"""Replaced comparisons that make no difference for enumerations, small numbers and None; `Eq_IsNot` and `NotEq_Is` are
drawn as `Eq_NotEq` and `NotEq_Eq`."""

Span = tuple[tuple[int, int], tuple[int, int]]


@dataclass(frozen=True)
class Fault:
    """One mutant: an operator of cosmic-ray, and the how-manieth place of a module where it applies."""

    room: str
    module: str
    line: int
    column: int
    operator: str
    occurrence: int

    @property
    def key(self) -> str:
        return f"{self.module}:{self.line}:{self.column} {self.operator} {self.occurrence}"


@dataclass(frozen=True)
class Room:
    """The modules that are mutated, and the tests that have to notice."""

    name: str
    modules: Sequence[str]
    tests: Sequence[str]


def read_rooms(file: Path) -> Sequence[Room]:
    tables = tomllib.loads(file.read_text(encoding="utf-8"))
    return [Room(name, table["modules"], table["tests"]) for name, table in tables.items()]


def draw(checkout: Path, rooms: Sequence[Room], count: int, seed: int) -> Sequence[Fault]:
    """Draw faults from all that there are, in random order. The same seed draws the same from the same modules."""
    faults = [fault for room in rooms for fault in _every(checkout, room)]
    return random.Random(seed).sample(faults, min(count, len(faults)))


def _every(checkout: Path, room: Room) -> Iterator[Fault]:
    """Yield every fault of a room's modules that can change behaviour, in the order of the text."""
    from cosmic_ray.commands import init
    from cosmic_ray.work_db import WorkDB, use_db

    paths = sorted({path for pattern in room.modules for path in checkout.glob(pattern)})
    quiet = {path: spans_without_effect(path.read_text(encoding="utf-8")) for path in paths}
    with TemporaryDirectory() as folder, use_db(f"{folder}/work.sqlite", WorkDB.Mode.create) as work:
        init(paths, work, {})
        specs = [spec for item in work.work_items for spec in item.mutations]
    for spec in sorted(
        specs, key=lambda spec: (str(spec.module_path), spec.start_pos, spec.operator_name, spec.occurrence)
    ):
        path = Path(spec.module_path)
        if not spec.operator_name.endswith(EQUIVALENT) and not _within(spec.start_pos, quiet[path]):
            module, (line, column) = path.relative_to(checkout).as_posix(), spec.start_pos
            yield Fault(room.name, module, line, column, spec.operator_name, spec.occurrence)


def spans_without_effect(text: str) -> list[Span]:
    """The places of a module where a change is none of behaviour: annotations, and the arguments of `@dataclass`."""
    found: list[ast.expr | None] = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.arg | ast.AnnAssign):
            found.append(node.annotation)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found.append(node.returns)
        elif isinstance(node, ast.ClassDef):
            calls = [call for call in node.decorator_list if isinstance(call, ast.Call)]
            found += [word.value for call in calls if _is_dataclass(call.func) for word in call.keywords]
    return [((e.lineno, e.col_offset), (e.end_lineno or 0, e.end_col_offset or 0)) for e in found if e is not None]


def _is_dataclass(function: ast.expr) -> bool:
    return isinstance(function, ast.Name) and function.id == "dataclass"


def _within(position: tuple[int, int], spans: Sequence[Span]) -> bool:
    return any(start <= position < end for start, end in spans)


@contextmanager
def applied(checkout: Path, fault: Fault) -> Iterator[str]:
    """Put a fault into the copy for as long as the context lasts; the value is its line after that."""
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator

    path = checkout / fault.module
    original, times = path.read_bytes(), path.stat()
    mutant = mutate_code(original.decode(), get_operator(fault.operator)(), fault.occurrence)
    try:
        path.write_text(mutant, encoding="utf-8")
        yield mutant.splitlines()[fault.line - 1].strip()
    finally:
        path.write_bytes(original)
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
