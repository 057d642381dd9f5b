"""A help page as text, as a browser copies it: cells one after another, with tabs or blanks between them, or nothing.

Rules of this file
1. A section begins at its heading. In it a row begins with a line that has a name, a type and, in a request, Yes or No.
2. Where the columns of an error row run into one another, they are told apart by what is known: a code of the tables,
   its message. Where neither helps, the last capital letter before the first blank begins the message.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from pbr_conformance.conformance.specs.drift.document import (
    Document,
    ParsedError,
    ParsedRow,
    Unreadable,
    required_of,
    shortened,
    type_of,
)
from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.documentation.create import errors_of

from .page import PageTables, check_operation

_Parsed = TypeVar("_Parsed")

_SECTIONS: Final = {
    **dict.fromkeys(("request parameters", "请求参数", "請求參數", "リクエストパラメーター"), "request"),
    **dict.fromkeys(("response parameters", "response elements", "返回参数", "返回数据"), "response"),
    **dict.fromkeys(("返回參數", "返回資料", "レスポンスパラメーター"), "response"),
    **dict.fromkeys(("error codes", "错误码", "錯誤碼", "エラーコード"), "errors"),
    **dict.fromkeys(("examples", "sample requests", "示例", "change history", "变更历史"), ""),
    **dict.fromkeys(("範例", "樣本", "變更歷史", "例", "変更履歴"), ""),
}
"""Headings, in lower case, and the section that begins there; the empty one is not read."""

_NEED: Final = "(?i:yes|no)|是|否|はい|いいえ"
_TYPE: Final = r"(?P<type>string|integer|boolean|long|float|double|number|object|array)"
_REQUEST: Final = re.compile(
    rf"(?P<name>[A-Z]\w{{0,60}}?)[ \t]*{_TYPE}[ \t]*(?P<required>{_NEED})(?:\t(?P<rest>.*))?",
    re.IGNORECASE,
)
_RESPONSE: Final = re.compile(rf"(?P<name>[A-Z]\w{{0,60}}?)?[ \t]*{_TYPE}(?:\t(?P<rest>.*))?", re.IGNORECASE)
_ON_LINES: Final = re.compile(
    rf"^([A-Z]\w{{0,60}})[ \t]*\n\s*((?i:string|integer|long|boolean))[ \t]*\n(?:\s*({_NEED})[ \t]*\n)?\s*"
    r"|^([1-5]\d\d)[ \t]*\n\s*([A-Z][\w.]+)[ \t]*\n\s*",
    re.MULTILINE,
)
"""A row of which each cell is a paragraph."""
_BLANKS: Final = re.compile(rf"([A-Z]\w{{0,60}}) +({_TYPE}) +(?:({_NEED}) +)?(?=\S)", re.IGNORECASE)
"""The beginning of a row with blanks between its cells."""
_COLUMNS: Final = re.compile(" {2,}")
_VALUE: Final = re.compile(r"\S{1,200}(?<![.。:：;])")
_ERROR: Final = re.compile(r"(?P<status>[1-5]\d\d)[ \t]*(?P<rest>[A-Z].*)")
_RUN: Final = re.compile(r"[A-Za-z][\w.]{0,120}")
_EXAMPLE_FIRST: Final = re.compile(
    r"(?:example|示例值?|範例值?|例)\s*(?:description|描述|说明|說明|説明)", re.IGNORECASE
)
"""The end of a head whose example stands before the description, as on pages of 2020 to about 2023."""
_HEAD_LINES: Final = 12
_LONGEST_ROW: Final = 4_000
"""Characters of an error row; the longest of the vendor has some 400."""
_LAST_WORD: Final = re.compile(r"[A-Z][a-z]*$")
_SENTENCE: Final = re.compile(r"(?<=[.!?])(?=[A-Z\u3041-\u30ff\u4e00-\u9fff])")
_SEAM: Final = re.compile(r"(?<=[a-z])(?=[A-Z][a-z]*\s|[\u3041-\u30ff\u4e00-\u9fff])")


def read(text: str) -> Document:
    """The document that a page of text makes. Raises Unreadable."""
    lines = [_tabbed(line) for line in _ON_LINES.sub(_joined, text).splitlines()]
    title, sections = _sections(lines)
    check_operation("\n".join(title))
    page = PageTables("help page as text")
    request = _most(sections["request"], lambda section: _members(section, _REQUEST))
    if not request:
        raise Unreadable("no request parameters were found in it")
    fields = _most(sections["response"], lambda section: _members(section, _RESPONSE))
    errors = _most(sections["errors"], lambda section: tuple(_rows(section, page.gaps)))
    page.gaps += [f"no {what} were found" for what, found in (("response fields", fields), ("error codes", errors))
                   if not found]  # fmt: skip
    headings = [parsed.text for parsed in fields if not parsed.name]
    return Document(
        page.form,
        request,
        tuple(parsed for parsed in fields if parsed.name) or None,
        errors or None,
        headings[0] if headings else None,
        gaps=tuple(page.gaps),
        introduction="\n".join(line for line in title if CREATE not in line).strip(),
    )


def _joined(match: re.Match[str]) -> str:
    """The cells of a row, each of which stood on a line of its own, with tabs between them."""
    return "\t".join(filter(None, match.groups())) + "\t"


def _tabbed(line: str) -> str:
    """A row with tabs between its cells, where it has blanks; any other line as it is."""
    start = _BLANKS.match(line)
    if start and line[:1].isupper():
        return "\t".join([*filter(None, start.group(1, 2, 4)), _COLUMNS.sub("\t", line[start.end() :])])
    return _COLUMNS.sub("\t", line) if _ERROR.fullmatch(line) else line


def _sections(lines: Sequence[str]) -> tuple[list[str], dict[str, list[list[str]]]]:
    """The lines before the first section, and those of each; a heading can stand in a table of contents too."""
    title: list[str] = []
    found: dict[str, list[list[str]]] = {"request": [], "response": [], "errors": []}
    current = title
    for line in lines:
        section = _SECTIONS.get(line.strip().strip("#: ").lower())
        if section is None:
            current.append(line)
        else:
            current = []
            found.setdefault(section, []).append(current)
    return title, found


def _most(sections: Sequence[list[str]], reading: Callable[[list[str]], tuple[_Parsed, ...]]) -> tuple[_Parsed, ...]:
    """What is read of the section that has most rows."""
    return max(map(reading, sections), key=len, default=())


# --- Parameters and fields ----------------------------------------------------------------------------------


def _members(lines: Sequence[str], row: re.Pattern[str]) -> tuple[ParsedRow, ...]:
    example_first = any(_EXAMPLE_FIRST.search(line) for line in lines[:_HEAD_LINES])
    parsed: list[ParsedRow] = []
    texts: list[list[str]] = []
    for line in lines:
        match = row.fullmatch(line.strip())
        if match and (match["name"] or match["type"].lower() == "object"):
            required = required_of(match.groupdict().get("required"))
            parsed.append(ParsedRow(match["name"] or "", type_of(match["type"]), required, None))
            texts.append([match["rest"] or ""])
        elif texts:
            texts[-1].append(line)
    return tuple(
        replace(each, text=shortened(_described(text, example_first))) for each, text in zip(parsed, texts, strict=True)
    )


def _described(lines: list[str], example_first: bool) -> str:
    """A description without its example: after a tab, or a last line that is one value; or before it."""
    said = [line.rstrip() for line in lines]
    if example_first:
        while said and not said[0].strip():
            said.pop(0)
        return "\n".join([said[0].partition("\t")[2], *said[1:]]) if said else ""
    while said and not said[-1].strip():
        said.pop()
    if said and "\t" in said[-1]:
        said[-1] = said[-1].rpartition("\t")[0]
    elif said and _VALUE.fullmatch(said[-1].strip()):
        said.pop()
    return "\n".join(said)


# --- Errors -------------------------------------------------------------------------------------------------


def _rows(lines: Sequence[str], gaps: list[str]) -> Iterator[ParsedError]:
    blanks = any(match and errors_of(match["rest"].partition(" ")[0]) for match in map(_ERROR.fullmatch, lines))
    for line in lines:
        match = _ERROR.fullmatch(line.strip()) if len(line) <= _LONGEST_ROW else None
        if match is None:
            if line[:1].isdigit():
                gaps.append(f"a line of the error table was not read: {line.strip()[:60]!r}")
            continue
        status, rest = int(match["status"]), match["rest"]
        if "\t" in rest:
            code, message, *_ = (cell.strip() for cell in rest.split("\t"))
            yield ParsedError(status, code, message)
        elif blanks:
            code, _, said = rest.partition(" ")
            yield ParsedError(status, code, _message(code, said.strip(), gaps))
        else:
            yield from _apart(status, rest, gaps)


def _apart(status: int, rest: str, gaps: list[str]) -> Iterator[ParsedError]:
    """An error row whose columns run into one another."""
    code, said = _code(rest)
    if code.endswith(".") or not said:
        gaps.append(f"where the code of an error row ends could not be told: {rest[:60]!r}")
    else:
        yield ParsedError(status, code, _message(code, said, gaps))


def _message(code: str, said: str, gaps: list[str]) -> str | None:
    """The message, without the description that follows it."""
    for row in errors_of(code):
        after = said.removeprefix(row.message).lstrip()
        if after != said and (not after or after[0].isupper() or after[0] > "\u2fff"):
            return row.message
    seams = [match.start() for match in _SENTENCE.finditer(said)][:1]
    seams = seams or [match.start() for match in _SEAM.finditer(said)]
    if len(seams) == 1:
        return said[: seams[0]].strip()
    if errors_of(code):
        return said.strip()  # it is another message, wherever it ends
    gaps.append(f"the message of {code} could not be told from its description")
    return None


def _code(rest: str) -> tuple[str, str]:
    """The code at the beginning of a row, and what follows it."""
    run = _RUN.match(rest)
    assert run is not None  # it begins with a letter
    last = _LAST_WORD.search(run.group())
    end = last.start() if last and last.start() else run.end()
    for shorter in range(len(run.group()), 2, -1):
        known = errors_of(rest[:shorter])
        if known and any(rest[shorter:].startswith(row.message) for row in known):
            end = shorter
            break
    return rest[:end], rest[end:]
