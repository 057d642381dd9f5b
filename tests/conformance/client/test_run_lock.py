"""The lock of a gateway: one run at a time, named, and gone with its process."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Final

import pytest

from pbr_conformance.conformance.client.run_lock import GatewayInUse, RunLock
from pbr_conformance.conformance.client.state_directory import lock_path

URL: Final = "http://127.0.0.1:8642"
HOLDS: Final = """
import sys
from pbr_conformance.conformance.client.run_lock import RunLock
with RunLock(sys.argv[1], tuple(sys.argv[2:])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def other() -> subprocess.Popen[bytes]:
    """Another process that holds vpn-b, until its standard input ends."""
    command = [sys.executable, "-c", HOLDS, URL, "vpn-b"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    return process


def ended(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()


def test_a_second_run_says_who_is_there(other: subprocess.Popen[bytes]) -> None:
    try:
        with pytest.raises(
            GatewayInUse, match=rf"^vpn-b is in use by another run \(process {other.pid} on .*, since 20"
        ):
            RunLock(URL, ("vpn-a", "vpn-b")).__enter__()
        with RunLock(URL, ("vpn-a",)):  # not held by the one that failed
            pass
    finally:
        ended(other)


def test_a_lock_does_not_outlive_its_process(other: subprocess.Popen[bytes]) -> None:
    ended(other)
    with RunLock(URL, ("vpn-b",)):
        pass


def test_another_run_is_waited_for(other: subprocess.Popen[bytes]) -> None:
    began = time.monotonic()
    with pytest.raises(GatewayInUse):
        RunLock(URL, ("vpn-b",), wait=0.3).__enter__()
    assert time.monotonic() - began >= 0.3
    assert other.stdin is not None
    other.stdin.close()
    with RunLock(URL, ("vpn-b",), wait=30):
        pass
    ended(other)


def test_two_spellings_of_an_endpoint_are_one() -> None:
    assert lock_path("HTTP://Example.org/", "vpn-a") == lock_path("http://example.org:80", "vpn-a")
    assert lock_path("http://example.org:81", "vpn-a") != lock_path("http://example.org:80", "vpn-a")
    assert lock_path("http://[::1]:80", "vpn-a") == lock_path("http://[::1]", "vpn-a")
    assert lock_path("http://h", "../vpn/a").parent == lock_path("http://h", "vpn-a").parent


def test_what_it_holds_is_given_back() -> None:
    with RunLock(URL, ("vpn-a",)), pytest.raises(GatewayInUse):
        RunLock(URL, ("vpn-a",)).__enter__()
    with RunLock(URL, ("vpn-a",)):
        pass
    assert not list(lock_path(URL, "vpn-a").parent.glob("*.holder"))
