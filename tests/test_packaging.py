"""The package as others install it: one import name, beside projects whose folders are called as ours are.

Rules of this file
1. Nothing is fetched: the wheel is built from a copy by the setuptools that is installed here, and what it needs is
   taken from the environment of these tests.
"""

from __future__ import annotations

import re
import shutil
import site
import subprocess
import sys
import sysconfig
import tomllib
import venv
from pathlib import Path
from typing import Any, Final
from zipfile import ZipFile

import pytest

from pbr_conformance.conformance.checks import CHECKS
from tests.conformance.commands import LONGEST, environment

_ROOT: Final = Path(__file__).parents[1]
_FOLDERS: Final = ("conformance", "reports", "simulator", "strategies")
_SUITE: Final = ("--pyargs", "pbr_conformance.conformance", "--pbr-examples", "1")


def _settings() -> dict[str, Any]:
    document = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    settings: dict[str, Any] = document["tool"]["setuptools"]
    return settings


def test_the_list_of_packages_is_that_of_the_folders() -> None:
    found = [path.parent.relative_to(_ROOT) for folder in _FOLDERS for path in (_ROOT / folder).rglob("__init__.py")]
    assert _settings()["packages"] == sorted(".".join(("pbr_conformance", *path.parts)) for path in found)
    assert _settings()["package-dir"] == {f"pbr_conformance.{folder}": folder for folder in _FOLDERS}


def test_every_pattern_of_package_data_names_some_file() -> None:
    packages = [path.parent for folder in _FOLDERS for path in (_ROOT / folder).rglob("__init__.py")]
    for pattern in _settings()["package-data"]["*"]:
        assert any(list(package.glob(pattern)) for package in packages), pattern


def _run(*command: str | Path, directory: Path) -> subprocess.CompletedProcess[str]:
    words = [str(word) for word in command]
    return subprocess.run(
        words, cwd=directory, env=environment(), capture_output=True, encoding="utf-8", timeout=LONGEST, check=False
    )


def _done(*command: str | Path, directory: Path) -> str:
    ended = _run(*command, directory=directory)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what a package is built from."""
    copy = tmp_path_factory.mktemp("sources")
    for folder in _FOLDERS:
        shutil.copytree(_ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(_ROOT / name, copy)
    return copy


@pytest.fixture(scope="module")
def wheel(sources: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel."""
    directory = tmp_path_factory.mktemp("wheel")
    _pip("wheel", "--no-build-isolation", "--wheel-dir", directory, sources)
    (built,) = directory.glob("*.whl")
    return built


def _pip(verb: str, *words: str | Path, python: Path = Path(sys.executable)) -> None:
    _done(
        *(sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check", verb),
        *("--no-deps", "--no-index", *words),
        directory=Path(sys.prefix),
    )


def _environment(directory: Path, *words: str | Path) -> Path:
    """The interpreter of a new environment with our package, and with what the environment of these tests has."""
    venv.create(directory, symlinks=True)
    python = directory / "bin" / "python"
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(directory)}))
    theirs = [path for path in site.getsitepackages() if Path(path).is_dir()]
    (packages / "of_the_tests.pth").write_text("".join(f"{path}\n" for path in theirs))
    _pip("install", *words, python=python)
    return python


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment that has the wheel."""
    return _environment(tmp_path_factory.mktemp("environment"), wheel)


@pytest.fixture(scope="module")
def editable(sources: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment that has the sources, as somebody who works on them has."""
    return _environment(tmp_path_factory.mktemp("editable"), "--no-build-isolation", "-e", sources)


def _names_of_files(folder: Path) -> set[str]:
    files = (path.relative_to(folder.parent) for path in folder.rglob("*") if path.is_file())
    return {f"pbr_conformance/{path.as_posix()}" for path in files if "__pycache__" not in path.parts}


