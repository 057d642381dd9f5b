"""A served account among hostile clients: it goes on answering the others, fails at nothing, and does not grow.

PBR_FUZZ sets how many connections there are (2,000).
"""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from tests.simulator.hostile import sent_by
from tests.simulator.server.test_server import address_of

CONNECTIONS = int(os.environ.get("PBR_FUZZ", "2000"))
AT_ONCE = 100
LONGEST_ANSWER = 0.3
"""Seconds after which nothing more is waited for: much of what is sent is a request that never ends."""
ONE_IN_SO_MANY = 10
"""One in so many sends slowly: a few bytes, a pause in seconds, and so on until nothing more is waited for."""
A_FEW, EVERYTHING, PAUSE = 20, 1 << 30, 0.02
MOST_GROWTH = 16 << 10
"""Kilobytes that the server may be larger after all connections than it was after the first tenth."""
GOOD = b"GET /?Action=DescribeVpnGateways&Version=2016-04-28&RegionId=cn-hangzhou HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) ")


async def answered(address: tuple[str, int], data: bytes, piece: int) -> bytes:
    """What comes for these bytes, sent in pieces."""
    reader, writer = await asyncio.open_connection(*address)
    received = bytearray()
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(LONGEST_ANSWER):
            for at in range(0, len(data), piece):
                await asyncio.sleep(PAUSE if at else 0)
                writer.write(data[at : at + piece])
                await writer.drain()
            while part := await reader.read(1 << 16):
                received += part
    writer.transport.abort()
    return bytes(received)


class Bystander:
    """Who sends well-formed requests beside the hostile ones, one after the other, each on a connection of its own.

    Hostile clients give up soon and come again. On a machine that has no time for the server they would pile up
    what they left behind without end, before the bystander: so no new ones come while one of its requests waits.
    """

    def __init__(self, address: tuple[str, int]) -> None:
        self.beset = True
        self.answered = 0
        self._address = address
        self._content = asyncio.Event()
        self._content.set()

    async def content(self) -> None:
        """Wait until it does not wait."""
        await self._content.wait()

    async def ask(self) -> None:
        """Ask until nobody is hostile any more. Fails where there is no answer although it is quiet."""
        while self.beset:
            impatient = asyncio.get_running_loop().call_later(LONGEST_ANSWER, self._content.clear)
            async with asyncio.timeout(60):
                assert (await beside(self._address)).startswith(b"HTTP/1.1 200")
            impatient.cancel()
            self._content.set()
            self.answered += 1
            await asyncio.sleep(0.05)


async def beside(address: tuple[str, int]) -> bytes:
    """What a well-formed request gets on a connection of its own."""
    reader, writer = await asyncio.open_connection(*address)
    writer.write(GOOD)
    line = await reader.readline()
    writer.transport.abort()
    return line


async def attack(address: tuple[str, int], numbers: range) -> Counter[bytes]:
    """Every status that came, and how often, but a 5xx: that is an error."""
    seen: Counter[bytes] = Counter()
    shared, bystander = iter(numbers), Bystander(address)

    async def attacked() -> None:
        for number in shared:
            await bystander.content()
            piece = A_FEW if number % ONE_IN_SO_MANY == 0 else EVERYTHING
            statuses = STATUS.findall(await answered(address, sent_by(1, number), piece))
            assert not any(status.startswith(b"5") for status in statuses), number
            seen.update(statuses)

    async with asyncio.TaskGroup() as group:
        group.create_task(bystander.ask())
        await asyncio.wait([group.create_task(attacked()) for _ in range(AT_ONCE)])
        bystander.beset = False
    assert bystander.answered
    return seen


def resident(process: int) -> int:
    """Kilobytes of memory of a process; 0 where the system does not tell."""
    try:
        status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    except OSError:
        return 0
    found = re.search(r"VmRSS:\s+(\d+)", status)
    return int(found[1]) if found else 0


@pytest.mark.slow
@pytest.mark.parametrize("flags", [("--control",), ("--async-ms", "50")], ids=["controlled", "plain"])
def test_no_client_harms_the_others(
    flags: tuple[str, ...], tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    command = [sys.executable, "-m", "pbr_conformance.conformance", "serve", "--port", "0", *flags]
    with (
        (tmp_path / "errors").open("w+b") as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True) as process,
    ):
        assert process.stdout is not None
        address = address_of(process.stdout.readline().strip())
        try:
            first = CONNECTIONS // 10
            asyncio.run(attack(address, range(first)))
            before = resident(process.pid)
            seen = asyncio.run(attack(address, range(first, CONNECTIONS)))
            growth = resident(process.pid) - before
            record_property("growth", f"{growth} kB from {before} kB")
            record_property("statuses", str(seen))
            assert growth < MOST_GROWTH
            assert {b"200", b"400", b"403", b"404"} <= set(seen)  # it got as far as the operations
            assert process.poll() is None
        finally:
            process.terminate()
        process.wait(timeout=10)
        errors.seek(0)
        assert errors.read() == b""
