"""A key that no operation shows, and that is wrong: the failure names it; a failure of the endpoint names none."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from pbr_conformance.conformance.mutants import by_name
from pbr_conformance.simulator import serving
from pbr_conformance.simulator.model.target_checks import Loc, place
from pbr_conformance.simulator.model.target_file import dump, parse_document, reference
from tests.conformance.account.served import serve, toml
from tests.conformance.commands import Here, report_in


def with_value(loc: Loc, value: object) -> dict[str, Any]:
    """The reference account with another value of one key."""
    document: dict[str, Any] = {**deepcopy(dump(reference())), "credentials": {}}
    *path, last = loc
    table: Any = document
    for step in path:
        table = table[step]
    table[last] = value
    return document


@pytest.mark.slow
@pytest.mark.parametrize(
    ("loc", "there", "only"),
    [
        (("gateways", 9, "quota"), 2, "route/quota"),
        (("gateways", 9, "quota"), 5, "route/quota"),
        (("vpcs", 2, "vpn_route_quota"), 2, "vpc/quota"),
        (("vpcs", 2, "vpn_route_quota"), 5, "vpc/quota"),
        (("gateways", 3, "pbr"), True, "gateway/no-pbr"),
    ],
)
def test_a_failure_names_the_key_that_would_explain_it(loc: Loc, there: object, only: str, here: Here) -> None:
    declared = parse_document(with_value(loc, there))
    key = f"{place(loc)} = {str(declared_value(loc)).lower()}"
    with serve(declared) as served:
        document = with_value(loc, declared_value(loc))
        document["endpoint"] = {"url": served.url}
        Path("my.toml").write_text(toml(document), encoding="utf-8")
        ended = here("run", "my.toml", "--only", only, "--examples", "5", "--seed", "1")
    assert ended.status == 1, ended.out
    (check,) = [each for each in report_in(Path("build/report"))["checks"] if each["address"] == only]
    assert all(f"; or {key} is wrong" in each["observed"] for each in check["failures"])
    assert f"or {key} is wrong" in ended.out


def declared_value(loc: Loc) -> object:
    """What the reference account declares."""
    table: Any = dump(reference())
    for step in loc:
        table = table[step]
    return table


@pytest.mark.slow
@pytest.mark.parametrize("name", ["overlap-inside", "exists-stored"])
def test_a_failure_of_the_endpoint_names_no_key(name: str, here: Here) -> None:
    with serving(stepper=by_name(name).stepper) as url:
        ended = here("run", "--url", url, "--only", by_name(name).violates, "--examples", "5", "--seed", "1")
    assert ended.status == 1
    assert "is wrong" not in ended.out
