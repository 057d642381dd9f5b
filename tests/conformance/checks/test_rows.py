"""Two rows a condition have everything that is known of it: nothing in the product steers by an address."""

from __future__ import annotations

import ast
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from pbr_conformance.conformance.checks import BY_ADDRESS, CHECKS
from pbr_conformance.simulator.rules.conditions import CONDITIONS

ROOT: Final = Path(__file__).parents[3]
PRODUCT: Final = sorted(
    path for folder in ("simulator", "strategies", "conformance", "reports") for path in (ROOT / folder).rglob("*.py")
)
PROSE: Final = ("reason", "why")
"""Names of texts that are for people."""


def test_every_condition_has_a_check_in_the_same_order() -> None:
    assert [check.address for check in CHECKS][: len(CONDITIONS)] == [condition.id for condition in CONDITIONS]
    assert all(check.condition is None for check in CHECKS[len(CONDITIONS) :])


def test_every_condition_has_a_near_miss_and_a_way_to_meet_it() -> None:
    for check in CHECKS:
        condition = check.condition
        assert (check.near is not None) is (condition is not None), check
        assert condition is None or bool(check.breakers) is not condition.passes, check
        assert condition or check.scenarios, check


def test_a_check_arrives_in_another_process_as_the_same_row() -> None:
    assert all(pickle.loads(pickle.dumps(check)) is check for check in CHECKS)


def addresses(node: ast.expr, constants: dict[str, ast.expr]) -> Iterator[str]:
    """The addresses that an expression spells out, or a constant of its module that it names."""
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and part.value in BY_ADDRESS:
            yield str(part.value)
        elif isinstance(part, ast.Name) and part.id in constants:
            yield from addresses(constants[part.id], {})


def constants(tree: ast.Module) -> dict[str, ast.expr]:
    named: dict[str, ast.expr] = {}
    for each in tree.body:
        if isinstance(each, ast.AnnAssign | ast.Assign) and isinstance(each.value, ast.Constant | ast.Tuple | ast.Set):
            targets = [each.target] if isinstance(each, ast.AnnAssign) else each.targets
            named.update({target.id: each.value for target in targets if isinstance(target, ast.Name)})
    return named


def is_prefix_test(call: ast.Call) -> bool:
    """Whether it asks how an address, or a text for people, begins."""
    asked = call.func
    if not isinstance(asked, ast.Attribute) or asked.attr not in ("startswith", "endswith"):
        return False
    said = ast.unparse(asked.value).rpartition(".")[2]
    begins = [part.value for argument in call.args for part in ast.walk(argument) if isinstance(part, ast.Constant)]
    chapters = {f"{check.chapter}/" for check in CHECKS}
    return said in PROSE or (said in ("address", "id", "name") and not chapters.isdisjoint(begins))


def steered(source: str) -> list[str]:
    """What in a module depends on an address, or on how a text for people begins."""
    tree = ast.parse(source)
    named = constants(tree)
    found = []
    for node in ast.walk(tree):
        compared: list[ast.expr] = []
        if isinstance(node, ast.Compare):
            compared = [node.left, *node.comparators]
        elif isinstance(node, ast.MatchValue):
            compared = [node.value]
        asks = isinstance(node, ast.Call) and is_prefix_test(node)
        if asks or any(list(addresses(each, named)) for each in compared):
            found.append(ast.unparse(node))
    return found


LEFT: Final = {"report_builder.py": 2}
"""What still asks how a reason begins: how often, by the name of the module."""


@pytest.mark.parametrize("path", PRODUCT, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_is_steered_by_an_address_or_by_prose(path: Path) -> None:
    assert len(steered(path.read_text(encoding="utf-8"))) == LEFT.get(path.name, 0)


@pytest.mark.parametrize(
    "source",
    [
        'waits = check.address != "gateway/busy"',
        'if name in ("route/quota", "vpc/quota"): pass',
        'BUSY: Final = "gateway/busy"\nfound = {each for each in met if each.name == BUSY}',
        'SOME = ("route/quota", "vpc/quota")\nif name in SOME: pass',
        'match name:\n    case "token/open": pass',
        "if result.reason.startswith(NEVER): pass",
        'about_gateways = check.address.startswith("gateway/")',
    ],
)
def test_it_would_be_found(source: str) -> None:
    assert steered(source)
