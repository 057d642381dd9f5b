"""A help page, once its tables are known: the kind of each table, and its rows.

Rules of this file
1. A table is recognised by the words of its head, English or Chinese, never by its place.
2. A page is of the operation that its title names. What a page lacks is a gap, and not compared.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

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
from pbr_conformance.simulator.documentation.create import ERRORS, FIELDS, PARAMETERS

_Rows = list[dict[str, str]]
"""The rows of a table, by what their columns have."""

_HEADS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("parameter", "parameters", "name", "field", "element", "elements"), "name"),
    **dict.fromkeys(("名称", "参数", "参数名", "名稱", "參數", "參數名"), "name"),
    **dict.fromkeys(("名前", "パラメーター", "パラメータ", "要素", "フィールド"), "name"),
    **dict.fromkeys(("type", "类型", "類型", "タイプ", "型"), "type"),
    **dict.fromkeys(("required", "是否必选", "是否必填", "必选", "必填"), "required"),
    **dict.fromkeys(("是否必選", "必選", "必須", "必須かどうか"), "required"),
    **dict.fromkeys(("description", "描述", "说明", "說明", "説明"), "text"),
    **dict.fromkeys(("example", "sample", "示例", "示例值", "範例", "範例值", "樣本", "例"), "example"),
    **dict.fromkeys(
        ("httpcode", "http code", "http status code", "status code", "http状态码", "http 状态码"), "status"
    ),
    **dict.fromkeys(("http狀態碼", "http 狀態碼", "httpステータスコード", "http ステータスコード"), "status"),
    **dict.fromkeys(("error code", "错误码", "错误代码", "錯誤碼", "錯誤代碼", "エラーコード"), "code"),
    **dict.fromkeys(("error message", "错误信息", "错误消息", "錯誤訊息", "錯誤資訊", "エラーメッセージ"), "message"),
}
"""What the head of a column says, in lower case, and what the column has."""

_OPERATION: Final = re.compile(r"\b(?:Create|Delete|Describe|Modify|Publish|Update|List|Get|Check|Associate|Attach)"
                              r"[A-Z][A-Za-z]{2,60}")  # fmt: skip
_NAME: Final = re.compile(r"[A-Za-z][\w.]{0,80}")
_TAGS: Final = frozenset(
    {
        "deprecated",
        "required",
        "optional",
        "query",
        "body",
        "header",
        "path",
        "formdata",
        "已废弃",
        "废弃",
        "必填",
        "可选",
    }
)
"""Words that a name cell may have besides the name."""
_STATUS: Final = re.compile(r"[1-5]\d\d")


@dataclass(slots=True)
class PageTables:
    """What a reader of pages collects: the title, and tables of texts whose first row is the head."""

    form: str
    title: str = ""
    introduction: str = ""
    """The text before the first table, without headings."""
    tables: list[list[list[str]]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)


def check_operation(title: str) -> None:
    """Raises Unreadable where a title names another operation, or none."""
    named = _OPERATION.findall(title)
    if CREATE in named:
        return
    if named:
        raise Unreadable(f"it is about {named[0]}, not about {CREATE}")
    raise Unreadable(f"it does not say that it is about {CREATE}")


def document_of(page: PageTables) -> Document:
    """The document that a page's tables make. Raises Unreadable where there are no request parameters."""
    check_operation(page.title)
    tables: dict[str, list[_Rows]] = {}
    for table in page.tables:
        kind, rows = _table(table, page.gaps)
        tables.setdefault(kind, []).append(rows)
    found = {kind: _ours(kind, tables[kind], page.notes) for kind in _KINDS if kind in tables}
    if not found.get("request"):
        raise Unreadable("no table of request parameters was found in it")
    page.gaps += [f"no table of {_KINDS[kind]} was found" for kind in ("response", "errors") if kind not in found]
    fields = found.get("response")
    headings = [row.get("text", "") for row in fields or () if not row.get("name")]
    return Document(
        page.form,
        _members(found["request"], page.gaps),
        None if fields is None else _members([row for row in fields if row.get("name")], page.gaps),
        None if "errors" not in found else _errors(found["errors"], page.gaps),
        headings[0] if headings else None,
        tuple(page.notes),
        tuple(page.gaps),
        page.introduction.strip(),
    )


_KINDS: Final = {"request": "request parameters", "response": "response fields", "errors": "error codes"}
_KNOWN: Final = {
    "request": frozenset(row.name for row in PARAMETERS),
    "response": frozenset(row.name for row in FIELDS),
    "errors": frozenset(row.code for row in ERRORS),
}


def _table(table: Sequence[Sequence[str]], gaps: list[str]) -> tuple[str, _Rows]:
    """What a table is, and its rows by column; an empty kind where it is none of ours."""
    head = [_HEADS.get(" ".join(cell.split()).lower(), "") for cell in table[0]] if table else []
    if {"code", "message"} <= set(head):
        kind = "errors"
    elif {"name", "type"} <= set(head):
        kind = "request" if "required" in head else "response"
    else:
        return "", []
    odd = sum(len(row) != len(head) for row in table[1:])
    gaps += [f"{odd} rows of the {_KINDS[kind]} have not as many cells as the head"] if odd else []
    return kind, [dict(zip(head, row, strict=False)) for row in table[1:] if row]


def _ours(kind: str, tables: Sequence[_Rows], notes: list[str]) -> _Rows:
    """Of several tables of one kind, the one that has most of what is known."""
    column = "code" if kind == "errors" else "name"
    best = max(tables, key=lambda rows: sum(row.get(column, "").strip() in _KNOWN[kind] for row in rows))
    notes += [f"another table of {_KINDS[kind]} was not read"] if len(tables) > 1 else []
    return best


def _members(rows: Sequence[Mapping[str, str]], gaps: list[str]) -> tuple[ParsedRow, ...]:
    parsed = []
    for row in rows:
        name = _untagged(row.get("name", ""))
        if not _NAME.fullmatch(name):
            gaps.append(f"a row whose name is {name[:40]!r} was not read")
            continue
        text = shortened(row["text"]) if "text" in row else None
        each = ParsedRow(name, type_of(row.get("type")), required_of(row.get("required")), text)
        gaps += [f"the type of {name} was not read"] if each.type is None else []
        if each.required is None and "required" in row:
            gaps.append(f"whether {name} is required was not read: {row['required'].strip()[:20]!r}")
        parsed.append(each)
    return tuple(parsed)


def _untagged(cell: str) -> str:
    """A name without tags that stand beside it, as `deprecated` or its position."""
    name, *tags = cell.split() or [""]
    return name if all(tag.strip("()[]（）*_`,").lower() in _TAGS for tag in tags) else cell.strip()


def _errors(rows: Sequence[Mapping[str, str]], gaps: list[str]) -> tuple[ParsedError, ...]:
    parsed = []
    for row in rows:
        status, code = row.get("status", "").strip(), row.get("code", "").strip()
        if not _NAME.fullmatch(code):
            gaps.append(f"an error row whose code is {code[:40]!r} was not read")
            continue
        number = int(status) if _STATUS.fullmatch(status) else None
        if number is None:
            gaps.append(f"the status {status[:20]!r} of {code} was not read")
        parsed.append(ParsedError(number, code, " ".join(row.get("message", "").split())))
    return tuple(parsed)
