"""How fast requests are answered over HTTP, beside the same server library answering a constant body, and beside moto.

Run it by hand, with wrk on the path: `python benchmarks/server.py`; words say which figures, as `refusal`. It prints
medians of ratios, each of two servers that run at the same time and are measured in turns: absolute figures depend on
the machine, ratios hardly do. Where there is taskset, the servers have one core, and wrk another. On a machine that has
other work too, what counts is the second ratio, of requests in a second of the server's processor time.

`--moto PATH` adds moto's EC2 CreateRoute. moto is no dependency of this project; PATH is what this makes:
`python -m venv moto && moto/bin/pip install 'moto[server]'`, then `--moto moto/bin/moto_server`.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.wire.codec import write_request
from pbr_conformance.simulator.wire.signatures import AccessKey, Stamp, v1_query

ROUNDS = 7
SECONDS = 2
CONNECTIONS = 16
REQUESTS = 100_000  # more than are answered in SECONDS

TARGET = """\
[credentials.owner]
access_key_id = "an-id"
access_key_secret = "a-secret"
[[gateways]]
id = "vpn-large"
quota = 1000000000
connections = ["vco-large"]
scratch = true
"""
KEY = AccessKey("an-id", "a-secret")

SCRIPT = """\
local queries = io.open("FILE")
request = function()
   local query = queries:read()
   if query == nil then
      queries:seek("set")
      query = queries:read()
   end
   return wrk.format("POST", "/?" .. query)
end
"""
"""A line is read when it is sent: with all of them in a table, wrk stops for some 20 ms now and then."""
FORM = """\
wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
wrk.headers["Authorization"] = "AWS4-HMAC-SHA256 Credential=an-id/20260101/us-east-1/ec2/aws4_request, Signature=0"
"""
"""moto takes a form, and finds the service in the Authorization, whose signature it does not verify."""

CONSTANT = """
import socket, sys
import uvicorn

async def app(scope, receive, send):
    await receive()
    body = b'{"RequestId":"x"}' * 20
    fields = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": fields})
    await send({"type": "http.response.body", "body": body})

listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
config = uvicorn.Config(app, loop="asyncio", http="httptools", ws="none", lifespan="off", interface="asgi3",
                        access_log=False, log_level="critical", server_header=False)
