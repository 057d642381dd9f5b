"""Texts read as other languages and libraries do, parameters ignored or defaulted, and bounds shifted."""

# A lambda or function in a table binds the value of its row by a default, which mypy cannot give a type.
# mypy: disable-error-code="misc, no-untyped-def"

from __future__ import annotations

import html
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Final
from urllib.parse import quote, unquote, unquote_plus

from pbr_conformance.simulator.documentation.create import LIMITS
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.rules.conditions import OPTIONAL_PARAMETERS, REQUIRED_PARAMETERS
from pbr_conformance.simulator.rules.creation import Case
from pbr_conformance.strategies import edges

from . import scopes
from .parsing import (
    Reread,
    address,
    instead,
    length,
    reread,
    searched,
    short_address,
    wrapped,
)
from .row import Row, judging, refusing
from .steppers import HearingOtherwise, Reading
from .steppers import hear as _hear

_CHECK_OF: Final = {
    "Weight": "weight/value",
    "Priority": "priority/range",
    "RouteSource": "cidr/source",
    "RouteDest": "cidr/destination",
    "Description": "description/length",
    "OverlayMode": "overlay/value",
    "ClientToken": "token/replay",
    "DryRun": "dry-run/passes",
    "PublishVpc": "format/type",
    "NextHop": "next-hop/unknown",
    "VpnGatewayId": "gateway/unknown",
    "RegionId": "format/missing",
}
_RIGHT: Final = {
    "Weight": ("100", "0"),
    "Priority": ("10", "1"),
    "PublishVpc": ("false", "true"),
    "DryRun": ("false", "true"),
    "RouteSource": ("192.168.1.0/24",),
    "RouteDest": ("10.0.0.0/24",),
    "OverlayMode": ("Ipsec",),
    "Description": ("x", None),
    "ClientToken": (None,),
}
_NUMBERS: Final[Mapping[str, Callable[[str], str]]] = {
    "as a decimal fraction": lambda t: str(int(float(t))),
    "by int()": lambda t: str(int(t)),
    "with a radix": lambda t: str(int(t, 0)),
    "as hexadecimal": lambda t: str(int(t, 16)),
    "as octal": lambda t: str(int(t, 8)) if t.startswith("0") else t,
    "up to the first other character": lambda t: (t[: len(t) - len(t.lstrip("0123456789"))]) or t,
    "without blanks": str.strip,
    "without commas": lambda t: t.replace(",", ""),
    "modulo 128": lambda t: str(int(t) % 128),
    "modulo 256": lambda t: str(int(t) % 256),
    "modulo 1000": lambda t: str(int(t) % 1000),
    "modulo 65536": lambda t: str(int(t) % 65536),
    "without its sign": lambda t: t.lstrip("+-"),
    "between 0 and 100": lambda t: str(min(100, max(0, int(t)))),
    "between 1 and 100": lambda t: str(min(100, max(1, int(t)))),
    "up to 100": lambda t: str(min(100, int(t))),
    "from 0": lambda t: str(max(0, int(t))),
    "from 1": lambda t: str(max(1, int(t))),
    "by its first two digits": lambda t: t[:2],
    "by its first three digits": lambda t: t[:3],
    "by its last two digits": lambda t: t[-2:],
    "as digits of any script": lambda t: "".join(str(unicodedata.digit(c, c)) for c in t),
    "to the next ten": lambda t: str(round(int(t), -1)),
    "0 and 1 exchanged": lambda t: {"0": "100", "100": "0"}.get(t, t),
    "plus one": lambda t: str(int(t) + 1),
    "minus one": lambda t: str(int(t) - 1),
    "without zeros at the end": lambda t: t.rstrip("0") or t,
    "as 100, if it is not 0": lambda t: t if t == "0" else "100",
    "as 0, if it is not 100": lambda t: t if t == "100" else "0",
}
_BOOLEANS: Final[Mapping[str, Callable[[str], str]]] = {
    "true in lower case only": lambda t: t if t in ("true", "false") else "false",
    "false in lower case only": lambda t: t if t in ("true", "false") else "true",
    "by its first letter": lambda t: {"t": "true", "f": "false"}.get(t[:1].lower(), t),
    "true if it begins with t, else false": lambda t: str(t[:1].lower() == "t").lower(),
    "true if it is not false": lambda t: str(t.lower() != "false").lower(),
    "true if it is not empty": lambda t: "true",
    "false if it is not true": lambda t: str(t.lower() == "true").lower(),
    "the other way round": lambda t: {"true": "false", "false": "true"}.get(t.lower(), t),
    "always as false": lambda t: "false",
    "a number as true": lambda t: "true" if t.isdecimal() and t != "0" else t,
    "without blanks": str.strip,
    "True as text": lambda t: "false" if t == "True" else t,
    "TRUE as text": lambda t: "false" if t == "TRUE" else t,
    "False as text": lambda t: "true" if t == "False" else t,
    "t and f as booleans": lambda t: {"t": "true", "f": "false"}.get(t, t),
    "none as false": lambda t: "false" if t.lower() in ("none", "null") else t,
}
_PREFIXES: Final[Mapping[str, Reread]] = {
    "the length up to 32": length(lambda s: str(min(32, int(s)))),
    "the length from 0": length(lambda s: str(max(0, int(s)))),
    "the length by int()": length(lambda s: str(int(s))),
    "the length without its sign": length(lambda s: s.lstrip("+-")),
    "a missing length as 32": length(lambda s: s or "32"),
    "a missing length as 24": length(lambda s: s or "24"),
    "a length that is no number as 32": length(lambda s: s if s.isdecimal() else "32"),
    "the length up to a second slash": length(lambda s: s.partition("/")[0]),
    "the length with digits of any script": length(lambda s: "".join(str(unicodedata.digit(c, c)) for c in s)),
    "a mask with holes": length(lambda s: "16" if s == "255.0.255.0" else s),
    "octets modulo 256": address(wrapped),
    "octets up to 255": address(lambda parts: [str(min(255, int(p))) for p in parts]),
    "short addresses": address(short_address),
    "short addresses filled at the end": address(lambda parts: (parts + ["0"] * 4)[:4]),
    "the first four octets": address(lambda parts: parts[:4]),
    "octets without signs": address(lambda parts: [p.lstrip("+-") for p in parts]),
    "empty octets as 0": address(lambda parts: [p or "0" for p in parts]),
    "anywhere in the text": searched,
    "commas as dots": reread(lambda t: t.replace(",", ".")),
    "a backslash as a slash": reread(lambda t: t.replace("\\", "/")),
    "lengths from 31 as 32": length(lambda s: "32" if s == "31" else s),
    "lengths of 0 as 32": length(lambda s: "32" if s == "0" else s),
    "lengths of 32 as 31": length(lambda s: "31" if s == "32" else s),
    "lengths of 1 as 0": length(lambda s: "0" if s == "1" else s),
    "lengths to whole octets": length(lambda s: str(int(s) // 8 * 8)),
    "with the length 24": length(lambda s: "24"),
    "with the length 32": length(lambda s: "32"),
}
_TEXTS: Final[Mapping[str, Callable[[str], str | None]]] = {
    "without blanks around it": str.strip,
    "in lower case": str.lower,
    "in upper case": str.upper,
    "up to the first blank": lambda t: t.split(" ")[0] or t,
    "with + as a blank": lambda t: t.replace("+", " "),
    "decoded once more": unquote,
    "decoded as a form": unquote_plus,
    "encoded": lambda t: quote(t, safe=""),
    "escaped as HTML": html.escape,
    "unescaped from HTML": html.unescape,
    "quoted for SQL": lambda t: t.replace("'", "''"),
    "without what is not ASCII": lambda t: t.encode("ascii", "ignore").decode(),
    "with ? for what is not ASCII": lambda t: t.encode("ascii", "replace").decode(),
    "in Latin-1 of its UTF-8": lambda t: t.encode().decode("latin-1"),
    "without four-byte characters": lambda t: "".join(c for c in t if c <= "\uffff"),
    "with decomposed characters": lambda t: unicodedata.normalize("NFD", t),
    "without & and what follows": lambda t: t.split("&")[0],
    "without = and what follows": lambda t: t.split("=")[0],
    "without tags": lambda t: t.replace("<", "").replace(">", ""),
    "without quotes": lambda t: t.replace('"', "").replace("'", ""),
    "without % signs": lambda t: t.replace("%", ""),
    **{f"cut to {n} characters": lambda t, n=n: t[:n] for n in (1, 16, 32, 36, 50, 60, 63, 64, 80, 99, 100)},
    "cut to 100 bytes": lambda t: t.encode()[:100].decode("utf-8", "ignore"),
    "as absent": lambda t: None,
    "with a blank after it": lambda t: t + " ",
    "backwards": lambda t: t[::-1],
    "capitalised": str.capitalize,
}


def _reading(tables: Mapping[str, Mapping[str, Reread]]) -> Callable[[], Iterator[Row]]:
    def rows() -> Iterator[Row]:
        for name, ways in tables.items():
            for how, read in ways.items():
                yield Row(f"{name} is read {how}", HearingOtherwise({name: read}), _CHECK_OF[name])

    return rows


def _laxly(ways: Mapping[str, Callable[[str], str | None]]) -> dict[str, Reread]:
    def attempt(text: str | None, read: Callable[[str], str | None]) -> str | None:
        try:
            return text and read(text)
        except (ValueError, OverflowError):
            return text

    return {how: lambda text, read=read: attempt(text, read) for how, read in ways.items()}


reads_numbers: Final = _reading(dict.fromkeys(("Weight", "Priority"), _laxly(_NUMBERS)))
reads_booleans: Final = _reading(dict.fromkeys(("PublishVpc", "DryRun"), _laxly(_BOOLEANS)))
reads_prefixes: Final = _reading(dict.fromkeys(("RouteSource", "RouteDest"), _PREFIXES))
reads_texts: Final = _reading(
    dict.fromkeys(("Description", "ClientToken", "OverlayMode", "NextHop", "VpnGatewayId", "RegionId"), _laxly(_TEXTS))
)


def takes_wrong_texts() -> Iterator[Row]:
    """One wrong text is taken for a right one."""
    tables = (edges.WRONG_TYPE, edges.WRONG, edges.MALFORMED_PREFIXES)
    for table in tables:
        for name, texts in table.items():
            for text, right in product(texts, _RIGHT[name][:1]):
                words = f"{name} {text[:24]!r}, of {len(text)} characters, is taken for {right!r}"
                yield Row(words, HearingOtherwise({name: instead(text, of=right)}), _CHECK_OF[name])


def defaults_what_is_missing() -> Iterator[Row]:
    """A parameter that is absent or empty, or unreadable, has a default."""
    for name in REQUIRED_PARAMETERS:
        for value, (when, wrong) in product(
            _RIGHT.get(name, ("cn-hangzhou",)),
            {"absent": (None,), "empty": ("",), "absent or empty": (None, "")}.items(),
        ):
            words = f"{name} is {value!r} where it is {when}"
            yield Row(words, HearingOtherwise({name: instead(*wrong, of=value)}), "format/missing")
    for name, values in _RIGHT.items():
        for value in values:
            if name in OPTIONAL_PARAMETERS and value is not None:
                words = f"{name} is {value!r} where it is absent"
                yield Row(words, HearingOtherwise({name: instead(None, of=value)}), _CHECK_OF[name])
    for number in (0, 1, 2, 5, 9, 11, 20, 50, 99, 100):
        words = f"the default priority is {number}"
        yield Row(words, HearingOtherwise({"Priority": instead(None, of=str(number))}), "answer/success")


def value_of(fixed: str | None) -> Reread:
    """The same text whatever was sent."""
    return lambda _: fixed


def ignores_parameters() -> Iterator[Row]:
    """A parameter is ignored, or replaced by its usual value, in a scope."""
    kept = [n for n in _RIGHT if n not in ("RouteSource", "RouteDest")]
    for name, value, other in product(
        kept, (None, "usual"), ("PublishVpc", "Weight", "Priority", "ClientToken", "Description")
    ):
        usual = _RIGHT[name][0] if value else None
        if other != name and (name in OPTIONAL_PARAMETERS or value):
            words = f"{name} is taken for {usual!r} where {other} is sent, and not the usual one"
            yield Row(words, _HearingWhereSent({name: value_of(usual)}, other), _CHECK_OF[name])


@dataclass(frozen=True, slots=True)
class _HearingWhereSent(HearingOtherwise):
    """Hears otherwise only where another parameter is sent, and has not its usual value."""

    other: str = ""

    def heard(self, request: Request) -> Request:
        """The request as it is heard."""
        sent = request.get(self.other)
        return request if sent in (None, "", _RIGHT[self.other][0]) else _hear(request, self.otherwise)


def shifts_bounds() -> Iterator[Row]:
    """A documented bound, or an allowed value, is another."""
    shifts = (-50, -20, -10, -5, -3, -2, -1, 1, 2, 3, 5, 10, 20, 28, 50, 100, 156)
    for limit in LIMITS:
        if limit.id.startswith("limit/Priority"):
            yield from _priority_bounds(limit.low or 1, limit.high or 100, shifts)
        elif limit.id.startswith("limit/Description.length"):
            yield from _length_bounds(limit.high or 100, shifts)
        elif limit.id.startswith("limit/Weight"):
            yield from _weights(limit.values)


def _priority_bounds(low: int, high: int, shifts: tuple[int, ...]) -> Iterator[Row]:
    for by in shifts:
        for name, (first, last) in {"lower": (low + by, high), "upper": (low, high + by)}.items():

            def outside(case: Case, first=first, last=last) -> bool:
                number = case.creation.priority if case.creation.priority_sent else None
                return number is not None and not first <= number <= last

            yield Row(
                f"the {name} bound of Priority is moved by {by:+}", judging("priority/range", outside), "priority/range"
            )


def _length_bounds(high: int, shifts: tuple[int, ...]) -> Iterator[Row]:
    for by in shifts:
        for unit, size in {"characters": len, "bytes": lambda t: len(t.encode("utf-8", "surrogatepass"))}.items():
            words = f"a description has {high + by} {unit} at most"
            too_long = _longer(size, high + by)
            yield Row(words, judging("description/length", too_long), "description/length")


def _longer(size: Callable[[str], int], most: int) -> Callable[[Case], bool]:
    return lambda case: size(case.creation.texts.get("Description") or "") > most


def _weights(values: tuple[object, ...]) -> Iterator[Row]:
    sets: dict[str, Callable[[int], object]] = {
        **{f"also {n}": lambda w, n=n: w in (*values, n) for n in (1, 10, 50, 99, 101, -1, 200, 1000)},
        **{f"only {n}": lambda w, n=n: w == n for n in values},
        "from 0 to 100": lambda w: 0 <= w <= 100,
        "up to 100": lambda w: w <= 100,
        "from 0": lambda w: w >= 0,
        "multiples of 10": lambda w: w % 10 == 0,
        "multiples of 50": lambda w: w % 50 == 0,
    }
    for (what, allowed), (scope, when) in product(sets.items(), {"": lambda _: True, **_FEW}.items()):

        def wrong(case: Case, allowed=allowed, when=when) -> object:
            weight = case.creation.weight
            return weight is not None and not (allowed(weight) if when(case) else weight in values)

        yield Row(f"weights may be {what} {scope}".strip(), judging("weight/value", wrong), "weight/value")


_FEW: Final = {
    scope: scopes.SCOPES[scope] for scope in ("that are published", "with a priority", "on an empty gateway")
}


def refuses_spellings() -> Iterator[Row]:
    """A valid spelling of a value is refused."""
    valid = {name: texts for name, texts in edges.VALID.items() if name != "Description"}
    for name, texts in valid.items():
        for text in texts:
            words = f"{name} {text[:24]!r}, of {len(text)} characters, is refused"
            when = lambda case, name=name, text=text: case.creation.texts.get(name) == text  # noqa: E731
            yield Row(words, refusing(words, when), "answer/success")


def accepts_by_text() -> Iterator[Row]:
    """A condition on a text is not found for one of the texts that meet it."""
    addresses = {"Priority": "priority/range", "Description": "description/length", "OverlayMode": "overlay/value"}
    for name, met in {**addresses, "Weight": "weight/value"}.items():
        for text in edges.WRONG[name]:
            for scope, when in {"": lambda _: True, **_FEW}.items():
                found = frozenset({met, "description/scheme"})
                words = f"{name} {text[:24]!r}, of {len(text)} characters, is accepted {scope}".strip()
                yield Row(words, Reading(_accepting(name, text, found, when)), met)


def _accepting(name: str, text: str, found: frozenset[str], when: Callable[[Case], object]):
    return lambda case, broken: (
        [b for b in broken if b.condition.id not in found]
        if case.creation.texts.get(name) == text and when(case)
        else broken
    )
