"""What one request costs the core: with 100,000 routes against 10, and against the plain oracle of the tests.

    python -m benchmarks.core [--profile]

Prints ratios, each the median of interleaved rounds in processor time, with the garbage collector off while timing.
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import pstats
import sys
from collections.abc import Callable, Iterable, Sequence
from statistics import median
from time import process_time
from typing import Final

from pbr_conformance.simulator.documentation.actions import CREATE, DELETE
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.target import Gateway, Target, Vpc
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.rules.oracle import assess
from tests.simulator.slow_oracle import SlowAccount

ROUNDS: Final = 9
REPEATS: Final = 300
MANY: Final = 100_000
FEW: Final = 10
NOW: Final = 1_700_000_000_000
TARGET: Final = Target(
    name="benchmark",
    gateways=(
        Gateway(id="vpn", quota=1_000_000, vpc="vpc", connections=("vco-a", "vco-b")),
        Gateway(id="vpn-beside", quota=1_000_000, vpc="vpc", connections=("vco-c",)),
    ),
    vpcs=(Vpc(id="vpc", vpn_route_quota=1_000_000),),
)

Task = Callable[[], object]
Tasks = dict[str, Callable[[], Sequence[Task]]]
"""by name: makes one round's worth of calls, none of which has been made before"""


class Mix:
    """Routes that do not overlap, in some of the lengths 24 to 32 and 16 to 32: the index's cost grows with these."""

    def __init__(self, sources: Sequence[int], destinations: Sequence[int]) -> None:
        self._sources, self._destinations = sources, destinations

    def parameters(self, number: int, hop: str = "vco-a") -> dict[str, str]:
        """The route of this number."""
        source, destination = 0x0A000000 + (number << 8), 0xAC000000 + (number % 4096 << 16)
        return {
            "RegionId": "cn-hangzhou",
            "VpnGatewayId": "vpn",
            "RouteSource": f"{dotted(source)}/{self._sources[number % len(self._sources)]}",
            "RouteDest": f"{dotted(destination)}/{self._destinations[number % len(self._destinations)]}",
            "NextHop": hop,
            "Weight": "100",
            "PublishVpc": "true" if number % 2 else "false",
        }

    def account(self, count: int) -> Account:
        """An account whose gateway has this many routes, all of one priority."""
        account = Account(TARGET)
        for number in range(count):
            account, answer = step(account, Request(CREATE, self.parameters(number)), NOW + 5_000 * number)
            if answer.code is not None:
                raise AssertionError(answer)
        return account

    def slow_account(self, count: int) -> SlowAccount:
        """The same for the slow oracle."""
        account = SlowAccount(TARGET)
        for number in range(count):
            account.created(self.parameters(number), "owner")
        return account

    def accepted(self) -> list[Request]:
        """Requests that no gateway here has a route for."""
        return [Request(CREATE, self.parameters(number)) for number in range(MANY + 10, MANY + 10 + REPEATS)]

    def overlapping(self) -> list[Request]:
        """Requests that overlap one route of every gateway here, and are nothing else to it."""
        inside = {"RouteSource": "10.0.5.0/24", "RouteDest": "172.4.0.0/15"}
        return [Request(CREATE, {**self.parameters(n, "vco-b"), **inside}) for n in range(REPEATS)]

    def deletion(self) -> Request:
        """A deletion of a route that every gateway here has."""
        return Request(DELETE, self.parameters(FEW // 2))


def dotted(address: int) -> str:
    return ".".join(str(address >> shift & 255) for shift in (24, 16, 8, 0))


ONE_PAIR: Final = Mix([24], [16])
ORDINARY: Final = Mix([24, 28, 32], [16, 24, 32])
ALL_PAIRS: Final = Mix(range(24, 33), range(16, 33))
"""153 pairs of lengths"""


# What is timed


def steps(account: Account, requests: Callable[[], Iterable[Request]]) -> Callable[[], Sequence[Task]]:
    """Each request answered from the same account, as one of several futures."""
    now = NOW + 5_000 * (MANY + 1)

    def task(request: Request) -> Task:
        return lambda: step(account, request, now)

    return lambda: [task(request) for request in requests()]


def judged(accounts: Sequence[Account], requests: Callable[[], Iterable[Request]]) -> Callable[[], Sequence[Task]]:
    """Each request assessed, then answered, an account moving on; after ten comes another of the first size."""
    now, at, made = NOW + 5_000 * (MANY + 1), accounts[0], 0

    def run(request: Request) -> None:
        nonlocal now, at, made
        at, now, made = at if made % 10 else accounts[made // 10 % len(accounts)], now + 5_000, made + 1
        assess(at, request, now)
        at = step(at, request, now)[0]

    def task(request: Request) -> Task:
        return lambda: run(request)

    def tasks() -> Sequence[Task]:
        for account in accounts:
            account.table("vpn")  # what the last round added is taken back here, not while the time is taken
        return [task(request) for request in requests()]

    return tasks


def judged_slowly(account: SlowAccount, requests: Callable[[], Iterable[Request]]) -> Callable[[], Sequence[Task]]:
    """The same by the slow oracle; what it accepts is taken back, so that the gateway does not grow."""

    def run(request: Request) -> None:
        if not any(strength == "MUST" for _, strength, _ in account.assess(request.parameters, request.caller)):
            account.created(request.parameters, request.caller)
            account.routes["vpn"].pop()

    def task(request: Request) -> Task:
        return lambda: run(request)

    return lambda: [task(request) for request in requests()]


def deletions(account: Account, request: Request) -> Callable[[], Sequence[Task]]:
    """The same deletion from the same account, three times."""
    now = NOW + 5_000 * (MANY + 1)
    return lambda: [lambda: step(account, request, now)] * 3


# How it is timed


def microseconds(tasks: Sequence[Task]) -> float:
    """Processor time of one call."""
    gc.collect()
    gc.disable()
    start = process_time()
    for task in tasks:
        task()
    spent = process_time() - start
    gc.enable()
    return spent / len(tasks) * 1e6


def measure(tasks: Tasks) -> dict[str, list[float]]:
    """A round of each in turn, after one that is not counted."""
    rounds: dict[str, list[float]] = {name: [] for name in tasks}
    for index in range(ROUNDS + 1):
        for name, make in tasks.items():
            spent = microseconds(make())
            if index:
                rounds[name].append(spent)
    return rounds


def compare(what: str, one: str, other: str, rounds: dict[str, list[float]]) -> None:
    """One line: the median ratio of a round, and both medians."""
    ratio = median(mine / theirs for mine, theirs in zip(rounds[one], rounds[other], strict=True))
    say(f"  {what:<28} {ratio:8.2f}   {median(rounds[one]):9.1f} us / {median(rounds[other]):9.1f} us")


def say(line: str) -> None:
    sys.stdout.write(line + "\n")


def against_size(title: str, mix: Mix) -> None:
    many, few = mix.account(MANY), mix.account(FEW)
    rounds = measure(
        {
            "refused, many": steps(many, mix.overlapping),
            "refused, few": steps(few, mix.overlapping),
            "accepted, many": steps(many, mix.accepted),
            "accepted, few": steps(few, mix.accepted),
            "deleted, many": deletions(many, mix.deletion()),
            "deleted, few": deletions(few, mix.deletion()),
        }
    )
    say(f"{title}: {MANY:,} routes / {FEW} routes")
    for kind, what in (("refused", "step, refused by overlap"), ("accepted", "step, accepted"), ("deleted", "delete")):
        compare(what, f"{kind}, many", f"{kind}, few", rounds)


def against_slow(count: int) -> None:
    fast, slow = [ORDINARY.account(count) for _ in range(REPEATS // 10)], ORDINARY.slow_account(count)
    rounds = measure(
        {
            "accepted, slow": judged_slowly(slow, ORDINARY.accepted),
            "accepted, fast": judged(fast, ORDINARY.accepted),
            "refused, slow": judged_slowly(slow, ORDINARY.overlapping),
            "refused, fast": judged(fast, ORDINARY.overlapping),
        }
    )
    say(f"{count} routes, assess and answer: slow oracle / core")
    for kind in ("accepted", "refused"):
        compare(kind, f"{kind}, slow", f"{kind}, fast", rounds)


def profile(account: Account) -> None:
    """Where the time of the core goes, over ordinary requests."""
    profiler = cProfile.Profile()
    for _ in range(20):
        tasks = [*judged([account], ORDINARY.accepted)(), *judged([account], ORDINARY.overlapping)()]
        profiler.enable()
        for task in tasks:
            task()
        profiler.disable()
    pstats.Stats(profiler).strip_dirs().sort_stats("tottime").print_stats(25)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--profile", action="store_true", help="say where the time goes, instead")
    if parser.parse_args().profile:
        return profile(ORDINARY.account(20))
    against_size("one pair of lengths", ONE_PAIR)
    against_size("153 pairs of lengths", ALL_PAIRS)
    for count in (10, 20, 100):
        against_slow(count)
    return None


if __name__ == "__main__":
    main()
