"""Where a run keeps what it must not lose: a folder for each endpoint and a file for each gateway.

Rules of this file
1. It does not depend on `--report`: whoever runs on this machine as this user finds what an earlier run has left.
2. Folders and files are for their owner alone.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit

from platformdirs import user_state_path

_PORTS: Final = {"http": 80, "https": 443}


class StateDirectoryError(Exception):
    """Why the state directory, or a file in it, cannot be used: one line that names it."""


def canonical(url: str) -> str:
    """The one spelling of a URL: scheme and host in lower case, the port named, no slash at the end."""
    parts = urlsplit(url)
    scheme, host = parts.scheme.lower(), (parts.hostname or "").lower()
    host = f"[{host}]" if ":" in host else host
    return f"{scheme}://{host}:{parts.port or _PORTS.get(scheme, 0)}{parts.path.rstrip('/')}"


def folder_of(url: str) -> Path:
    """The folder of an endpoint. It need not exist."""
    name = canonical(url)
    readable = re.sub(r"[^A-Za-z0-9.]+", "-", name.partition("://")[2]).strip("-.")
    digest = hashlib.sha256(name.encode()).hexdigest()[:12]
    return user_state_path("pbr-conformance", appauthor=False) / "endpoints" / f"{readable[:60]}-{digest}"


def journal_path(url: str, gateway: str) -> Path:
    """The journal of a gateway."""
    return folder_of(url) / f"{quote(gateway, safe='')}.journal"


def lock_path(url: str, gateway: str) -> Path:
    """The lock of a gateway."""
    return folder_of(url) / f"{quote(gateway, safe='')}.lock"


def plans_folder() -> Path:
    """Where plans of requests are kept. It need not exist."""
    return user_state_path("pbr-conformance", appauthor=False) / "plans"


def runs_folder(report: Path) -> Path:
    """Where the run that writes a report is kept until it is done. It need not exist."""
    digest = hashlib.sha256(str(report.resolve()).encode()).hexdigest()[:16]
    return user_state_path("pbr-conformance", appauthor=False) / "runs" / digest


def make_private(folder: Path) -> None:
    """Make a folder that only its owner can look into. Raises StateDirectoryError."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise StateDirectoryError(
            f"{folder}: cannot be made ({error.strerror}); set XDG_STATE_HOME to another folder"
        ) from None
