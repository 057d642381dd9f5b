"""The suite as pytest has it: one item for each check, named by its address.

Rules of this file
1. It is imported where the suite is asked for, not before.
2. Under xdist the checks of one partition go to one worker, so that no two checks share a gateway.
   Its groups would do that too, but they get lost where its version and that of pytest do not fit.
"""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any

import pytest

from pbr_conformance.conformance.checks import BY_ADDRESS, CHECKS
from pbr_conformance.simulator.model.target_file import parse_document

from .arguments import SLOW_BUDGET, SLOW_EXAMPLES, aimed_at, budget_of, is_slow_pace, mutant_of, spec_of, with_scratch
from .files import baseline_at
from .occupying import occupying
from .options import UsageError, keep_hypothesis_out
from .plugin import BASELINE, PLAN, SUITE_FILE, SWEPT

if TYPE_CHECKING:
    from pbr_conformance.conformance.engine.run_plan import Plan
    from pbr_conformance.conformance.engine.verdict import Examined
    from pbr_conformance.reports.data.baseline import Known


class SuiteDirectory(pytest.Directory):
    """The folder of the suite, or the one above it: of what is in it, only the suite is collected."""

    def __init__(self, asked: bool = True, **options: Any) -> None:
        super().__init__(**options)
        self._asked = asked

    def collect(self) -> Iterator[pytest.Collector]:
        """The next folder on the way to the suite, or the suite."""
        if not self._asked:
            return
        if self.path.name == SUITE_FILE.parent.name:
            yield SuiteFile.from_parent(self, path=self.path / SUITE_FILE.name)
        else:
            yield SuiteDirectory.from_parent(self, path=self.path / SUITE_FILE.parent.name)


class SuiteFile(pytest.File):
    """The checks. The file itself is not imported."""

    def collect(self) -> Iterator[pytest.Item]:
        """An item for each check."""
        for check in CHECKS:
            yield CheckItem.from_parent(self, name=f"test_check[{check.address}]", address=check.address)


class CheckItem(pytest.Item):
    """A check of the endpoint. It passes where the endpoint does not contradict the documentation at its address."""

    def __init__(self, address: str, **options: Any) -> None:
        super().__init__(**options)
        self.address = address

    def reportinfo(self) -> tuple[Path, None, str]:
        """The file, no line of it, and the heading of a failure."""
        return self.path, None, self.name

    def runtest(self) -> None:
        """Examine the check, and end as pytest has it: failed, skipped or expected to fail."""
        plan = self.config.stash.get(PLAN, None)
        if plan is None:
            pytest.skip("no target: add --pbr-target FILE (or --pbr-target reference)")
        examined = _swept(self, plan)[self.address] if plan.is_slow else _examined(self.address, plan)
        _end(self.address, examined, self.config.stash[BASELINE])


def plan(config: pytest.Config) -> Plan:
    """The run that the options ask for, its endpoint asked whether it answers. Raises pytest.UsageError."""
    if config.getoption("dist", "no") == "each":
        raise pytest.UsageError("--dist each: each check would be on one gateway several times at once; leave it out")
    try:
        planned = _plan(config)
    except UsageError as error:
        raise pytest.UsageError(*str(error).splitlines()) from None
    keep_hypothesis_out()
    if hasattr(config, "workerinput"):  # what is done once was done by the process that began the workers
        found = parse_document(config.workerinput["pbr_account"])
        target = planned.connection.target.model_copy(update={"gateways": found.gateways, "vpcs": found.vpcs})
        return replace(planned, connection=replace(planned.connection, target=target))
    trouble = planned.connection.trouble()
    if trouble is not None:
        raise pytest.UsageError(f"{trouble.verdict.value}, nothing can be judged: {trouble.reason}")
    held = ExitStack()
    try:
        source, trusts = str(config.getoption("pbr_target") or "reference"), config.getoption("pbr_trust_target")
        connection = held.enter_context(occupying(planned.connection, source=source, trusts=trusts))
    except UsageError as error:
        raise pytest.UsageError(*str(error).splitlines()) from None
    config.add_cleanup(held.close)
    return replace(planned, connection=connection)


def baseline(config: pytest.Config) -> tuple[Known, ...]:
    """The failures that are known. Raises pytest.UsageError."""
    name = config.getoption("pbr_baseline")
    try:
        return baseline_at(Path(name)) if name else ()
    except UsageError as error:
        raise pytest.UsageError(f"--pbr-baseline {error}") from None


