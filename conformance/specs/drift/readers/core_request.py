"""The older SDK (`aliyunsdkvpc`): a module for each request, with a method for each parameter, and no descriptions.

Rules of this file
1. `def set_Weight(self, Weight):  # Integer` is a parameter and its type. Nothing else is read.
"""

from __future__ import annotations

import re
from typing import Final

from pbr_conformance.conformance.specs.drift.document import Document, ParsedRow, type_of
from pbr_conformance.simulator.documentation.actions import CREATE

from .models import untyped
from .package_files import PackageFile

REQUEST: Final = f"request/v20160428/{CREATE}Request.py"
_SETTER: Final = re.compile(r"^[ \t]+def set_([A-Z]\w{0,80})\(self, ?\w{1,80}\):[ \t]*(?:# ?(\w+))?", re.MULTILINE)
REGION: Final = "RegionId"
_NOTES: Final = (
    f"{REGION} is a setting of this SDK's client, for every operation",
    "this SDK has no response fields",
    "an SDK has no error codes",
    "it does not say which parameters are required",
    "this SDK has no descriptions",
)


def read(opened: PackageFile) -> Document | None:
    """From the request of one package; None where it has none of this operation."""
    source = opened(REQUEST)
    if source is None:
        return None
    found = _SETTER.findall(source.decode("utf-8", "replace"))
    parsed = tuple(ParsedRow(name, type_of(type), None, None) for name, type in found if name != REGION)
    region = ParsedRow(REGION, None, None, None)
    return Document("SDK (core)", (*parsed, region), notes=_NOTES, gaps=tuple(untyped(parsed, "parameters")))
