"""The traffic of a run: what its log counts, by a clock of the test's own, and which rows a report gets."""

from __future__ import annotations

import pickle
from dataclasses import replace
from itertools import count, islice, repeat
from typing import Final

import pytest

from pbr_conformance.conformance.client.recording import MOST_ROWS, MOST_SLOWEST, Recording
from pbr_conformance.conformance.client.retrying import RetryingClient, ask_whether
from pbr_conformance.conformance.engine.suite import run
from pbr_conformance.conformance.judge.interaction import Interaction
from pbr_conformance.conformance.transcripts.traffic import MOST_INTERVALS, traffic
from pbr_conformance.reports.data.traffic import Bucket, Retried, Traffic
from pbr_conformance.simulator.documentation.actions import CREATE, GATEWAY, LIST
from pbr_conformance.simulator.model.messages import Answer
from pbr_conformance.strategies.plain_requests import describe
from tests.conformance.doubles import CLOSED, TARGET, Meddle, Unreliable, creation, first, honest, refused
from tests.conformance.engine.test_suite import plan

LOOK: Final = describe(TARGET, "vpn-one")


def heard(*milliseconds: float, log: Recording | None = None) -> Recording:
    """What is logged of one look after another, a second apart, whose answers take so long."""
    log = log or Recording("route/overlap")
    for second, each in enumerate(milliseconds):
        log.add(Interaction(LOOK, Answer(200, {}), second, second + each / 1000))
    return log


def asked(meddle: Meddle = honest) -> tuple[RetryingClient, Recording]:
    """A client of the one gateway's endpoint, and what is logged of what it sends."""
    log = Recording("route/overlap")
    return RetryingClient(Unreliable(meddle), TARGET, recording=log), log


def found(*logs: Recording) -> Traffic:
    """The traffic of a run that began when the clock showed 0."""
    traced = traffic(logs, 0.0)
    assert traced is not None
    return traced


def test_nothing_sent_is_no_traffic() -> None:
    assert traffic([Recording("route/overlap")], 0.0) is None


def test_latencies_are_nearest_ranks_and_in_milliseconds() -> None:
    latency = found(heard(*(float(n) for n in range(1, 101)))).latency
    assert (latency.p50, latency.p90, latency.p99, latency.max) == (50, 90, 99, 100)


def test_buckets_end_at_1_2_5_and_have_no_gaps() -> None:
    log = heard(0.4, 1.5, 2, 40)
    counts = ((0.5, 1), (1.0, 0), (2.0, 2), (5.0, 0), (10.0, 0), (20.0, 0), (50.0, 1))
    assert found(log).histogram == tuple(Bucket(*each) for each in counts)


def test_requests_over_time_are_few_numbers_however_long_it_takes() -> None:
    over_time = found(heard(*repeat(1.0, 2000)))  # one each second
    assert over_time.interval == 30
    assert over_time.over_time == (30,) * 66 + (20,)
    assert len(over_time.over_time) <= MOST_INTERVALS


def test_what_is_asked_again_is_an_attempt_and_says_why() -> None:
    client, log = asked(first(2, refused("Throttling.Api", 429), [GATEWAY]))
    client.ask(LOOK)
    traced = found(log)
    assert [(row.status, row.code, row.attempt) for row in traced.rows.sent] == [
        (429, "Throttling.Api", 1),
        (429, "Throttling.Api", 2),
        (200, "", 3),
    ]
    assert (traced.transients, traced.retries) == ((Retried("Throttling.Api", 2),), 2)


def test_a_lost_answer_is_unanswered_and_the_list_read_in_between_hides_no_attempt() -> None:
    client, log = asked(first(1, CLOSED))
    ask_whether(client, creation(), lambda: bool(client.entries("vpn-one")))
    traced = found(log)
    assert [(row.action, row.code, row.attempt) for row in traced.rows.sent] == [
        (CREATE, "closed", 1),
        (LIST, "", 1),
        (CREATE, "", 2),
    ]
    assert (traced.answered, traced.unanswered, traced.retries) == (2, 1, 1)


def test_the_same_request_after_a_verdict_is_no_attempt() -> None:
    (client, log), request = asked(), creation(Weight="50")
    client.ask(request)
    client.ask(request)
    assert [row.attempt for row in found(log).rows.sent] == [1, 1]
    assert found(log).retries == 0


def test_requests_sent_at_the_same_time_stay_within_what_they_took() -> None:
    log, answer = Recording("route/overlap"), Answer(200, {})
    came = [Interaction(creation(), answer, 100, 130), Interaction(creation(Weight="0"), answer, 100, 160)]
    log.add_together(came, 5.0, 5.01)  # by the endpoint's clock it took a minute
    traced = found(log)
    assert [(row.offset, row.latency, row.attempt) for row in traced.rows.sent] == [(5, 5, 1), (5, 10, 1)]


def test_a_row_says_what_was_asked_and_is_cut() -> None:
    client, log = asked()
    client.ask(creation(Description="d" * 1000))
    (row,) = found(log).rows.sent
    assert (row.check, row.caller, row.status) == ("route/overlap", "owner", 400)
    assert row.parameters["RouteSource"] in row.brief
    assert len(row.parameters["Description"]) < 400
    assert len(row.brief) < 400


def test_the_first_rows_of_each_check_are_kept_in_the_order_in_which_they_were_sent() -> None:
    many, few = Recording("route/overlap"), Recording("route/quota")
    clock = map(float, count())
    for log, number in ((many, MOST_ROWS + 5), (few, 20), (many, 5)):
        for moment in islice(clock, number):
            log.add(Interaction(LOOK, Answer(200, {}), moment, moment + 0.5))
    traced = found(many, few)
    assert len(traced.rows.sent) == MOST_ROWS
    assert traced.rows.left_out == 30
    assert [row.offset for row in traced.rows.sent] == sorted(row.offset for row in traced.rows.sent)
    assert sum(row.check == "route/quota" for row in traced.rows.sent) == 20


def test_the_slowest_are_found_also_among_the_rows_that_are_not_kept() -> None:
    log = heard(*repeat(1.0, 30), 500.0, log=Recording("route/overlap", most_rows=10))
    traced = found(log)
    assert (len(traced.rows.sent), traced.rows.left_out, len(traced.slowest)) == (10, 21, MOST_SLOWEST)
    assert (traced.slowest[0].offset, traced.slowest[0].latency) == (30, 500)


def test_a_log_comes_whole_out_of_another_process() -> None:
    client, log = asked(first(1, refused("Throttling.Api", 429), [GATEWAY]))
    client.ask(LOOK)
    assert found(pickle.loads(pickle.dumps(log))) == found(log)


@pytest.mark.slow
@pytest.mark.parametrize(("workers", "most_requests"), [(2, None), (1, 100)])
def test_a_run_logs_every_request_that_it_reports(workers: int, most_requests: int | None) -> None:
    bounded = replace(plan("weight/value", "priority/range"), workers=workers, most_requests=most_requests)
    done = run(bounded, lambda _: None)
    assert done.traffic is not None
    assert done.traffic.answered == sum(each.requests for each in done.examined)
    assert {row.check for row in done.traffic.rows.sent} == {"weight/value", "priority/range"}
    assert sum(done.traffic.over_time) == done.traffic.answered == sum(b.count for b in done.traffic.histogram)
