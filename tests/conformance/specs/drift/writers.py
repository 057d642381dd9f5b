"""Writes a document in each form in which the documentation is published."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Final
from zipfile import ZipFile

from tests.conformance.specs.drift.said import Refusal, Row, Said

NEED: Final = {True: "Yes", False: "No"}
Write = Callable[[Said, Path], str]
"""Writes it into a directory; returns the SOURCE."""


def fused(document: Said, directory: Path) -> str:
    """As text, the columns one after another with nothing between them."""
    lines = [
        f"VPN Gateway:{document.title}",
        "",
        *document.introduction.splitlines(),
        "",
        "Request parameters",
        "",
        "ParameterTypeRequiredDescriptionExample",
    ]
    for row in document.parameters:
        lines += [f"{row.name}{row.type}{NEED[row.required]}", "", row.text, "", row.example]
    lines += ["", "Response parameters", "", "ParameterTypeDescriptionExample", "object", "", "What comes back.", ""]
    for row in document.fields:
        lines += [f"{row.name}{row.type}", "", row.text, "", row.example]
    lines += ["", "Examples", "", "{}", "", "Error codes", "", "HTTP status codeError codeError messageDescription"]
    lines += [f"{row.status}{row.code}{row.message}{row.remark}" for row in document.errors]
    return _written(directory / "page.txt", "\n".join([*lines, "", "Change history", "", "2026-01-23 something"]))


def tabbed(document: Said, directory: Path) -> str:
    """As text, with tabs between the columns."""
    lines = [
        document.title,
        "",
        *document.introduction.splitlines(),
        "",
        "Request parameters",
        "Parameter\tType\tRequired\tDescription\tExample",
    ]
    lines += [_line(row.name, row.type, NEED[row.required], row.text, row.example) for row in document.parameters]
    lines += ["Response parameters", "Parameter\tType\tDescription\tExample"]
    lines += [_line(row.name, row.type, row.text, row.example) for row in document.fields]
    lines += ["Error codes", "HTTP status code\tError code\tError message\tDescription"]
    lines += [_line(str(row.status), row.code, row.message, row.remark) for row in document.errors]
    return _written(directory / "tabbed.txt", "\n".join(lines))


def _line(*cells: str) -> str:
    return "\t".join(cells)


PAGE_HEADS: Final = (
    ("Parameter", "Type", "Required", "Description", "Example"),
    ("Parameter", "Type", "Description", "Example"),
    ("HTTP status code", "Error code", "Error message", "Description"),
)


def _tables(document: Said) -> list[list[tuple[str, ...]]]:
    return [
        [(row.name, row.type, NEED[row.required], row.text, row.example) for row in document.parameters],
        [(row.name, row.type, row.text, row.example) for row in document.fields],
        [(str(row.status), row.code, row.message, row.remark) for row in document.errors],
    ]


def html(document: Said, directory: Path) -> str:
    """As an HTML page with a script, a style and a table of something else."""
    tables = "".join(map(_html_table, PAGE_HEADS, _tables(document)))
    introduction = _html_text(document.introduction)
    other = "<table><tr><td>Change time<td>Summary</tr><tr><td>2026-01-23<td>codes</table>"
    text = (
        f"<!doctype html><html><head><title>{document.title} - docs</title><style>td {{ }}</style></head><body>"
        f"<script>let table = '<table><tr><td>';</script><h1>VPN Gateway:{document.title}</h1>{introduction}{tables}"
        f"{other}</body></html>"
    )
    return _written(directory / "page.html", text)


def _html_table(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    head = "".join(f"<th>{text}</th>" for text in heads)
    body = "".join(f"<tr>{''.join(f'<td>{_html_text(cell)}</td>' for cell in row)}</tr>\n" for row in rows)
    return f"<table>\n<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>\n"


def _html_text(text: str) -> str:
    items = re.sub(r"(?m)^- (.*)$", lambda match: f"<li><b>{escape(match.group(1))}</b></li>", text)
    return "".join(f"<p>{part if '<li>' in part else escape(part)}</p>" for part in items.split("\n\n"))


def markdown(document: Said, directory: Path) -> str:
    """As Markdown, with cells over several lines."""
    lines = [f"# {document.title}", "", *document.introduction.splitlines(), ""]
    for heads, rows in zip(PAGE_HEADS, _tables(document), strict=True):
        lines += ["## A section", "", f"|{'|'.join(heads)}|", f"|{'---|' * len(heads)}"]
        lines += [f"|{'|'.join(cell.replace('*', chr(92) + '*') for cell in row)}|" for row in rows] + [""]
    return _written(directory / "page.md", "\n".join([*lines, "```", "|no|table|", "|---|---|", "```"]))


def api_docs(document: Said, directory: Path) -> str:
    """As metadata, one operation among others."""
    parameters = [
        {"name": row.name, "in": "query", "schema": {**_schema(row), "required": row.required}}
        for row in document.parameters
    ]
    codes = {
        str(status): [{"errorCode": row.code, "errorMessage": row.message} for row in rows]
        for status, rows in groupby(sorted(document.errors, key=_status), key=_status)
    }
    operation = {
        "summary": f"About {document.title}.",
        "description": document.introduction,
        "parameters": parameters,
        "responses": {"200": {"schema": {"type": "object", "description": "", "properties": _properties(document)}}},
        "errorCodes": codes,
    }
    return _written(directory / "api-docs.json", json.dumps({"apis": {"Other": {}, document.title: operation}}))


def _status(row: Refusal) -> int:
    return row.status


def _properties(document: Said) -> Mapping[str, object]:
    return {row.name: _schema(row) for row in document.fields}


def _schema(row: Row) -> dict[str, object]:
    return {"description": row.text, "type": row.type, "example": row.example}


def command_line(document: Said, directory: Path) -> str:
    """As metadata of the command line tool, which has parameters alone, in the order of their names."""
    parameters = [
        {
            "name": row.name,
            "description": row.text,
            "position": "Query",
            "type": row.type.capitalize(),
            "required": row.required,
        }
        for row in sorted(document.parameters, key=lambda row: row.name)
    ]
    content = {"name": document.title, "protocol": "HTTPS", "method": "POST", "parameters": parameters}
    return _written(directory / "cli.json", json.dumps(content))


# --- SDKs ---------------------------------------------------------------------------------------------------

_PYTHON: Final = {"string": "str", "integer": "int", "boolean": "bool"}


def sdk(document: Said, directory: Path) -> str:
    """As a package with a module for each model."""
    models = directory / "some_sdk" / "models"
    models.mkdir(parents=True, exist_ok=True)
    (models.parent / "__init__.py").write_text("raise SystemExit('imported')\n")
    _written(models / "_create_vpn_pbr_route_entry_request.py", _model(f"{document.title}Request", document.parameters))
    body = _model(f"{document.title}ResponseBody", document.fields, is_request=False)
    _written(models / "_create_vpn_pbr_route_entry_response_body.py", body)
    return f"sdk:{models.parent}"


def wheel(document: Said, directory: Path) -> str:
    """As a wheel with one module for all models."""
    models = "\n\n".join(
        (
            "class Before(Model):\n    pass",
            _model(f"{document.title}Request", document.parameters),
            _model(f"{document.title}ResponseBody", document.fields, is_request=False),
            "class After(Model):\n    pass",
        )
    )
    path = directory / "some_sdk-1.0-py3-none-any.whl"
    with ZipFile(path, "w") as opened:
        opened.writestr("some_sdk/__init__.py", "")
        opened.writestr("some_sdk/models.py", models)
    return f"sdk:{path}"


def core_sdk(document: Said, directory: Path) -> str:
    """As a package of the older SDK, which has names and types of parameters; RegionId is its client's."""
    requests = directory / "core_sdk" / "request" / "v20160428"
    requests.mkdir(parents=True, exist_ok=True)
    lines = ["class CreateVpnPbrRouteEntryRequest(RpcRequest):", ""]
    for row in document.parameters:
        if row.name != "RegionId":
            lines += [
                f"\tdef get_{row.name}(self): # {row.type.capitalize()}",
                f"\t\treturn self.get_query_params().get('{row.name}')",
                "",
                f"\tdef set_{row.name}(self, {row.name}):  # {row.type.capitalize()}",
                f"\t\tself.add_query_param('{row.name}', {row.name})",
            ]
    _written(requests / f"{document.title}Request.py", "\n".join(lines))
    return f"sdk:{directory / 'core_sdk'}"


