"""Random histories: creations that meet each other and every edge, repeats, respellings, and deletions.

Rules of this file
1. All chance is in `Pick`: a random.Random drives it by the thousands, Hypothesis draws from it and shrinks.
2. In each table the plainest entry comes first, for that is where shrinking leads.
3. What a request means is not known here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from hypothesis import strategies as st

from pbr_conformance.conformance.explore.random_dialects import Pick, dialect
from pbr_conformance.simulator.documentation.actions import CREATE, DELETE
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.target import Gateway, Target
from pbr_conformance.simulator.rules.dialect import Dialect

T = TypeVar("T")


def by_hypothesis(data: st.DataObject) -> Pick:
    """What Hypothesis chooses, and shrinks to the first entries."""

    def pick(choices: Sequence[T]) -> T:
        return data.draw(st.sampled_from(choices))

    return pick


GATEWAYS: Final = (
    *("vpn-single", "vpn-single", "vpn-dual", "vpn-dual", "vpn-ssl", "vpn-ssl", "vpn-vpc-quota", "vpn-quota"),
    *("vpn-no-priority", "vpn-no-priority", "vpn-dual-2", "vpn-single-2", "vpn-no-pbr", "vpn-locked"),
    "vpn-configuring",
)
SOURCES: Final = ("10.1.0.0/24", "10.1.0.0/24", "10.1.0.0/25", "10.1.1.0/24", "10.1.0.0/16", "0.0.0.0/0", "10.1.0.7/32")
DESTINATIONS: Final = (
    *("10.2.0.0/24", "10.2.0.0/24", "10.2.0.0/25", "10.2.0.128/25", "10.2.1.0/24", "10.2.0.0/16", "10.0.0.0/8"),
    *("10.200.0.0/16", "10.200.0.0/17", "10.201.0.0/16", "10.202.0.0/16", "10.211.0.0/16", "10.212.0.0/16"),
    *("10.210.0.0/16", "10.220.0.0/16", "10.220.1.0/24", "192.168.10.0/24", "192.168.10.0/25", "192.168.20.1/32"),
    *("192.168.0.0/19", "192.168.0.0/16", "192.168.11.0/24", "0.0.0.0/0", "0.0.0.0/1", "100.64.0.0/10"),
    *("100.64.0.0/16", "100.0.0.0/8", "100.128.0.0/10", "100.63.0.0/16", "255.255.255.255/32"),
)
CIDRS: Final = (
    # loose
    *("10.1.0.0", "10.1.0.7/24", "010.1.0.0/24", "10.1.0.0/024", "10.01.0.00000/24", " 10.1.0.0/24", "10.2.0.0/24 "),
    *("\t10.2.0.0/24\n", "\r\n10.1.0.0/24", "10.2.0.0/255.255.255.0", "10.2.0.0/0.0.0.255", "10.1.0.0/255.255.0.0"),
    *("10.2.0.0/0.0.0.0", "10.2.0.0/255.255.255.255", "10.2.0.9/128.0.0.0", "10.2.0.0/127.255.255.255"),
    *("192.168.10.1/24", "192.168.10.9", "10.200.0.1/16", "10.201.0.0/255.255.0.0", "010.202.0.0/16", "10.220.0.1/16"),
    *("2001:db8::/32", "2001:db8::1/64", "::", "::1", "::/0", "::ffff:10.1.0.0/120", " ::/0\t", "2001:DB8::/032"),
    *("100.64.0.1/10", "0.0.0.0/00", "0.0.0.0", "1.2.3.4/0", "10.2.0.0/0255.255.255.000", "0" * 30 + "10.2.0.0/24"),
    # malformed
    *("10.1.0.0/", "10.1.0.0/33", "10.1.0.0/-1", "10.1.0/24", "10.1/16", "10", "/24", "256.1.0.0/16", "10.1.0.256/24"),
    *("10.1.0.0/24/24", "10.1.0.0.0/24", "10.1.0.0 /24", "10.1.0.0/ 24", "10 .1.0.0/24", "a.b.c.d/8", "0x0a.1.0.0/24"),
    *(" ", "\n", "10.1.0.0/255.0.255.0", "10.1.0.0/0.255.0.255", "10.1.0.0/1.2.3.4", "10.1.0.0/256.0.0.0", "any"),
    *("\xa010.1.0.0/24", "10.1.0.0/24\x0b", "\x0c10.1.0.0/24", "10.1.0.0/24\x00", "\u0661\u0660.1.0.0/24", "1..0.0/8"),
    *("10.1.0.0/\u0662\u0664", "10.1.0.0/+24", "10.1.0.0/2_4", "+10.1.0.0/24", "10.1.0.0/255.255.255", "10.1.0.0/2.4"),
    *("2001:db8::/129", "2001:db8::/", "2001:db8::/-1", ":", ":::/0", "2001:db8:::/32", "2001:db8::%1/64", "1::g"),
    *("10.1.0.0\\24", "10.1.0.0/24,10.2.0.0/24", "-10.1.0.0/24", "10.1.0.0/99999999999", "9" * 30 + ".0.0.0/0"),
    *("1:2:3:4:5:6:7:8:9/0", "[::]/0", "::ffff:10.1.0.256/120", "010.256.0.0/8", "10.1.0.0/08 /8", "10.1.0.0/24\u2028"),
)
NUMBERS: Final = (
    *("1", "99", "101", "50", "-1", "-0", "00", "010", "0100", "-100", "1000", "2147483647", "2147483648"),
    *("-2147483648", "-2147483649", "99999999999999999999", "9" * 4000, "0" * 3000 + "100", "+100", "1e2", "100.0"),
    *("0x64", " 100", "100 ", "100\n", "\u0661\u0660", "ten", "-", "--1", "1_00", "1,0", "\xb2", "NaN"),
)
BOOLEANS: Final = (
    *("True", "FALSE", "tRuE", "fAlSe", "0", "1", "yes", "no", "on", "off", "YES", "No", "oN", "OFF", "2", "t"),
    *("y", "null", " true", "true ", "false\n", "fal\u017fe", "ye\u017f", "00", "01", "-1", "\uff54rue", "truee"),
)
HTTP: Final = ("http://a", "https://", "HTTP://a", "Https://a", "http:/a", " http://a", "ahttp://", "http\uff1a//")
DESCRIPTIONS: Final = (
    *("a", "\u00e9", "<b>&\"'", "x" * 100, "x" * 101, "\U0001f600" * 50, "\U0001f600" * 51, "\U0001f600" * 100),
    *("\U0001f600" * 101, "x" * 99 + "\U0001f600", "\ud800" * 100, "\ud800" * 101, "e\u0301" * 51, *HTTP, "\x00"),
    *("http://" + "x" * 94, "http\u017f://", " " * 100),
)
TOKENS: Final = ("t" * 64, "t" * 65, "\u00e9", "T", " ", "\x7f", "\x80", "t\n", "\ud800")
OVERLAYS: Final = ("Ipsec", "ipsec", "IPSEC", "IpSec", "Ip\u017fec", "Gre", " Ipsec", "Ipsec\n", "\u0130psec")
REGIONS: Final = ("cn-beijing", "CN-HANGZHOU", " cn-hangzhou", "cn-hangzhou-b")
HOPS: Final = ("vco-none", "vco-single-a", "vco-dual-a", "VCO-SINGLE-A", "vpn-single", " vco-single-a", "vco-locked-a")
ODD: Final[Mapping[str, tuple[str | None, ...]]] = {
    "RegionId": (None, "", *REGIONS),
    "VpnGatewayId": (None, "", "vpn-none", "VPN-SINGLE", " vpn-single", "vpn-other"),
    "RouteSource": (None, "", *CIDRS),
    "RouteDest": (None, "", *CIDRS),
    "NextHop": (None, "", *HOPS),
    "Weight": (None, "", *NUMBERS),
    "PublishVpc": (None, "", *BOOLEANS),
    "ClientToken": ("", *TOKENS),
    "Description": ("", *DESCRIPTIONS),
    "OverlayMode": ("", *OVERLAYS),
    "Priority": ("", *NUMBERS),
    "DryRun": ("", "true", "false", *BOOLEANS),
}
RESPELLED: Final[Mapping[str, tuple[str | None, ...]]] = {
    "RouteSource": ("10.1.0.0/024", "10.1.0.7/24"),
    "RouteDest": ("10.2.0.0/024", "10.2.0.7/24"),
    "Weight": ("0", "100", "00", "0100", "-0"),
    "PublishVpc": ("false", "true", "True", "FALSE", "yes", "0"),
    "OverlayMode": (None, "", "Ipsec", "ipsec"),
    "Priority": (None, "", "10", "010"),
    "DryRun": (None, "", "false", "False", "no", "true"),
    "Description": (None, "", "a"),
}
TRUE_TO_FORM: Final = ("RouteSource", "RouteDest", "NextHop", "Weight", "Priority")


def parameters(pick: Pick, gateway: Gateway) -> dict[str, str]:
    """A request that is right in most parameters, and likely to meet others like it."""
    drawn: dict[str, str | None] = {
        "RegionId": "cn-hangzhou",
        "VpnGatewayId": gateway.id,
        "RouteSource": pick(SOURCES),
        "RouteDest": pick(DESTINATIONS),
        "NextHop": pick(gateway.connections),
        "Weight": pick(("100", "0")),
        "PublishVpc": pick(("false", "true", "true")),
        "Priority": pick((None, None, "10", "20", "1", "100")) if gateway.priority else None,
        "ClientToken": pick((None, None, None, None, None, None, "t1", "t2", "t3", "t4")),
        "DryRun": pick((None, None, None, None, None, "true")),
    }
    for _ in range(pick((0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 3))):
        name = pick(tuple(ODD))
        drawn[name] = pick(ODD[name])
    return _without_none(drawn)


def changed(pick: Pick, earlier: Mapping[str, str]) -> dict[str, str]:
    """An earlier request once more, as it was or with a parameter spelled differently or changed."""
    drawn: dict[str, str | None] = {**earlier}
    for _ in range(pick((0, 0, 1, 1, 2))):
        name = pick(tuple(RESPELLED))
        drawn[name] = pick(RESPELLED[name])
    return _without_none(drawn)


def deletion(sent: Mapping[str, str], pick: Pick) -> dict[str, str]:
    """The deletion of the route that a creation made."""
    names = ["RegionId", "VpnGatewayId", *TRUE_TO_FORM]
    if pick((False, True)):
        names.remove("Priority")
    return {name: sent[name] for name in names if name in sent}


def _without_none(drawn: Mapping[str, str | None]) -> dict[str, str]:
    return {name: text for name, text in drawn.items() if text is not None}


class History:
    """One history: `next` is the next request, `made` is told which creations stood."""

    def __init__(self, pick: Pick, target: Target) -> None:
        self._pick = pick
        ids = [pick(GATEWAYS) for _ in range(pick((1, 2, 3)))]
        self._gateways = [gateway for gateway in target.gateways if gateway.id in ids]
        self._sent: list[Request] = []
        self._made: list[Mapping[str, str]] = []

    def next(self) -> Request:
        """The next request."""
        kind = self._pick(("new", "new", "new", "new", "new", "new", "again", "again", "delete"))
        if kind == "delete" and self._made:
            sent = self._pick(self._made)
            self._made.remove(sent)
            return Request(DELETE, deletion(sent, self._pick))
        caller = self._pick(("owner",) * 18 + ("sub_user", "unauthorized"))
        if kind == "again" and self._sent:
            request = Request(CREATE, changed(self._pick, self._pick(self._sent).parameters), caller)
        else:
            request = Request(CREATE, parameters(self._pick, self._pick(self._gateways)), caller)
        self._sent.append(request)
        return request

    def made(self, request: Request) -> None:
        """A creation that succeeded: deletions will be of its route."""
        self._made.append(request.parameters)


def tolerant(pick: Pick) -> Dialect:
    """Any endpoint, but one whose gateways are at rest as soon as it has answered."""
    return replace(dialect(pick), settles_after=0)
