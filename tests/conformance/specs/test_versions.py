"""Versions of the documentation: what changed between them, and what an endpoint of each is judged by."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from pbr_conformance.conformance.checks import CHECKS
from pbr_conformance.conformance.mutants import MUTANTS
from pbr_conformance.conformance.specs.difference import difference
from pbr_conformance.simulator import serving
from pbr_conformance.simulator.documentation.actions import CREATE, LIST
from pbr_conformance.simulator.documentation.create import SPECS, in_spec
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.target_file import reference
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.rules.dialect import Dialect
from pbr_conformance.simulator.rules.oracle import allow
from pbr_conformance.strategies.plain_requests import ordinary
from tests.conformance.commands import Here, report_in, verdicts

FIRST, SECOND, THIRD, NEWEST = SPECS
CAME_IN_THE_SECOND: Final = {
    "VpnRouteEntry.AlreadyExists", "VpnRouteEntry.Conflict", "VpnRouteEntry.ConflictSSL", "VpnRouteEntry.BackupRoute",
    "VpnRouteEntry.InvalidWeight", "InvalidNextHop.NotFound", "IllegalParam.RouteDest", "OperationFailed.RouteConflict",
    "OperationFailed.InvalidCidrBlock", "QuotaExceeded.VpnRouteEntry", "VpnPbrRouteEntryPriority.NotSupport",
    "TaskConflict", "VpnTask.CONFLICT", "InternalError", "VpnRouteEntry.SrcDestWeightConflict",
    "VpnRouteEntry.SamePriorityPbrRoutePrefixOverlap", "VpnRouteEntry.SrcDestConflict",
    "CreatePbrRoutesQuotaFull.QuotaFull", "InvalidCidrBlock.Malformed",
}  # fmt: skip
"""The 19 codes of the metadata of 2024 that the first page does not have."""


def diff(here: Here, old: str, new: str) -> dict[str, Any]:
    document = json.loads(here("spec", "diff", old, new, "--json").out)
    assert isinstance(document, dict)
    return document


def rows(changes: list[Mapping[str, str]], change: str, kind: str) -> list[str]:
    return [each["id"] for each in changes if each["change"] == change and each["kind"] == kind]


def test_what_came_with_the_page_of_2026(here: Here) -> None:
    found = diff(here, SECOND, THIRD)
    assert [(each["change"], each["id"]) for each in found["changes"]] == [
        ("came", "parameter/DryRun"),
        ("came", "error/OperationFailed.RouteConflict/next-hop"),
        ("came", "error/Resource.QuotaFull/operation"),
        ("came", "error/DryRunOperation"),
        ("came", "error/VpnPbrRouteEntry.NotSupport"),
    ]
    assert [(each["change"], each["id"]) for each in found["elsewhere"]] == [("came", "guide/system-route-table")]


def test_what_came_and_went_between_the_first_two(here: Here) -> None:
    found = diff(here, FIRST, SECOND)
    changes = found["changes"]
    assert rows(changes, "came", "parameter") == ["parameter/Priority"]
    assert rows(changes, "came", "response field") == ["response/Priority"]
    assert {each["code"] for each in changes if each["kind"] == "error"} == CAME_IN_THE_SECOND
    assert len(rows(changes, "came", "error")) == 19
    assert rows(changes, "came", "constraint") == [
        "limit/Description.length", "limit/Description.scheme", "limit/OverlayMode", "limit/Priority",
    ]  # fmt: skip
    assert rows(changes, "went", "constraint") == ["limit/ClientToken.length"]


@pytest.mark.parametrize(("old", "new"), [(FIRST, NEWEST), (THIRD, NEWEST), (SECOND, SECOND)])
def test_the_way_back_takes_away_what_the_way_there_brought(old: str, new: str) -> None:
    there, back = difference(old, new), difference(new, old)
    both = [{(c.change.value, c.row.id) for c in (*found.changes, *found.elsewhere)} for found in (there, back)]
    swapped = {"came": "went", "went": "came", "changed": "changed"}
    moved = {turn for turn in both[0] if turn[0] != "changed"}
    assert {(swapped[turn], id) for turn, id in moved} == {turn for turn in both[1] if turn[0] != "changed"}
    assert {row.id for row in in_spec(new)} >= {id for turn, id in both[0] if turn == "came"}


def test_a_rule_that_was_narrowed_is_a_change_and_not_two(here: Here) -> None:
    changed = [each for each in diff(here, THIRD, NEWEST)["elsewhere"] if each["change"] == "changed"]
    assert [each["before"]["id"] for each in changed] == ["guide/reserved-destination"]


def test_each_change_says_what_follows(here: Here) -> None:
    text = here("spec", "diff", SECOND, THIRD).out
    lines = [line.split(maxsplit=1) for line in text.splitlines() if line]
    assert ["gateway/no-pbr", "becomes a MUST, refused with VpnPbrRouteEntry.NotSupport"] in lines
    assert "description/scheme        is only a MAY" in here("spec", "diff", THIRD, NEWEST).out


def test_versions_are_listed_and_shown(here: Here) -> None:
    listed = json.loads(here("spec", "list", "--json").out)
    assert [each["version"] for each in listed] == list(SPECS)
    assert all(version in here("spec", "list").out for version in SPECS)
    for spec in SPECS:
        shown = json.loads(here("spec", "show", spec, "--json").out)
        assert [row["id"] for row in shown["rows"]] == [row.id for row in in_spec(spec)]
        assert here("spec", "show", spec).out.count("\n      checks: ") == len(in_spec(spec))


@pytest.mark.parametrize("words", [("show", "2026"), ("diff", SECOND, "new"), ("diff", SECOND), (), ("nothing",)])
def test_what_is_no_version_is_said_in_one_line(words: tuple[str, ...], here: Here) -> None:
    ended = here("spec", *words)
    assert (ended.status, len(ended.lines)) == (2, 1)


def test_the_first_version_has_the_rules_of_listing_and_deletion() -> None:
    judged = {check.address for check in CHECKS if check.documented(FIRST)}
    assert {"state/created", "state/refused", "state/deleted", "state/isolated"} <= judged


def test_what_an_answer_is_asked_since_a_version_is_said() -> None:
    follows = {
        (each.address, each.fails)
        for change in difference(FIRST, SECOND).elsewhere
        for each in change.follows
        if change.row.id == "guide/answer/overlay-mode"
    }
    assert follows == {("answer/success", True)}


# --- Judging ------------------------------------------------------------------------------------------------

SMALL: Final = """
[[gateways]]
id = "vpn-one"
vpc = "vpc-one"
connections = ["vco-one-a", "vco-one-b"]
scratch = true

