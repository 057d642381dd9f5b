"""The pytest plugin: `pytest --pyargs pbr_conformance.conformance --pbr-target FILE -n 2`, and `pbr_endpoint`.

Rules of this file
1. It changes nothing for test suites that do not ask for it: it adds a fixture and a marker, and imports only pytest.
2. Under xdist the checks of one partition go to one worker, so that no two checks share a gateway.
   Its groups would do that too, but they get lost where its version and that of pytest do not fit.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pbr_conformance.conformance.engine.suite import Plan
    from pbr_conformance.reports.data.baseline import Known
    from pbr_conformance.simulator.model.target import Target


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options, all with a prefix of our own."""
    group = parser.getgroup("pbr-conformance", "conformance of CreateVpnPbrRouteEntry")
    group.addoption("--pbr-target", metavar="FILE", help="target file of the account (or: reference)")
    group.addoption("--pbr-url", metavar="URL", help="an endpoint, in the place of the target's own")
    group.addoption("--pbr-examples", type=int, metavar="N", help="random histories a check (100, or 30)")
    group.addoption("--pbr-seed", type=int, default=0, metavar="N", help="seed of the random histories (0)")
    group.addoption("--pbr-spec", metavar="DATE", help="version of the documentation (2026-02-11)")
    group.addoption("--pbr-mutant", metavar="NAME", help="a wrong simulator, to see the suite fail")
    group.addoption("--pbr-baseline", metavar="FILE", help="known failures (see pbr-conformance baseline): xfail")
    group.addoption("--pbr-journal", metavar="DIR", default="build/report", help="where creations are journaled")
    group.addoption("--pbr-live", action="store_true", help="allow a target that says it bills")


def pytest_configure(config: pytest.Config) -> None:
    """Read the target once, and ask its endpoint once, so that what is wrong is said before anything runs."""
    config.addinivalue_line(
        "markers", f"{ACCOUNT}(account=None, **config): what the fixture pbr_endpoint serves, and how"
    )
    if not _wanted(config):
        return
    if config.getoption("dist", "no") == "each":
        raise pytest.UsageError("--dist each: each check would be on one gateway several times at once; leave it out")
    plan = config.stash[PLAN] = _plan(config)
    config.stash[KNOWN] = _baseline(config)
    if not hasattr(config, "workerinput"):  # the workers of xdist need not ask again
        trouble = plan.connection.trouble()
        if trouble is not None:
            raise pytest.UsageError(f"{trouble.verdict.value}, nothing can be judged: {trouble.reason}")


@pytest.hookimpl(tryfirst=True, optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Spread partitions over workers, in the place of single tests, however xdist was told to spread them."""
    plan = config.stash.get(PLAN, None)
    return None if plan is None else _by_lane(config, log, plan)


PLAN = pytest.StashKey["Plan"]()
KNOWN = pytest.StashKey["tuple[Known, ...]"]()
ACCOUNT = "pbr_account"


@pytest.fixture
def pbr_endpoint(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a mock endpoint of its own for each test: the reference account, or what the marker says.

    The marker takes what `simulator.serving` takes; a path is relative to pytest's root directory.
    """
    from pbr_conformance.simulator import serving

    marker = request.node.get_closest_marker(ACCOUNT) or pytest.mark.pbr_account().mark
    with ExitStack() as held:
        try:
            account = _account(*marker.args, root=request.config.rootpath)
            url = held.enter_context(serving(account, **marker.kwargs))
        except (ValueError, TypeError) as error:
            pytest.fail(f"{ACCOUNT}: {error}", pytrace=False)
        yield url


def _by_lane(config: pytest.Config, log: object, plan: Plan) -> object:
    from xdist.scheduler import LoadScopeScheduling

    from pbr_conformance.conformance.coverage.partitioning import partition_for
    from pbr_conformance.strategies.requests import partitions

    candidates = partitions(plan.connection.target)
    found = {check.address: partition_for(check, candidates) for check in plan.checks}
    names = {address: partition.name for address, partition in found.items() if partition is not None}

    def scope(nodeid: str) -> str:
        return names.get(nodeid.rpartition("::test_check[")[2].removesuffix("]"), nodeid)

    scheduler = LoadScopeScheduling(config, log)
    scheduler._split_scope = scope  # what its own kinds of scheduling override
    return scheduler


def _account(account: Target | Path | str | None = None, *, root: Path) -> Target | Path | str | None:
    is_path = isinstance(account, Path) or (isinstance(account, str) and account and "\n" not in account)
    return root / account if is_path else account  # type: ignore[operator]


def _wanted(config: pytest.Config) -> str | None:
    """The target that is asked for: a file, or the reference account of an endpoint by URL; None where none is."""
    name: str | None = config.getoption("pbr_target")
    return name or ("reference" if config.getoption("pbr_url") else None)


def _plan(config: pytest.Config) -> Plan:
    from pbr_conformance.conformance.checks import CHECKS
    from pbr_conformance.conformance.engine.connect import EndpointFactory
    from pbr_conformance.conformance.engine.suite import Plan
    from pbr_conformance.conformance.learn.judgement import Terms
    from pbr_conformance.simulator.model.target_file import TargetError, at_url, load, reference

    name, url = _wanted(config), config.getoption("pbr_url")
    try:
        target = reference() if name == "reference" else load(Path(str(name)))
        if url:
            target = at_url(target, url, "--pbr-url")
        spec, mutant = _known(config)
    except TargetError as error:
        raise pytest.UsageError(*str(error).splitlines()) from None
    if target.endpoint.live and not config.getoption("pbr_live"):
        raise pytest.UsageError(
            f"{target.name} says live = true, an endpoint that bills: add --pbr-live if you mean it"
        )
    if mutant is not None and target.endpoint.url:
        raise pytest.UsageError("--pbr-mutant: only the embedded simulator can be wrong; this target has a url")
    connection = EndpointFactory(target, spec, mutant=mutant, directory=Path(config.getoption("pbr_journal")))
    seed = config.getoption("pbr_seed")
    examples = config.getoption("pbr_examples") or (30 if target.endpoint.url else 100)
    return Plan(connection, CHECKS, Terms(spec, run=_run(config, url)), seed, examples)


def _baseline(config: pytest.Config) -> tuple[Known, ...]:
    from . import UsageError
    from .reading import baseline_at

    name = config.getoption("pbr_baseline")
    try:
        return baseline_at(Path(name)) if name else ()
    except UsageError as error:
        raise pytest.UsageError(f"--pbr-baseline {error}") from None


def _known(config: pytest.Config) -> tuple[str, str | None]:
    from pbr_conformance.conformance.mutants import MUTANTS
    from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC, SPECS

    spec, mutant = config.getoption("pbr_spec") or DEFAULT_SPEC, config.getoption("pbr_mutant")
    if spec not in SPECS:
        raise pytest.UsageError(f"--pbr-spec {spec}: expected one of {', '.join(SPECS)}")
    if mutant is not None and mutant not in [each.name for each in MUTANTS]:
        raise pytest.UsageError(f"--pbr-mutant {mutant}: no such wrong simulator (see pbr-conformance mutants)")
    return spec, mutant


def _run(config: pytest.Config, url: str | None) -> str:
    """What makes the tokens of this run its own: nothing in process, a drawn number over HTTP."""
    from secrets import token_hex

    return token_hex(3) if url or config.getoption("pbr_target") != "reference" else ""
