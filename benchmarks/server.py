"""How fast requests are answered over HTTP, beside the same server library answering a constant body.

Run it by hand, with wrk on the path: `python benchmarks/server.py`. It prints medians of ratios, each of two servers
that run at the same time and are measured in turns: absolute figures depend on the machine, ratios hardly do.
"""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path

from simulator.messages import CREATE, Request
from simulator.signatures import Key, Stamp, v1_query
from simulator.wire import write_request

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
KEY = Key("an-id", "a-secret")

SCRIPT = """\
local queries, number = {}, 0
for line in io.lines("FILE") do queries[#queries + 1] = line end
request = function()
   number = number % #queries + 1
   return wrk.format("POST", "/?" .. queries[number])
end
"""

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


def signed(number: int) -> str:
    """The n-th creation, signed now."""
    stamp = Stamp(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), f"nonce-{number}-{time.time_ns()}")
    return v1_query("POST", CREATE, parameters(number), KEY, stamp)


def tried(number: int) -> str:
    """The n-th creation, as a dry run: it is assessed, and changes nothing."""
    return write_request(Request(CREATE, {**parameters(number + (1 << 17)), "DryRun": "true"}))


@contextmanager
def running(*words: str) -> Iterator[str]:
    """A program whose first line is its URL; the URL."""
    with subprocess.Popen([sys.executable, *words], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()


def rate(url: str, script: Path) -> float:
    """Requests a second. Anything but an answer to each ends the measurement."""
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "-s", str(script), url]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(r"Requests/sec:\s+([0-9.]+)", shown)
    if found is None or "Socket errors" in shown:
        raise SystemExit(shown)
    return float(found[1])


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


def compared(query: Callable[[int], str], one: tuple[str, ...], other: tuple[str, ...], routes: int = 0) -> str:
    """The rate of one server, and its ratio to that of another."""
    ratios, rates = [], []
    with tempfile.TemporaryDirectory() as name:
        for turn in range(ROUNDS):
            script = written(Path(name), query)
            with ExitStack() as stack:
                urls = [
                    stack.enter_context(running(*(word.replace("TURN", str(turn)) for word in words)))
                    for words in (one, other)
                ]
                for url, number in zip(urls, (routes, 10), strict=True):
                    filled(url, number if routes else 0)
                rates.append(rate(urls[0], script))
                ratios.append(rates[-1] / rate(urls[1], script))
    spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
    return f"{statistics.median(rates):.0f} requests/s, ratio {statistics.median(ratios):.2f} ({spread})"


def started(*words: str) -> float:
    """Seconds from the start of a program to its URL."""
    began = time.monotonic()
    with running(*words) as url:
        assert url.startswith("http")
        return time.monotonic() - began


def main() -> None:
    """Print every figure, or those that are named."""
    with tempfile.TemporaryDirectory() as name:
        target = Path(name, "large.toml")
        target.write_text(TARGET, encoding="utf-8")
        serve = ("-m", "conformance", "serve", str(target), "--port", "0")
        constant, verifying = ("-c", CONSTANT), (*serve, "--verify-signatures")
        state = (*serve, "--state", f"{name}/state-TURN")
        figures: Mapping[str, Callable[[], str]] = {
            "a creation : a constant body": lambda: compared(plain, serve, constant),
            "a creation that is kept in a state file : one that is not": lambda: compared(plain, state, serve),
            "a creation whose signature is verified : one whose is not": lambda: compared(signed, verifying, serve),
            "a dry run beside 10,000 routes : beside 10": lambda: compared(tried, serve, serve, 10_000),
        }
        for what, figure in figures.items():
            if all(word in what for word in sys.argv[1:]):
                sys.stdout.write(f"{what}: {figure()}\n")
                sys.stdout.flush()
        seconds = [started(*serve) for _ in range(2 * ROUNDS)]
        sys.stdout.write(f"start to URL: {statistics.median(seconds):.2f} s (at most {max(seconds):.2f})\n")


if __name__ == "__main__":
    main()
