"""One planted change of each kind, in each form: it is found and typed, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from pbr_conformance.conformance.specs.drift.comparison import compare
from pbr_conformance.conformance.specs.drift.source import read
from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC, SPECS
from tests.conformance.specs.drift.said import Refusal, Row, Said, said
from tests.conformance.specs.drift.source_writers import SOURCES
from tests.conformance.specs.drift.writers import FORMS, HAVE_NO_ERRORS, HAVE_NO_FIELDS

Found = tuple[str, str, str]
"""What a finding is about, what became of it, and the row."""


class Planted(NamedTuple):
    """A change, and the findings that it must make. `part` is what a form must have to show it."""

    name: str
    change: Callable[[Said], Said]
    finds: frozenset[Found]
    part: str = "parameters"


def _with(row: str, **values: object) -> Callable[[Said], Said]:
    return lambda document: document.put(replace(document.rows()[row], **values))  # type: ignore[arg-type]


def _renamed(document: Said) -> Said:
    rows = {row.id: row for row in document.parameters}
    rows["parameter/NextHop"] = replace(rows["parameter/NextHop"], id="parameter/Gateway")
    return replace(document, parameters=tuple(rows.values()))


def _limit(id: str, sentence: str, of: str) -> Callable[[Said], Said]:
    """Another sentence on a limit; an empty one leaves it out."""

    def change(document: Said) -> Said:
        row = document.rows()[of]
        return document.put(replace(row, limits={**row.limits, id: sentence}))

    return change


def _swapped(one: str, other: str) -> Callable[[Said], Said]:
    def change(document: Said) -> Said:
        a, b = document.rows()[one], document.rows()[other]
        return document.put(
            replace(a, about=b.about, limits=b.limits), replace(b, about=a.about, limits=a.limits)
        )  # fmt: skip

    return change


def _error(row: int, **values: object) -> Callable[[Said], Said]:
    def change(document: Said) -> Said:
        errors = list(document.errors)
        errors[row - 1] = replace(errors[row - 1], **values)  # type: ignore[arg-type]
        return replace(document, errors=tuple(errors))

    return change


def _no_error(row: int) -> Callable[[Said], Said]:
    return lambda document: replace(document, errors=document.errors[: row - 1] + document.errors[row:])


def _one(about: str, change: str, subject: str) -> frozenset[Found]:
    return frozenset({(about, change, subject)})


COLOUR: Final = Row("parameter/Colour", "string", False, "red", "Its colour.", {})
SHADE: Final = Row("response/Shade", "string", True, "dark", "Its shade.", {})
FLOODED: Final = Refusal(400, "VpnGateway.Flooded", "The specified gateway is under water.")


def _parameters() -> Iterator[Planted]:
    yield Planted("a new parameter", lambda d: replace(d, parameters=(*d.parameters, COLOUR)),
                  _one("parameter", "new", "parameter/Colour"))  # fmt: skip
    for name in ("DryRun", "Priority", "Weight", "ClientToken", "RegionId"):
        id = f"parameter/{name}"
        yield Planted(f"no {name}", lambda d, id=id: d.without(id), _one("parameter", "gone", id))  # type: ignore[misc]
    yield Planted(
        "NextHop is called Gateway", _renamed,
        _one("parameter", "gone", "parameter/NextHop") | _one("parameter", "new", "parameter/Gateway"),
    )  # fmt: skip
    for name, type in (("Weight", "string"), ("Priority", "boolean"), ("PublishVpc", "string"), ("NextHop", "integer")):
        id = f"parameter/{name}"
        yield Planted(f"{name} is a {type}", _with(id, type=type), _one("type", "changed", id))
    for name, required in (("RegionId", False), ("Weight", False), ("PublishVpc", False), ("Priority", True)):
        id = f"parameter/{name}"
        yield Planted(f"{name} required: {required}", _with(id, required=required), _one("required", "changed", id))


def _fields() -> Iterator[Planted]:
    yield Planted("a new field", lambda d: replace(d, fields=(*d.fields, SHADE)),
                  _one("response field", "new", "response/Shade"), "fields")  # fmt: skip
    for name in ("Priority", "State", "RequestId", "CreateTime"):
        id = f"response/{name}"
        finds = _one("response field", "gone", id)
        yield Planted(f"no field {name}", lambda d, id=id: d.without(id), finds, "fields")  # type: ignore[misc]
    for name, type in (("CreateTime", "string"), ("Weight", "string"), ("State", "integer")):
        id = f"response/{name}"
        yield Planted(f"the field {name} is a {type}", _with(id, type=type), _one("type", "changed", id), "fields")
    yield Planted("another state", _limit("response/State", "- published: it is\n- pending: not yet", "response/State"),
                  _one("constraint", "changed", "response/State"), "fields")  # fmt: skip


def _errors() -> Iterator[Planted]:
    yield Planted("a new code", lambda d: replace(d, errors=(*d.errors, FLOODED)),
                  _one("code", "new", "error/VpnGateway.Flooded"), "errors")  # fmt: skip
    again = Refusal(400, "VpnTask.CONFLICT", "Another task of yours is in the way.")
    yield Planted("a second row of a code", lambda d: replace(d, errors=(*d.errors, again)),
                  _one("code", "new", "error/VpnTask.CONFLICT"), "errors")  # fmt: skip
    for row, id in ((1, "Resource.QuotaFull"), (3, "VpnRouteEntry.AlreadyExists"), (4, "VpnRouteEntry.Conflict"),
                    (10, "OperationFailed.RouteConflict/vpn"), (12, "OperationFailed.RouteConflict/next-hop"),
                    (22, "Resource.QuotaFull/operation"), (25, "DryRunOperation"),
                    (29, "InvalidVpnGatewayInstanceId.NotFound")):  # fmt: skip
        yield Planted(f"no {id}", _no_error(row), _one("code", "gone", f"error/{id}"), "errors")
    for row, id, code in ((27, "Forbbiden.SubUser", "Forbidden.SubUser"), (16, "VpnTask.CONFLICT", "VpnTask.Conflict")):
        yield Planted(f"{id} is {code}", _error(row, code=code), _one("code", "changed", f"error/{id}"), "errors")
    for row, id, status in ((5, "VpnRouteEntry.ConflictSSL", 409), (28, "Forbidden", 401),
                            (29, "InvalidVpnGatewayInstanceId.NotFound", 400)):  # fmt: skip
        finds = _one("status", "changed", f"error/{id}")
        yield Planted(f"{id} with {status}", _error(row, status=status), finds, "errors")
    for row, id, message in (
        (3, "VpnRouteEntry.AlreadyExists", "The specified route entry already exists."),
        (1, "Resource.QuotaFull", "The quota of the resource is full."),
        (10, "OperationFailed.RouteConflict/vpn", "There is already a route in the VPC route table to another VPN."),
        (22, "Resource.QuotaFull/operation", "The resources you are operating on have reached the limit."),
        (25, "DryRunOperation", "Request validation has been passed with DryRun flag set"),
    ):
        finds = _one("message", "changed", f"error/{id}")
        yield Planted(f"{id} re-worded", _error(row, message=message), finds, "errors")


def _constraints() -> Iterator[Planted]:
    for id, otherwise in (
        ("limit/ClientToken.ascii", ""),
        ("limit/Weight", "Valid values: 0, 50 and 100."),
        ("limit/PublishVpc", "Valid values: true and never."),
        ("limit/Description.length", "It must be 2 to 256 characters in length."),
        ("limit/Description.scheme", "It cannot start with ftp:// or https://."),
        ("limit/OverlayMode", "Set the value to Ipsec or Wireguard."),
    ):
        of = f"parameter/{id.partition('/')[2].partition('.')[0]}"
        yield Planted(f"{id} gone", _limit(id, "", of), _one("constraint", "gone", id))
        if otherwise:
            yield Planted(f"{id} otherwise", _limit(id, otherwise, of), _one("constraint", "changed", id))
    yield Planted("Weight from 0 to 100", _limit("limit/Weight", "Valid values: 0 to 100.", "parameter/Weight"),
                  _one("constraint", "changed", "limit/Weight"))  # fmt: skip
    priority = ("limit/Priority", "parameter/Priority")
    for name, sentence, change in (
        ("no default", "Valid values: 1 to 100.", "gone"),
        ("another default", "Valid values: 1 to 100. Default value: 50.", "changed"),
        ("another range", "Valid values: 1 to 200. Default value: 10.", "changed"),
        ("no range", "Default value: 10.", "gone"),
    ):
        yield Planted(f"Priority: {name}", _limit(priority[0], sentence, priority[1]),
                      _one("constraint", change, "limit/Priority"))  # fmt: skip
    for of, sentence in (
        ("ClientToken", "It cannot exceed 64 characters."),
        ("NextHop", "It must be 4 to 30 characters in length."),
        ("Description", "Default value: none."),
    ):
        id = f"parameter/{of}"
        yield Planted(f"{of}: {sentence}", _limit("new", sentence, id), _one("constraint", "new", id))


def _descriptions() -> Iterator[Planted]:
    for one, other, part in (
        ("parameter/RouteSource", "parameter/RouteDest", "parameters"),
        ("parameter/Description", "parameter/OverlayMode", "parameters"),
        ("parameter/Weight", "parameter/Priority", "parameters"),
        ("parameter/RegionId", "parameter/VpnGatewayId", "parameters"),
        ("response/State", "response/RequestId", "fields"),
        ("response/CreateTime", "response/NextHop", "fields"),
        ("parameter/PublishVpc", "response/State", "fields"),
    ):
        finds = frozenset({("description", "moved", one), ("description", "moved", other)})
        yield Planted(f"{one} and {other} swapped", _swapped(one, other), finds, part)
    for id in ("parameter/NextHop", "parameter/RegionId"):
        yield Planted(f"nothing on {id}", _with(id, about=""), _one("description", "gone", id))
        strange = _with(id, about="Ask your administrator, who will know.")
        yield Planted(f"something strange on {id}", strange, _one("description", "changed", id))


PLANTED: Final = (*_parameters(), *_fields(), *_errors(), *_constraints(), *_descriptions())
LACKS: Final = {"parameters": (), "fields": HAVE_NO_FIELDS, "errors": (*HAVE_NO_ERRORS, *SOURCES)}
EVERY_FORM: Final = {**FORMS, **SOURCES}
CASES: Final = [(form, each) for form in EVERY_FORM for each in PLANTED if form not in LACKS[each.part]]


def found(form: str, document: Said, directory: Path, spec: str = DEFAULT_SPEC) -> set[Found]:
    source = EVERY_FORM[form](document, directory)
    drift = compare(source, read(source), spec)
    return {(finding.about.value, finding.kind.value, finding.subject) for finding in drift.findings}


@pytest.mark.parametrize("form", EVERY_FORM)
@pytest.mark.parametrize("spec", SPECS)
def test_a_document_that_says_the_same_has_no_drift(form: str, spec: str, tmp_path: Path) -> None:
    assert found(form, said(spec), tmp_path, spec) == set()


@pytest.mark.parametrize("spec", SPECS)
def test_nor_has_one_in_chinese(spec: str, tmp_path: Path) -> None:
    for form in EVERY_FORM:
        assert found(form, said(spec, chinese=True), tmp_path, spec) == set()


@pytest.mark.slow
@pytest.mark.parametrize(("form", "planted"), CASES, ids=[f"{form}: {each.name}" for form, each in CASES])
def test_a_planted_change_is_found_and_nothing_else(form: str, planted: Planted, tmp_path: Path) -> None:
    assert found(form, planted.change(said(DEFAULT_SPEC)), tmp_path) == planted.finds


def test_there_are_enough_of_them() -> None:
    assert len(PLANTED) > 70
    assert {about for each in PLANTED for about, _, _ in each.finds} == {
        "parameter", "type", "required", "response field", "code", "status", "message", "constraint", "description",
    }  # fmt: skip