def by_partition(config: pytest.Config, log: object, plan: Plan) -> object:
    """A scheduler of xdist that gives the checks of one partition to one worker; at a slow pace, all of them."""
    from xdist.scheduler import LoadScopeScheduling

    from pbr_conformance.conformance.coverage.partitioning import partition_for
    from pbr_conformance.strategies.plain_requests import partitions

    candidates = partitions(plan.connection.target)
    found = {check.address: partition_for(check, candidates) for check in plan.checks}
    names = {address: partition.name for address, partition in found.items() if partition is not None}

    def scope(nodeid: str) -> str:
        if plan.is_slow:
            return SUITE_FILE.name
        return names.get(nodeid.rpartition("::test_check[")[2].removesuffix("]"), nodeid)

    scheduler = LoadScopeScheduling(config, log)
    scheduler._split_scope = scope  # what its own kinds of scheduling override
    return scheduler


def _plan(config: pytest.Config) -> Plan:
    from pbr_conformance.conformance.engine.connect import EndpointFactory
    from pbr_conformance.conformance.engine.run_plan import Plan
    from pbr_conformance.conformance.learn.judgement import Judgement

    given = {name: config.getoption(f"pbr_{name}") for name in ("target", "url", "spec", "mutant", "live", "pace")}
    is_reference = given["target"] in (None, "reference")
    given["target"] = None if is_reference else Path(given["target"])
    arguments = Namespace(**given, prefix="pbr-")
    target, spec = with_scratch(aimed_at(arguments), arguments), spec_of(arguments)
    mutant = mutant_of(arguments, target)
    connection = EndpointFactory(target, spec, mutant=mutant)
    run = "" if is_reference and not arguments.url else token_hex(3)  # makes the tokens of a run its own
    is_slow = is_slow_pace(arguments, target)
    examples = config.getoption("pbr_examples") or (SLOW_EXAMPLES if is_slow else 30 if target.endpoint.url else 100)
    planned = Plan(connection, CHECKS, Judgement(spec, run=run), config.getoption("pbr_seed"), examples)
    if not is_slow:
        return planned
    requests, seconds = budget_of(SLOW_BUDGET)
    bounded = replace(planned, most_requests=requests, most_seconds=seconds)
    return replace(bounded, is_slow=True, strength=1, sensitivity=False)


def _swept(item: CheckItem, plan: Plan) -> dict[str, Examined]:
    """What the run of all checks that were asked for found: it is carried out once, for the first of them."""
    from pbr_conformance.conformance.engine.suite import run

    found = item.config.stash.get(SWEPT, None)
    if found is None:
        asked = {each.address for each in item.session.items if isinstance(each, CheckItem)}
        done = run(plan.without({check.address for check in plan.checks} - asked), lambda each: None)
        if done.interrupted:
            raise KeyboardInterrupt
        found = item.config.stash[SWEPT] = {each.result.address: each for each in done.examined}
    return found


def _examined(address: str, plan: Plan) -> Examined:
    from pbr_conformance.conformance.coverage.partitioning import partition_for
    from pbr_conformance.conformance.engine.effort import Effort
    from pbr_conformance.conformance.engine.examine import examine
    from pbr_conformance.strategies.plain_requests import partitions

    check = BY_ADDRESS[address]
    partition = partition_for(check, partitions(plan.connection.target))
    return examine(
        check,
        partition,
        lambda: plan.connection.open(partition),
        terms=plan.terms,
        effort=Effort(plan.examples, plan.seed),
    )


def _end(address: str, examined: Examined, known: tuple[Known, ...]) -> None:
    """End the item by its verdict, held against the failures that are known."""
    from pbr_conformance.reports.compare.baseline import marked, standing
    from pbr_conformance.reports.data.baseline import Standing
    from pbr_conformance.reports.data.results import Verdict
    from pbr_conformance.reports.views.text import sequence_lines

    result = marked(examined.result, known)
    if result.verdict is Verdict.SKIPPED:
        pytest.skip(result.reason)
    if result.known:
        pytest.xfail(f"known: {result.failures[0].known}")
    if result.failures:
        failure = next(each for each in result.failures if not each.known)
        lines = [failure.title, *sequence_lines(failure), f"allowed: {'; '.join(failure.expected)}"]
        _fail("\n".join([*lines, f"observed: {failure.observed}"]))
    if examined.violations_elsewhere:
        _fail(f"failures of {', '.join(sorted(examined.violations_elsewhere))} came in between")
    if result.verdict in (Verdict.INCONCLUSIVE, Verdict.ERROR):
        _fail(f"{result.verdict.value}, not judged: {result.reason}")
    stale = [each for each in known if each.check == address and standing(each, result) is Standing.STALE]
    if stale:
        _fail(f"no longer fails: {stale[0].failure} (was known: {stale[0].reason})")


def _fail(reason: str) -> None:
    pytest.fail(reason, pytrace=False)
