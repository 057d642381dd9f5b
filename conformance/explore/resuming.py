"""Resume an exhaustive search from its certificate.

Rules of this file
1. A search resumes only where everything that its certificate stands for is the same.
2. What is read is what was written: it is sealed with a hash, and what does not fit is refused as damaged.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .certificate_document import CERTIFICATE_FORMAT, CERTIFICATE_KIND, PROGRESS_ADAPTER, seal, subject_of
from .exhaust import Search, Searched


class NoCertificate(ValueError):
    """A file from which a search cannot be resumed, with the reason."""


def read(path: Path, plan: Search) -> Searched:
    """Return the search that a certificate broke off. Raises NoCertificate where it cannot be resumed."""
    data = _certificate(path)
    for name, wanted in asdict(subject_of(plan)).items():
        if data.get(name) != wanted:
            raise NoCertificate(f"is of another search: {name} is {_shown(data.get(name))}, not {_shown(wanted)}")
    if data.get("progress") is None:
        raise NoCertificate("is of a search that is done")
    try:
        scopes = data["progress"]["scopes"]
        if data["progress"]["seal"] != seal(scopes):
            raise NoCertificate("is damaged: its progress is not what was written")
        results = {result.name: result for result in PROGRESS_ADAPTER.validate_python(scopes)}
        return Searched(results, float(data["seconds"]))
    except NoCertificate:
        raise
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError) as error:
        raise NoCertificate(f"is damaged: {type(error).__name__} in its progress") from None


def is_unfinished(path: Path) -> bool:
    """Whether a file is the certificate of a search that was begun and can be resumed."""
    try:
        progress = _certificate(path).get("progress")
    except NoCertificate:
        return False
    return progress is not None and progress != {"scopes": [], "seal": seal([])}


def _certificate(path: Path) -> Mapping[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise NoCertificate(f"cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise NoCertificate("is no JSON") from None
    if not isinstance(data, dict) or data.get("kind") != CERTIFICATE_KIND:
        raise NoCertificate(f'is no certificate: expected "kind": "{CERTIFICATE_KIND}"')
    if data.get("format") != CERTIFICATE_FORMAT:
        raise NoCertificate(
            f"is of another version of the format: {_shown(data.get('format'))}, not {CERTIFICATE_FORMAT}"
        )
    return data


def _shown(value: object) -> str:
    """A value of a stranger's file, in a few words."""
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
