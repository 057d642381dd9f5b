"""The fixtures of the plugin, for the tests of others: also of those who replace clocks, loops and threads."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.conformance.cli.test_plugin import OTHERS, run_others
from tests.conformance.commands import LONGEST, environment

_ASKING: Final = OTHERS[: OTHERS.index("@pytest.mark")]  # how they ask, and what

FROZEN: Final = """
from freezegun import freeze_time

@pytest.fixture
def frozen():
    with freeze_time("2020-01-01"):
        yield

@freeze_time("2020-01-01")
def test_as_decorator(pbr_endpoint):
    assert '"Code"' not in asked(pbr_endpoint, ROUTE)

def test_as_context(pbr_endpoint):
    with freeze_time("2020-01-01"):
        assert '"Code"' not in asked(pbr_endpoint, ROUTE)

def test_frozen_before(frozen, pbr_endpoint):
    assert '"Code"' not in asked(pbr_endpoint, ROUTE)

def test_frozen_after(pbr_endpoint, frozen):
    assert '"Code"' not in asked(pbr_endpoint, ROUTE)

def test_the_endpoint_has_the_real_time(frozen, pbr_endpoint):
    asked(pbr_endpoint, ROUTE)
    assert "2020-01-01" not in asked(pbr_endpoint, "Action=DescribeVpnPbrRouteEntries&VpnGatewayId=vpn-single")

@pytest.mark.pbr_account(async_ms=60_000, page=lambda *_: None)
def test_a_thread_of_this_process(frozen, pbr_endpoint):
    asked(pbr_endpoint, ROUTE)
    assert "VpnGateway.Configuring" in asked(pbr_endpoint, ROUTE + "&Priority=2")

def test_a_server_of_its_own(frozen):
    from pbr_conformance.simulator import serving
    with serving() as url:
        assert '"Code"' not in asked(url, ROUTE)
"""

REPLACED: Final = """
import asyncio, selectors, subprocess, threading, time

def refuse(*words, **named):
    raise RuntimeError("replaced")

async def at_once(*words):
    pass

CLOCKS = {name: lambda: 1.0 for name in ("time", "monotonic", "perf_counter")}
CLOCKS |= {name: lambda: 1 for name in ("time_ns", "monotonic_ns", "perf_counter_ns")}
CLOCKS["sleep"] = lambda seconds: None

@pytest.fixture(params=["clocks", "waiting", "loop", "threads"])
def replaced(request, monkeypatch):
    put = monkeypatch.setattr
    if request.param == "clocks":
        for name, function in CLOCKS.items():
            put(time, name, function)
    elif request.param == "waiting":
        put(asyncio, "sleep", at_once)
        put(asyncio.BaseEventLoop, "time", lambda loop: 1.0)
        for name in ("wait", "wait_for", "timeout"):
            put(asyncio, name, refuse)
    elif request.param == "loop":
        for name in ("call_later", "call_at", "call_soon_threadsafe", "run_forever", "_run_once"):
            put(asyncio.BaseEventLoop, name, refuse)
        put(selectors.DefaultSelector, "select", refuse)
    else:
        for name in ("start", "join"):
            put(threading.Thread, name, refuse)
        put(threading.Event, "wait", refuse)
        put(threading, "Thread", refuse)
        put(subprocess, "Popen", refuse)

def test_before(replaced, pbr_endpoint):
    assert '"Code"' not in asked(pbr_endpoint, ROUTE)

def test_after(pbr_endpoint, replaced):
    assert '"Code"' not in asked(pbr_endpoint, ROUTE)
"""

SESSION: Final = """
@pytest.fixture(scope="session")
def pbr_session_account():
    return pytest.mark.pbr_account("account.toml", async_ms=60_000)

MINE = ROUTE.replace("vpn-single", "vpn-one").replace("vco-single-a", "vco-one-a")
URLS = set()

@pytest.mark.parametrize("turn", [1, 2])
def test_each_finds_it_as_it_was(pbr_endpoint_session, turn):
    URLS.add(pbr_endpoint_session)
    assert '"Code"' not in asked(pbr_endpoint_session, MINE)
    assert "VpnGateway.Configuring" in asked(pbr_endpoint_session, MINE + "&Priority=2")

def test_it_is_one(pbr_endpoint_session, pbr_endpoint):
    assert {pbr_endpoint_session} == URLS
    assert pbr_endpoint not in URLS
"""

KILLED: Final = """
import os, subprocess

def test_what_serves_is_killed(pbr_endpoint):
    children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(os.getpid())], capture_output=True, text=True).stdout
    os.kill(int(children.split()[0]), 9)

def test_another(pbr_endpoint):
    pass
"""


def test_a_frozen_clock_keeps_nobody_waiting(tmp_path: Path) -> None:
    tested = run_others(tmp_path, _ASKING + FROZEN)
    assert tested.outcomes == {"passed": 7}, tested.text


def test_whatever_a_test_replaces_the_endpoint_goes_on(tmp_path: Path) -> None:
    tested = run_others(tmp_path, _ASKING + REPLACED)
    assert tested.outcomes == {"passed": 8}, tested.text


FORKED: Final = """
import os, pathlib, time

def test_a_child_keeps_what_it_inherits(pbr_endpoint):
    child = os.fork()
    if not child:
        time.sleep(600)
        os._exit(0)
    pathlib.Path("child").write_text(str(child))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")
def test_what_a_test_has_forked_keeps_nobody_waiting(tmp_path: Path) -> None:
    (tmp_path / "test_others.py").write_text(FORKED, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "test_others.py"]
    with (tmp_path / "out").open("wb") as out:  # the child keeps that open too
        ended = subprocess.run(command, cwd=tmp_path, env=environment(), stdout=out, timeout=LONGEST, check=False)
    os.kill(int((tmp_path / "child").read_text()), signal.SIGKILL)
    assert ended.returncode == 0, (tmp_path / "out").read_text()


def test_one_endpoint_for_a_session_is_reset_for_each_test(tmp_path: Path) -> None:
    tested = run_others(tmp_path, _ASKING + SESSION)
    assert tested.outcomes == {"passed": 3}, tested.text


def test_a_server_that_was_killed_is_named(tmp_path: Path) -> None:
    tested = run_others(tmp_path, KILLED)
    assert tested.outcomes["passed"] == 1, tested.text
    assert "the process that serves the endpoints of these tests has ended" in tested.text