uvicorn.Server(config).run([listener])
"""


def parameters(number: int) -> dict[str, str]:
    """Those of the n-th creation, which differs from every other."""
    a, b, c = number >> 16 & 255, number >> 8 & 255, number & 255
    return {
        "RegionId": "cn-hangzhou",
        "VpnGatewayId": "vpn-large",
        "NextHop": "vco-large",
        "Weight": "100",
        "PublishVpc": "false",
        "RouteSource": "10.0.0.0/24",
        "RouteDest": f"{20 + a}.{b}.{c}.0/24",
        "ClientToken": f"t{number}",
    }


def plain(number: int) -> str:
    """The n-th creation."""
    return write_request(Request(CREATE, parameters(number)))


def refused(number: int) -> str:
    """The n-th creation, with a weight that there is not."""
    return write_request(Request(CREATE, {**parameters(number), "Weight": "50"}))


def signed(number: int) -> str:
    """The n-th creation, signed now."""
    stamp = Stamp(f"nonce-{number}-{time.time_ns()}", time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
    return v1_query("POST", CREATE, parameters(number), KEY, stamp)


def tried(number: int) -> str:
    """The n-th creation, as a dry run: it is assessed, and changes nothing."""
    return write_request(Request(CREATE, {**parameters(number + (1 << 17)), "DryRun": "true"}))


class Burst(NamedTuple):
    """What was seen: requests a second of the clock and of the server's processor, and how many were refused.

    `p99` is the 99th percentile of the time that a request took, in milliseconds.
    """

    rate: float
    worked: float
    p99: float
    refusals: int


class Server(NamedTuple):
    """One that runs."""

    url: str
    process: int

    @property
    def seconds(self) -> float:
        """Its processor time so far."""
        ticks = Path(f"/proc/{self.process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[11:13]
        return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")

    @property
    def megabytes(self) -> float:
        """Its resident memory."""
        found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{self.process}/status").read_text(encoding="ascii"))
        return int(found[1]) / 1024 if found else float("nan")


def on_core(number: int, *words: str) -> list[str]:
    """A command that is run on one core, where that can be said."""
    return ["taskset", "-c", str(number), *words] if shutil.which("taskset") else list(words)


@contextmanager
def running(*words: str) -> Iterator[Server]:
    """A Python program whose first line is its URL."""
    with subprocess.Popen(on_core(0, sys.executable, *words), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield Server(process.stdout.readline().strip(), process.pid)
        finally:
            process.kill()


def burst(server: Server, script: Path) -> Burst:
    """Send for SECONDS. Anything but an answer to each request ends the measurement."""
    wrk = ("wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "--latency", "-s", str(script), server.url)
    before = server.seconds
    shown = subprocess.run(on_core(1, *wrk), capture_output=True, text=True, check=True).stdout
    worked = server.seconds - before
    rate, late = re.search(r"Requests/sec:\s+([0-9.]+)", shown), re.search(r"99%\s+([0-9.]+)(us|ms|s)", shown)
    count, refusals = re.search(r"(\d+) requests in", shown), re.search(r"Non-2xx or 3xx responses: (\d+)", shown)
    if rate is None or late is None or count is None or "Socket errors" in shown:
        raise SystemExit(shown)
    milliseconds = float(late[1]) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[late[2]]
    return Burst(float(rate[1]), int(count[1]) / worked, milliseconds, int(refusals[1]) if refusals else 0)


def written(directory: Path, query: Callable[[int], str]) -> Path:
    """A script for wrk that sends these requests in turn."""
    queries, script = directory / f"{query.__name__}.txt", directory / f"{query.__name__}.lua"
    queries.write_text("\n".join(map(query, range(REQUESTS))), encoding="ascii")
    script.write_text(SCRIPT.replace("FILE", str(queries)), encoding="utf-8")
    return script


def filled(url: str, routes: int) -> None:
    """Create so many routes."""
    with closing(HTTPConnection(url.removeprefix("http://"))) as connection:
        for number in range(routes):
            connection.request("POST", "/?" + plain(number))
            if connection.getresponse().read().find(b'"Code"') >= 0:
                raise SystemExit("a creation was refused")


class Side(NamedTuple):
    """One of two that are compared: a program, what it is sent, and how many routes it has before."""

    words: tuple[str, ...]
    query: Callable[[int], str]
    routes: int = 0
    refuses: bool = False
    """Whether every answer is a refusal; else none is."""

    def burst(self, server: Server, directory: Path) -> Burst:
        """Send to it, and see to it that it answered what it is to answer."""
        filled(server.url, self.routes)
        seen = burst(server, written(directory, self.query))
        if (seen.refusals > 0) is not self.refuses:
            raise SystemExit(f"{seen.refusals} refusals of {' '.join(self.words)}")
        return seen


def compared(one: Side, other: Side) -> str:
    """The rate of one side, its ratio to that of the other, and how late and how large it was."""
    pairs, sizes = [], []
    with tempfile.TemporaryDirectory() as name:
        for turn in range(ROUNDS):
            with ExitStack() as stack:
                servers = [
                    stack.enter_context(running(*(word.replace("TURN", str(turn)) for word in side.words)))
                    for side in (one, other)
                ]
                pairs.append((one.burst(servers[0], Path(name)), other.burst(servers[1], Path(name))))
                sizes.append(servers[0].megabytes)
    late = statistics.median(mine.p99 for mine, _ in pairs)
    sent = one.routes + SECONDS * statistics.median(mine.rate for mine, _ in pairs)
    return f"{ratios(pairs)}, p99 {late:.1f} ms, {statistics.median(sizes):.0f} MB after {sent:,.0f} requests"


def ratios(pairs: list[tuple[Burst, Burst]]) -> str:
    """The rate of the first sides, and its ratio to that of the second, by the clock and by processor time."""
    shown = [f"{statistics.median(mine.rate for mine, _ in pairs):.0f} requests/s"]
    for of, found in (
        ("ratio", [mine.rate / other.rate for mine, other in pairs]),
        ("of processor time", [mine.worked / other.worked for mine, other in pairs]),
    ):
        shown.append(f"{of} {statistics.median(found):.2f} ({min(found):.2f} to {max(found):.2f})")
    return ", ".join(shown)


# moto


def called(url: str, **parameters: str) -> str:
    """What moto answers."""
    headers = dict(line[len('wrk.headers["') : -1].split('"] = "') for line in FORM.splitlines())
    with closing(HTTPConnection(url.removeprefix("http://"))) as connection:
        connection.request("POST", "/", urlencode({**parameters, "Version": "2016-11-15"}), headers)
        return connection.getresponse().read().decode()


def made(url: str, kind: str, **parameters: str) -> str:
    """The id of something new at moto."""
    found = re.search(rf"<{kind}Id>([^<]+)<", called(url, Action=f"Create{kind[0].upper()}{kind[1:]}", **parameters))
    if found is None:
        raise SystemExit(f"moto made no {kind}")
    return found[1]


@contextmanager
def moto_running(program: str) -> Iterator[Server]:
    """A moto_server that has just been started."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = on_core(0, program, "-p", str(port))
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            for _ in range(300):
                time.sleep(0.1)
                with closing(socket.socket()) as probe:
                    if not probe.connect_ex(("127.0.0.1", port)):
                        break
            yield Server(f"http://127.0.0.1:{port}", process.pid)
        finally:
            process.kill()


