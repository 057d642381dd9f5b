"""Members of an answer as an XML document, in the vendor's form. Pure.

Rules of this file
1. A member is an element, a list its element repeated; numbers, true and false are as in JSON, null is empty.
2. No member breaks the document: a character that XML cannot hold becomes U+FFFD, in a name an underscore.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final
from xml.sax.saxutils import escape

_DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8"?>'
_NOT_IN_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NOT_IN_A_NAME: Final = re.compile(r"[^A-Za-z0-9_.-]|^[^A-Za-z_]")
_REFERENCES: Final = {"\r": "&#13;"}  # a parser would make a line feed of it


def document(root: str, members: Mapping[str, object]) -> bytes:
    """The whole document, in UTF-8."""
    return (_DECLARATION + "".join(_element(root, members))).encode()


def _element(name: str, value: object) -> Iterator[str]:
    if isinstance(value, list | tuple):
        for item in value:
            yield from _element(name, item)
        return
    tag = _NOT_IN_A_NAME.sub("_", name) or "_"
    yield f"<{tag}>"
    if isinstance(value, Mapping):
        for inner, member in value.items():
            yield from _element(str(inner), member)
    else:
        yield _text(value)
    yield f"</{tag}>"


def _text(value: object) -> str:
    if value is None:
        return ""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return escape(_NOT_IN_XML.sub("\ufffd", text), _REFERENCES)
