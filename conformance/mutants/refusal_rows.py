"""Over-refusal: what is valid is refused, for a class of values, a state, or a history that no condition names."""

# A lambda or function in a table binds the value of its row by a default, which mypy cannot give a type.
# mypy: disable-error-code="misc, no-untyped-def"

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import Final

from pbr_conformance.simulator.model.prefixes import Prefix, parse
from pbr_conformance.simulator.rules.creation import Case

from . import scopes
from .operators import CaseQuestion
from .row import Row, refusing

_BLOCKS: Final = {
    "10.0.0.0/8": "private",
    "172.16.0.0/12": "private",
    "192.168.0.0/16": "private",
    "127.0.0.0/8": "loopback",
    "169.254.0.0/16": "link-local",
    "224.0.0.0/4": "multicast",
    "240.0.0.0/4": "reserved",
    "0.0.0.0/8": "this network",
    "198.18.0.0/15": "for benchmarks",
    "192.0.2.0/24": "for documentation",
    "203.0.113.0/24": "for documentation",
    "255.255.255.255/32": "broadcast",
    "128.0.0.0/1": "the upper half",
    "8.0.0.0/7": "public",
    "100.64.0.0/10": "shared",
}
_PRIORITIES: Final[Mapping[str, Callable[[int], object]]] = {
    **{f"is {n}": lambda p, n=n: p == n for n in (1, 2, 9, 10, 11, 50, 51, 99, 100)},
    **{f"has the tens digit {n}": lambda p, n=n: p // 10 == n for n in range(10)},
    **{f"is a multiple of {n}": lambda p, n=n: p % n == 0 for n in (2, 3, 5, 7, 25)},
    **{f"ends with {n}": lambda p, n=n: p % 10 == n for n in range(10)},
    "is odd": lambda p: p % 2,
    "has one digit": lambda p: p < 10,
    "is above 64": lambda p: p > 64,
    "is above 31": lambda p: p > 31,
    "is above 90": lambda p: p > 90,
    "is a power of two": lambda p: p & (p - 1) == 0,
}
_CATEGORIES: Final = (
    "Lu",
    "Ll",
    "Lo",
    "Lm",
    "Mn",
    "Mc",
    "Nd",
    "Nl",
    "No",
    "Pc",
    "Pd",
    "Ps",
    "Pe",
    "Po",
    "Sm",
    "Sc",
    "Sk",
    "So",
    "Zs",
    "Cf",
    "Co",
)
_CHARACTERS: Final = "&<>\"'%+=;:/\\|?#@!$*()[]{}^~`,._-\t\n"
_TOKENS: Final[Mapping[str, Callable[[str], object]]] = {
    "is longer than 32 characters": lambda t: len(t) > 32,
    "is longer than 36 characters": lambda t: len(t) > 36,
    "is longer than 63 characters": lambda t: len(t) > 63,
    "is shorter than 8 characters": lambda t: len(t) < 8,
    "is shorter than 16 characters": lambda t: len(t) < 16,
    "is no UUID": lambda t: t.count("-") < 4,
    "has a blank": lambda t: " " in t,
    "has an underscore": lambda t: "_" in t,
    "has a dot": lambda t: "." in t,
    "has a capital letter": lambda t: t.lower() != t,
    "has no digit": lambda t: not any(map(str.isdigit, t)),
    "begins with a digit": lambda t: t[:1].isdigit(),
    "is lower-case": lambda t: t == t.lower(),
    "is upper-case": lambda t: t == t.upper(),
    "has a hyphen": lambda t: "-" in t,
    "is a UUID": lambda t: t.count("-") > 4,
    **{f"has {c!r}": lambda t, c=c: c in t for c in "+%&=/:;,@#!?*~'\"<>()[]{}|\\^`$"},
}


def _texts(name: str, question: Callable[[str], object]) -> CaseQuestion:
    return lambda case: bool(case.creation.texts.get(name)) and question(case.creation.texts[name])


def by_length() -> Iterator[Row]:
    """Prefixes of one length are refused."""
    for (side, scope), length in product(
        (("source", scopes.by_source), ("destination", scopes.by_destination)), range(33)
    ):
        words = f"a {side} of length {length} is refused"
        yield Row(
            words, refusing(words, scope(lambda prefix, length=length: prefix.length == length)), "answer/success"
        )


def by_address() -> Iterator[Row]:
    """Prefixes of one block of addresses are refused: those inside it, those around it, or any that overlaps it."""
    sides = {"source": scopes.by_source, "destination": scopes.by_destination}
    relations: dict[str, Callable[[Prefix, Prefix], object]] = {
        "inside": lambda block, prefix: block.contains(prefix),
        "strictly inside": lambda block, prefix: block != prefix and block.contains(prefix),
        "around": lambda block, prefix: prefix.contains(block),
    }
    for (side, scope), (text, kind), (how, related) in product(sides.items(), _BLOCKS.items(), relations.items()):
        block = parse(text)
        assert block is not None
        words = f"a {side} {how} {text} ({kind}) is refused"
        when = scope(lambda prefix, block=block, related=related: related(block, prefix))
        yield Row(words, refusing(words, when), "answer/success")


def by_both_prefixes() -> Iterator[Row]:
    """Two prefixes that are related are refused together."""
    pairs: dict[str, Callable[[Prefix, Prefix], object]] = {
        "equal": lambda s, d: s == d,
        "nested, the source outside": lambda s, d: s != d and s.contains(d),
        "nested, the destination outside": lambda s, d: s != d and d.contains(s),
        "overlapping": lambda s, d: s.overlaps(d),
        "of the same length": lambda s, d: s.length == d.length,
        "of different lengths": lambda s, d: s.length != d.length,
        "of the same first octet": lambda s, d: s.network >> 24 == d.network >> 24,
        "both single addresses": lambda s, d: s.length == d.length == 32,
        "siblings": lambda s, d: s.length == d.length > 0 and s.network ^ d.network == 1 << (32 - s.length),
        "the source above": lambda s, d: s.network > d.network,
        "the source wider": lambda s, d: s.length < d.length,
        "the source narrower": lambda s, d: s.length > d.length,
    }
    for (how, related), (scope, also) in product(
        pairs.items(), (("", lambda _: True), *list(scopes.OF_REQUESTS.items())[:8])
    ):

        def when(case: Case, related=related, also=also) -> object:
            source, destination = case.creation.source_prefix, case.creation.destination_prefix
            return source and destination and related(source, destination) and also(case)

        words = (
            f"prefixes that are {how} are refused in requests {scope}"
            if scope
            else f"prefixes that are {how} are refused"
        )
        yield Row(words, refusing(words, when), "answer/success")


def by_priority() -> Iterator[Row]:
    """Some valid priorities are refused."""
    for how, question in _PRIORITIES.items():
        words = f"a priority that {how} is refused"

        def when(case: Case, question=question) -> object:
            number = case.creation.priority
            return (
                case.creation.priority_sent is not None
                and number is not None
                and 1 <= number <= 100
                and question(number)
            )

        yield Row(words, refusing(words, when), "priority/range")


def by_description() -> Iterator[Row]:
    """Descriptions with some characters, or of some lengths, are refused."""
    questions: dict[str, Callable[[str], object]] = {
        **{f"with a character of category {c}": lambda t, c=c: c in map(unicodedata.category, t) for c in _CATEGORIES},
        **{f"with {c!r}": lambda t, c=c: c in t for c in _CHARACTERS},
        **{f"longer than {n} characters": lambda t, n=n: len(t) > n for n in (1, 31, 50, 63, 64, 80, 99)},
        **{f"longer than {n} bytes": lambda t, n=n: len(t.encode()) > n for n in (50, 100, 128, 200, 255)},
        "of one character": lambda t: len(t) == 1,
        "that are not ASCII": lambda t: not t.isascii(),
        "that are not Latin-1": lambda t: max(t) > "\xff",
        "of four-byte characters": lambda t: max(t) > "\uffff",
        "that begin with a blank": lambda t: t[0].isspace(),
        "that end with a blank": lambda t: t[-1].isspace(),
        "that begin with a digit": lambda t: t[0].isdigit(),
        "that begin with no letter": lambda t: not t[0].isalpha(),
        "that are only digits": str.isdigit,
        "with two blanks": lambda t: "  " in t,
        "that are null or none": lambda t: t.lower() in ("null", "none"),
    }
    for how, question in questions.items():
        words = f"descriptions {how} are refused"
        yield Row(words, refusing(words, _texts("Description", question)), "answer/success")


def by_token() -> Iterator[Row]:
    """Tokens of some forms are refused."""
    for how, question in _TOKENS.items():
        words = f"a token that {how} is refused"
        valid: CaseQuestion = _texts("ClientToken", lambda t, q=question: len(t) <= 64 and t.isascii() and q(t))
        yield Row(words, refusing(words, valid), "token/replay")


def by_scope(first: scopes.Scopes, second: scopes.Scopes) -> Callable[[], Iterator[Row]]:
    """Requests in two scopes at once are refused."""

    def rows() -> Iterator[Row]:
        for (one, when), (other, also) in product(first.items(), second.items()):
            if when is not also:
                words = f"requests {one} are refused {other}"
                yield Row(words, refusing(words, lambda c, w=when, a=also: w(c) and a(c)), "answer/success")

    return rows
