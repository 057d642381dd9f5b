"""When the process of a server looks for garbage: not between two answers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from typing import IO

import pytest

from pbr_conformance.simulator.documentation.actions import CREATE
from tests.simulator.server.test_server import CREATION, query_of, raw

PROGRAM = """
import gc
from pbr_conformance.simulator.server import server
from pbr_conformance.simulator.server.service import ServerConfig, Service
from pbr_conformance.simulator.model.target_file import parse_target

server.MOST_GONE = 20
target = parse_target('''
[[gateways]]
id = "vpn-single"
quota = 1000000
connections = ["vco-single-a"]
''', "large.toml", {})

def announce(url):
    gc.callbacks.append(lambda phase, info: print("looked for", flush=True) if phase == "stop" else None)
    print(url, flush=True)

config = ServerConfig(control=True)
with server.listening("127.0.0.1", 0, config) as listener:
    server.serve(listener, Service(target, config), "127.0.0.1", announce)
"""
Running = tuple[str, IO[str], subprocess.Popen[str]]


@pytest.fixture
def running() -> Iterator[Running]:
    """A server in a process of its own, that has looked for garbage once, as it began."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", PROGRAM]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert process.stdout.readline() == "looked for\n"
        try:
            yield url, process.stdout, process
        finally:
            process.kill()


def test_not_for_requests_however_many_routes_they_make(running: Running) -> None:
    url, _, process = running
    targets = [
        query_of(CREATE, {**CREATION, "RouteSource": f"10.{number >> 8}.{number & 255}.0/24"})
        for number in range(2_000)
    ]
    requests = "".join(f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n" for target in targets)
    answers = raw(url, requests.encode() + b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert answers.count(b"HTTP/1.1 200") == 2_000
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=10)
    assert len(output.splitlines()) <= 2, "the beginning of a minute, and the end of the process"


def test_after_many_connections_and_after_a_reset(running: Running) -> None:
    url, output, _ = running
    for _ in range(25):
        raw(url, b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert output.readline() == "looked for\n"
    with closing(HTTPConnection(url.removeprefix("http://"), timeout=5)) as connection:
        connection.request("POST", "/_control/reset", "{}", {"Content-Type": "application/json"})
        assert connection.getresponse().status == 200
    assert output.readline() == "looked for\n"
