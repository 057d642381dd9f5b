"""What an exhaustive search costs: processor time and memory, beside another version, and wherever it is done.

Run it by hand, from the root of the repository:

    python -m benchmarks.search --beside /elsewhere/.venv/bin/pbr-conformance [--depth 3]
    python -m benchmarks.search [--depth 3] [--only SCOPE] [--rounds 3]

With --beside both versions search at the same moment, so that whatever else the machine does slows both down. Without,
the same search is done in this process, by one, two and four processes, and on a local cluster of two and four workers,
as often as --rounds says; the shortest time counts. It is an error where two of them find something else.

Memory is the proportional set size of all processes of a command at its peak: what they share counts once.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

_EVERY: Final = 0.1
"""Seconds between two looks at the memory."""
_COUNTS: Final = ("histories", "states", "judged", "conditions", "pairs", "outcomes")
_PLACES: Final = {
    "this process": (),
    "2 processes": ("--workers", "2"),
    "4 processes": ("--workers", "4"),
    "a cluster of 2": ("--workers", "2", "--cluster", "local"),
    "a cluster of 4": ("--workers", "4", "--cluster", "local"),
}


@dataclass(frozen=True, slots=True)
class Measured:
    """What one search took, and its certificate."""

    seconds: float
    processor: float
    """Seconds of all its processes."""
    memory: int
    """KB."""
    certificate: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.seconds:.1f} s, processor {self.processor:.1f} s, memory {self.memory / 1024:.1f} MB"


def family(process: int) -> list[int]:
    """A process and all that descend from it."""
    found = [process]
    try:
        for thread in Path(f"/proc/{process}/task").iterdir():
            for child in (thread / "children").read_text().split():
                found += family(int(child))
    except OSError:
        pass  # it has just ended
    return found


def memory(process: int) -> int:
    """The proportional set size of a process, in KB; 0 where it has ended."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def measured(program: str, words: Sequence[str]) -> Measured:
    """Search once, and look at it all the time."""
    with TemporaryDirectory() as directory:
        began, peak = time.monotonic(), 0
        command = [program, "exhaust", *words, "--report", directory]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while (ended := os.wait4(process.pid, os.WNOHANG))[0] == 0:
            peak = max(peak, sum(map(memory, family(process.pid))))
            time.sleep(_EVERY)
        usage = ended[2]
        text = (Path(directory) / "certificate.json").read_text(encoding="utf-8")
    return Measured(time.monotonic() - began, usage.ru_utime + usage.ru_stime, peak, json.loads(text))


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def unlike(one: Measured, other: Measured, names: Sequence[str]) -> list[str]:
    """What two certificates do not have in common."""
    return [name for name in names if one.certificate[name] != other.certificate[name]]


def beside(program: str, other: str, words: Sequence[str]) -> int:
    """Both versions at the same moment; the exit status."""
    with ThreadPoolExecutor(2) as pool:
        new, old = pool.map(partial(measured, words=words), (program, other))
    say(f"this version:  {new}")
    say(f"the other one: {old}")
    say(f"processor time {new.processor / old.processor:.2f} of the other's, memory {new.memory / old.memory:.2f}")
    different = unlike(new, old, _COUNTS)
    say(f"not the same: {', '.join(different)}" if different else f"the same: {', '.join(_COUNTS)}")
    return 1 if different else 0


def everywhere(program: str, words: Sequence[str], rounds: int) -> int:
    """The same search wherever it can be done; the exit status."""
    best: dict[str, Measured] = {}
    for _ in range(rounds):
        for place, more in _PLACES.items():
            found = measured(program, (*words, *more))
            best[place] = min(found, best.get(place, found), key=lambda each: each.seconds)
    alone, two = best["this process"], best["2 processes"]
    different = [place for place, found in best.items() if unlike(alone, found, (*_COUNTS, "hash", "requests"))]
    for place, found in best.items():
        say(f"{place}: {found}, {alone.seconds / found.seconds:.2f} times as fast as this process")
    say(f"efficiency of two processes: {alone.seconds / two.seconds / 2:.2f} of twice one")
    for workers in (2, 4):
        cluster, local = best[f"a cluster of {workers}"], best[f"{workers} processes"]
        say(f"a cluster of {workers} takes {cluster.seconds / local.seconds:.2f} of the time of as many processes")
    say(
        f"hash {alone.certificate['hash']}"
        + (f"; not the same: {', '.join(different)}" if different else ", all alike")
    )
    return 1 if different else 0


def main() -> int:
    """Measure, and print it."""
    parser = argparse.ArgumentParser(description="What an exhaustive search costs.")
    parser.add_argument("--beside", metavar="PROGRAM", help="pbr-conformance of another version")
    parser.add_argument("--depth", default="2")
    parser.add_argument("--only", action="append", default=[], help="scopes; * and ? allowed")
    parser.add_argument("--rounds", type=int, default=1)
    chosen = parser.parse_args()
    program = str(Path(sys.executable).with_name("pbr-conformance"))
    words = ["--depth", chosen.depth, *(word for scope in chosen.only for word in ("--only", scope))]
    if chosen.beside:
        return beside(program, chosen.beside, words)
    return everywhere(program, words, chosen.rounds)


if __name__ == "__main__":
    sys.exit(main())
