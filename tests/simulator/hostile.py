"""What a hostile or broken client sends: the n-th connection's bytes are a pure function of a seed and n.

Rules of this file
1. Each kind gets further into the server than the one before: no HTTP at all, HTTP that is broken, requests of no
   operation, requests of one with values that mean harm, the control interface, and the page.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Final
from urllib.parse import quote

from pbr_conformance.simulator.documentation.actions import CREATE, DELETE, GATEWAY, LIST

VALUES: Final = (
    *("", "0", "-1", "1e309", "NaN", "9" * 5000, "true", "null", "[]", "{}", "../../etc/passwd", "%s%n", "${HOME}"),
    *("\x00", "\r\nSet-Cookie: x", "\ud800", "\ufffe", "\u202e", "<script>", "]]>", "&amp;", "' OR 1=1", "{{7*7}}"),
    *("10.0.0.0/8", "10.0.0.0/33", "0.0.0.0/0", "::/0", "999.0.0.0/8", "1.2.3.4/255.255.255.0", "\u0661\u0660.0.0.0/8"),
    *("vpn-single", "vpn-dual", "vco-single-a", "cn-hangzhou", "100", "pbr", "Ipsec", "True"),
)
ACTIONS: Final = (
    *(CREATE, DELETE, LIST, GATEWAY, "ModifyVpnPbrRouteEntryWeight", "ModifyVpnPbrRouteEntryPriority"),
    *("ModifyVpnPbrRouteEntryAttribute", "PublishVpnRouteEntry", "DescribeVpnGateways", "DescribeVpnConnection"),
    *("DescribeVpnConnections", "DescribeSslVpnServers", "DescribeRouteEntryList", "NoSuchAction", "", "<x>"),
)
NAMES: Final = (
    *("RegionId", "VpnGatewayId", "RouteSource", "RouteDest", "NextHop", "Weight", "NewWeight", "Priority"),
    *("NewPriority", "PublishVpc", "RouteType", "ClientToken", "Description", "DryRun", "PageNumber", "PageSize"),
    *("Format", "Version", "AccessKeyId", "Signature", "Timestamp", "VpnConnectionId", "RouteTableId", "Filter.1.Key"),
)
FIELDS: Final = (
    *("Authorization", "Accept", "Content-Type", "Transfer-Encoding", "Content-Length", "Expect", "Upgrade", "Range"),
    *("Connection", "x-acs-action", "x-acs-version", "x-acs-date", "x-acs-content-sha256", "Origin", "Cookie", "Te"),
)
GOOD: Final = {
    "Version": "2016-04-28",
    "RegionId": "cn-hangzhou",
    "VpnGatewayId": "vpn-single",
    "RouteSource": "192.168.1.0/24",
    "RouteDest": "10.0.0.0/24",
    "NextHop": "vco-single-a",
    "Weight": "100",
    "PublishVpc": "false",
}
Dice = random.Random


def _value(dice: Dice) -> str:
    if dice.random() < 0.2:
        return "".join(
            chr(dice.choice((dice.randrange(128), dice.randrange(0x110000)))) for _ in range(dice.randrange(20))
        )
    return dice.choice(VALUES)


def _escaped(text: str) -> str:
    return quote(text, "", errors="surrogatepass")


def _query(dice: Dice) -> str:
    sent = {"Action": dice.choice(ACTIONS), **GOOD}
    for _ in range(dice.randrange(5)):
        sent[dice.choice(NAMES)] = _value(dice)
    for name in dice.sample(sorted(sent), dice.randrange(3)):
        del sent[name]
    pairs = [f"{_escaped(name)}={_escaped(value)}" for name, value in sent.items()]
    return "&".join(dice.sample(pairs, len(pairs)))


def _framed(dice: Dice, start: str, body: bytes, *fields: str) -> bytes:
    lines = [start, "Host: 127.0.0.1", f"Content-Length: {len(body)}", *fields]
    if dice.random() < 0.7:
        lines.append("Connection: close")
    return "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogatepass") + body


def _noise(dice: Dice) -> bytes:
    return dice.randbytes(dice.randrange(1, 400))


def _operation(dice: Dice) -> bytes:
    query = _query(dice)
    if dice.random() < 0.5:
        return _framed(dice, f"GET /?{query} HTTP/1.1", b"")
    form = "Content-Type: application/x-www-form-urlencoded"
    return _framed(dice, "POST / HTTP/1.1", query.encode(), form)


def _mutated(dice: Dice) -> bytes:
    data = bytearray(_operation(dice))
    for _ in range(dice.randrange(1, 8)):
        at = dice.randrange(len(data))
        match dice.randrange(4):
            case 0:
                data[at] = dice.randrange(256)
            case 1:
                del data[at : at + dice.randrange(1, 30)]
            case 2:
                data[at:at] = dice.randbytes(dice.randrange(1, 10))
            case _:
                data[at:at] = data[at : at + 60]
        if not data:
            break
    return bytes(data)


def _cut(dice: Dice) -> bytes:
    data = _operation(dice)
    return data[: dice.randrange(1, len(data))]


def _strange_fields(dice: Dice) -> bytes:
    fields = [f"{dice.choice(FIELDS)}: {_value(dice)}" for _ in range(dice.randrange(1, 6))]
    return _framed(
        dice, f"{dice.choice(('GET', 'POST', 'PUT', 'OPTIONS'))} /?{_query(dice)} HTTP/1.1", b"x" * 20, *fields
    )


def _chunked(dice: Dice) -> bytes:
    head = b"POST /?" + _query(dice).encode() + b" HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    sizes = (b"5", b"-1", b"zz", b"ffffffffffffffffff", b"5;x=y", b"0", b"")
    return head + b"".join(dice.choice(sizes) + b"\r\nabcde\r\n" for _ in range(dice.randrange(5))) + b"0\r\n\r\n"


def _pipelined(dice: Dice) -> bytes:
    return b"".join(_operation(dice) for _ in range(dice.randrange(2, 10)))


def _much(dice: Dice) -> bytes:
    """Long targets, long fields, very many fields, and now and then a large body of very many parameters."""
    length = dice.choice((1_000, 60_000, 70_000))
    match dice.randrange(20):
        case 0:
            return _framed(dice, "POST / HTTP/1.1", b"&a" * 300_000 + b"&" + _query(dice).encode())
        case at if at < 8:
            return _framed(dice, f"GET /?{_query(dice)}&D={'x' * length} HTTP/1.1", b"")
        case at if at < 14:
            return _framed(dice, f"GET /?{_query(dice)} HTTP/1.1", b"", f"X: {'x' * length}")
        case _:
            return _framed(dice, f"GET /?{_query(dice)} HTTP/1.1", b"", *[f"X{n}: x" for n in range(length // 10)])


def _json(dice: Dice, depth: int = 0) -> object:
    match dice.randrange(9):
        case 0 if depth < 3:
            return [_json(dice, depth + 1) for _ in range(dice.randrange(4))]
        case 1 | 2 if depth < 3:
            return {dice.choice(("rates", "busy", "serial", "changes", _value(dice))): _json(dice, depth + 1)}
        case 3:
            return dice.choice((0, -1, 1 << 53, 10**400, 0.5, float("nan"), float("inf")))
        case 4:
            return dice.choice((True, False, None))
        case _:
            return _value(dice)


def _control(dice: Dice) -> bytes:
    members = ("advance_ms", "rates", "seed", "target", "name", "format", "account", "serial", "changes", "x")
    sent: object = {dice.choice(members): _json(dice) for _ in range(dice.randrange(4))}
    body = json.dumps(sent if dice.random() < 0.9 else _json(dice)).encode()
    if dice.random() < 0.1:
        body = b'{"changes":' + b"[" * dice.randrange(2_000) + b"]" * dice.randrange(2_000) + b"}"
    name = dice.choice(("reset", "snapshot", "account", "clock", "requests", "faults", "", "x/../reset", _value(dice)))
    kind = f"Content-Type: {dice.choice(('application/json', 'text/plain'))}"
    return _framed(dice, f"{dice.choice(('GET', 'POST'))} /_control/{_escaped(name)} HTTP/1.1", body, kind)


def _visit(dice: Dice) -> bytes:
    names = ("try", "gateway", "page", *NAMES)
    pairs = [f"{_escaped(dice.choice(names))}={_escaped(_value(dice))}" for _ in range(dice.randrange(6))]
    sent = [*pairs, *(f"{name}={_escaped(value)}" for name, value in GOOD.items() if dice.random() < 0.5)]
    return _framed(dice, f"GET /?{'&'.join(sent)} HTTP/1.1", b"", "Accept: text/html")


KINDS: Final[tuple[Callable[[Dice], bytes], ...]] = (
    *(_noise, _cut, _mutated, _chunked, _strange_fields, _pipelined, _much, _operation, _control) * 3,
    _visit,
)
"""Each as often as it stands here; a page takes the longest to make."""


def sent_by(seed: int, number: int) -> bytes:
    """All bytes of the n-th connection."""
    dice = random.Random(f"{seed}:{number}")
    return dice.choice(KINDS)(dice)
