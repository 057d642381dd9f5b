"""The tables of the documentation: complete, addressed, and different between versions only where the vendor's are."""

from __future__ import annotations

import hashlib
import re
from dataclasses import FrozenInstanceError
from itertools import pairwise

import pytest

from pbr_conformance.simulator.documentation import create as documentation
from pbr_conformance.simulator.documentation.create import (
    CLAUSES,
    DEFAULT_SPEC,
    ERRORS,
    FIELDS,
    LIMITS,
    PARAMETERS,
    SPECS,
    clause,
    in_spec,
)
from pbr_conformance.simulator.documentation.sibling_errors import sibling_error

FORMS = {
    "Request parameters": r"parameter/[A-Z][A-Za-z]+",
    "Limits": r"limit/[A-Za-z]+(\.[a-z]+)?",
    "Response fields": r"response/[A-Z][A-Za-z]+",
    "Error codes": r"error/[A-Z][A-Za-z]+(\.[A-Z][A-Za-z]+)?(/[a-z-]+)?",
    "Guide": r"guide/[a-z-]+(/[a-z-]+)?",
}


def ids(spec: str) -> set[str]:
    return {row.id for row in in_spec(spec)}


def page(addresses: set[str]) -> set[str]:
    """Without the rules of other documents."""
    return {address for address in addresses if not address.startswith("guide/")}


# What there is


def test_the_request_has_its_twelve_parameters_in_the_documented_order() -> None:
    names = "RegionId ClientToken VpnGatewayId RouteSource RouteDest NextHop Weight PublishVpc Description OverlayMode"
    assert [row.name for row in PARAMETERS] == [*names.split(), "Priority", "DryRun"]
    required = {row.name for row in PARAMETERS if row.required}
    assert required == {"RegionId", "VpnGatewayId", "RouteSource", "RouteDest", "NextHop", "Weight", "PublishVpc"}
    assert {row.name: row.type for row in PARAMETERS if row.type != "string"} == {
        "Weight": "integer",
        "PublishVpc": "boolean",
        "Priority": "integer",
        "DryRun": "boolean",
    }


def test_the_answer_has_eleven_members_and_names_the_gateway_differently() -> None:
    assert len(FIELDS) == 11
    names = {row.name for row in FIELDS}
    assert "VpnInstanceId" in names
    assert "VpnGatewayId" not in names


def test_the_errors_are_the_vendors_table_to_the_letter() -> None:
    table = "\n".join(f"{row.status} {row.code} {row.message}" for row in ERRORS)
    # Taken from the vendor's table of 2026-02-11, not from this module.
    assert hashlib.sha256(table.encode()).hexdigest() == (
        "2f50f529495315417a5fcdec6125cc9095589c04c2f405d53f1be134738512bd"
    )
    assert [row.row for row in ERRORS] == list(range(1, 30))


def test_refusals_are_400_except_two_403_and_one_404() -> None:
    assert {row.code: row.status for row in ERRORS if row.status != 400} == {
        "Forbbiden.SubUser": 403,
        "Forbidden": 403,
        "InvalidVpnGatewayInstanceId.NotFound": 404,
    }


@pytest.mark.parametrize("row", LIMITS, ids=lambda row: row.id)
def test_a_limit_names_a_parameter_and_bounds_something(row: documentation.Limit) -> None:
    parameter = clause(f"parameter/{row.parameter}")
    assert all(parameter.holds_in(spec) for spec in SPECS if row.holds_in(spec))
    assert row.values or row.low is not None or row.high is not None or row.default is not None


# Addresses


def test_no_two_clauses_share_an_id() -> None:
    assert len({row.id for row in CLAUSES}) == len(CLAUSES)


@pytest.mark.parametrize("row", CLAUSES, ids=lambda row: row.id)
def test_a_clause_is_addressed_by_names_and_says_what_and_where(row: documentation.DocumentedRow) -> None:
    assert re.fullmatch(FORMS[row.chapter], row.id)
    assert row.text.endswith(".")
    assert row.source
    assert clause(row.id) is row