def _model(name: str, rows: tuple[Row, ...], is_request: bool = True) -> str:
    named = {row.name: re.sub(r"(?<!^)([A-Z])", r"_\1", row.name).lower() for row in rows}
    types = {named[row.name]: _PYTHON.get(row.type, row.type) for row in rows}
    texts = {named[row.name]: row.text.splitlines() for row in rows}
    wire = {attribute: name for name, attribute in named.items()}
    if is_request:  # as every request of every SDK of the vendor has
        types["owner_id"], texts["owner_id"], wire["owner_id"] = "int", [], "OwnerId"
        for row in filter(_is_required, rows):
            texts[named[row.name]] += ["", "This parameter is required."]
    lines = [f"class {name}(Model):", "    def __init__(", "        self,"]
    lines += [f"        {attribute}: {type} = None," for attribute, type in types.items()] + ["    ):"]
    for attribute, text in texts.items():
        lines += [*(f"        # {line}" for line in text), f"        self.{attribute} = {attribute}"]
    lines += ["", "    def to_map(self):", "        result = dict()"]
    lines += [f"        result['{name}'] = self.{attribute}" for attribute, name in wire.items()]
    return "\n".join([*lines, "        return result", ""])


def _is_required(row: Row) -> bool:
    return row.required


def _written(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


FORMS: Final[Mapping[str, Write]] = {
    "text": fused,
    "text with tabs": tabbed,
    "HTML": html,
    "Markdown": markdown,
    "api-docs": api_docs,
    "command line": command_line,
    "SDK": sdk,
    "wheel": wheel,
}
HAVE_NO_FIELDS: Final = ("command line",)
HAVE_NO_ERRORS: Final = ("command line", "SDK", "wheel")
