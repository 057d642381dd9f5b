"""The endpoint's clock: what the Dates of its answers tell, and requests that are stamped by it."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from pbr_conformance.conformance.client.clock import EndpointClock
from pbr_conformance.conformance.client.http import HttpEndpoint
from pbr_conformance.conformance.client.retrying import RetryingClient
from pbr_conformance.simulator.model.messages import Answer
from pbr_conformance.simulator.model.target import Credential
from pbr_conformance.simulator.model.target_file import reference
from pbr_conformance.strategies.plain_requests import describe

NOON = 1_780_000_000_000
KEYS = {"owner": Credential.model_validate({"access_key_id": "LTAI-clock", "access_key_secret": "not-a-secret"})}


def dated(moment: int) -> str:
    return formatdate(moment // 1000, usegmt=True)


@pytest.mark.parametrize("ahead", [-86_400_000, -1_200_000, -7_000, 7_000, 1_200_000, 86_400_000])
def test_many_dates_tell_more_than_one(ahead: int) -> None:
    clock = EndpointClock()
    for number in range(50):
        asked = NOON + 237 * number
        clock.hear(dated(asked + 10 + ahead), asked, asked + 20)
    assert abs(clock.ahead - ahead) < 1_100
    said = re.search(r"clock is ([0-9,]+) s", clock.says)
    assert said is not None
    assert abs(int(said[1].replace(",", "")) - abs(ahead) / 1000) <= 2
    assert ("behind" if ahead > 0 else "ahead of") in clock.says


@pytest.mark.parametrize("stale", [0, 999])
def test_clocks_that_agree_are_left_alone(stale: int) -> None:
    clock = EndpointClock()
    for number in range(50):
        asked = NOON + 237 * number
        clock.hear(dated(asked + 10 - stale), asked, asked + 20)
    assert (clock.ahead, clock.says) == (0, "")


def test_a_clock_that_is_set_is_followed() -> None:
    clock = EndpointClock()
    clock.hear(dated(NOON), NOON, NOON + 20)
    clock.hear(dated(NOON + 3_600_000), NOON + 1_000, NOON + 1_020)
    assert abs(clock.ahead - 3_600_000) < 2_000


@pytest.mark.parametrize("date", [None, "", "yesterday", "Mon, 99 Foo 2026 00:00:00 GMT"])
def test_what_is_no_date_tells_nothing(date: str | None) -> None:
    clock = EndpointClock()
    clock.hear(date, NOON, NOON + 20)
    assert (clock.is_known, clock.ahead) == (False, 0)


@contextmanager
def ahead_by(seconds: float) -> Iterator[str]:
    """An endpoint that lets in what is stamped within 15 minutes of its clock."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            stamped = datetime.strptime(self.headers["x-acs-date"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
            is_in = abs(stamped.timestamp() - time.time() - seconds) < 900
            members = {"RequestId": "r", "Status": "active"} if is_in else {"Code": "InvalidTimeStamp.Expired"}
            body = json.dumps(members).encode()
            self.send_response(200 if is_in else 400)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def date_time_string(self, timestamp: float | None = None) -> str:
            return formatdate(time.time() + seconds, usegmt=True)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing is printed."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("seconds", [-86_000, -1200, 0, 1200, 86_000])
def test_requests_are_stamped_by_the_endpoints_clock(seconds: int) -> None:
    with ahead_by(seconds) as url, closing(HttpEndpoint(url, KEYS, "v3")) as endpoint:
        client = RetryingClient(endpoint, reference())
        answer = client.ask(describe(reference(), "vpn-single"))
        assert isinstance(answer, Answer)
        assert answer.status == 200
        assert client.requests == (2 if seconds else 1)
        assert abs(endpoint.now() / 1000 - time.time() - seconds) < 3