def test_the_clauses_are_in_the_order_of_the_chapters() -> None:
    assert list(dict.fromkeys(row.chapter for row in CLAUSES)) == list(FORMS)
    assert sum(before.chapter != after.chapter for before, after in pairwise(CLAUSES)) == len(FORMS) - 1


def test_a_row_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        PARAMETERS[0].name = "Region"  # type: ignore[misc]


# Codes that stand twice


def test_two_codes_stand_twice_and_their_rows_have_ids_and_messages_of_their_own() -> None:
    doubled = {row.code: [each.id for each in documentation.errors_of(row.code)] for row in ERRORS}
    assert {code: found for code, found in doubled.items() if len(found) > 1} == {
        "Resource.QuotaFull": ["error/Resource.QuotaFull", "error/Resource.QuotaFull/operation"],
        "OperationFailed.RouteConflict": [
            "error/OperationFailed.RouteConflict/vpn",
            "error/OperationFailed.RouteConflict/next-hop",
        ],
    }
    assert "to another VPN" in documentation.error("OperationFailed.RouteConflict/vpn").message
    assert "non-RI and non-VPN" in documentation.error("OperationFailed.RouteConflict/next-hop").message


def test_an_error_is_found_by_id_and_by_code() -> None:
    assert documentation.error("Forbidden") is documentation.error("error/Forbidden")
    assert documentation.error("Resource.QuotaFull").row == 1


def test_a_code_that_says_two_things_is_not_guessed() -> None:
    with pytest.raises(KeyError, match=r"error/OperationFailed\.RouteConflict"):
        documentation.error("OperationFailed.RouteConflict")


def test_what_is_not_documented_is_not_found() -> None:
    assert documentation.errors_of("Forbiden.SubUser") == ()
    for look_up in (clause, documentation.limit, documentation.error):
        with pytest.raises(KeyError, match="nowhere"):
            look_up("nowhere")


# Versions


def test_the_page_of_2020_has_six_codes_and_ten_parameters() -> None:
    first = in_spec("2020-11-20")
    assert {row.code for row in first if isinstance(row, documentation.Error)} == {
        "Resource.QuotaFull",
        "VpnGateway.FinancialLocked",
        "VpnGateway.Configuring",
        "Forbbiden.SubUser",
        "Forbidden",
        "InvalidVpnGatewayInstanceId.NotFound",
    }
    assert sum(isinstance(row, documentation.Parameter) for row in first) == 10


def test_by_2024_priority_nineteen_codes_and_the_limits_of_texts_had_come() -> None:
    old, new = page(ids("2020-11-20")), page(ids("2024-06-24"))
    came = new - old
    assert {address for address in came if not address.startswith("error/")} == {
        "parameter/Priority",
        "response/Priority",
        "limit/Priority",
        "limit/OverlayMode",
        "limit/Description.length",
        "limit/Description.scheme",
    }
    assert len({address for address in came if address.startswith("error/")}) == 19
    assert "error/VpnPbrRouteEntryPriority.NotSupport" in came
    assert old - new == {"limit/ClientToken.length"}


def test_by_2026_02_the_dry_run_and_four_error_rows_had_come_and_nothing_else() -> None:
    old, new = ids("2024-06-24"), ids("2026-02-11")
    assert old < new
    assert new - old == {
        "parameter/DryRun",
        "error/DryRunOperation",
        "error/VpnPbrRouteEntry.NotSupport",
        "error/OperationFailed.RouteConflict/next-hop",
        "error/Resource.QuotaFull/operation",
        "guide/system-route-table",
    }


