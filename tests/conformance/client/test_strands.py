"""Pieces of work side by side: one at a time, whoever has waited longest, and interrupts reach all of them."""

from __future__ import annotations

import threading
from _thread import interrupt_main
from concurrent.futures import Future

import pytest

from pbr_conformance.conformance.client.endpoint import Embedded
from pbr_conformance.conformance.client.strands import Strand, Strands
from pbr_conformance.strategies.plain_requests import describe
from tests.conformance.doubles import TARGET

TIME = Embedded(TARGET)


def steps(strand: Strand, name: str, pauses: list[float], log: list[str], time: Embedded) -> str:
    """Some work that waits in between."""
    endpoint = strand.on(time)
    for number, seconds in enumerate(pauses):
        log.append(f"{name}{number}")
        endpoint.sleep(seconds)
    return name


def test_while_one_waits_others_go_on_and_waits_overlap() -> None:
    strands, log, time = Strands(), list[str](), Embedded(TARGET)
    began = time.now()
    work = [("a", [5.0, 5.0]), ("b", [3.0, 3.0, 3.0])]
    futures = [strands.submit(steps, name, pauses, log, time) for name, pauses in work]
    assert strands.finish(futures) == ["a", "b"]
    assert log == ["a0", "b0", "b1", "a1", "b2"]
    assert time.now() - began == 10_000, "as long as the longest"


def test_a_clock_that_stands_still_while_others_wait_holds_nobody_back() -> None:
    strands, log, clocks = Strands(), list[str](), [Embedded(TARGET), Embedded(TARGET)]
    began = [clock.now() for clock in clocks]
    work = [("a", [2.0, 1.0]), ("b", [0.5] * 8)]
    strands.finish([strands.submit(steps, *each, log, clock) for each, clock in zip(work, clocks, strict=True)])
    assert log == ["a0", "b0", "b1", "b2", "b3", "a1", "b4", "b5", "b6", "b7"]
    assert [clock.now() - start for clock, start in zip(clocks, began, strict=True)] == [2000 + 1000, 8 * 500], (
        "each by its own clock"
    )


def test_only_one_is_at_work_at_any_time() -> None:
    at_work: list[str] = []

    def work(strand: Strand) -> None:
        endpoint = strand.on(TIME)
        for _ in range(20):
            at_work.append(threading.current_thread().name)
            assert len(at_work) == 1
            at_work.pop()
            endpoint.send(describe(TARGET, "vpn-one"))

    strands = Strands()
    strands.finish([strands.submit(work) for _ in range(4)])


def test_who_wants_to_be_alone_is_once_all_others_rest() -> None:
    strands, log, time = Strands(), list[str](), Embedded(TARGET)

    def confirms(strand: Strand) -> None:
        endpoint = strand.on(time)
        with strand.alone():
            log.append("alone")
            endpoint.sleep(60)
            log.append("still alone")

    def plays(strand: Strand) -> None:
        endpoint = strand.on(time)
        for number in range(2):
            log.append(f"play {number}")
            endpoint.sleep(1)
            log.append(f"end {number}")
            strand.rest()

    strands.finish([strands.submit(plays), strands.submit(confirms)])
    assert log == ["play 0", "end 0", "alone", "still alone", "play 1", "end 1"]


def test_an_interrupt_reaches_every_strand_where_it_waits() -> None:
    heard: list[str] = []

    def work(strand: Strand, name: str) -> None:
        endpoint = strand.on(Embedded(TARGET))
        try:
            endpoint.sleep(1)
            interrupt_main()
            endpoint.sleep(1)
            endpoint.sleep(1)
        except KeyboardInterrupt:
            endpoint.sleep(1)  # it can still clean up
            heard.append(name)

    strands = Strands()
    strands.finish([strands.submit(work, name) for name in "abc"])
    assert sorted(heard) == ["a", "b", "c"]


def test_what_one_raises_ends_the_others_and_is_raised() -> None:
    ended: list[bool] = []

    def fails(strand: Strand) -> None:
        strand.on(TIME).sleep(1)
        raise OSError("no")

    def goes_on(strand: Strand) -> None:
        try:
            while True:
                strand.on(TIME).sleep(1)
        except KeyboardInterrupt:
            ended.append(True)

    strands = Strands()
    futures: list[Future[None]] = [strands.submit(goes_on), strands.submit(fails)]
    with pytest.raises(OSError, match="no"):
        strands.finish(futures)
    assert ended == [True]
