"""`campaign mutants`: which mutants a run with a budget kills, on many accounts, with one report."""

from __future__ import annotations

import argparse
import random
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

from pbr_conformance.conformance.engine.suite import Run
from pbr_conformance.conformance.explore.mutants_campaign import MutantsCampaign, TriedMutants, TriedOnAccounts
from pbr_conformance.conformance.mutants import MUTANTS
from pbr_conformance.conformance.mutants.generated import generated
from pbr_conformance.conformance.mutants.mutant import Mutant
from pbr_conformance.reports.data.provenance import ReportedTarget
from pbr_conformance.reports.data.results import Report
from pbr_conformance.reports.views.sentences import duration, many
from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.simulator.model.target_file import reference

from .arguments import target_of
from .campaign import publish, report_of, units_of, workers_of
from .mutants import chosen_mutants
from .options import UsageError
from .terminal import say

_LINE_EVERY: Final = 100
"""Mutants between two lines of progress."""


def try_mutants(arguments: argparse.Namespace) -> int:
    """Try all of them, and report which are killed. Raises CampaignEnded and NoExecutor."""
    accounts, mutants = _accounts(arguments), _mutants(arguments)
    campaign = MutantsCampaign(accounts, mutants, arguments.budget)
    files, kept = units_of(arguments, campaign.id)
    began, started = time.monotonic(), datetime.now(UTC).isoformat(timespec="seconds")
    say(f"pbr-conformance: {many(len(mutants), 'mutant')} on {many(len(accounts), 'account')}")
    with workers_of(arguments, files) as executor:
        found = campaign.try_all(executor, files, kept, _Progress(began).told)
    report = _report(arguments, campaign, found, started, time.monotonic() - began)
    publish(arguments, report, {})
    with suppress(OSError):
        files.remove()
    return 0


def _accounts(arguments: argparse.Namespace) -> dict[str, Target]:
    accounts: dict[str, Target] = {}
    for path in arguments.targets:
        if path.stem in accounts:
            raise UsageError(f"{path}: another target file is called {path.stem}, too")
        accounts[path.stem] = target_of(argparse.Namespace(target=path))
    return accounts or {"reference": reference()}


def _mutants(arguments: argparse.Namespace) -> tuple[Mutant, ...]:
    chosen = chosen_mutants(arguments.only, (*MUTANTS, *generated()) if arguments.generated else MUTANTS)
    if arguments.sample is not None and arguments.sample < len(chosen):
        chosen = random.Random(arguments.seed).sample(chosen, arguments.sample)
    return tuple(chosen)


class _Progress:
    """Prints a line for each so many mutants."""

    def __init__(self, began: float) -> None:
        self._began, self._tried, self._killed = began, 0, 0

    def told(self, found: TriedMutants) -> None:
        """Count what was found of some."""
        before = self._tried
        self._killed += len(found.killed)
        self._tried += len(found.killed) + len(found.survived)
        if self._tried // _LINE_EVERY > before // _LINE_EVERY:
            say(f"{self._killed:,} of {self._tried:,} killed in {duration(time.monotonic() - self._began)}")


def _report(
    arguments: argparse.Namespace, campaign: MutantsCampaign, found: TriedOnAccounts, started: str, seconds: float
) -> Report:
    mutants = campaign.mutants
    score = found.score(mutants)
    return report_of(
        reference(),
        DEFAULT_SPEC,
        Run(found.examined(mutants), False, seconds, score),
        started=started,
        words=["mutants", *_words(arguments)],
        target=ReportedTarget(None, many(len(campaign.accounts), "account")),
        finding=f"{score.caught:,} of {many(score.known, 'mutant')} killed.",
        requests=found.requests,
        examples=len(mutants) * len(campaign.accounts),
        variant=f"{many(len(mutants), 'mutant')}, {campaign.budget} requests each",
    )


def _words(arguments: argparse.Namespace) -> list[str]:
    given = {"--budget": arguments.budget, "--sample": arguments.sample, "--seed": arguments.seed or None}
    words = [*map(str, arguments.targets), *(word for pattern in arguments.only for word in ("--only", pattern))]
    words += ["--generated"] * arguments.generated
    return words + [str(word) for name, value in given.items() if value is not None for word in (name, value)]
