"""Takes out of an answer what only we and the endpoint may know, should the endpoint repeat it. Pure.

An endpoint that quarrels with a signature tends to quote it, and what it says goes into reports and transcripts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import quote, unquote

_SHORTEST: Final = 8
"""Characters of a secret at the least: something shorter could be a word of the answer."""
INSTEAD: Final = "(hidden)"
_SIGNATURE: Final = "Signature="


def hide(text: str, secrets: Iterable[str]) -> str:
    """The text without the secrets: plain, quoted for a URL, or as JSON can have them."""
    for secret in secrets:
        for spelling in {secret, quote(secret, safe=""), secret.replace("/", r"\/")}:
            if len(spelling) >= _SHORTEST and spelling in text:
                text = text.replace(spelling, INSTEAD)
    return text


def signature_of(target: str, headers: Mapping[str, str]) -> str:
    """The signature of a request, from its header (V3) or its query (V1); empty where it has none."""
    _, found, signature = headers.get("Authorization", target).rpartition(_SIGNATURE)
    return unquote(signature) if found else ""
