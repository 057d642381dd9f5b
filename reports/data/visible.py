"""Text of a stranger, made safe to look at: nothing moves the cursor, reorders a line, hides, or fills the screen.

What is not printable (controls, ANSI's escape, bidi overrides, zero-width and unassigned characters, lone surrogates),
and U+FFFD, which stands for what was no text, is shown as an escape: `\\x1b`, `\\u202e`. Quoting for HTML or XML is not
done here.
"""

from __future__ import annotations

import re
from typing import Final

_COMMAND: Final = re.compile(r"##(?=\w*\[)|^(\s*):(?=:)")
"""What a pipeline takes for an order to itself: `##[...]` and `##vso[...]` anywhere, `::name` where a line begins."""

_NO_TEXT: Final = "\ufffd"


def visible(text: str, keep: str = "\n\t") -> str:
    """The text with each unprintable character, but those of `keep`, shown as an escape."""
    if text.isprintable() and _NO_TEXT not in text:
        return text
    return "".join(char if _is_shown(char) or char in keep else _escape(char) for char in text)


def _is_shown(char: str) -> bool:
    return char.isprintable() and char != _NO_TEXT


def cut(text: str, limit: int) -> str:
    """The first `limit` characters, and how many more there were. What it adds is ours and printable."""
    if len(text) <= limit:
        return text
    return f"{text[:limit]}… ({len(text) - limit:,} more characters)"


def on_a_line(text: str, limit: int) -> str:
    """Cut and visible, line ends and tabs too: one line, of which an escape can be longer than what it stands for.

    No pipeline takes it for an order: the first character of what would be one is an escape.
    """
    return defused(visible(cut(text, limit), keep=""))


def defused(text: str) -> str:
    """The text as no pipeline takes it for an order."""
    return _COMMAND.sub(_spoilt, text)


def _spoilt(found: re.Match[str]) -> str:
    return r"\x23#" if found[1] is None else rf"{found[1]}\x3a"


def _escape(char: str) -> str:
    code = ord(char)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
