"""Writes docs/vectors.schema.json from the types of conformance/vectors.

Run `python -m tools.vectors_schema > docs/vectors.schema.json` where a type has changed.
"""

from __future__ import annotations

import sys
from typing import Any

from pbr_conformance.conformance.vectors.document import VectorSuite

from .report_schema import objects, text


def schema() -> dict[str, Any]:
    """The schema as plain JSON values."""
    made = VectorSuite.model_json_schema()
    for each in objects(made):
        if isinstance(each.get("title"), str):
            del each["title"]
        if isinstance(said := each.get("description"), str):
            each["description"] = " ".join(said.split())
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "vectors.json of pbr-conformance, format 1",
        **{key: value for key, value in made.items() if key != "$defs"},
        "$defs": made["$defs"],
    }


if __name__ == "__main__":
    sys.stdout.write(text(schema()))