def beside_moto(program: str, serve: tuple[str, ...]) -> str:
    """Creations a second here, and their ratio to CreateRoute at moto, both from an empty account."""
    pairs = []
    with tempfile.TemporaryDirectory() as name:
        for _ in range(3):
            with moto_running(program) as moto, running(*serve) as server:
                table = made(moto.url, "routeTable", VpcId=made(moto.url, "vpc", CidrBlock="10.0.0.0/16"))
                gateway = made(moto.url, "internetGateway")

                def route(number: int, table: str = table, gateway: str = gateway) -> str:
                    sent = {"RouteTableId": table, "GatewayId": gateway, "Action": "CreateRoute"}
                    return urlencode({**sent, "Version": "2016-11-15", "DestinationCidrBlock": cidr(number)})

                script = written(Path(name), route)
                lines = script.read_text(encoding="utf-8").replace('"/?" .. query', '"/", nil, query')
                script.write_text(FORM + lines, encoding="utf-8")
                pairs.append((Side(serve, plain).burst(server, Path(name)), burst(moto, script)))
                other = pairs[-1][1]
                if other.refusals > other.rate * SECONDS / 20:  # its threads get in each other's way now and then
                    raise SystemExit(f"moto refused {other.refusals} routes")
    return ratios(pairs)


def cidr(number: int) -> str:
    """The n-th destination."""
    return parameters(number)["RouteDest"]


def figures(target: Path, moto: str | None) -> dict[str, Callable[[], str]]:
    """What is measured, each by its name."""
    serve = ("-m", "pbr_conformance.conformance", "serve", str(target), "--port", "0")
    constant = ("-c", CONSTANT)
    creation, state = Side(serve, plain), (*serve, "--state", str(target.with_name("state-TURN")))
    many, few = Side(serve, tried, 10_000, refuses=True), Side(serve, tried, 10, refuses=True)
    verified = Side((*serve, "--verify-signatures"), signed)
    found: dict[str, Callable[[], str]] = {
        "a creation : a constant body": lambda: compared(creation, Side(constant, plain)),
        "a refusal : a constant body": lambda: compared(Side(serve, refused, refuses=True), Side(constant, refused)),
        "a creation that is kept in a state file : one that is not": lambda: compared(Side(state, plain), creation),
        "a creation whose signature is verified : one that has none": lambda: compared(verified, creation),
        "a dry run beside 10,000 routes : beside 10": lambda: compared(many, few),
        "start to URL": lambda: started(*serve),
    }
    if moto is not None:
        found["a creation : moto's CreateRoute"] = lambda: beside_moto(moto, serve)
    return found


def started(*words: str) -> str:
    """Seconds from the start of a program to its URL, and its size then."""
    seconds, sizes = [], []
    for _ in range(2 * ROUNDS):
        began = time.monotonic()
        with running(*words) as server:
            seconds.append(time.monotonic() - began)
            sizes.append(server.megabytes)
    return f"{statistics.median(seconds):.2f} s (at most {max(seconds):.2f}), {statistics.median(sizes):.0f} MB"


def main() -> None:
    """Print every figure, or those that are named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--moto", metavar="PATH", help="a moto_server to compare with")
    parser.add_argument("word", nargs="*", help="only figures whose names have all of these words")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        target = Path(name, "large.toml")
        target.write_text(TARGET, encoding="utf-8")
        for what, figure in figures(target, arguments.moto).items():
            if all(word in what for word in arguments.word):
                sys.stdout.write(f"{what}: {figure()}\n")
                sys.stdout.flush()


if __name__ == "__main__":
    main()
