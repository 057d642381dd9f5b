"""Many lines in little room: JSON Lines, compressed, as text that JSON can hold; and back, whoever wrote it.

Rules of this file
1. What is read is bounded: a few bytes can stand for gigabytes.
2. The same lines give the same text, whenever they are packed. The module gzip writes another header in Python 3.13.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable, Iterator
from typing import Final

_LARGEST: Final = 64 << 20
"""Bytes of lines that are unpacked."""
_GZIP: Final = zlib.MAX_WBITS | 16
"""Window bits, with the header and trailer of gzip."""


def pack(lines: Iterable[object]) -> str:
    """The lines, as `base64 -d | gunzip` shows them."""
    text = "".join(json.dumps(line, separators=(",", ":"), allow_nan=False) + "\n" for line in lines)
    return compressed(text)


def compressed(text: str) -> str:
    """A text, compressed, in base64; a lone surrogate, which UTF-8 does not have, as an escape."""
    return base64.b64encode(zlib.compress(text.encode("utf-8", "backslashreplace"), 9, _GZIP)).decode("ascii")


def unpack(text: str) -> Iterator[object]:
    """The lines. Raises ValueError for what `pack` has not made."""
    inflating = zlib.decompressobj(_GZIP)
    try:
        content = inflating.decompress(base64.b64decode(text, validate=True), _LARGEST)
    except zlib.error as error:
        raise ValueError(f"no compressed lines: {error}") from None
    if not inflating.eof:
        raise ValueError(f"no compressed lines: cut short, or more than {_LARGEST >> 20} MB")
    try:
        yield from (json.loads(line) for line in content.decode("utf-8").splitlines())
    except RecursionError:
        raise ValueError("no compressed lines: nested too deeply") from None
