"""The documents: generated from the code where they repeat it, and held against it where they speak of it."""

from __future__ import annotations

import re
import tomllib
from dataclasses import fields
from enum import Enum
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

import pytest

from pbr_conformance.conformance.checks import CHECKS, Check
from pbr_conformance.simulator.documentation.create import CLAUSES, SPECS, error, in_spec
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.target_file import reference
from pbr_conformance.simulator.rules.conditions import CONDITIONS
from pbr_conformance.simulator.rules.creation import MUST, Case, Creation
from pbr_conformance.simulator.rules.dialect import DEFAULT
from pbr_conformance.strategies.breakers import alone
from pbr_conformance.strategies.plain_requests import partitions
from tests.simulator.oracle_rows import parameters
from tools import tables

ROOT: Final = Path(__file__).parent.parent
DOCS: Final = ROOT / "docs"
REGENERATE: Final = "a generated page differs from the code; regenerate it: python -m tools.tables docs"

NOT_JUDGED: Final = {
    ("2020-11-20", "guide/same-destination"): "older than the code that came to answer it",
    ("2020-11-20", "guide/pbr-support"): "about gateways of that time; its code came in 2026",
    ("2024-06-24", "guide/pbr-support"): "its code came in 2026",
    ("2024-06-24", "guide/vpc-route-table"): "said of a sibling operation; its code here came in 2026",
}
"""Clauses that no check answers for in a version of the documentation that has them, and why."""


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


# What is generated


@pytest.mark.parametrize(
    ("name", "rendered"),
    [
        ("clauses.md", tables.clauses()),
        ("conditions.md", tables.conditions()),
        ("implementing.md", tables.implementing()),
    ],
)
def test_a_generated_page_is_what_the_code_renders(name: str, rendered: str) -> None:
    assert page(name) == rendered, REGENERATE
    assert "python -m tools.tables docs" in rendered.splitlines()[0]


@pytest.mark.parametrize("name", tables.BLOCKS)
def test_the_generated_tables_of_a_written_page_are_what_the_code_renders(name: str) -> None:
    assert page(name) == tables.filled(name, page(name)), REGENERATE


def test_a_page_without_a_marker_is_not_filled() -> None:
    with pytest.raises(KeyError, match="decisions"):
        tables.filled("ambiguities.md", "<!-- precedence -->\n<!-- end of precedence -->\n")


def test_the_pages_are_written_where_one_says(tmp_path: Path) -> None:
    for page, blocks in tables.BLOCKS.items():
        markers = "".join(f"<!-- {name} -->\n<!-- end of {name} -->\n" for name in blocks)
        (tmp_path / page).write_text(markers)
    tables.write(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {
        *tables.BLOCKS,
        "clauses.md",
        "conditions.md",
        "implementing.md",
    }
    assert "`route/same-key`" in (tmp_path / "ambiguities.md").read_text()


@pytest.mark.parametrize(
    "text", [tables.clauses(), tables.conditions(), tables.precedence(), tables.decisions(), tables.visibility()]
)
def test_every_row_of_a_table_has_as_many_cells_as_its_head(text: str) -> None:
    found = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)
    assert found
    for table in found:
        assert len({len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()}) == 1, table


def test_every_clause_condition_and_check_has_its_row() -> None:
    for ids, text in (
        ([row.id for row in CLAUSES], tables.clauses()),
        ([check.address for check in CHECKS], tables.conditions()),
    ):
        assert re.findall(r"^\| `([^`]+)`", text, re.MULTILINE) == ids


# What the tables say of one another


def test_every_clause_has_a_check_in_every_version_that_has_it() -> None:
    found = {
        (spec, row.id)
        for spec in SPECS
        for row in in_spec(spec)
        if not any(row.id in check.clauses and check.documented(spec) for check in CHECKS)
    }
    assert found == set(NOT_JUDGED)


def test_every_clause_has_a_check() -> None:
    answered = {clause for check in CHECKS for clause in check.clauses}
    assert [row.id for row in CLAUSES if row.id not in answered] == []


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.address)
def test_every_check_has_clauses_that_exist(check: Check) -> None:
    assert check.clauses
    assert set(check.clauses) <= {row.id for row in CLAUSES}
    assert len(set(check.clauses)) == len(check.clauses)


