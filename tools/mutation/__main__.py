"""The command: `python -m tools.mutation COPY --results FILE`."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from .faults import Fault, applied, draw, read_rooms
from .pytest_run import TIMEOUT, run_pytest
from .reach import Reach, read_reach
from .score import summary

ROOMS: Final = Path(__file__).with_name("rooms.toml")
SEED: Final = 15
PATIENCE: Final = 3
"""How many times as long as under coverage the tests may take. A fault that makes them take longer is caught."""
SLACK: Final = 30  # seconds more than that
OUTCOMES: Final[Mapping[int, str]] = {0: "survived", TIMEOUT: "timeout"}


def try_fault(checkout: Path, fault: Fault, reach: Reach) -> Mapping[str, object]:
    """Run the tests that may notice a fault, and say whether one did."""
    text = (checkout / fault.module).read_text(encoding="utf-8")
    tests = reach.tests(fault, text)
    started = time.monotonic()
    limit = PATIENCE * sum(reach.seconds[test] for test in tests) + SLACK
    with applied(checkout, fault) as after:
        status = run_pytest(checkout, ["-q", *tests], limit=limit)[0] if tests else 0
    return {
        "key": fault.key,
        **asdict(fault),
        "before": text.splitlines()[fault.line - 1].strip(),
        "after": after,
        "tests": len(tests),
        "outcome": OUTCOMES.get(status, "killed"),
        "seconds": round(time.monotonic() - started, 1),
    }


def try_all(checkout: Path, faults: Sequence[Fault], reach: Mapping[str, Reach], results: Path) -> None:
    """Try the faults that the results do not have, and append each to them."""
    known = {row["key"] for row in read_results(results)}
    for number, fault in enumerate(faults, 1):
        if fault.key not in known:
            row = try_fault(checkout, fault, reach[fault.room])
            with results.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")
            sys.stderr.write(f"{number:>4} {row['outcome']:8} {row['seconds']:>6} s {fault.key}\n")


def read_results(file: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] if file.exists() else []


def _share(text: str) -> tuple[int, int]:
    part, _, parts = text.partition("/")
    return int(part), int(parts)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.mutation")
    parser.add_argument("copy", type=Path, help="a checkout with its environment in .venv; its modules are changed")
    parser.add_argument("--count", type=int, default=400, help="faults to draw (400); 0 prints the results so far")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--rooms", type=Path, default=ROOMS, help="other modules and tests than rooms.toml's")
    parser.add_argument("--results", type=Path, required=True, metavar="FILE", help="a line of JSON for each fault")
    parser.add_argument(
        "--share", type=_share, default=(1, 1), metavar="K/N", help="of N processes, each with a copy, this"
    )
    parsed = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the module is put back
    copy, rooms = parsed.copy.resolve(), read_rooms(parsed.rooms)
    part, parts = parsed.share
    faults = draw(copy, rooms, parsed.count, parsed.seed)[part - 1 :: parts]
    drawn = [room for room in rooms if any(fault.room == room.name for fault in faults)]
    reach = {room.name: read_reach(copy, room, parsed.results.with_suffix(f".{room.name}.json")) for room in drawn}
    try_all(copy, faults, reach, parsed.results)
    sys.stdout.writelines(f"{line}\n" for line in summary(read_results(parsed.results)))


if __name__ == "__main__":
    main()
