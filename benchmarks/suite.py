"""How fast requests are judged: in process, beside a state machine of Hypothesis, and over HTTP, beside a bare client.

Run it by hand: `python benchmarks/suite.py`. It prints medians of ratios taken in one run; absolute figures depend
on the machine, ratios hardly do.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

import urllib3
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from pbr_conformance.conformance.client.endpoint import Embedded
from pbr_conformance.conformance.client.http import HttpEndpoint
from pbr_conformance.conformance.engine.search import search
from pbr_conformance.conformance.engine.session import Session
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC, PARAMETERS
from pbr_conformance.simulator.model.messages import Answer, NoAnswer, Request
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.simulator.model.target_file import reference
from pbr_conformance.simulator.wire.codec import write_request
from pbr_conformance.strategies.decoder import decoded_histories
from pbr_conformance.strategies.plain_requests import partitions

ROUNDS = 7
EXAMPLES = 150
NAMES = frozenset(row.name for row in PARAMETERS)


class DictMachine(RuleBasedStateMachine):
    """The peer: a state machine over a plain dict, with one integer a step."""

    def __init__(self) -> None:
        super().__init__()
        self.model: dict[int, int] = {}
        self.steps = 0

    @rule(key=st.integers(0, 9))
    def put(self, key: int) -> None:
        """Put a key in."""
        self.model[key] = key
        DictMachine.total += 1

    @rule(key=st.integers(0, 9))
    def drop(self, key: int) -> None:
        """Take a key out."""
        self.model.pop(key, None)
        DictMachine.total += 1

    total = 0


def state_machine() -> float:
    """Rule steps a second, 10 steps an example."""
    DictMachine.total = 0
    configured = settings(
        max_examples=EXAMPLES,
        stateful_step_count=10,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    began = time.process_time()
    run_state_machine_as_test(DictMachine, settings=configured)
    return DictMachine.total / (time.process_time() - began)


def judged_in_process(target: Target, seed: int) -> float:
    """Requests judged a second: creations against the oracle, and lists against the model."""
    partition = partitions(target)[0]
    session = Session(Embedded(target), partition, Judgement(DEFAULT_SPEC))
    strategy = decoded_histories(partition, NAMES)
    began = time.process_time()
    found = search(strategy, lambda history: session.play(history) is not None, EXAMPLES, seed)
    seconds = time.process_time() - began
    assert found is None, found
    return (session.counters.judged + session.counters.looks) / seconds


class Recorder(HttpEndpoint):
    """An HTTP endpoint that keeps the queries of what it sends."""

    def __init__(self, url: str, target: Target) -> None:
        super().__init__(url, target.credentials, "none")
        self.requests: list[Request] = []

    def send(self, request: Request) -> Answer | NoAnswer:
        """Keep it, and send it."""
        self.requests.append(request)
        return super().send(request)


def over_http(url: str, target: Target, seed: int) -> tuple[float, list[Request]]:
    """Requests a second that the suite sends to a served account, generation and judgement included; and which."""
    partition = partitions(target)[0]
    endpoint = Recorder(url, target)
    session = Session(endpoint, partition, Judgement(DEFAULT_SPEC, run=f"b{time.time_ns():x}"))
    strategy = decoded_histories(partition, NAMES)
    began = time.perf_counter()
    found = search(strategy, lambda history: session.play(history) is not None, 40, seed)
    seconds = time.perf_counter() - began
    assert found is None, found
    endpoint.close()
    return session.client.requests / seconds, endpoint.requests


def bare_client(url: str, requests: list[Request]) -> float:
    """Requests a second of urllib3 alone, sending the same bytes again."""
    paths = ["/?" + write_request(request, request.caller) for request in requests]
    pool = urllib3.HTTPConnectionPool(url.split("//")[1], retries=False, maxsize=1)
    began = time.perf_counter()
    for path in paths:
        pool.request("POST", path)
    seconds = time.perf_counter() - began
    pool.close()
    return len(paths) / seconds


def compare(name: str, pairs: list[tuple[float, float]], wanted: float) -> None:
    """Print the median ratio of two rates, measured in turn."""
    mine, other = (statistics.median(values) for values in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    print(f"{name}: {mine:,.0f}/s to {other:,.0f}/s, ratio {ratio:.2f} (wanted: {wanted})")  # noqa: T201


def served(target: Target) -> list[tuple[float, float]]:
    """The suite and a bare client, in turn, against one served account."""
    words = [sys.executable, "-c", "from pbr_conformance.conformance.cli import main; main()", "serve", "--port", "0"]
    pairs = []
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        try:
            for number in range(ROUNDS):
                ours, requests = over_http(url, target, number)
                pairs.append((ours, bare_client(url, requests)))
        finally:
            server.terminate()
    return pairs


def main() -> None:
    """Both comparisons."""
    target = reference()
    judged_in_process(target, 0)
    in_process = [(judged_in_process(target, number), state_machine()) for number in range(1, ROUNDS + 1)]
    compare("judged in process to state machine steps", in_process, 1.5)
    compare("suite over HTTP to a bare client", served(target), 0.5)


if __name__ == "__main__":
    main()
