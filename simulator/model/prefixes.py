"""IPv4 prefixes as two integers: how a text is read, and which prefixes overlap.

Rules of this file
1. Syntax is judged here, over plain ASCII digits. netaddr reads `10.0.0.0/+8` and `1.2.3.4/3_2`, so it
   cannot be the judge of an IPv4 text; it is right about IPv6 addresses, and asked about those alone.
2. A text is STRICT (a prefix as the documentation writes it), LOOSE (a spelling that some endpoints tolerate:
   cidr/loose) or MALFORMED (cidr/source, cidr/destination).
3. Whether two routes overlap is a question to an index, whose cost does not grow with the routes in it.
"""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache
from typing import Final, NamedTuple

MASKS: Final = tuple((0xFFFFFFFF << (32 - length)) & 0xFFFFFFFF for length in range(33))
_LONGEST_REMEMBERED: Final = 64
_QUAD = re.compile(r"([0-9]+)\.([0-9]+)\.([0-9]+)\.([0-9]+)")
_NUMBER = re.compile(r"[0-9]+")
_IPV6_CHARACTERS = re.compile(r"[0-9A-Fa-f:.]+")
_OCTETS: Final = {str(octet): octet for octet in range(256)}
_LENGTHS: Final = {str(length): length for length in range(33)}


class Prefix(NamedTuple):
    """An IPv4 prefix: the network as an integer of 32 bits (no host bits set), and its length, 0 to 32."""

    network: int
    length: int

    def contains(self, other: Prefix) -> bool:
        """Whether `other` equals this prefix or lies inside it."""
        return self.length <= other.length and not (self.network ^ other.network) & MASKS[self.length]

    def overlaps(self, other: Prefix) -> bool:
        """Whether one of the two contains or equals the other."""
        (network, length), (other_network, other_length) = self, other
        return not (network ^ other_network) & MASKS[length] & MASKS[other_length]

    def __str__(self) -> str:
        """The strict spelling, `10.0.0.0/8`."""
        n = self.network
        return f"{n >> 24}.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}/{self.length}"


class Spelling(Enum):
    """How a text writes a prefix."""

    STRICT = "strict"
    LOOSE = "loose"
    MALFORMED = "malformed"


STRICT: Final = Spelling.STRICT
LOOSE: Final = Spelling.LOOSE
MALFORMED: Final = Spelling.MALFORMED


class PrefixText(NamedTuple):
    """A text, read: how it is spelled, and the prefix it means (None where malformed, or IPv6)."""

    spelling: Spelling
    prefix: Prefix | None


_MALFORMED: Final = PrefixText(MALFORMED, None)
_IPV6: Final = PrefixText(LOOSE, None)


def parse(text: str) -> Prefix | None:
    """The prefix that a strict text means; None for every other text, host bits included."""
    spelling, prefix = read(text)
    return prefix if spelling is STRICT else None


def read(text: str) -> PrefixText:
    """Read any text as a prefix. Never raises."""
    return _read_remembered(text) if len(text) <= _LONGEST_REMEMBERED else _read(text)


def _read(text: str) -> PrefixText:
    """The short way: most texts are as the documentation spells them."""
    address, _, size = text.partition("/")
    try:
        first, second, third, fourth = address.split(".")
        network = _OCTETS[first] << 24 | _OCTETS[second] << 16 | _OCTETS[third] << 8 | _OCTETS[fourth]
        length = _LENGTHS[size]
    except (KeyError, ValueError):
        return _read_tolerantly(text)
    return _read_tolerantly(text) if network & ~MASKS[length] else PrefixText(STRICT, Prefix(network, length))


def _read_tolerantly(text: str) -> PrefixText:
    bare = text.strip(" \t\r\n")
    if ":" in bare:
        return _IPV6 if _is_ipv6(bare) else _MALFORMED
    address, slash, size = bare.partition("/")
    network = _quad(address)
    length = _length(size) if slash else 32
    if network is None or length is None:
        return _MALFORMED
    return PrefixText(LOOSE, Prefix(network & MASKS[length], length))


_read_remembered = lru_cache(maxsize=512)(_read)


def _quad(text: str) -> int | None:
    """Four octets of 0 to 255 as one integer; leading zeros are read as decimal."""
    match = _QUAD.fullmatch(text)
    if match is None:
        return None
    value = 0
    for octet in map(_small, match.groups()):
        if octet > 255:
            return None
        value = value << 8 | octet
    return value


def _length(text: str) -> int | None:
    """A prefix length from a number, a netmask or a wildcard mask; None where it is none of these."""
    if _NUMBER.fullmatch(text):
        return _small(text) if _small(text) <= 32 else None
    mask = _quad(text)
    if mask is None:
        return None
    if mask in MASKS:
        return MASKS.index(mask)
    inverted = mask ^ 0xFFFFFFFF
    return MASKS.index(inverted) if inverted in MASKS else None


def _small(digits: str) -> int:
    """A number of any length, with any zeros before it; what has more than three digits is 1000."""
    bare = digits.lstrip("0")
    return int(bare or "0") if len(bare) <= 3 else 1000


def _is_ipv6(text: str) -> bool:
    from netaddr import valid_ipv6  # here, because it is rare and the import is slow

    address, slash, size = text.partition("/")
    if slash and not (_NUMBER.fullmatch(size) and _small(size) <= 128):
        return False
    return _IPV6_CHARACTERS.fullmatch(address) is not None and bool(valid_ipv6(address))
