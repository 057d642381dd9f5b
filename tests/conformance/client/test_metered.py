"""What a metered endpoint counts, and what it says it waits for."""

from __future__ import annotations

import pickle
from dataclasses import replace

from pbr_conformance.conformance.client.endpoint import Embedded, Endpoint
from pbr_conformance.conformance.client.metered import Load, Meter
from pbr_conformance.conformance.judge.interaction import Received, Transcript
from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.model.messages import NoAnswer, Request
from pbr_conformance.simulator.model.target_file import reference
from pbr_conformance.simulator.rules.dialect import DEFAULT
from pbr_conformance.strategies.plain_requests import create, delete, describe, look, ordinary

TARGET = reference()
GATEWAY = TARGET.gateways[0]
VALUES = ordinary(TARGET, GATEWAY)


class Slow:
    """The simulator behind a latency of half a second; it notes what is waited for while it answers or sleeps."""

    longest_wait = 1.0

    def __init__(self, meter: Meter) -> None:
        self.inside, self.meter, self.seconds = Embedded(TARGET, replace(DEFAULT, settles_after=2000)), meter, 0.0
        self.waits: list[str] = []

    def send(self, request: Request) -> Received:
        self._pass(0.5)
        return NoAnswer("timeout", "none") if request.get("Weight") == "lost" else self.inside.send(request)

    def send_together(self, requests: list[Request], clients: int) -> Transcript:
        self._pass(0.5)
        return self.inside.send_together(requests, clients)

    def sleep(self, seconds: float) -> None:
        self._pass(seconds)
        self.inside.sleep(seconds)

    def _pass(self, seconds: float) -> None:
        self.waits.append(self.meter.waits_for)
        self.seconds += seconds

    def now(self) -> int:
        return self.inside.now()

    def renewed(self) -> Endpoint | None:
        return None

    def close(self) -> None:
        pass


def metered() -> tuple[Endpoint, Meter, Slow]:
    meter = Meter(lambda: slow.seconds)
    slow = Slow(meter)
    return meter.on(slow, "route/exists"), meter, slow  # type: ignore[arg-type]


def test_requests_changes_and_times_are_counted_by_gateway_and_purpose() -> None:
    endpoint, meter, _ = metered()
    endpoint.send(create(VALUES))
    endpoint.sleep(3.0)
    endpoint.send(create({**VALUES, "DryRun": "true"}))
    endpoint.send(create({**VALUES, "Weight": "50"}))
    endpoint.send(look(TARGET, GATEWAY))
    endpoint.send(delete(VALUES))
    expected = Load(creations=3, requests=5, changes=2, answering=2.5, pausing=3.0)
    assert meter.by_purpose == {"route/exists": expected}
    assert meter.by_gateway == {GATEWAY.id: expected}
    assert meter.sent == expected


def test_what_is_asked_before_a_run_is_no_part_of_it() -> None:
    endpoint, meter, slow = metered()
    meter.on(slow, "").send(describe(TARGET, GATEWAY.id))  # type: ignore[arg-type]
    assert meter.by_purpose[""].requests == 1
    assert meter.sent == Load()
    endpoint.close()


def test_requests_at_the_same_time_share_their_time() -> None:
    endpoint, meter, _ = metered()
    values = [{**VALUES, "RouteSource": f"10.{number}.0.0/16"} for number in range(4)]
    endpoint.send_together([create(each) for each in values], 4)
    assert meter.sent == Load(creations=4, requests=4, changes=meter.sent.changes, answering=0.5)
    assert meter.sent.changes >= 1


def test_it_says_what_is_waited_for() -> None:
    endpoint, meter, slow = metered()
    endpoint.send(create(VALUES))
    endpoint.sleep(2.0)
    endpoint.send(describe(TARGET, GATEWAY.id))
    endpoint.sleep(0.1)
    endpoint.send(create({**VALUES, "Weight": "lost"}))
    endpoint.sleep(1.0)
    endpoint.send(look(TARGET, GATEWAY))
    endpoint.sleep(1.0)
    answer = "an answer to {}".format
    assert slow.waits == [
        answer(CREATE),
        f"{GATEWAY.id} to settle",
        answer("DescribeVpnGateway"),
        "",
        answer(CREATE),
        "the endpoint, which did not answer",
        answer("DescribeVpnPbrRouteEntries"),
        f"lists of {GATEWAY.id} to catch up",
    ]
    assert meter.waits_for == ""


def test_steps_are_what_was_sent_up_to_each_creation() -> None:
    endpoint, meter, _ = metered()
    meter.steps = {"route/exists": []}  # type: ignore[assignment]
    endpoint.send(look(TARGET, GATEWAY))
    endpoint.send(create(VALUES))
    endpoint.send(describe(TARGET, GATEWAY.id))
    endpoint.send(create({**VALUES, "Weight": "50"}))
    assert [(each.requests, each.changes) for each in meter.steps["route/exists"]] == [(2, 1), (4, 1)]  # type: ignore[index]


def test_a_meter_goes_to_worker_processes() -> None:
    meter = Meter()
    meter.by_purpose["x"].requests += 1
    assert pickle.loads(pickle.dumps(meter)).sent == meter.sent
