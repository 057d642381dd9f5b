"""The loaders in other languages, docs/examples/vectors: they find what the mutation score in the file's header says.

Each is compiled where its language is installed, and skipped elsewhere.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from pbr_conformance.conformance.explore.random_dialects import by_chance, dialect
from pbr_conformance.conformance.mutants import MUTANTS
from pbr_conformance.conformance.vectors.document import VectorSuite, to_text
from pbr_conformance.conformance.vectors.generate import generate
from pbr_conformance.conformance.vectors.loader import scored
from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC
from pbr_conformance.simulator.model.target_file import parse_target
from pbr_conformance.simulator.server.server import serving
from tests.conformance.commands import ONE_GATEWAY

ROOT: Final = Path(__file__).parents[3]
EXAMPLES: Final = ROOT / "docs" / "examples" / "vectors"
TSC: Final = ROOT / "tests" / "node" / "node_modules" / ".bin" / "tsc"
TYPES: Final = TSC.parents[1] / "@types"
LONGEST: Final = 120
"""Seconds for a compiler or a loader; none needs more than a few."""
SERIAL: Final = [mutant for mutant in MUTANTS if mutant.needs is None]
CHOSEN: Final = SERIAL[:: len(SERIAL) // 20][:20]
ACCOUNT: Final = parse_target(ONE_GATEWAY.format(endpoint=""), "one.toml", {})


@pytest.fixture(scope="module")
def suite() -> VectorSuite:
    return scored(generate(ACCOUNT, DEFAULT_SPEC, 1), ACCOUNT, CHOSEN)


@pytest.fixture(scope="module")
def file(suite: VectorSuite, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("vectors") / "vectors.json"
    path.write_text(to_text(suite))
    return path


@pytest.fixture(scope="module", params=["loader.ts", "loader.go"])
def loader(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    """The command that runs a loader."""
    source, made = EXAMPLES / request.param, tmp_path_factory.mktemp("loader")
    return _go(source, made) if source.suffix == ".go" else _typescript(source, made)


def _go(source: Path, made: Path) -> tuple[str, ...]:
    go = shutil.which("go")
    if go is None:
        pytest.skip("Go is not installed")
    _compiled([go, "build", "-o", str(made / "loader"), str(source)], GOCACHE=str(made / "cache"), GOFLAGS="-mod=mod")
    return (str(made / "loader"),)


def _typescript(source: Path, made: Path) -> tuple[str, ...]:
    node = shutil.which("node")
    if node is None or not TSC.exists():
        pytest.skip("Node, or typescript for it, is not installed: npm install --prefix tests/node")
    options = ["--strict", "--target", "es2022", "--module", "commonjs", "--types", "node", "--typeRoots", str(TYPES)]
    _compiled([node, str(TSC), *options, "--outDir", str(made), str(source)])
    return node, str(made / "loader.js")


def _compiled(command: list[str], **environment: str) -> None:
    done = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, encoding="utf-8", timeout=LONGEST, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def run(loader: tuple[str, ...], file: Path, url: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*loader, str(file), url], capture_output=True, encoding="utf-8", timeout=LONGEST, check=False
    )


def test_an_example_is_short() -> None:
    lengths = {path.name: len(path.read_text(encoding="utf-8").splitlines()) for path in EXAMPLES.iterdir()}
    assert set(lengths) == {"loader.ts", "loader.go"}
    assert max(lengths.values()) <= 150


@pytest.mark.slow
def test_a_conforming_endpoint_passes(loader: tuple[str, ...], file: Path, suite: VectorSuite) -> None:
    with serving(ACCOUNT, dialect=dialect(by_chance(1))) as url:
        ended = run(loader, file, url)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith(f"{len(suite.vectors)} vectors, 0 failed")


@pytest.mark.slow
def test_a_loader_finds_what_the_header_says(loader: tuple[str, ...], file: Path, suite: VectorSuite) -> None:
    assert suite.mutation_score is not None
    found = {}
    for mutant in CHOSEN:
        with serving(ACCOUNT, stepper=mutant.stepper) as url:
            found[mutant.name] = run(loader, file, url).returncode
    assert [name for name, status in found.items() if status == 0] == list(suite.mutation_score.survived)
    assert set(found.values()) <= {0, 1}
    assert suite.mutation_score.killed == list(found.values()).count(1) > 10


def test_a_file_of_a_later_format_is_no_pass(loader: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "later.json").write_text('{"format": 2, "kind": "vectors", "vectors": []}')
    assert run(loader, tmp_path / "later.json", "http://127.0.0.1:9").returncode not in (0, 1)
