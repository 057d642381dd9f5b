"""Writes docs/report.schema.json from the types of reports/data.

Run `python -m tools.report_schema > docs/report.schema.json` where a type has changed.

Rules of this file
1. What is required is what a report cannot be read without; members that follow from the rest are read-only.
2. A later version may write more members: none is forbidden.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

from pydantic import ConfigDict, TypeAdapter

from pbr_conformance.reports.data.results import Report


def schema() -> dict[str, Any]:
    """The schema as plain JSON values."""
    config = ConfigDict(use_attribute_docstrings=True)
    made = TypeAdapter(list[Report], config=config).json_schema(mode="serialization")
    for each in objects(made):
        if isinstance(each.get("title"), str):
            del each["title"]
        if isinstance(said := each.get("description"), str):
            each["description"] = " ".join(said.split())
        if "properties" in each:
            members = each["properties"]
            each["required"] = [name for name in each.get("required", ()) if not members[name].get("readOnly")]
    definitions = made["$defs"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "report.json of pbr-conformance, format 1",
        **definitions.pop("Report"),
        "$defs": definitions,
    }


def text(whole: dict[str, Any]) -> str:
    """The schema as JSON: one line a member of an object, so that a difference is one line too."""
    return _laid_out(whole) + "\n"


def _laid_out(value: Any, depth: int = 0, name: str = "") -> str:
    if not isinstance(value, dict) or not ("properties" in value or name in ("properties", "$defs")):
        return json.dumps(value, ensure_ascii=False)
    inside, outside = "  " * (depth + 1), "  " * depth
    lines = (f"{inside}{json.dumps(key)}: {_laid_out(each, depth + 1, key)}" for key, each in value.items())
    return "{\n" + ",\n".join(lines) + f"\n{outside}}}"


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in a value, outer ones first."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    for each in value if isinstance(value, list) else ():
        yield from objects(each)


if __name__ == "__main__":
    sys.stdout.write(text(schema()))
