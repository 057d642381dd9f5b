"""Requests and processor time of runs, and the speed of the core, the suite and the server, beside an older checkout.

Run it by hand:

    python benchmarks/paired.py OTHER_CHECKOUT [--pairs 6] [--seeds 1,2,3,4,5] [run] [served] [core] [suite] [server]
        [version]

Both checkouts, each with an environment in .venv, are measured in turns, and who begins changes from pair to pair.
Times are processor time in user mode. A ratio is that of here to there for requests and time, and of there to here for
what a request costs, so that below 1 is slower; its interval is that of the median, by the sign test.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from itertools import count
from math import comb
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

HERE: Final = Path(__file__).parents[1]
_ADDRESS: Final = re.compile(r"http://127\.0\.0\.1:\d+")
_CORE: Final = re.compile(r"  (.{28}) +[\d.]+ +([\d.]+) us / +([\d.]+) us")
_SUITE: Final = re.compile(r"(.*): ([\d,]+)/s to ([\d,]+)/s")
_REQUESTS: Final = 3000
"""Requests to a server in one measurement."""
_TICK: Final = os.sysconf("SC_CLK_TCK")

Figures = Mapping[str, float]
"""What one measurement says, by name: costs, of which fewer are better."""


def python(checkout: Path) -> Path:
    """The interpreter of a checkout's environment."""
    return checkout / ".venv/bin/python"


def program(checkout: Path) -> str:
    """The command line of a checkout."""
    return str(checkout / ".venv/bin/pbr-conformance")


# --- What is measured -------------------------------------------------------------------------------------------------


def spent(command: Sequence[str], checkout: Path) -> float:
    """Seconds of processor time in user mode that a program takes."""
    with tempfile.TemporaryDirectory() as state, open(os.devnull, "wb") as nowhere:
        kept = {**os.environ, "XDG_STATE_HOME": state}
        process = subprocess.Popen(command, cwd=checkout, stdout=nowhere, stderr=nowhere, env=kept)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} in {checkout}: exit status {process.returncode}")
    return used.ru_utime


def run_of(checkout: Path, seed: int, *words: str) -> Figures:
    """A default run of a correct endpoint: what it sends and takes."""
    with tempfile.TemporaryDirectory() as name:
        command = [program(checkout), "run", "--seed", str(seed), "--report", name, *words]
        seconds = spent(command, checkout)
        checks = json.loads(Path(name, "report.json").read_text(encoding="utf-8"))["checks"]
    return {f"requests, seed {seed}": sum(each["requests"] for each in checks), "processor time": seconds}


def served_run(checkout: Path, seed: int) -> Figures:
    """The same over loopback, on a server of the same checkout, whose own time does not count."""
    with serving(checkout) as server:
        return run_of(checkout, seed, "--url", server[0])


def printed(checkout: Path, name: str, line: re.Pattern[str]) -> Iterator[tuple[str, re.Match[str]]]:
    """The lines of a benchmark of a checkout that have figures, each with what it is about."""
    command = [str(python(checkout)), f"benchmarks/{name}.py"]
    found_tests = {**os.environ, "PYTHONPATH": str(checkout)}
    done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=True, env=found_tests)
    title = ""
    for text in done.stdout.splitlines():
        found = line.match(text)
        title = title if found else text.partition(":")[0]
        if found:
            yield f"{title} {found[1].strip()}".strip(), found


def core(checkout: Path, _: int) -> Figures:
    """Microseconds of the core, as benchmarks/core.py says: its own, and not those of the oracle of the tests."""
    found: dict[str, float] = {}
    for name, line in printed(checkout, "core", _CORE):
        if "slow oracle" not in name:
            found[f"{name}, many"] = float(line[2])
        found[f"{name}, few" if "slow oracle" not in name else name.partition(",")[0] + f", {line[1]}"] = float(line[3])
    return found


def suite(checkout: Path, _: int) -> Figures:
    """What a judged request costs, as benchmarks/suite.py says: in steps of a state machine, or bare requests."""
    found: dict[str, float] = {}
    for name, line in printed(checkout, "suite", _SUITE):
        mine, other = (float(line[number].replace(",", "")) for number in (2, 3))
        found[name] = other / mine
    return found