@pytest.mark.parametrize(
    ("id", "versions"),
    [
        ("guide/listing", SPECS),
        ("guide/deletion", SPECS),
        ("guide/deletion/priority", SPECS[1:]),
        ("guide/answer/overlay-mode", SPECS[1:]),
        ("guide/default-token", SPECS[1:]),
        ("guide/dual-tunnel/weight", SPECS[1:]),
        ("guide/system-route-table", SPECS[2:]),
        ("guide/reserved-destination/single-tunnel", SPECS[3:]),
        ("limit/ClientToken.length", SPECS[:1]),
        ("limit/Description.scheme", SPECS[1:3]),
        ("parameter/Priority", SPECS[1:]),
        ("parameter/DryRun", SPECS[2:]),
    ],
)
def test_a_rule_holds_in_the_versions_in_which_it_was_said(id: str, versions: tuple[str, ...]) -> None:
    assert tuple(spec for spec in SPECS if clause(id).holds_in(spec)) == versions


def test_no_row_of_the_first_version_says_what_came_later() -> None:
    texts = " ".join(row.text for row in in_spec(SPECS[0]))
    for later in ("system route table", "dual", "RequestId serves", "always Ipsec", "priority sent"):
        assert later not in texts


def test_by_2026_09_the_scheme_rule_was_gone_and_reserved_destinations_were_a_matter_of_single_tunnels() -> None:
    old, new = ids("2026-02-11"), ids("2026-09-21")
    assert old - new == {"limit/Description.scheme", "guide/reserved-destination"}
    assert new - old == {"guide/reserved-destination/single-tunnel"}


def test_no_parameter_field_or_code_was_ever_removed() -> None:
    for old, new in pairwise(SPECS):
        kept = {address for address in page(ids(old)) if not address.startswith("limit/")}
        assert kept <= ids(new)


def test_an_unknown_version_is_refused() -> None:
    assert DEFAULT_SPEC in SPECS
    for look_up in (in_spec, clause("parameter/Weight").holds_in):
        with pytest.raises(KeyError, match="2025-01-01"):
            look_up("2025-01-01")


# Limits, transient codes, siblings


def test_the_limits_have_the_documented_numbers() -> None:
    priority, length = documentation.limit("Priority"), documentation.limit("Description.length")
    assert (priority.low, priority.high, priority.default) == (1, 100, 10)
    assert (length.low, length.high) == (1, 100)
    assert documentation.limit("Weight").values == (0, 100)
    assert documentation.limit("limit/quota").default == 20


@pytest.mark.parametrize(
    ("code", "statuses"),
    [
        ("TaskConflict", (400,)),
        ("VpnTask.CONFLICT", (400,)),
        ("VpnGateway.Configuring", (400,)),
        ("Appliance.Configuring", (400,)),
        ("VpnConnection.Configuring", (400,)),
        ("InternalError", (400, 500)),
        ("Throttling", (400, 429, 503)),
        ("Throttling.User", (400, 429, 503)),
        ("ServiceUnavailable", (503,)),
    ],
)
def test_what_passes_with_time(code: str, statuses: tuple[int, ...]) -> None:
    found = documentation.transient(code)
    assert found is not None
    assert found.statuses == statuses


@pytest.mark.parametrize("code", ["VpnRouteEntry.Conflict", "TaskConflict.Other", "VpnGateway.FinancialLocked"])
def test_a_verdict_is_not_transient(code: str) -> None:
    assert documentation.transient(code) is None


def test_a_busy_gateway_says_what_the_table_says() -> None:
    found = documentation.transient("TaskConflict")
    assert found is not None
    assert found.message == "The operation is too frequent, please wait a moment and try again."


def test_an_unknown_gateway_is_404_where_created_and_400_where_listed() -> None:
    code = "InvalidVpnGatewayInstanceId.NotFound"
    listed = sibling_error(code, "DescribeVpnPbrRouteEntries")
    assert (documentation.error(code).status, listed.status) == (404, 400)
    with pytest.raises(KeyError, match="DeleteVpnPbrRouteEntry"):
        sibling_error(code, "DeleteVpnPbrRouteEntry")


def test_a_missing_parameter_is_named_in_code_and_message() -> None:
    missing = sibling_error("Missing<Param>").about("RegionId")
    assert (missing.code, missing.message) == ("MissingRegionId", "RegionId is mandatory for this action.")
