"""The pytest plugin: `pytest --pyargs pbr_conformance.conformance --pbr-target FILE -n 2`, and `pbr_endpoint`.

Rules of this file
1. It changes nothing for test suites that do not ask for it: it adds a fixture and a marker, and imports only pytest.
2. The suite is collected here, so `python_files`, `python_functions` and the import mode of a project do not matter:
   pytest imports no file of ours under a name of its own. Where no check was run, the last lines say why.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pbr_conformance.conformance.engine.run_plan import Plan
    from pbr_conformance.conformance.engine.verdict import Examined
    from pbr_conformance.reports.data.baseline import Known
    from pbr_conformance.simulator.model.target import Target
    from pbr_conformance.simulator.server.own_process import RunningServer, ServerProcess

SUITE_FILE = Path(__file__).with_name("test_conformance.py")
"""The file under which the checks stand in a report of pytest."""
PLAN: pytest.StashKey[Plan] = pytest.StashKey()
SWEPT: pytest.StashKey[dict[str, Examined]] = pytest.StashKey()
"""What a run at a slow pace found, by address."""
BASELINE: pytest.StashKey[tuple[Known, ...]] = pytest.StashKey()
_SESSION: pytest.StashKey[RunningServer] = pytest.StashKey()
_ACCOUNT = "pbr_account"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options, all with a prefix of our own."""
    group = parser.getgroup("pbr-conformance", "conformance of CreateVpnPbrRouteEntry")
    group.addoption("--pbr-target", metavar="FILE", help="target file of the account (or: reference)")
    group.addoption("--pbr-url", metavar="URL", help="an endpoint, instead of the target's own")
    group.addoption("--pbr-examples", type=int, metavar="N", help="random histories a check (100, or 30)")
    group.addoption(
        "--pbr-pace",
        choices=("usual", "slow"),
        help="slow: as run --pace slow, by one process; the first check takes as long as all (usual; slow if live)",
    )
    group.addoption("--pbr-seed", type=int, default=0, metavar="N", help="seed of the random histories (0)")
    group.addoption("--pbr-spec", metavar="DATE", help="version of the documentation (2026-02-11)")
    group.addoption("--pbr-mutant", metavar="NAME", help="a mutant, to see the suite fail")
    group.addoption("--pbr-baseline", metavar="FILE", help="known failures (see pbr-conformance baseline): xfail")
    group.addoption("--pbr-journal", metavar="DIR", help="not used any more: journals are in the state directory")
    group.addoption("--pbr-live", action="store_true", help="allow a target that says it bills")
    group.addoption("--pbr-trust-target", action="store_true", help="go on where the account is not as declared")


def pytest_configure(config: pytest.Config) -> None:
    """Read the target once, and ask its endpoint once, so that what is wrong is said before anything runs."""
    config.addinivalue_line(
        "markers", f"{_ACCOUNT}(account=None, **config): what the fixture pbr_endpoint serves, and how"
    )
    if _has_target(config):
        from . import pytest_suite

        config.stash[BASELINE] = pytest_suite.baseline(config)
        config.stash[PLAN] = pytest_suite.plan(config)


