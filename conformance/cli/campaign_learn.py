"""`campaign learn`: the dialects of many endpoints, a file for each, and one report of what they decided."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

from pbr_conformance.conformance.engine.suite import Run
from pbr_conformance.conformance.explore.decided import examined, opinions
from pbr_conformance.conformance.explore.learning_campaign import (
    EndpointToLearn,
    LearnedEndpoint,
    LearningCampaign,
    random_endpoints,
)
from pbr_conformance.conformance.learn.dialect_writer import dump
from pbr_conformance.conformance.learn.learned_dialect import LearnedDialect
from pbr_conformance.reports.data.provenance import ReportedTarget
from pbr_conformance.reports.data.results import Report
from pbr_conformance.reports.views.sentences import many

from .arguments import aimed_at, spec_of, target_of
from .campaign import publish, report_of, units_of, workers_of
from .files import write_text
from .occupying import naming_left, occupying
from .options import NotNow, UsageError
from .terminal import say

_DIALECTS: Final = "dialects"
_USUAL: Final = 100
"""Simulators, where nothing else is said."""


def learn(arguments: argparse.Namespace) -> int:
    """Learn from each endpoint, and report what they decided. Raises CampaignEnded and NoExecutor."""
    declared = tuple(_endpoints(arguments))
    say(f"pbr-conformance: learning what {many(len(declared), 'endpoint')} decided")
    with ExitStack() as stack:
        held = [_held(each, arguments, stack) for each in declared]
        campaign = LearningCampaign(tuple(each.endpoint for each in held if not each.trouble))
        files, kept = units_of(arguments, campaign.id)
        began, started = time.monotonic(), datetime.now(UTC).isoformat(timespec="seconds")
        with workers_of(arguments, files) as executor:
            learned = campaign.learn_all(executor, files, kept, _told)
    found = [*learned, *(LearnedEndpoint(each.endpoint.name, trouble=each.trouble) for each in held if each.trouble)]
    report = _reported(arguments, found, started, time.monotonic() - began)
    with suppress(OSError):
        files.remove()
    is_whole = all(each.complete for each in found) and not any(each.left for each in held)
    return report.exit_status or (0 if is_whole else 3)


@dataclass(frozen=True)
class _HeldEndpoint:
    """An endpoint whose gateways nobody else of ours uses."""

    endpoint: EndpointToLearn
    left: list[str] = field(default_factory=list)
    """What could not be deleted on it in the end."""
    trouble: str = ""
    """Why it cannot be asked now."""


def _held(endpoint: EndpointToLearn, arguments: argparse.Namespace, stack: ExitStack) -> _HeldEndpoint:
    if endpoint.target.endpoint.url is None:
        return _HeldEndpoint(endpoint)
    try:
        connection = endpoint.connection
        held = stack.enter_context(occupying(connection, source=endpoint.name, trusts=arguments.trust_target))
    except NotNow as reason:
        failed = LearnedEndpoint(endpoint.name, trouble=str(reason))
        _told(failed)
        return _HeldEndpoint(endpoint, trouble=failed.trouble)
    left = stack.enter_context(naming_left(held))
    return _HeldEndpoint(replace(endpoint, target=held.target.in_full), left)


def _endpoints(arguments: argparse.Namespace) -> Iterator[EndpointToLearn]:
    """The accounts of the target files, and simulators with dialects by chance."""
    spec, names = spec_of(arguments), set[str]()
    for path in arguments.targets:
        target = aimed_at(argparse.Namespace(**{**vars(arguments), "target": path, "url": None}))
        if path.stem in names:
            raise UsageError(f"{path}: another target file is called {path.stem}, too: so would be its dialect")
        if arguments.cluster and target.endpoint.url is not None:
            raise UsageError(
                f"--cluster {arguments.cluster}: {path} is an endpoint over HTTP, which is asked from here"
            )
        names.add(path.stem)
        yield EndpointToLearn(path.stem, target, spec, timeout=arguments.timeout)
    number = arguments.dialects if arguments.dialects is not None else 0 if arguments.targets else _USUAL
    yield from random_endpoints(target_of(arguments), spec, number, arguments.seed)


def _told(found: LearnedEndpoint) -> None:
    how = "learned" if found.complete else "not learned whole" if found.dialect else "not learned"
    say(f"{found.name}: {how}, {found.requests:,} requests" + (f": {found.trouble}" if found.trouble else ""))


def _reported(arguments: argparse.Namespace, found: Sequence[LearnedEndpoint], started: str, seconds: float) -> Report:
    """Write the dialects and the report, and print what it says."""
    dialects = [each for one in found if (each := one.dated(started[:10])) is not None]
    for each in dialects:
        write_text(arguments.report / _DIALECTS / f"{each.name}.toml", dump(each), f"--report {arguments.report}")
    report = _report(arguments, found, dialects, started, seconds)
    kept = [f"Dialects: {arguments.report / _DIALECTS}"] if dialects else []
    publish(arguments, report, {}, *kept)
    return report


def _report(
    arguments: argparse.Namespace,
    found: Sequence[LearnedEndpoint],
    dialects: Sequence[LearnedDialect],
    started: str,
    seconds: float,
) -> Report:
    chosen = {"--target": arguments.target, "--dialects": arguments.dialects, "--seed": arguments.seed or None}
    given = [str(word) for name, value in chosen.items() if value is not None for word in (name, value)]
    return report_of(
        target_of(arguments),
        spec_of(arguments),
        Run(examined(dialects), False, seconds, None),
        seed=arguments.seed,
        started=started,
        words=["learn", *map(str, arguments.targets), *given],
        target=ReportedTarget(None, many(len(found), "endpoint")),
        requests=sum(each.requests for each in found),
        examples=len(dialects),
        variant=f"what {many(len(dialects), 'endpoint')} decided",
        opinions=opinions(dialects),
        finding=f"{sum(each.complete for each in found):,} of {many(len(found), 'endpoint')} learned.",
    )
