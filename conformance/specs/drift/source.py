"""Finding a source and the reader for it: a file or folder on disk, or an installed SDK.

Rules of this file
1. The form is told by what a file begins with, not by its name. Only plain files of a bounded size are opened.
2. Whatever is wrong is one `Unreadable`.
"""

from __future__ import annotations

import re
import stat
from pathlib import Path
from typing import Final

from .document import FEWEST_PARAMETERS, Document, Unreadable, counted

_SDK: Final = "sdk:"
_OF_PACKAGES: Final = (".ts", ".go", ".java", ".php", ".py", ".whl", ".jar", ".tgz", ".gz")
"""What the names of sources and archives end with."""
_ARCHIVES: Final = (b"PK\x03\x04", b"\x1f\x8b")
_MOST_PAGE: Final = 4 << 20
"""Bytes of a page; the vendor's have a few hundred thousand at most."""
_MOST_LINES: Final = 50_000
"""Lines of text or Markdown; the vendor's pages have some hundreds."""
_MOST_METADATA: Final = 32 << 20
"""Bytes of metadata; that of the whole product has some millions."""
_HTML: Final = re.compile(
    r"\s*(?:<!--.{0,2000}?-->\s*){0,9}<(?:!doctype|html|head|body|div|main|article|section|table|h1)\b",
    re.IGNORECASE | re.DOTALL,
)


def read(source: str) -> Document:
    """The document at a path, or of `sdk:NAME` or `sdk:PATH`. Raises Unreadable with the reason, in one line."""
    if source.startswith(_SDK):
        from .readers import sdk

        return _checked(sdk.read(source.removeprefix(_SDK)))
    if source.startswith(("http://", "https://")):
        raise Unreadable("nothing is fetched: save it, and give its path")
    path = Path(source)
    if path.suffix in _OF_PACKAGES or _is_package(path):
        from .readers import sdk

        return _checked(sdk.read(source))
    return _checked(_read(_text(path)))


def _is_package(path: Path) -> bool:
    """Whether it is a folder, or an archive by what it begins with."""
    try:
        if path.is_dir():
            return True
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return file.read(4).startswith(_ARCHIVES)
    except (OSError, ValueError):
        return False


def _read(text: str) -> Document:
    if text.lstrip()[:1] in ("{", "["):
        from .readers import metadata

        return metadata.read(text)
    if len(text) > _MOST_PAGE:
        raise Unreadable(f"it has more than {_MOST_PAGE >> 20} MiB, and is no metadata")
    if _HTML.match(text):
        from .readers import html

        return html.read(text)
    if text.count("\n") > _MOST_LINES:
        raise Unreadable(f"it has more than {_MOST_LINES:,} lines")
    from .readers import markdown

    if markdown.is_table(text):
        return markdown.read(text)
    from .readers import text as plain

    return plain.read(text)


def _text(path: Path) -> str:
    """The text of a plain file, in UTF-8."""
    content = _content(path)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable("it is no text in UTF-8") from None
    if not text.strip("\0 \t\r\n\f\v"):
        raise Unreadable("there is nothing in it")
    if "\0" in text:
        raise Unreadable("it is no text: it has zero bytes")
    return text.replace("\r\n", "\n")


def _content(path: Path) -> bytes:
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise Unreadable("it is no plain file")
        if found.st_size > _MOST_METADATA:
            raise Unreadable(f"it has more than {_MOST_METADATA >> 20} MiB")
        return path.read_bytes()
    except (OSError, ValueError) as error:
        raise Unreadable(getattr(error, "strerror", None) or str(error)) from None


def _checked(document: Document) -> Document:
    """The document, if it has enough of the operation's parameters to be about it at all."""
    from pbr_conformance.simulator.documentation.create import PARAMETERS

    for rows, what in ((document.parameters, "parameters"), (document.fields, "fields"), (document.errors, "errors")):
        counted(rows or (), what)
    known = {row.name for row in PARAMETERS}
    if sum(parsed.name in known for parsed in document.parameters) < FEWEST_PARAMETERS:
        raise Unreadable(f"fewer than {FEWEST_PARAMETERS} parameters of the operation are in it")
    return document
