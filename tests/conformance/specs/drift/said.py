"""What a document says, as the tests make it up: in our own words, from our own tables.

Rules of this file
1. Nothing of the vendor's text but names, codes and messages, which the tables have.
2. A description is a sentence on its subject and one for each limit, so that a limit can be left out or said otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from pbr_conformance.simulator.documentation.create import ERRORS, FIELDS, LIMITS, PARAMETERS, clause
from pbr_conformance.simulator.documentation.rows import Limit, Member

TITLE: Final = "CreateVpnPbrRouteEntry"

ABOUT: Final[Mapping[str, tuple[str, str]]] = {
    "parameter/RegionId": ("The region in which the VPN gateway is.", "网关的地域。"),
    "parameter/ClientToken": ("A token of the client's own, for idempotence.", "保证幂等的标识。"),
    "parameter/VpnGatewayId": ("The ID of the VPN gateway to change.", "VPN网关的ID。"),
    "parameter/RouteSource": ("The source prefix: where a packet comes from.", "源网段。"),
    "parameter/RouteDest": ("The destination prefix: where a packet goes.", "目标网段。"),
    "parameter/NextHop": ("The next hop of what matches.", "下一跳。"),
    "parameter/Weight": ("The weight: which link is active and which is standby.", "权重。"),
    "parameter/PublishVpc": ("Whether to publish the route to the VPC.", "是否发布路由。"),
    "parameter/Description": ("A description of the route, for people.", "路由的描述信息。"),
    "parameter/OverlayMode": ("The tunneling protocol in use.", "隧道协议。"),
    "parameter/Priority": ("The priority among such routes. A smaller number goes first.", "优先级。"),
    "parameter/DryRun": ("Asks for a dry run only.", "是否只预检请求。"),
    "response/NextHop": ("The next hop that the route has.", "下一跳。"),
    "response/Weight": ("The weight that the route has.", "权重。"),
    "response/RouteDest": ("The destination prefix of the route.", "目标网段。"),
    "response/RequestId": ("The request ID, a new one each time.", "请求ID。"),
    "response/Description": ("The description of this route.", "路由的描述信息。"),
    "response/State": ("The status of the route.", "路由的状态。"),
    "response/CreateTime": ("The time when it was made, in milliseconds.", "创建时间，单位毫秒。"),
    "response/OverlayMode": ("The tunneling protocol of the route.", "隧道协议。"),
    "response/RouteSource": ("The source prefix of the route.", "源网段。"),
    "response/VpnInstanceId": ("The ID of the VPN gateway that has it.", "VPN网关的ID。"),
    "response/Priority": ("The priority that the route has.", "优先级。"),
}
"""A sentence on each row, in English and in Chinese."""


@dataclass(frozen=True)
class Row:
    """A parameter or a field."""

    id: str
    type: str
    required: bool
    example: str
    about: str
    limits: Mapping[str, str]
    """The sentences on its limits, by the limits' ids."""

    @property
    def name(self) -> str:
        return self.id.partition("/")[2]

    @property
    def text(self) -> str:
        """The description."""
        return "\n\n".join(filter(None, (self.about, *self.limits.values())))


@dataclass(frozen=True)
class Refusal:
    """A row of the error table."""

    status: int
    code: str
    message: str
    remark: str = "What it means is told here."


@dataclass(frozen=True)
class Said:
    """A whole document."""

    parameters: tuple[Row, ...]
    fields: tuple[Row, ...]
    errors: tuple[Refusal, ...]
    title: str = TITLE
    introduction: str = "It makes a route."

    def rows(self) -> dict[str, Row]:
        return {row.id: row for row in (*self.parameters, *self.fields)}

    def put(self, *rows: Row) -> Said:
        """With these rows in the place of those with their ids."""
        new = {row.id: row for row in rows}
        return replace(
            self,
            parameters=tuple(new.get(row.id, row) for row in self.parameters),
            fields=tuple(new.get(row.id, row) for row in self.fields),
        )

    def without(self, id: str) -> Said:
        return replace(
            self,
            parameters=tuple(row for row in self.parameters if row.id != id),
            fields=tuple(row for row in self.fields if row.id != id),
        )


def said(spec: str, chinese: bool = False) -> Said:
    """A document that says what a version says."""
    return Said(
        tuple(_row(row, spec, chinese) for row in PARAMETERS if row.holds_in(spec)),
        tuple(_row(row, spec, chinese) for row in FIELDS if row.holds_in(spec)),
        tuple(Refusal(row.status, row.code, row.message) for row in ERRORS if row.holds_in(spec)),
        introduction=_introduction(spec, chinese),
    )


def _introduction(spec: str, chinese: bool) -> str:
    if not clause("guide/reserved-destination/single-tunnel").holds_in(spec):
        return "创建路由。" if chinese else "It makes a route."
    if chinese:
        return "创建路由。\n\n单隧道网关不支持目标网段0.0.0.0/0，也不支持与100.64.0.0/10重叠。"
    return "It makes a route.\n\nOn a single-tunnel gateway neither 0.0.0.0/0 nor what overlaps 100.64.0.0/10 will do."


def _row(row: Member, spec: str, chinese: bool) -> Row:
    limits = {
        limit.id: (in_chinese if chinese else in_english)(limit)
        for limit in LIMITS
        if row.id == f"parameter/{limit.parameter}" and limit.name != "quota" and limit.holds_in(spec)
        if not (chinese and limit.language == "en")
    }
    if row.id == "response/State":
        limits = {row.id: "- published: the VPC has it\n- normal: the VPC does not"}
    return Row(row.id, row.type, row.required, row.example, ABOUT[row.id][chinese], limits)


def in_english(limit: Limit) -> str:
    match limit.name.partition(".")[2]:
        case "ascii":
            return "There are only ASCII characters in it."
        case "length" if limit.low is None:
            return f"It cannot exceed {limit.high} characters."
        case "length":
            return f"It must be {limit.low} to {limit.high} characters in length."
        case "scheme":
            return f"It cannot start with {' or '.join(map(str, limit.values))}."
    if limit.values:
        words = [str(value) for value in limit.values]
        return f"Set the value to {words[0]}." if len(words) == 1 else f"Valid values: {' and '.join(words)}."
    return f"Valid values: {limit.low} to {limit.high}. Default value: {limit.default}."


def in_chinese(limit: Limit) -> str:
    match limit.name.partition(".")[2]:
        case "ascii":
            return "只支持ASCII字符。"
        case "length" if limit.low is None:
            return f"不能超过{limit.high}个字符。"
        case "length":
            return f"长度为{limit.low}～{limit.high}个字符。"
    if limit.values:
        return f"取值：{'、'.join(str(value) for value in limit.values)}。"
    return f"取值范围：{limit.low}～{limit.high}。默认值：{limit.default}。"