def server(checkout: Path, _: int) -> Figures:
    """Microseconds of a server's processor time for a creation and for a refusal."""
    with serving(checkout) as (url, process), closing(HTTPConnection(url.removeprefix("http://"))) as connection:
        return {
            "a creation": _answered(connection, process, lambda number: creation(number, "vpn-single-2")),
            "a refusal": _answered(connection, process, lambda number: creation(number, "vpn-nowhere")),
        }


def version(checkout: Path, _: int) -> Figures:
    """Seconds of `--version`: ten times, as one is little more than what the clock tells."""
    return {"--version": sum(spent([program(checkout), "--version"], checkout) for _ in range(10)) / 10}


MEASURED: Final[Mapping[str, Callable[[Path, int], Figures]]] = {
    "run": run_of,
    "served": served_run,
    "core": core,
    "suite": suite,
    "server": server,
    "version": version,
}
_SEEDED: Final = ("run", "served")


def creation(number: int, gateway: str) -> str:
    """The query of the n-th dry run."""
    values = {"RouteSource": f"10.{number >> 8 & 255}.{number & 255}.0/24", "RouteDest": "172.31.0.0/24"}
    more = {"NextHop": "vco-single-2-a", "Weight": "100", "PublishVpc": "false", "DryRun": "true"}
    common = {"Action": "CreateVpnPbrRouteEntry", "Version": "2016-04-28", "RegionId": "cn-hangzhou"}
    return urlencode({**common, "VpnGatewayId": gateway, **values, **more})


def _answered(connection: HTTPConnection, process: int, query: Callable[[int], str]) -> float:
    before = _worked(process)
    for number in range(_REQUESTS):
        connection.request("POST", f"/?{query(number)}")
        connection.getresponse().read()
    return (_worked(process) - before) / _REQUESTS * 1e6


def _worked(process: int) -> float:
    """Seconds of processor time in user mode that a process has had."""
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11]) / _TICK


@contextmanager
def serving(checkout: Path) -> Iterator[tuple[str, int]]:
    """The URL of the account that a checkout serves, and the number of the process."""
    command = [program(checkout), "serve", "--port", "0"]
    with subprocess.Popen(command, cwd=checkout, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            found = next(filter(None, map(_ADDRESS.search, process.stdout)))
            yield found[0], process.pid
        finally:
            process.terminate()


# --- How it is compared -----------------------------------------------------------------------------------------------


def interval(values: Sequence[float]) -> tuple[float, float]:
    """The narrowest interval of the median that the sign test gives at 95 %; the extremes, where there are few."""
    ordered, size = sorted(values), len(values)
    outside = 0.0
    for cut in count():
        outside += 2 * comb(size, cut) / 2**size
        if outside > 0.05 or 2 * cut + 2 > size:
            at = max(0, cut - 1)
            return ordered[at], ordered[size - 1 - at]
    raise AssertionError("the loop ends")


def ratios(what: str, other: Path, pairs: int, seeds: Sequence[int]) -> dict[str, list[float]]:
    """By figure: here to there, once a pair; of speeds the inverse."""
    measure, found = MEASURED[what], defaultdict[str, list[float]](list)
    for number in range(pairs):
        order = (HERE, other) if number % 2 else (other, HERE)
        figures = {checkout: measure(checkout, seeds[number % len(seeds)]) for checkout in order}
        for name, here in figures[HERE].items():
            if name in figures[other]:
                there = figures[other][name]
                found[name].append(here / there if what in _SEEDED else there / here)
    return found


def main() -> None:
    """Print a line for each figure."""
    parser = argparse.ArgumentParser(description="Figures here and of another checkout.")
    parser.add_argument("other", type=Path, help="a checkout with an environment in .venv")
    parser.add_argument("what", nargs="*", metavar="what", help=f"of {', '.join(MEASURED)}; all where none is named")
    parser.add_argument("--pairs", type=int, default=6)
    parser.add_argument("--seeds", default="1,2,3,4,5", help="numbers with commas between them")
    chosen = parser.parse_intermixed_args()
    seeds = [int(each) for each in chosen.seeds.split(",")]
    for what in chosen.what or MEASURED:
        began = time.monotonic()
        for name, values in ratios(what, chosen.other, chosen.pairs, seeds).items():
            low, high = interval(values)
            middle = statistics.median(values)
            sys.stdout.write(f"{what}: {name}: {middle:.3f} ({low:.3f} to {high:.3f}; {len(values)} pairs)\n")
        sys.stdout.write(f"  {time.monotonic() - began:.0f} s\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
