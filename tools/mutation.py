"""Mutation score of our own tests: faults drawn by a seed, each run against the tests of its room.

    python -m venv /tmp/cosmic && /tmp/cosmic/bin/pip install cosmic-ray
    /tmp/cosmic/bin/python -m tools.mutation COPY --count 400 --results FILE

cosmic-ray makes the mutants. COPY is a checkout to be spoilt, with the development environment in its `.venv`.

Rules of this file
1. A module is changed in the copy and put back as it was, whatever happens in between.
2. What cannot change behaviour is not drawn: annotations, arguments of `@dataclass`, and `is` for `==`.
3. Results are written one by one, and those that a file has are not worked out again: a run can be interrupted. The
   drawn mutants are in random order, so that what there is by then is a sample too.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import random
import signal
import subprocess
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from math import comb
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

ROOMS: Final = Path(__file__).with_suffix(".toml")
SEED: Final = 15
CONFIDENCE: Final = 0.95
PATIENCE: Final = 3
"""How many times as long as without a fault the tests may take. One that makes them take longer is killed."""
SLACK: Final = 30  # seconds more than that
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
    sys.stderr.write(f"{len(faults):,} possible: {dict(Counter(fault.room for fault in faults))}\n")
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


def outcome(checkout: Path, tests: Sequence[str], limit: float | None) -> str:
    """Run tests up to the first failure: `survived` where none fails, `killed`, or `timeout`."""
    python = str(checkout / ".venv/bin/python")
    command = [python, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "--no-header", *tests]
    settings = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    process = subprocess.Popen(
        command,
        cwd=checkout,
        env=settings,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        return "killed" if process.wait(limit) else "survived"
    except subprocess.TimeoutExpired:
        return "timeout"
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a run of pytest with all that it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def ordered_tests(fault: Fault, room: Room, checkout: Path) -> Sequence[str]:
    """The tests of a room; those that carry the name of the module first."""
    stem = Path(fault.module).stem
    own = [path for test in room.tests for path in sorted((checkout / test).glob(f"test_{stem}.py"))]
    return list(dict.fromkeys([*(path.relative_to(checkout).as_posix() for path in own), *room.tests]))


def clopper_pearson(hits: int, trials: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The exact interval of a share: the shares for which as many hits, or as few, are not too unlikely."""
    tail = (1 - confidence) / 2
    low = 0.0 if hits == 0 else _root(lambda share: 1 - _at_most(hits - 1, trials, share) - tail)
    high = 1.0 if hits == trials else _root(lambda share: tail - _at_most(hits, trials, share))
    return low, high


def _at_most(hits: int, trials: int, share: float) -> float:
    return sum(comb(trials, n) * share**n * (1 - share) ** (trials - n) for n in range(hits + 1))


def _root(rising: Callable[[float], float]) -> float:
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if rising(middle) > 0 else (middle, high)
    return low


def try_all(checkout: Path, rooms: Sequence[Room], faults: Sequence[Fault], results: Path) -> None:
    """Run the tests for each fault, and append what came of it to the results."""
    known = {row["key"] for row in read_results(results)}
    limits = {room.name: _limit(checkout, room) for room in rooms if any(f.room == room.name for f in faults)}
    by_name = {room.name: room for room in rooms}
    for number, fault in enumerate(faults, 1):
        if fault.key in known:
            continue
        before = (checkout / fault.module).read_text(encoding="utf-8").splitlines()[fault.line - 1].strip()
        started = time.monotonic()
        with applied(checkout, fault) as after:
            ended = outcome(checkout, ordered_tests(fault, by_name[fault.room], checkout), limits[fault.room])
        seconds = round(time.monotonic() - started, 1)
        row = {
            "key": fault.key,
            **asdict(fault),
            "before": before,
            "after": after,
            "outcome": ended,
            "seconds": seconds,
        }
        with results.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
        sys.stderr.write(f"{number:>4} {ended:8} {seconds:>6.1f} s {fault.key}\n")


def _limit(checkout: Path, room: Room) -> float:
    """How long a run may take. Exits where the tests fail without a fault."""
    started = time.monotonic()
    if outcome(checkout, room.tests, None) != "survived":
        raise SystemExit(f"{room.name}: its tests fail without a fault; see pytest {' '.join(room.tests)}")
    seconds = time.monotonic() - started
    sys.stderr.write(f"{room.name}: {seconds:.0f} s without a fault\n")
    return seconds * PATIENCE + SLACK


def read_results(file: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] if file.exists() else []


def summary(rows: Sequence[Mapping[str, object]]) -> Iterator[str]:
    """Yield the share killed, of all and of each room, with its interval, then each survivor."""
    for room in ["all", *sorted({str(row["room"]) for row in rows})]:
        own = [row for row in rows if room in ("all", row["room"])]
        killed = sum(row["outcome"] != "survived" for row in own)
        if own:
            low, high = clopper_pearson(killed, len(own))
            yield f"{room:8} {killed} of {len(own)} killed: {killed / len(own):.1%} ({low:.1%} to {high:.1%})"
    for row in sorted(rows, key=lambda row: str(row["key"])):
        if row["outcome"] == "survived":
            yield f"{row['module']}:{row['line']} {str(row['operator']).removeprefix('core/')}"
            yield f"    - {row['before']}"
            yield f"    + {row['after']}"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.mutation")
    parser.add_argument("copy", type=Path, help="a checkout with its environment in .venv; its modules are changed")
    parser.add_argument("--count", type=int, default=400)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--rooms", type=Path, default=ROOMS, help="other modules and tests than tools/mutation.toml's")
    parser.add_argument("--results", type=Path, required=True, metavar="FILE", help="a line of JSON for each fault")
    parsed = parser.parse_args(arguments)
    copy, rooms = parsed.copy.resolve(), read_rooms(parsed.rooms)
    try_all(copy, rooms, draw(copy, rooms, parsed.count, parsed.seed), parsed.results)
    sys.stdout.writelines(f"{line}\n" for line in summary(read_results(parsed.results)))


if __name__ == "__main__":
    main()