@pytest.mark.slow
def test_the_wheel_has_one_name_and_every_file(wheel: Path, sources: Path) -> None:
    names = {name for name in ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert names == {name for folder in _FOLDERS for name in _names_of_files(sources / folder)}


_IMPORTS: Final = """
import importlib.util, pathlib, sys
sys.path[:] = [path for path in sys.path if path != ""]
for name in ("conformance", "reports", "simulator", "strategies"):
    module = importlib.import_module("pbr_conformance." + name)
    print(pathlib.Path(module.__file__).parent)
    assert importlib.util.find_spec(name) is None, name
"""


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["installed", "editable"])
def test_an_installation_has_one_import_name(
    kind: str, request: pytest.FixtureRequest, sources: Path, tmp_path: Path
) -> None:
    python = request.getfixturevalue(kind)
    places = [Path(line) for line in _done(python, "-c", _IMPORTS, directory=tmp_path).splitlines()]
    parents = {"installed": python.parents[1], "editable": sources}
    assert all(place.is_relative_to(parents[kind]) for place in places)


# Projects of others

_OWN: Final = """
from conformance.answer import ANSWER as one
from reports.answer import ANSWER as two
from simulator.answer import ANSWER as three
from strategies.answer import ANSWER as four


def {function}_ours(pbr_endpoint):
    from urllib.request import urlopen

    assert (one, two, three, four) == ("conformance", "reports", "simulator", "strategies")
    query = "Action=DescribeVpnGateways&Version=2016-04-28&RegionId=cn-hangzhou"
    with urlopen(f"{{pbr_endpoint}}/?{{query}}", timeout=5) as answer:
        assert b"vpn-single" in answer.read()
"""


def _project(directory: Path, *, files: str = "test_*.py", function: str = "test", mode: str = "prepend") -> Path:
    """A project with four root packages that are called as our folders are, and one test."""
    for folder in _FOLDERS:
        (directory / folder).mkdir()
        (directory / folder / "__init__.py").touch()
        (directory / folder / "answer.py").write_text(f'ANSWER = "{folder}"\n')
    (directory / files.replace("*", "own")).write_text(_OWN.format(function=function))
    (directory / "pyproject.toml").write_text(
        "[tool.pytest.ini_options]\n"
        f'addopts = ["-p", "no:cacheprovider", "--import-mode={mode}", "--strict-markers", "--strict-config"]\n'
        f'pythonpath = ["."]\npython_files = ["{files}"]\npython_functions = ["{function}_*"]\n'
    )
    return directory


_PROJECTS: Final[dict[str, dict[str, str]]] = {
    "as it comes": {},
    "any file": {"files": "*.py"},
    "append": {"mode": "append", "files": "*_test.py"},
    "append any file": {"mode": "append", "files": "*.py", "function": "check"},
    "importlib": {"mode": "importlib", "files": "*_test.py", "function": "check"},
    "importlib any file": {"mode": "importlib", "files": "*.py"},
}
_BARE: Final = ("as it comes", "append any file", "importlib")


def _pytest(python: Path, bare: bool) -> tuple[str | Path, ...]:
    """Pytest as its own command, which leaves the current directory out of the path, or as a module."""
    return (python, Path(sysconfig.get_path("scripts")) / "pytest") if bare else (python, "-m", "pytest")


def _passed(text: str) -> int:
    return int("".join(re.findall(r"(\d+) passed", text.splitlines()[-1])) or 0)


@pytest.mark.slow
@pytest.mark.parametrize("name", _PROJECTS)
def test_a_project_with_folders_of_our_names_is_not_touched(name: str, installed: Path, tmp_path: Path) -> None:
    directory = _project(tmp_path, **_PROJECTS[name])
    assert _passed(_done(*_pytest(installed, name in _BARE), directory=directory)) == 1


