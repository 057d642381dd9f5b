"""How an official client for Python is driven: a JSON document a line in, one a line out, until the input ends."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any, NamedTuple


class Asked(NamedTuple):
    """One call: where to, signed with what, and `how`: with the client's model, as a form, or for an answer in XML."""

    endpoint: str
    key: str
    secret: str
    action: str
    parameters: dict[str, Any]
    how: str
    token: str = ""
    """What temporary keys come with."""


class Names(NamedTuple):
    """What the exceptions of a client call the status of an answer, and its code."""

    status: str
    code: str


def converse(call: Callable[[Asked], object], names: Names) -> None:
    """Answer each line: what the client returned, or what it raised."""
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_told(call, Asked(**json.loads(line)), names)) + "\n")
        sys.stdout.flush()


def _told(call: Callable[[Asked], object], asked: Asked, names: Names) -> dict[str, object]:
    try:
        return {"returned": call(asked)}
    except Exception as error:
        raised = {
            "type": type(error).__name__,
            "status": getattr(error, names.status, None),
            "code": getattr(error, names.code, None),
            "message": getattr(error, "message", str(error)),
            "request_id": getattr(error, "request_id", None),
        }
        return {"raised": raised}
