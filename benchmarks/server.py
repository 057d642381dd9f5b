"""How fast a creation is answered over HTTP, beside the same server library answering a constant body.

Run it by hand, with wrk on the path: `python benchmarks/server.py [--state]`. It prints medians of ratios taken in one
run; absolute figures depend on the machine, ratios hardly do.
"""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROUNDS = 5
SECONDS = 3
CONNECTIONS = 16

TARGET = """\
[[gateways]]
id = "vpn-large"
quota = 1000000000
connections = ["vco-large"]
scratch = true
"""

CREATIONS = """\
local number = 0
request = function()
   number = number + 1
   local a, b, c = math.floor(number / 65536) % 256, math.floor(number / 256) % 256, number % 256
   return wrk.format("POST", "/?Action=CreateVpnPbrRouteEntry&Version=2016-04-28&RegionId=cn-hangzhou" ..
      "&VpnGatewayId=vpn-large&NextHop=vco-large&Weight=100&PublishVpc=false&RouteSource=10.0.0.0%2F24" ..
      "&RouteDest=" .. (20 + a) .. "." .. b .. "." .. c .. ".0%2F24&ClientToken=t" .. number)
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
    """Requests a second. An answer that is no success ends the measurement."""
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "-s", str(script), url]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(r"Requests/sec:\s+([0-9.]+)", shown)
    if found is None or "Non-2xx" in shown:
        raise SystemExit(shown)
    return float(found[1])


def started(*words: str) -> float:
    """Seconds from the start of a program to its URL."""
    began = time.monotonic()
    with running(*words) as url:
        assert url.startswith("http")
        return time.monotonic() - began


def main() -> None:
    """Print every figure."""
    with tempfile.TemporaryDirectory() as name:
        script, target = Path(name, "creations.lua"), Path(name, "large.toml")
        script.write_text(CREATIONS, encoding="utf-8")
        target.write_text(TARGET, encoding="utf-8")
        serve = ("-m", "conformance", "serve", str(target), "--port", "0")
        plain = ("-c", CONSTANT)
        for variant in ("serve", *sys.argv[1:]):
            ratios, rates = [], []
            for number in range(ROUNDS):
                words = () if variant == "serve" else (variant, f"{name}/{number}")
                with running(*plain) as url:
                    constant = rate(url, script)
                with running(*serve, *words) as url:
                    rates.append(rate(url, script))
                ratios.append(rates[-1] / constant)
            shown = f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
            sys.stdout.write(f"{variant}: {statistics.median(rates):.0f} creations/s, {shown} of a constant body\n")
        seconds = [started(*serve) for _ in range(2 * ROUNDS)]
        sys.stdout.write(f"start to URL: {statistics.median(seconds):.2f} s (at most {max(seconds):.2f})\n")


if __name__ == "__main__":
    main()