@pytest.mark.slow
@pytest.mark.parametrize("name", ["any file", "append any file", "importlib"])
def test_the_suite_is_collected_whatever_the_project_has(name: str, installed: Path, tmp_path: Path) -> None:
    words = (*_SUITE, "--pbr-target", "reference", "-k", "ours or weight/value", "-v", "--junitxml", "junit.xml")
    directory = _project(tmp_path, **_PROJECTS[name])
    text = _done(*_pytest(installed, name not in _BARE), *words, directory, directory=directory)
    assert "cli/test_conformance.py::test_check[weight/value] PASSED" in text
    assert _passed(text) == 2
    assert 'cli.test_conformance" name="test_check[weight/value]"' in (directory / "junit.xml").read_text()


@pytest.mark.slow
def test_the_command_works_beside_them(installed: Path, tmp_path: Path) -> None:
    command = installed.with_name("pbr-conformance")
    _done("env", "PYTHONPATH=.", command, "run", "--budget", "30", directory=_project(tmp_path))
    assert (tmp_path / "build/report/report.json").is_file()


@pytest.mark.slow
def test_an_editable_installation_is_such_a_neighbour_too(editable: Path, tmp_path: Path) -> None:
    directory = _project(tmp_path, files="*.py")
    assert _passed(_done(*_pytest(editable, True), directory=directory)) == 1
    words = (*_SUITE, "--pbr-target", "reference", "-k", "weight/value")
    assert _passed(_done(*_pytest(editable, True), *words, directory=directory)) == 1


@pytest.mark.slow
def test_sources_inside_of_a_project_are_no_tests_of_it(editable: Path, sources: Path, tmp_path: Path) -> None:
    directory = _project(tmp_path)
    (directory / "vendored").mkdir()
    (directory / "vendored" / "conformance").symlink_to(sources / "conformance")
    assert _passed(_done(*_pytest(editable, True), directory=directory)) == 1


# Where no check runs

_WHY: Final = "no check was run: --pyargs pbr_conformance.conformance asks for them all"


@pytest.mark.slow
def test_a_suite_that_runs_no_check_says_why(installed: Path, tmp_path: Path) -> None:
    directory = _project(tmp_path)
    target = ("--pbr-target", "reference")
    assert _WHY in _done(*_pytest(installed, True), *target, directory=directory)
    for words, why in (
        ((), f"{len(CHECKS)} deselected"),
        (("-n", "2"), _WHY),
    ):  # with xdist, pytest does not say how many
        ended = _run(*_pytest(installed, True), *_SUITE, *target, "-k", "nothing", *words, directory=directory)
        assert (ended.returncode, why in ended.stdout) == (pytest.ExitCode.NO_TESTS_COLLECTED, True), ended.stdout
    assert _WHY not in _done(*_pytest(installed, True), directory=directory)
    for last in (("-k", "weight/value"), ("--collect-only", "-q")):
        assert _WHY not in _done(*_pytest(installed, True), *_SUITE, *target, *last, directory=directory)
    ended = _run(*_pytest(installed, True), "-p", "no:pbr_conformance", *_SUITE[:2], directory=directory)
    assert ended.returncode == pytest.ExitCode.INTERRUPTED
    assert "the plugin of pbr-conformance is off, so there are no checks; add -p pbr_conformance" in ended.stdout


@pytest.mark.slow
@pytest.mark.parametrize("named", ["pbr_conformance.conformance.cli.test_conformance", "{file}"])
def test_one_check_is_named_by_its_id(named: str, editable: Path, sources: Path, tmp_path: Path) -> None:
    file = sources / "conformance" / "cli" / "test_conformance.py"
    words = ["--pyargs"] if "{" not in named else []
    words += ["--pbr-target", "reference", "--pbr-examples", "1"]
    command = (*_pytest(editable, True), *words)
    named = named.format(file=file)
    assert _passed(_done(*command, f"{named}::test_check[weight/value]", directory=tmp_path)) == 1
    listed = _done(*command, f"{named}::test_check", "--collect-only", "-q", directory=tmp_path)
    assert listed.count("::test_check[") == len(CHECKS)
