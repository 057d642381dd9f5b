"""The rows of test_oracle.py: for each condition requests that break it, and others just beside that do not.

Rules of this file
1. Strengths and codes are written down from the rules, not taken from the code.
2. A row says one condition of one request; what else that request breaks is not its business.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

PLAIN: Final = {
    "RegionId": "cn-hangzhou",
    "VpnGatewayId": "vpn-single",
    "RouteSource": "10.1.0.0/24",
    "RouteDest": "10.2.0.0/24",
    "NextHop": "vco-single-a",
    "Weight": "100",
    "PublishVpc": "false",
}
Changes = Mapping[str, str | None]
Before = tuple[Changes, ...]
Answers = tuple[str, frozenset[str]]
"""strength, codes (none: any 4xx)"""


def must(codes: str = "") -> Answers:
    return "MUST", frozenset(codes.split())


def may(codes: str = "") -> Answers:
    return "MAY", frozenset(codes.split())


def on(gateway: str, **changes: str | None) -> Changes:
    """A request for a gateway of the reference account, over its first connection."""
    return {"VpnGatewayId": gateway, "NextHop": gateway.replace("vpn", "vco", 1) + "-a", **changes}


def parameters(changes: Changes) -> dict[str, str]:
    """The plain request with these changes; None takes a parameter out."""
    return {name: text for name, text in {**PLAIN, **changes}.items() if text is not None}


class Row(NamedTuple):
    """How one request breaks one condition after these creations; no answers where it does not."""

    condition: str
    changes: Changes
    broken: tuple[Answers, ...]
    before: Before
    caller: str


def row(condition: str, changes: Changes, *broken: Answers, before: Before = (), caller: str = "owner") -> Row:
    return Row(condition, changes, broken, before, caller)


def each(condition: str, requests: Iterable[Changes], *broken: Answers, before: Before = ()) -> tuple[Row, ...]:
    """A row for each of several requests that are alike in this."""
    return tuple(row(condition, changes, *broken, before=before) for changes in requests)


def with_(name: str, *texts: str | None, gateway: str = "vpn-single", **others: str) -> list[Changes]:
    """A request for each text of one parameter."""
    return [on(gateway, **others, **{name: text}) for text in texts]


CIDR: Final = "InvalidCidrBlock.Malformed OperationFailed.InvalidCidrBlock"
DEST: Final = CIDR + " IllegalParam.RouteDest"
CONFIGURING: Final = "VpnGateway.Configuring TaskConflict VpnTask.CONFLICT"
EXISTS: Final = "VpnRouteEntry.AlreadyExists VpnRouteEntry.Conflict"
SAME_KEY: Final = EXISTS + " VpnRouteEntry.BackupRoute"
SAME_WEIGHT: Final = "VpnRouteEntry.SrcDestWeightConflict VpnRouteEntry.Conflict"
SAME_PAIR: Final = SAME_WEIGHT + " VpnRouteEntry.SrcDestConflict"
OVERLAP: Final = "VpnRouteEntry.SamePriorityPbrRoutePrefixOverlap VpnRouteEntry.Conflict"
STANDBY: Final = OVERLAP + " VpnRouteEntry.BackupRoute"
QUOTA: Final = "CreatePbrRoutesQuotaFull.QuotaFull Resource.QuotaFull"
VPC: Final = "OperationFailed.RouteConflict"
VPC_QUOTA: Final = "QuotaExceeded.VpnRouteEntry Resource.QuotaFull"
SSL: Final = "VpnRouteEntry.ConflictSSL"
NO_HOP: Final = "InvalidNextHop.NotFound"
WEIGHT: Final = "VpnRouteEntry.InvalidWeight"
NO_PRIORITY: Final = "VpnPbrRouteEntryPriority.NotSupport"
BIG: Final = str(2**31)
EMOJI: Final = "\U0001f600"

# A row is a line or two here, not ten.
# fmt: off

FORMAT: Final = (
    *each("format/missing", [{name: None} for name in PLAIN], must()),
    *each("format/missing", [{name: ""} for name in PLAIN], must()),
    *each("format/missing", [{"Priority": None, "ClientToken": None, "Description": ""}, {"RouteSource": " "}]),
    *each("format/type", with_("Weight", "100.0", "+100", " 100", "1e2", "0x64", "ten", "-", "\u0661"), must()),
    *each("format/type", with_("Priority", "10.0", "ten", "10 ", "--1", "1_0"), must()),
    *each("format/type", with_("PublishVpc", "2", "t", "y", "true ", "null", "fal\u017fe"), must()),
    *each("format/type", with_("DryRun", "enabled", "01", " true"), must()),
    row("format/type", {"Weight": BIG}, may()),
    row("format/type", {"Priority": f"-{2**31 + 1}"}, may()),
    row("format/type", {"Weight": "x", "Priority": BIG}, must(), may()),
    row("format/type", {"Weight": f"{2**31 - 1}", "Priority": f"-{BIG}"}),
    row("format/type", {"Weight": "-00", "Priority": "007", "PublishVpc": "tRUE", "DryRun": "False"}),
    row("format/type", {"Weight": "", "Priority": "", "PublishVpc": "yes", "DryRun": "0"}),
    *each("format/boolean-spelling", with_("PublishVpc", "0", "1", "yes", "no", "on", "off", "YES"), may()),
    row("format/boolean-spelling", {"DryRun": "oFF"}, may()),
    row("format/boolean-spelling", {"PublishVpc": "TRUE", "DryRun": "False"}),
    row("format/boolean-spelling", {"PublishVpc": "true", "DryRun": "00"}),
    *each("format/empty-optional",
          [{name: ""} for name in ("ClientToken", "Priority", "DryRun", "Description", "OverlayMode")], may()),
    row("format/empty-optional", {"ClientToken": " ", "Description": "0", "RegionId": ""}),
    *each("format/region", with_("RegionId", "cn-beijing", "CN-HANGZHOU", "cn-hangzhou "), may()),
    *each("format/region", with_("RegionId", "cn-hangzhou", "", None)),
    *each("format/token", with_("ClientToken", "t" * 65, "t\x80"), may()),
    row("format/token", {"ClientToken": "\x00 ~\x7f" * 16}),
)

VALUES: Final = (
    *each("weight/value", with_("Weight", "1", "-1", "99", "101", BIG), must(WEIGHT)),
    row("weight/value", on("vpn-dual", Weight="50"), may(WEIGHT)),
    row("weight/value", {"Weight": "50", "VpnGatewayId": "vpn-none"}, may(WEIGHT)),
    *each("weight/value", with_("Weight", "0", "100", "-0", "0100", "1.0")),
    *each("cidr/source", with_("RouteSource", "10.0.0/8", "256.0.0.0/8", "10.0.0.0/", "10.0.0.0/33"), must(CIDR)),
    *each("cidr/source", with_("RouteSource", " ", "10.0.0.0/8a", "10.0.0.0/255.0.255.0", "::/129"), must(CIDR)),
    *each("cidr/source", with_("RouteSource", "0.0.0.0/0", "255.255.255.255/32", "10.0.0.1", "10.0.0.1/8", "::/0")),
    *each("cidr/destination", with_("RouteDest", "10.0.0.0.0/8", "10.0.0.0/33", "10.0.0.0/-1", "any"), must(DEST)),
    *each("cidr/destination", with_("RouteDest", "10.0.0.0/32", "0.0.0.0/0", "010.0.0.0/8", "", "::1")),
    *each("cidr/loose", with_("RouteSource", "10.0.0.0", "10.0.0.1/24", "010.0.0.0/8", "10.0.0.0/08"), may(CIDR)),
    *each("cidr/loose", with_("RouteSource", " 10.0.0.0/8", "10.0.0.0/8\n", "10.0.0.0/255.0.0.0"), may(CIDR)),
    *each("cidr/loose", with_("RouteSource", "10.0.0.0/0.255.255.255", "::/0", "2001:db8::1"), may(CIDR)),
    row("cidr/loose", {"RouteDest": "10.0.0.1/31"}, may(DEST)),
    row("cidr/loose", {"RouteSource": "10.0.0.1/31", "RouteDest": "10.0.0.0\t"}, may(CIDR), may(DEST)),
    row("cidr/loose", {"RouteSource": "10.0.0.1/32", "RouteDest": "10.0.0.0/31"}),
    row("cidr/loose", {"RouteSource": "10.0.0.1/33", "RouteDest": "10.0.0.0/255.0.255.0"}),
    *each("cidr/reserved-destination",
          [on(gateway, RouteDest=text) for gateway in ("vpn-single", "vpn-dual") for text in (
              "0.0.0.0/0", "100.64.0.0/10", "100.64.0.0/11", "100.127.255.255/32", "100.0.0.0/8", "64.0.0.0/2")],
          may(DEST)),
    *each("cidr/reserved-destination", with_(
        "RouteDest", "100.63.255.255/32", "100.128.0.0/9", "128.0.0.0/1", "0.0.0.0/2", "0.0.0.0/32")),
    row("cidr/reserved-destination", {"RouteSource": "100.64.0.0/10"}),
    *each("priority/range", with_("Priority", "0", "101", "-1", "-0", BIG), must()),
    *each("priority/range", with_("Priority", "1", "100", "0100", "ten", "", None)),
    *each("description/length", with_("Description", "d" * 101, EMOJI * 101), must()),
    *each("description/length", with_("Description", EMOJI * 51, "d" * 99 + EMOJI), may()),
    *each("description/length", with_("Description", "d" * 100, EMOJI * 50, "\u00e9" * 100)),
    *each("description/scheme", with_("Description", "http://", "https://a", "http://" + "x" * 200), must()),
    *each("description/scheme", with_("Description", "HTTP://", "Https://a", "httpS://a"), may()),
    *each("description/scheme", with_("Description", "http:/", "http", " http://", "a http://", "ftp://")),
    *each("overlay/value", with_("OverlayMode", "Gre", " Ipsec", "Ipsec\n", "Ip\u017fec"), must()),
    *each("overlay/value", with_("OverlayMode", "ipsec", "IPSEC", "IpSec"), may()),
    *each("overlay/value", with_("OverlayMode", "Ipsec", "", None)),
)

UNKNOWN: Final = must("InvalidVpnGatewayInstanceId.NotFound")
GATEWAY: Final = (
    row("caller/sub-user", {}, must("Forbbiden.SubUser"), caller="sub_user"),
    row("caller/sub-user", {}),
    row("caller/sub-user", {}, caller="unauthorized"),
    row("caller/unauthorized", {}, must("Forbidden"), caller="unauthorized"),
    row("caller/unauthorized", {"VpnGatewayId": "vpn-none"}, must("Forbidden"), caller="unauthorized"),
    row("caller/unauthorized", {}),
    row("caller/unauthorized", {}, caller="sub_user"),
    *each("gateway/unknown", with_("VpnGatewayId", "vpn-none", "VPN-SINGLE", "vpn-single ", "vpn-other"), UNKNOWN),
    *each("gateway/unknown", with_("VpnGatewayId", "vpn-single", "", None)),
    row("gateway/locked", on("vpn-locked"), must("VpnGateway.FinancialLocked")),
    row("gateway/locked", on("vpn-configuring")),
    row("gateway/configuring", on("vpn-configuring"), must(CONFIGURING)),
    row("gateway/configuring", on("vpn-locked")),
    row("gateway/no-pbr", on("vpn-no-pbr"), must("VpnPbrRouteEntry.NotSupport")),
    row("gateway/no-pbr", on("vpn-no-priority")),
    *each("priority/unsupported", with_("Priority", "9", "11", "101", "ten", gateway="vpn-no-priority"),
          must(NO_PRIORITY)),
    *each("priority/unsupported", with_("Priority", "10", "010", gateway="vpn-no-priority"), may(NO_PRIORITY)),
    *each("priority/unsupported", with_("Priority", None, "", gateway="vpn-no-priority")),
    row("priority/unsupported", on("vpn-no-pbr", Priority="20")),
    *each("next-hop/unknown", with_("NextHop", "vco-none", "VCO-SINGLE-A", "vpn-single", " vco-dual-a"), must(NO_HOP)),
    *each("next-hop/unknown", with_("NextHop", "vco-single-b", "vco-dual-a", "")),
    row("next-hop/elsewhere", {"NextHop": "vco-dual-a"}, may(NO_HOP)),
    *each("next-hop/elsewhere", with_("NextHop", "vco-single-b", "vco-none")),
)

ONE: Final[Before] = ({},)
DUAL: Final[Before] = (on("vpn-dual"),)
FULL: Final[Before] = tuple(on("vpn-quota", RouteDest=f"10.{n}.0.0/16") for n in (3, 4, 5))
B: Final = "vco-single-b"
DUAL_B: Final = "vco-dual-b"
ROUTES: Final = (
    *each("route/exists", [{}, {"Weight": "0100", "Priority": "010"}], must(EXISTS), before=ONE),
    row("route/exists", {"RouteSource": "10.1.0.1/24"}, may(EXISTS), before=ONE),
    *each("route/exists", with_("Weight", "100", "0", gateway="vpn-dual"), must(EXISTS), before=DUAL),
    *each("route/exists", [{"Weight": "0"}, {"Priority": "11"}, {"NextHop": B}, on("vpn-single-2")], before=ONE),
    *each("route/exists", [{"RouteSource": "10.1.0.0/25"}, {"RouteDest": "10.2.0.0/25"}], before=ONE),
    *each("route/exists", [{"Weight": "x"}, {"Priority": "x"}, {"RouteSource": "10.1.0.0/255.0.255.0"}], before=ONE),
    row("route/exists", {}),
    *each("route/same-key", [{"Weight": "0"}, {"Priority": "11"}, {"Weight": "50"}], may(SAME_KEY), before=ONE),
    row("route/same-key", on("vpn-dual", Weight="0"), may(SAME_KEY), before=DUAL),
    *each("route/same-key", [{}, {"Weight": "0", "NextHop": B}, {"RouteDest": "10.2.1.0/24"}], before=ONE),
    *each("route/same-weight", [{"NextHop": B}, {"NextHop": B, "Priority": "11"}], must(SAME_WEIGHT), before=ONE),
    row("route/same-weight", {"RouteDest": "10.2.0.0/024", "NextHop": B}, may(SAME_WEIGHT), before=ONE),
    *each("route/same-weight", [{"Weight": "0", "NextHop": B}, {"RouteSource": "10.1.0.0/23"}], before=ONE),
    row("route/same-weight", on("vpn-single-2"), before=ONE),
    row("route/same-weight", on("vpn-dual"), before=DUAL),
    row("route/same-pair", on("vpn-dual", NextHop=DUAL_B), must(SAME_PAIR), before=DUAL),
    row("route/same-pair", on("vpn-dual", NextHop=DUAL_B, Weight="0", Priority="9"), must(SAME_PAIR), before=DUAL),
    row("route/same-pair", on("vpn-dual", RouteSource="10.1.0.0/255.255.255.0"), may(SAME_PAIR), before=DUAL),
    row("route/same-pair", on("vpn-dual", RouteSource="10.1.0.0/25", NextHop=DUAL_B), before=DUAL),
    row("route/same-pair", on("vpn-dual-2"), before=DUAL),
    row("route/same-pair", {}, before=ONE),
    *each("route/overlap",
          [{"RouteSource": source, "RouteDest": destination}
           for source in ("10.1.0.0/24", "10.1.0.0/16", "10.1.0.255/32", "0.0.0.0/0")
           for destination in ("10.2.0.0/25", "10.0.0.0/8", "10.2.0.0/24")],
          must(OVERLAP), before=ONE),
    row("route/overlap", on("vpn-dual", RouteDest="10.2.0.0/25"), must(OVERLAP), before=DUAL),
    row("route/overlap", on("vpn-dual", Weight="0", NextHop=DUAL_B), must(OVERLAP), before=DUAL),
    row("route/overlap", {"Priority": "1", "RouteDest": "10.2.0.0/16"}, must(OVERLAP), before=({"Priority": "1"},)),
    row("route/overlap", {"Priority": "10", "RouteDest": "10.2.0.0/16"}, must(OVERLAP), before=ONE),
    row("route/overlap", {"Weight": "0", "NextHop": B}, may(STANDBY), before=ONE),
    row("route/overlap", {"NextHop": B}, must(STANDBY), before=({}, {"NextHop": B, "Weight": "0"})),
    row("route/overlap", {"Weight": "0", "NextHop": B, "RouteDest": "10.2.0.0/25"}, must(OVERLAP), before=ONE),
    row("route/overlap", on("vpn-no-priority", RouteDest="10.2.0.0/25"), may(OVERLAP), before=(on("vpn-no-priority"),)),
    row("route/overlap", {"RouteDest": "10.2.0.1/25"}, may(OVERLAP), before=ONE),
    *each("route/overlap", [{"Priority": "9"}, {"Priority": "11", "RouteDest": "10.2.0.0/16"}], before=ONE),
    *each("route/overlap", [{"RouteDest": "10.2.1.0/24"}, {"RouteSource": "10.1.1.0/24"}], before=ONE),
    row("route/overlap", {"RouteSource": "10.2.0.0/24", "RouteDest": "10.1.0.0/24"}, before=ONE),
    *each("route/overlap", [on("vpn-single-2"), {"RouteSource": "::/0"}], before=ONE),
    row("route/quota", on("vpn-quota", RouteDest="10.6.0.0/16"), must(QUOTA), before=FULL),
    row("route/quota", on("vpn-quota", RouteDest="10.6.0.0/16", Priority=""), must(QUOTA), before=FULL),
    *each("route/quota", with_("Weight", "x", None, gateway="vpn-quota"), may(QUOTA), before=FULL),
    *each("route/quota", with_("Priority", "x", gateway="vpn-quota"), may(QUOTA), before=FULL),
    *each("route/quota", with_("RouteSource", "x", "10.1.0.0", "::/0", gateway="vpn-quota"), may(QUOTA), before=FULL),
    *each("route/quota", with_("RouteDest", "", "10.6.0.1/24", gateway="vpn-quota"), may(QUOTA), before=FULL),
    row("route/quota", on("vpn-quota", RouteDest="10.6.0.0/16"), before=FULL[:2]),
    row("route/quota", {}, before=FULL),
)


def publishing(*destinations: str, gateway: str = "vpn-single") -> list[Changes]:
    """A request to publish for each destination."""
    return with_("RouteDest", *destinations, gateway=gateway, PublishVpc="true")


PUBLISHED: Final[Before] = tuple(publishing("10.3.0.0/16", "10.4.0.0/16", gateway="vpn-vpc-quota"))
"""With the declared one that is all that vpc-small takes."""
ELSEWHERE: Final = (
    *each("vpc/other-vpn", publishing("10.200.0.0/16"), must(VPC)),
    *each("vpc/other-vpn", publishing("10.200.0.1/16"), may(VPC)),
    row("vpc/other-vpn", {"PublishVpc": "TRUE"}, must(VPC), before=(on("vpn-dual", PublishVpc="true"),)),
    row("vpc/other-vpn", {"PublishVpc": "true", "RouteSource": "0.0.0.0/0", "Priority": "99"}, must(VPC),
        before=(on("vpn-ssl", PublishVpc="true"),)),
    *each("vpc/other-vpn", publishing("10.200.0.0/17", "10.200.0.0/15", "10.201.0.0/16", "10.210.0.0/16")),
    row("vpc/other-vpn", {"RouteDest": "10.200.0.0/16"}),
    row("vpc/other-vpn", {"PublishVpc": "true"}, before=DUAL),
    row("vpc/other-vpn", {"PublishVpc": "true"}, before=(on("vpn-dual-2", PublishVpc="true"),)),
    row("vpc/other-vpn", {"PublishVpc": "true", "Priority": "11"}, before=({"PublishVpc": "true"},)),
    *each("vpc/other-vpn", publishing("10.220.0.0/16", gateway="vpn-vpc-quota")),
    *each("vpc/other-next-hop", publishing("10.201.0.0/16"), must(VPC)),
    *each("vpc/other-next-hop", publishing("10.211.0.0/16", gateway="vpn-single-2"), must(VPC)),
    *each("vpc/other-next-hop", publishing("10.201.0.0/255.255.0.0"), may(VPC)),
    *each("vpc/other-next-hop", publishing("10.201.0.0/17", "10.202.0.0/16", "10.211.0.0/16")),
    row("vpc/other-next-hop", {"RouteDest": "10.201.0.0/16"}),
    *each("vpc/router-interface", publishing("10.202.0.0/16", "10.202.0.1/16"), may(VPC)),
    *each("vpc/router-interface", publishing("10.202.0.0/15", "10.201.0.0/16")),
    row("vpc/router-interface", {"RouteDest": "10.202.0.0/16"}),
    *each("vpc/quota", publishing("10.5.0.0/16", "10.3.0.0/17", gateway="vpn-vpc-quota"), must(VPC_QUOTA),
          before=PUBLISHED),
    *each("vpc/quota", publishing("10.5.0.0", gateway="vpn-vpc-quota"), may(VPC_QUOTA), before=PUBLISHED),
    *each("vpc/quota", publishing("10.3.0.0/16", "10.220.0.0/16", "::/0", gateway="vpn-vpc-quota"), before=PUBLISHED),
    *each("vpc/quota", publishing("10.5.0.0/16", gateway="vpn-vpc-quota"),
          before=(PUBLISHED[0], on("vpn-vpc-quota", RouteDest="10.4.0.0/16"))),
    row("vpc/quota", on("vpn-vpc-quota", RouteDest="10.5.0.0/16"), before=PUBLISHED),
    *(row("ssl/inside", on("vpn-ssl", RouteDest=text, PublishVpc=publish), answers)
      for text in ("192.168.10.0/24", "192.168.10.128/25", "192.168.20.255/32")
      for publish, answers in (("true", must(SSL)), ("false", may(SSL)), ("x", may(SSL)))),
    *each("ssl/inside", publishing("192.168.10.1/24", gateway="vpn-ssl"), may(SSL)),
    *each("ssl/inside", publishing("192.168.10.0/23", "192.168.11.0/24", "192.168.9.255/32", gateway="vpn-ssl")),
    *each("ssl/inside", publishing("192.168.10.0/24")),
    *each("ssl/contains", publishing("192.168.10.0/23", "192.168.0.0/16", "0.0.0.0/0", gateway="vpn-ssl"), may(SSL)),
    row("ssl/contains", on("vpn-ssl", RouteDest="192.168.0.0/16"), may(SSL)),
    *each("ssl/contains", publishing("192.168.10.0/24", "192.168.8.0/23", gateway="vpn-ssl")),
    *each("ssl/contains", publishing("192.168.0.0/16")),
)
# fmt: on

ROWS: Final = (*FORMAT, *VALUES, *GATEWAY, *ROUTES, *ELSEWHERE)
