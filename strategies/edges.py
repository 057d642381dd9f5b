"""Boundary values of each parameter: what is tried before anything random.

Rules of this file
1. VALID holds the outermost values that the documentation lets pass; WRONG the nearest that it does not, and the
   classic ways to get a value wrong. Which is which is for the oracle to say; these are inputs.
2. Simple first. Texts are written as they are sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_PREFIX_WRONG: Final = (
    "{}/33", "{}/-1", "{}/", "{}/24/24", "{}/+24", "{}/x", "{}.0/24", "256.0.0.0/8", "10.0.0/24", "10.0.0.a/24",
    "-10.0.0.0/8", "10..0.0/8", "/24", "ten", "{}/\u0662\u0664", "{}/2_4", "{}\\24", "{}/255.0.255.0", "10,0,0,0/8",
)  # fmt: skip
_PREFIX_LOOSE: Final = (
    "{}", "{}/255.255.255.0", "{}/0.0.0.255", " {}/24", "{}/24 ", "{}/24\n", "{}/024", "2001:db8::/32",
)  # fmt: skip

MALFORMED_PREFIXES: Final[Mapping[str, tuple[str, ...]]] = {
    "RouteSource": tuple(text.format("192.168.1.0") for text in _PREFIX_WRONG),
    "RouteDest": tuple(text.format("10.0.0.0") for text in _PREFIX_WRONG),
}
LOOSE_PREFIXES: Final[Mapping[str, tuple[str, ...]]] = {
    "RouteSource": ("192.168.1.5/24", *(text.format("192.168.1.0") for text in _PREFIX_LOOSE), "192.168.001.0/24"),
    "RouteDest": ("10.0.0.5/24", *(text.format("10.0.0.0") for text in _PREFIX_LOOSE), "010.0.0.0/24"),
}
RESERVED: Final = ("0.0.0.0/0", "100.64.0.0/10", "100.64.1.0/24", "100.127.255.255/32", "100.0.0.0/8")

WRONG_TYPE: Final[Mapping[str, tuple[str, ...]]] = {
    "Weight": ("heavy", "100.0", "1e2", "0x64", "100 ", "\uff11\uff10\uff10", "+100", "1,00", "true"),
    "Priority": ("high", "10.5", "1e1", " 10", "\u0661\u0660", "+10", "null"),
    "PublishVpc": ("maybe", "2", "true ", "t", "none", "10"),
    "DryRun": ("maybe", "2", "truefalse", "t", "none", "10"),
}
SPELLED: Final = ("0", "1", "no", "yes", "off", "on", "YES", "Off")

WRONG: Final[Mapping[str, tuple[str, ...]]] = {
    "Weight": ("50", "1", "99", "101", "-1", "-100", "10", "200", "1000", "356", "65636", "2147483647"),
    "Priority": ("0", "101", "-1", "1000", "-10", "110", "266", "65546", "2147483647"),
    "Description": (
        "x" * 101, "\u8def" * 101, "\U0001f6e3" * 101, "x" * 1000, "http://example.com", "https://example.com", "http://",
        "https://" + "x" * 92, "\U0001f6e3" * 51, "HTTP://example.com", "Https://example.com",
    ),
    "OverlayMode": ("Gre", "Vxlan", "IPsec-VPN", "Ipsec2", "0", "ipsec", "IPSEC", "IpSec"),
    "ClientToken": ("t" * 65, "t\u00f6k\u00e9n", "t" * 200),
}  # fmt: skip

VALID: Final[Mapping[str, tuple[str, ...]]] = {
    "Weight": ("0", "100"),
    "PublishVpc": ("false", "true", "False", "TRUE"),
    "Priority": ("10", "1", "100", "2", "99", "50", "11"),
    "Description": (
        "x", "x" * 100, "\u8def" * 100, "\U0001f6e3" * 50, "ftp://example.com", "see http://example.com", " http://x",
        "httpx", "a & b = c; 100% <d> \"e\" 'f' +", "caf\u00e9",
    ),
    "OverlayMode": ("Ipsec",),
    "ClientToken": ("t", "t" * 64, "a b+c%d&e=f"),
    "RouteSource": (
        "0.0.0.0/0", "0.0.0.0/32", "255.255.255.255/32", "128.0.0.0/1", "0.0.0.0/1", "10.0.0.0/8", "192.168.1.128/25",
        "192.168.1.7/32", "224.0.0.0/4",
    ),
    "RouteDest": (
        "10.0.0.0/8", "10.0.0.0/9", "10.0.0.9/32", "128.0.0.0/1", "0.0.0.0/2", "255.255.255.255/32", "172.16.0.0/12",
        "100.128.0.0/9", "100.0.0.0/10", "100.63.255.255/32", "100.128.0.0/32",
    ),
}  # fmt: skip