@pytest.hookimpl(tryfirst=True)
def pytest_collect_directory(path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect the suite where our own folder is asked for, and nothing where it only lies below a folder that is."""
    if not _is_ours(path, SUITE_FILE.parent) and not _is_ours(path, SUITE_FILE.parents[1]):
        return None
    from .pytest_suite import SuiteDirectory

    return SuiteDirectory.from_parent(
        parent, path=path, asked=_has_target(parent.config) or parent.session.isinitpath(path, with_parents=True)
    )


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect the suite where its file is asked for by its path."""
    if not _is_ours(module_path, SUITE_FILE):
        return None
    from .pytest_suite import SuiteFile

    return SuiteFile.from_parent(parent, path=module_path)


@pytest.hookimpl(tryfirst=True, optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Spread partitions over workers, instead of single tests, however xdist was told to spread them."""
    plan = config.stash.get(PLAN, None)
    if plan is None:
        return None
    from .pytest_suite import by_partition

    return by_partition(config, log, plan)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Give a worker of xdist the account as it was found by the process that began it."""
    plan = node.config.stash.get(PLAN, None)
    if plan is not None:
        from pbr_conformance.simulator.model.target_file import dump

        node.workerinput["pbr_account"] = dump(plan.connection.target)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say so where there is a target, and no check was run."""
    if PLAN not in config.stash or config.getoption("collectonly"):
        return
    reports = [report for kind in terminalreporter.stats.values() for report in kind]
    if not any(f"{SUITE_FILE.name}::" in getattr(report, "nodeid", "") for report in reports):
        terminalreporter.write_line(
            "pbr-conformance: no check was run: --pyargs pbr_conformance.conformance asks for them all, "
            "-k, -m, --deselect and --lf leave some out"
        )


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Let each test that uses the endpoint of the session find it as it was when it started."""
    served = item.config.stash.get(_SESSION, None)
    if served is not None and "pbr_endpoint_session" in getattr(item, "fixturenames", ()):
        served.reset()


@pytest.fixture(scope="session")
def _pbr_servers() -> Iterator[ServerProcess]:
    """A process that serves for tests. It is there before a test can replace a clock, or what starts a process."""
    from pbr_conformance.simulator.server.own_process import ServerProcess

    with ServerProcess() as servers:
        yield servers


@pytest.fixture
def pbr_endpoint(request: pytest.FixtureRequest, _pbr_servers: ServerProcess) -> Iterator[str]:
    """The URL of a mock endpoint of its own for each test: the reference account, or what the marker says.

    The marker takes what `pbr_conformance.simulator.serving` takes; a path is relative to pytest's root directory.
    """
    marker = request.node.get_closest_marker(_ACCOUNT) or pytest.mark.pbr_account().mark
    with _served(marker, _pbr_servers, request.config) as served:
        yield served.url


@pytest.fixture(scope="session")
def pbr_session_account() -> pytest.MarkDecorator:
    """What `pbr_endpoint_session` serves. A project that wants another account has a fixture of this name."""
    return pytest.mark.pbr_account()


@pytest.fixture(scope="session")
def pbr_endpoint_session(
    request: pytest.FixtureRequest, _pbr_servers: ServerProcess, pbr_session_account: pytest.MarkDecorator
) -> Iterator[str]:
    """The URL of one mock endpoint for the whole session. Before each test that uses it, it is reset."""
    with _served(pbr_session_account.mark, _pbr_servers, request.config) as served:
        request.config.stash[_SESSION] = served
        yield served.url
        del request.config.stash[_SESSION]


@contextmanager
def _served(marker: pytest.Mark, servers: ServerProcess, config: pytest.Config) -> Iterator[RunningServer]:
    """Serve what a marker says, by the other process if that is possible."""
    from pbr_conformance.simulator.server.arguments import config_of, target_of
    from pbr_conformance.simulator.server.own_process import may_serve

    with ExitStack() as held:
        try:
            target, server_config = target_of(_account(*marker.args, root=config.rootpath)), config_of(marker.kwargs)
            if may_serve(server_config):
                server = held.enter_context(servers.serving(target, server_config))
            else:
                from pbr_conformance.simulator.server.server import running

                server = held.enter_context(running(target, server_config))
        except (ValueError, TypeError) as error:
            pytest.fail(f"{_ACCOUNT}: {error}", pytrace=False)
        yield server


def _account(account: Target | Path | str | None = None, *, root: Path) -> Target | Path | str | None:
    is_path = isinstance(account, Path) or (isinstance(account, str) and account and "\n" not in account)
    return root / account if is_path else account  # type: ignore[operator]


def _has_target(config: pytest.Config) -> bool:
    return bool(config.getoption("pbr_target") or config.getoption("pbr_url"))


def _is_ours(path: Path, ours: Path) -> bool:
    """Whether two paths lead to one file. Nearly always the names say that they do not."""
    return path.name == ours.name and (path == ours or path.samefile(ours))
