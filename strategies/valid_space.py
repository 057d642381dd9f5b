"""The space of valid creations by classes of values, and an array in which every two classes meet.

Rules of this file
1. A class is what an implementer may single out: a length, a block of addresses, a category of characters, a form.
2. The array is an orthogonal one over a prime field: row (i, j) has in column k the value i + k * j. Any two columns
   have each pair of values once, so that any two classes meet in some row, whatever the others are.
3. Each text is right by itself. Whether the account refuses the request is for the oracle to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from string import punctuation
from typing import Final, NamedTuple

from pbr_conformance.simulator.model.prefixes import MASKS, Prefix, parse

_PRIME: Final = 37
"""At least as many as any column has values; the columns are fewer."""

BLOCKS: Final = (
    "192.168.0.0/16",
    "10.0.0.0/9",
    "172.16.0.0/12",
    "8.0.0.0/7",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "0.0.0.0/8",
    "198.18.0.0/15",
    "192.0.2.0/24",
    "203.0.113.0/24",
    "128.0.0.0/2",
    "100.128.0.0/9",
    "100.0.0.0/10",
    "255.255.255.0/24",
    "192.88.99.0/24",
    "198.51.100.0/24",
    "126.0.0.0/8",
    "10.128.0.0/9",
)
"""Blocks of addresses, each of which code may treat in its own way. None is reserved as a destination."""
SHARED: Final = "100.64.0.0/10"
"""Shared addresses: right as a source, reserved as a destination."""
LENGTHS: Final = (24, *range(24), *range(25, 33))
BLOCK_EDGES: Final = ("first", "last", "middle")
RELATED: Final = ("apart", "equal", "source around", "source inside")
PRIORITIES: Final = (
    *(None, None, None, None),
    "10",
    "1",
    "100",
    "2",
    "3",
    "5",
    "7",
    "8",
    "9",
    "11",
    "16",
    "20",
    "25",
    "32",
    "37",
    "42",
    "48",
    "50",
    "51",
    "55",
    "60",
    "64",
    "66",
    "71",
    "77",
    "80",
    "88",
    "90",
    "93",
    "96",
    "98",
    "99",
)
CHARACTERS: Final[Mapping[str, str]] = {
    "Lu": "\u00c4",
    "Ll": "\u00e4",
    "Lt": "\u01c5",
    "Lm": "\u02b0",
    "Lo": "\u8def",
    "Mn": "e\u0301",
    "Mc": "\u0903",
    "Me": "\u20dd",
    "Nd": "\u0663",
    "Nl": "\u2167",
    "No": "\u00bd",
    "Pc": "\u203f",
    "Pd": "\u2014",
    "Ps": "(",
    "Pe": ")",
    "Pi": "\u00ab",
    "Pf": "\u00bb",
    "Po": "!",
    "Sm": "\u00d7",
    "Sc": "\u20ac",
    "Sk": "\u00b4",
    "So": "\u00a9",
    "Zs": "\u00a0",
    "Zl": "\u2028",
    "Zp": "\u2029",
    "Co": "\ue000",
    "Cf": "\u200d",
    "four bytes": "\U0001f6e3",
    "right to left": "\u05d0",
}
"""A text for each category of Unicode that a description may have."""
_SIGNS: Final = f"{punctuation} "
DESCRIPTIONS: Final = (
    None,
    *(f"a {text} b" for text in CHARACTERS.values()),
    "x",
    "x" * 100,
    f"a{_SIGNS}\tb",
    f"{_SIGNS}{''.join(CHARACTERS.values())}",
    " x  ",
    "null",
    "\u8def" * 100,
)
TOKENS: Final = (
    *(None, None, None),
    "t",
    "T" * 64,
    "a b+c%d&e=f",
    "d7d24a21-f4ba-4454-9173-b3aa11bb22cc",
    "0123456789",
    "Upper",
    "under_score",
    "x" * 33,
    "-",
    f"{_SIGNS}x",
    f"a{_SIGNS}b",
    f"Q{_SIGNS}0",
    f"{_SIGNS[::-1].strip()} 9Z",
    f"7{_SIGNS}{'aB3' * 10}",
    f"{_SIGNS}{'x' * 31}",
    "dot.ted:semi;colon,a/b\\c|d",
)
"""Forms of tokens: short and long, by what they begin with, and with all the signs that one may have."""
PUBLICATIONS: Final = ("false", "true", "False", "TRUE")


class ValidTexts(NamedTuple):
    """One row of the array: the texts of a creation (None: absent), and which gateway and state it is for."""

    gateway: int
    state: int
    hop: int
    texts: Mapping[str, str | None]


def valid_rows(gateways: int, states: int) -> tuple[ValidTexts, ...]:
    """The array for so many kinds of gateways and of states: any two classes of values are together in some row."""
    return tuple(row for row, _ in _array(gateways, states))


def rows_with_other_prefixes(gateways: int, states: int) -> tuple[ValidTexts, ...]:
    """Dry runs of those rows of which the prefixes are related, or wider than their blocks: both apart, both inside."""
    return tuple(row for _, others in _array(gateways, states) for row in others)


@lru_cache(maxsize=32)
def _array(gateways: int, states: int) -> tuple[tuple[ValidTexts, list[ValidTexts]], ...]:
    return tuple(_row(i, j, gateways, states) for i in range(_PRIME) for j in range(_PRIME))


def _row(i: int, j: int, gateways: int, states: int) -> tuple[ValidTexts, list[ValidTexts]]:
    columns = iter(range(_PRIME))

    def value(levels: int) -> int:
        return (i + next(columns) * j) % _PRIME % levels

    lengths = LENGTHS[value(len(LENGTHS))], LENGTHS[value(len(LENGTHS))] or 1
    blocks = (*BLOCKS, SHARED)[value(len(BLOCKS) + 1)], BLOCKS[value(len(BLOCKS))]
    places = BLOCK_EDGES[value(3)], BLOCK_EDGES[value(3)]
    apart = tuple(map(_prefix, blocks, lengths, places))
    inside = tuple(map(_prefix, blocks, map(_length_inside, blocks, lengths), places))
    related = _related(apart[0], apart[1], RELATED[value(len(RELATED))])
    texts = {
        **_pair(related),
        "Priority": PRIORITIES[value(len(PRIORITIES))],
        "Description": DESCRIPTIONS[value(len(DESCRIPTIONS))],
        "ClientToken": TOKENS[value(len(TOKENS))],
        "Weight": ("100", "0")[value(2)],
        "PublishVpc": PUBLICATIONS[value(len(PUBLICATIONS))],
        "OverlayMode": (None, "Ipsec")[value(2)],
        "DryRun": (None, "true", "true", "True", "true", "True")[value(6)],
    }
    row = ValidTexts(value(gateways), value(states), value(2), texts)
    others = [pair for pair in dict.fromkeys((apart, inside)) if pair != related]
    return row, [row._replace(texts={**texts, **_pair(pair), "DryRun": "true"}) for pair in others]


def _length_inside(block: str, length: int) -> int:
    """A length by which a prefix is inside a block: this one, unless it is too wide."""
    least = int(block.partition("/")[2])
    return length if length >= least else least + length % (33 - least)


def _pair(prefixes: tuple[Prefix, ...]) -> dict[str, str]:
    source, destination = prefixes
    return {"RouteSource": str(source), "RouteDest": str(_unreserved(destination))}


def _prefix(block: str, length: int, place: str) -> Prefix:
    """A prefix of a length in a block, or around it where it is wider."""
    inside = parse(block)
    assert inside is not None
    free = ~MASKS[inside.length] & 0xFFFFFFFF
    offset = {"first": 0, "last": free, "middle": free // 3 | 1}[place]
    return Prefix((inside.network | offset) & MASKS[length], length)


def _related(source: Prefix, destination: Prefix, relation: str) -> tuple[Prefix, Prefix]:
    """Both prefixes, one moved so that they are related: where their lengths do not fit, they stay apart."""
    if relation == "equal":
        return destination, destination
    narrow, wide = (source, destination) if relation == "source inside" else (destination, source)
    if relation == "apart" or narrow.length < wide.length:
        return source, destination
    wide = Prefix(narrow.network & MASKS[wide.length], wide.length)
    return (narrow, wide) if relation == "source inside" else (wide, narrow)


def _unreserved(destination: Prefix) -> Prefix:
    """A destination of the same length that the documentation does not reserve."""
    shared = parse(SHARED)
    assert shared is not None
    if not destination.overlaps(shared):
        return destination
    return Prefix(128 << 24 & MASKS[destination.length], destination.length)


def distinct(rows: tuple[ValidTexts, ...]) -> Iterator[ValidTexts]:
    """Rows, each once."""
    return iter({(row.gateway, row.state, row.hop, tuple(row.texts.items())): row for row in rows}.values())
