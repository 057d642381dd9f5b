"""What a run will send and how long it will take, said before anything is created.

Rules of this file
1. The account is only read: the answers to these questions tell how long a request takes.
2. Where an answer comes at once, a rehearsal would take as long as the run: there is one only if it is asked for.
"""

from __future__ import annotations

from dataclasses import asdict
from math import inf
from typing import Final

from pbr_conformance.conformance.engine.estimate import ASSUMED_SETTLE, Estimate, Range
from pbr_conformance.conformance.engine.rehearsal import rehearse, settle_of
from pbr_conformance.conformance.engine.run_plan import Plan
from pbr_conformance.reports.data.visible import on_a_line
from pbr_conformance.reports.views.sentences import many

SLOW_ANSWER: Final = 0.02
"""Seconds for a request from which on a run is rehearsed before it."""
_NEARLY: Final = 0.95
"""The part of a budget of time from which on it may end a run."""
_MOST_NAMES: Final = 24
"""Characters of a gateway's id in the table."""


def estimate_of(plan: Plan, *, is_asked: bool) -> Estimate | None:
    """Rehearse a plan whose account was read; None where that would take as long as the run, unless it is asked for."""
    meter, settings = plan.connection.meter, plan.connection.target.endpoint
    asked = meter.by_purpose[""]
    latency = asked.answering / asked.requests if asked.requests else 0.0
    if not is_asked and (settings.url is None or latency < SLOW_ANSWER):
        return None
    allowed = settings.requests_per_second
    latency = max(latency, plan.workers / allowed if allowed else 0.0)
    return Estimate(
        rehearse(plan, latency),
        meter,
        latency,
        settle_of(plan),
        most_settle=settings.settles if settings.url else 0.0,
        workers=plan.workers,
        most_requests=inf if plan.most_requests is None else plan.most_requests,
        until=inf if plan.most_seconds is None else meter.clock() + plan.most_seconds,
    )


def plan_lines(plan: Plan, estimate: Estimate) -> list[str]:
    """A plan in words: the whole, then each gateway."""
    rows = [("gateway", "requests", "changes", "time")]
    for name, load in estimate.rehearsal.gateways.items():
        words = span(estimate.of_gateway(name))
        rows.append((on_a_line(name, _MOST_NAMES), f"{load.requests:,}", f"{load.changes:,}", words))
    first = max(len(row[0]) for row in rows)
    table = [f"  {row[0]:<{first}}  {row[1]:>9}  {row[2]:>8}  {row[3]}" for row in rows]
    return [headline(plan, estimate), *table, *_terms(plan, estimate)]


def headline(plan: Plan, estimate: Estimate) -> str:
    """The whole plan in one line."""
    whole = estimate.rehearsal.whole
    counts = f"{many(whole.requests, 'request')}, {many(whole.changes, 'change')}"
    return f"Estimate for {many(len(plan.checks), 'check')}: {counts}, {span(estimate.left())}."


def _terms(plan: Plan, estimate: Estimate) -> list[str]:
    """What the estimate rests on."""
    if plan.connection.target.endpoint.url is None:
        return ["In process nothing is waited for: it takes as long as this machine computes."]
    asked = estimate.meter.by_purpose[""].requests
    least, most = (min(each, estimate.most_settle) for each in ASSUMED_SETTLE)
    seen = f"Seen: {1000 * estimate.latency:.0f} ms for a request ({many(asked, 'request')}, nothing was created)."
    taken = f"Taken: gateways settle within {least:g} to {most:g} s; the first changes of a run correct that."
    return [seen, taken, *_cut(plan, estimate)]


def _cut(plan: Plan, estimate: Estimate) -> list[str]:
    """What is said where the time may end before everything is sent."""
    if plan.most_seconds is None or estimate.left().most < _NEARLY * plan.most_seconds:
        return []
    return [f"The budget of {plan.most_seconds / 60:g} min may end before all of that is sent."]


def plan_document(plan: Plan, estimate: Estimate) -> dict[str, object]:
    """A plan as data. Times are in seconds."""
    whole, gateways = estimate.rehearsal.whole, estimate.rehearsal.gateways
    return {
        "checks": [check.address for check in plan.checks],
        "requests": whole.requests,
        "changes": whole.changes,
        "seconds": asdict(estimate.left()),
        "latency": estimate.latency,
        "gateways": [
            {
                "id": name,
                "requests": load.requests,
                "changes": load.changes,
                "seconds": asdict(estimate.of_gateway(name)),
            }
            for name, load in gateways.items()
        ],
    }


def span(seconds: Range) -> str:
    """A range of time in words: "less than a minute", "about 4 min", "4 to 12 min", "50 min to 2 h 10 min"."""
    least, most = round(seconds.least / 60), round(seconds.most / 60)
    if seconds.most < 55:
        return "less than a minute"
    if least == most:
        return f"about {_minutes(most)}"
    if most < 60:
        return f"{least} to {most} min"
    return f"{_minutes(least)} to {_minutes(most)}"


def _minutes(number: int) -> str:
    hours, rest = divmod(number, 60)
    return f"{rest} min" if not hours else f"{hours} h {rest:02d} min"