[[gateways]]
id = "vpn-old"
vpc = "vpc-one"
pbr = false
connections = ["vco-old-a"]
scratch = true

[[vpcs]]
id = "vpc-one"
routes = [{ destination = "10.201.0.0/16", next_hop = "instance", id = "i-1" }]
"""
SOME: Final = ("format/type", "priority/range", "description/scheme", "gateway/no-pbr", "vpc/other-next-hop", "dry-run")
"""Checks that differ between versions."""


@pytest.fixture
def account(tmp_path: Path) -> Path:
    path = tmp_path / "account.toml"
    path.write_text(SMALL, encoding="utf-8")
    return path


def run(here: Here, account: Path, spec: str, url: str) -> dict[str, str]:
    """The verdicts of an endpoint that is judged by a version."""
    chosen = [word for address in SOME for word in ("--only", address)]
    here("run", account, "--url", url, "--spec", spec, "--examples", "1", "--seed", "1", *chosen)
    return verdicts(report_in(account.parent / "build/report"))


@pytest.mark.slow
@pytest.mark.parametrize("spec", [FIRST, SECOND, NEWEST])
def test_an_endpoint_of_a_version_conforms_to_it(spec: str, here: Here, account: Path) -> None:
    with serving(account, dialect=Dialect(spec=spec)) as url:
        found = run(here, account, spec, url)
    lacks_rule = {
        FIRST: {"priority/range", "description/scheme", "gateway/no-pbr", "vpc/other-next-hop", "dry-run/passes"},
        SECOND: {"gateway/no-pbr", "vpc/other-next-hop", "dry-run/passes"},
        NEWEST: {"description/scheme"},
    }
    assert {address for address, verdict in found.items() if verdict == "SKIPPED"} == lacks_rule[spec]
    assert set(found.values()) <= {"PASS", "SKIPPED"}


@pytest.mark.slow
def test_an_older_endpoint_fails_where_the_difference_says(here: Here, account: Path) -> None:
    with serving(account, dialect=Dialect(spec=SECOND)) as url:
        found = run(here, account, THIRD, url)
    assert {a for a, verdict in found.items() if verdict == "FAIL"} == difference(SECOND, THIRD).fails


@pytest.mark.slow
@pytest.mark.parametrize(("spec", "verdict"), [(FIRST, "PASS"), (SECOND, "FAIL")])
def test_the_first_version_does_not_say_which_overlay_mode_an_answer_has(
    spec: str, verdict: str, here: Here, account: Path
) -> None:
    mutant = next(one for one in MUTANTS if one.name == "overlay-lower-case")
    with serving(account, stepper=mutant.stepper, dialect=Dialect(spec=spec)) as url:
        here("run", account, "--url", url, "--spec", spec, "--examples", "1", "--seed", "1", "--only", "answer/success")
    assert verdicts(report_in(account.parent / "build/report"))["answer/success"] == verdict


# --- The simulator ------------------------------------------------------------------------------------------


def asked(**parameters: str) -> Request:
    target = reference()
    return Request(CREATE, {**ordinary(target, target.gateways[0]), **parameters})


def test_the_first_version_has_no_priority() -> None:
    dialect, request = Dialect(spec=FIRST), asked(Priority="500")
    account, answer = step(Account(reference()), request, 0, dialect)
    assert answer.status == 200
    assert "Priority" not in (answer.members or {})
    look = Request(LIST, {name: request.parameters[name] for name in ("RegionId", "VpnGatewayId")})
    assert "Priority" not in step(account, look, 5000, dialect)[1].text
    assert step(Account(reference()), request, 0, Dialect(spec=SECOND))[1].status == 400


def test_before_2026_a_dry_run_is_a_creation() -> None:
    for spec, status in ((SECOND, 200), (THIRD, 400)):
        assert step(Account(reference()), asked(DryRun="true"), 0, Dialect(spec=spec))[1].status == status


def test_a_parameter_that_a_version_lacks_is_no_reason_for_anything() -> None:
    strange = asked(Priority="many", DryRun="perhaps")
    assert allow(Account(reference()), strange, None, FIRST).outcomes() == {"success": ("no MUST is broken",)}
    assert not allow(Account(reference()), strange, None, THIRD).success


def test_a_refusal_without_a_documented_code_names_a_parameter() -> None:
    members = step(Account(reference()), asked(Weight="50"), 0, Dialect(spec=FIRST))[1].members
    assert members is not None
    assert members["Code"] == "InvalidWeight"


def test_explain_says_what_a_version_ignores(here: Here) -> None:
    out = here("explain", "DryRun=true", "--spec", SECOND).out
    assert f"not in the documentation of {SECOND}, and ignored: DryRun" in out
    assert "ignored" not in here("explain", "DryRun=true").out