def test_the_simulator_has_a_reason_for_each_condition_that_can_be_a_may() -> None:
    decisions = {row.id: row.decision for row in CONDITIONS if row.decision}
    assert {row.id for row in CONDITIONS if "MAY" in row.strength} <= decisions.keys()
    assert all(decision.where and decision.because for decision in decisions.values())


# What is written by hand


def test_the_settings_of_the_default_dialect_are_explained_with_their_values() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (\S+) \|", page("ambiguities.md"), re.MULTILINE))
    tabled = {"name", "spec", "precedence", "refuses", "ranks", "varied"}
    settings = {field.name: getattr(DEFAULT, field.name) for field in fields(DEFAULT) if field.name not in tabled}
    assert rows == {name: shown(value) for name, value in settings.items()}


def shown(value: object) -> str:
    if isinstance(value, Enum):
        return f"`{value.name}`"
    return f"`{value}`" if value else "none"


def test_the_worked_example_of_a_check_works() -> None:
    example: dict[str, Any] = {}
    for block in re.findall(r"^```python\n(.*?)^```", page("writing-a-check.md"), re.MULTILINE | re.DOTALL):
        exec(block, example)
    condition, target = example["condition"], reference()
    assert condition.clauses[0] == example["clause"].id
    assert example["mutant"].violates == condition.id == example["ADDRESS"]
    account = Account(target)
    for row in example["rows"]:
        found = condition.holds(Case(account, Creation(parameters(row.changes)), "owner", None))
        codes = {error(name).code for name in condition.errors}
        assert ((found.value, codes),) == row.broken if found else row.broken == ()
    partition = next(partition for partition in partitions(target) if partition.plain())
    for breaker in example["breakers"]:
        history = alone(partition, partition.plain()[0], breaker)
        assert history is not None
        assert condition.holds(Case(account, Creation(history[-1].parameters), "owner", None)) is MUST
    for text in example["VALID_TEXTS"]:
        case = Case(account, Creation(parameters({"RouteDest": text})), "owner", None)
        assert condition.holds(case) is None
        assert example["beside_multicast"](case)


@pytest.mark.parametrize("path", sorted(DOCS.glob("*.md")), ids=lambda path: path.name)
def test_every_file_that_is_named_exists(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for named in re.findall(r"(?:simulator|strategies|conformance|reports|tests)/[a-z_/-]+\.(?:py|toml)", text):
        assert (ROOT / named).exists(), named


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = project["project"]["dependencies"] + project["project"]["optional-dependencies"]["dev"]
    wanted += project["build-system"]["requires"]
    names = {re.split(r"[^a-z0-9-]", requirement)[0] for requirement in wanted}
    assert sorted(re.findall(r"^\| `([a-z0-9-]+)` \|", page("dependencies.md"), re.MULTILINE)) == sorted(names)


def test_what_is_tested_with_is_pinned_and_nothing_says_from_where() -> None:
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert all(re.fullmatch(r"#.*|[A-Za-z0-9._-]+==[A-Za-z0-9.]+", line) for line in pins)
    assert "://" not in "".join(pins)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pinned = {canonical(line.partition("==")[0]) for line in pins}
    wanted = project["dependencies"] + project["optional-dependencies"]["dev"]
    assert {canonical(re.split(r"[^A-Za-z0-9._-]", requirement)[0]) for requirement in wanted} <= pinned


def canonical(name: str) -> str:
    return name.lower().replace("_", "-")


WRITTEN: Final = [
    path for path in (ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.glob("*.md"))) if path.exists()
]


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.name)
def test_every_link_to_a_file_leads_to_one(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), target


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.name)
def test_every_address_that_is_named_exists(path: Path) -> None:
    """Of clauses and checks, in code; a `*` stands for any characters."""
    ids = [row.id for row in CLAUSES] + [check.address for check in CHECKS]
    chapters = "|".join(sorted({each.partition("/")[0] for each in ids if "/" in each}))
    for named in re.findall(rf"`((?:{chapters})/[A-Za-z.*/-]+)`", path.read_text(encoding="utf-8")):
        assert any(fnmatchcase(each, named) for each in ids), named
