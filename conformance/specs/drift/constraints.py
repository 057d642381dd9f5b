"""What a description says a value may be, read from its words; and the same of a documented limit.

Rules of this file
1. A constraint is a kind and its values. Two texts that say the same have the same constraint.
2. Only what is written is read: words around it mean nothing here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from pbr_conformance.simulator.documentation.rows import Limit


class Constraint(NamedTuple):
    """What a value may be: `kind` is one of _KINDS, `values` its bounds or words, sorted where order means nothing."""

    kind: str
    values: tuple[str, ...]

    def __str__(self) -> str:
        return _KINDS[self.kind].format(self._words())

    def _words(self) -> str:
        match self.kind, self.values:
            case (("length" | "range"), ("", high)):
                return f"at most {high}"
            case (("length" | "range"), (low, high)):
                return f"{low} to {high}"
        return ", ".join(self.values)


_KINDS: Final = {
    "length": "{} characters",
    "range": "{}",
    "default": "{} by default",
    "values": "one of {}",
    "beginnings": "not beginning with {}",
    "ascii": "only ASCII characters",
}

_NUMBER: Final = r"(\d{1,9})"
_TO: Final = r"\s*(?:to|and|-|–|~|～|至|到)\s*"
_CHARACTERS: Final = (
    r"\s*(?:个\s*(?:ASCII|Unicode|中英文|中文|英文)?\s*字符|(?:ASCII |Unicode |English |Chinese )?characters)"
)
_AT_MOST: Final = (
    r"(?:exceed|up to|at most|no more than|a? ?maximum (?:length )?of|longer than"
    r"|不(?:能|可以|可|得)?(?:超过|大于|多于)|(?:最多|最大|最长)(?:可以|可)?(?:支持|包含|输入|为)?)"
)
_LENGTHS: Final = (
    re.compile(rf"{_NUMBER}{_TO}{_NUMBER}{_CHARACTERS}"),
    re.compile(rf"{_AT_MOST}\s*(){_NUMBER}{_CHARACTERS}"),
    re.compile(rf"(){_NUMBER}{_CHARACTERS} (?:at most|or less|or fewer)"),
    re.compile(rf"(){_NUMBER}{_CHARACTERS}(?:以内|以下)"),
)
_RANGE: Final = re.compile(rf"{_NUMBER}\s*(?:to|~|～|至|到)\s*{_NUMBER}(?!\d|\.\d|{_CHARACTERS})")
_DEFAULTS: Final = (
    re.compile(r"default value(?: is|:)\s*(\w+)", re.IGNORECASE),
    re.compile(r"defaults to (\w+)", re.IGNORECASE),
    re.compile(r"默认值?[:：为]\s*([A-Za-z0-9]+)"),
    re.compile(r"(?<![\w-])([\w-]+) ?(?:\(default\)|（默认值）|\(默认值\))"),
)
_WORD: Final = r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*"
_ITEM: Final = re.compile(
    rf"^[ \t]*(?:[-*•·][ \t]*)+({_WORD})[ \t]*(?:\(default\)|[（(]默认值[）)])?[ \t]*(?:[:：]|$)", re.MULTILINE
)
_VALUE: Final = r"(?:[A-Z0-9][A-Za-z0-9]*|true|false)"
_JOINED: Final = r"(?:, and |, or |, | and | or )"
_END: Final = r"(?=[\s.,;(（]|$)(?! to |(?: ASCII| Unicode)? characters)"
_LISTS: Final = (
    re.compile(rf"[Vv]alid values?(?: are|:)\s*({_WORD}(?:{_JOINED}{_WORD})*){_END}"),
    re.compile(rf"[Ss]et (?:the value|it|this parameter) to ({_WORD}(?:{_JOINED}{_WORD})*){_END}"),
    re.compile(rf"[Tt]he (?:only )?value (?:is|is set to|must be|can only be) ({_VALUE}(?:{_JOINED}{_VALUE})*){_END}"),
    re.compile(rf"取值[:：]\s*({_WORD}(?:[、和或]{_WORD})*)(?=[\s。（(，]|$)"),
)
_REMARKS: Final = frozenset({"Note", "Notes", "Important", "Notice", "Warning"})
"""What items of a list begin with that are no values."""
_BEGINNINGS: Final = (
    re.compile(r"(?:cannot|can not|can't|must not|may not|does not|do not) (?:start|begin) with ([^\n]{1,200})"),
    re.compile(r"不(?:能|可以|得)以([^\n]{1,200}?)(?:开头|开始)"),
)
_COMMA: Final = re.compile(r",? and |,? or |, |[、和或]")
_BEGINNING: Final = re.compile(r"[A-Za-z]+://")
_MARKUP: Final = re.compile(r"\\(?=[^\w\s]|$)|\*\*|__|`", re.MULTILINE)
_LINK: Final = re.compile(r"\[([^\[\]\n]{0,200})\]\([^()\n]{0,500}\)")


def plain(text: str) -> str:
    """A description without the marks of Markdown."""
    return _LINK.sub(r"\1", _MARKUP.sub("", text.replace("&nbsp;", " ")))


def constraints_of(text: str) -> dict[str, Constraint]:
    """What a description constrains, by kind; where it does so twice, the first time counts."""
    found: dict[str, Constraint] = {}
    for constraint in _read(plain(text)):
        found.setdefault(constraint.kind, constraint)
    return found


def _read(text: str) -> Iterator[Constraint]:
    yield from _groups("length", _LENGTHS, text)
    yield from _groups("range", (_RANGE,), text)
    yield from _groups("default", _DEFAULTS, text)
    items = set(_ITEM.findall(text)) - _REMARKS
    if len(items) > 1:
        yield Constraint("values", tuple(sorted(items)))
    for words in _lists(text):
        yield Constraint("values", tuple(sorted(words)))
    for beginnings in _beginnings(text):
        yield Constraint("beginnings", tuple(sorted(beginnings)))
    if "ASCII" in text:
        yield Constraint("ascii", ())


def _groups(kind: str, patterns: Iterable[re.Pattern[str]], text: str) -> Iterator[Constraint]:
    for pattern in patterns:
        yield from (Constraint(kind, match.groups()) for match in pattern.finditer(text))


def _lists(text: str) -> Iterator[set[str]]:
    for pattern in _LISTS:
        yield from (set(_COMMA.split(match.group(1))) for match in pattern.finditer(text))


def _beginnings(text: str) -> Iterator[set[str]]:
    for pattern in _BEGINNINGS:
        found = (set(_BEGINNING.findall(match.group(1))) for match in pattern.finditer(text))
        yield from filter(None, found)


def constraints_of_limit(limit: Limit) -> tuple[Constraint, ...]:
    """What a documented limit says, in the same terms. Rule: its id's last part tells what its bounds count."""
    aspect = limit.name.partition(".")[2]
    default = () if limit.default is None else (Constraint("default", (str(limit.default),)),)
    bounds = ("" if limit.low is None else str(limit.low), str(limit.high))
    match aspect:
        case "ascii":
            return (Constraint("ascii", ()),)
        case "length":
            return (Constraint("length", bounds), *default)
        case "scheme":
            return (Constraint("beginnings", tuple(sorted(map(str, limit.values)))),)
    if limit.values:
        return (Constraint("values", tuple(sorted(map(str, limit.values)))), *default)
    return (Constraint("range", bounds), *default) if limit.high is not None else default
