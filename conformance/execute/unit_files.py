"""What was done, kept: one file for each unit, in a directory here or anywhere that fsspec reaches.

Rules of this file
1. A file is written whole or not at all: under another name first.
2. Each begins with a hash of the rest. One that is not what was written, or is of another campaign, is refused.
3. A unit whose file is there with other bytes is an alarm: then one of two workers is wrong, and nobody knows which.
"""

from __future__ import annotations

import os
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Final, Protocol

CAMPAIGN_FILE: Final = "campaign"
_SUFFIX: Final = ".unit"


class DamagedUnits(ValueError):
    """What is wrong with the files of units: one line."""


class UnlikeResults(Exception):
    """An alarm: a unit that was done twice has two results."""


class Folder(Protocol):
    """A directory of files that are written whole."""

    name: str

    def names(self) -> list[str]:
        """The names of its files."""

    def read(self, name: str) -> bytes:
        """The bytes of a file. Raises OSError."""

    def write(self, name: str, content: bytes) -> None:
        """Write a file, whole or not at all. Raises OSError."""

    def remove(self) -> None:
        """Remove its files, and the directory."""


class LocalFolder:
    """A directory on this machine."""

    def __init__(self, path: Path) -> None:
        self.name, self._path = str(path), path

    def names(self) -> list[str]:
        """The names of its files; none where there is no such directory."""
        return sorted(each.name for each in self._path.iterdir()) if self._path.is_dir() else []

    def read(self, name: str) -> bytes:
        """The bytes of a file."""
        return (self._path / name).read_bytes()

    def write(self, name: str, content: bytes) -> None:
        """Write a file."""
        self._path.mkdir(parents=True, exist_ok=True)
        temporary = self._path / f".{name}.{os.getpid()}.tmp"
        try:
            temporary.write_bytes(content)
            os.replace(temporary, self._path / name)
        finally:
            temporary.unlink(missing_ok=True)

    def remove(self) -> None:
        """Remove the files of units, and the directory if nothing else is in it."""
        for name in self.names():
            if name == CAMPAIGN_FILE or name.endswith((_SUFFIX, ".tmp")):
                (self._path / name).unlink(missing_ok=True)
        with suppress(OSError):
            self._path.rmdir()


class UnitFiles:
    """The units of one campaign, in a folder."""

    def __init__(self, folder: Folder, campaign: bytes) -> None:
        """`campaign` is all that makes it this one; what is kept of another is not read."""
        self._folder, self._campaign = folder, campaign
        self._known = frozenset[str]()

    @property
    def name(self) -> str:
        """Where they are, in words."""
        return self._folder.name

    def begin(self) -> None:
        """Note whose units these are. Raises OSError."""
        self._folder.write(CAMPAIGN_FILE, _sealed(self._campaign))

    def kept(self) -> dict[str, bytes]:
        """The results that are there, by the names of their units. Raises DamagedUnits, and OSError."""
        names = [name for name in self._folder.names() if name.endswith(_SUFFIX)]
        found = dict(self._read(name) for name in names)
        self._known = frozenset(found)
        return found

    def _read(self, name: str) -> tuple[str, bytes]:
        seal, _, content = self._folder.read(name).partition(b"\n")
        if seal.decode(errors="replace") != sha256(content).hexdigest():
            raise DamagedUnits(f"{self.name}/{name} is damaged: it is not what was written")
        campaign, _, rest = content.partition(b"\n")
        unit, _, result = rest.partition(b"\n")
        if campaign.decode(errors="replace") != self._id or f"{unit.decode(errors='replace')}{_SUFFIX}" != name:
            raise DamagedUnits(f"{self.name}/{name} is of another campaign, or has another name")
        return unit.decode(), result

    @property
    def _id(self) -> str:
        return sha256(self._campaign).hexdigest()

    def keep(self, unit: str, result: bytes) -> None:
        """Keep a result. Raises UnlikeResults where another is there, and OSError."""
        content = _sealed(b"\n".join((self._id.encode(), unit.encode(), result)))
        if unit in self._known and self._folder.read(unit + _SUFFIX) != content:
            raise UnlikeResults(f"unit {unit} was done twice, with two results: which is wrong is not known")
        self._folder.write(unit + _SUFFIX, content)

    def remove(self) -> None:
        """Remove them all, once nobody needs them."""
        self._folder.remove()


def begun_campaign(folder: Folder) -> bytes | None:
    """The campaign whose units a folder has; None where it has none. Raises DamagedUnits, and OSError."""
    if CAMPAIGN_FILE not in folder.names():
        return None
    seal, _, content = folder.read(CAMPAIGN_FILE).partition(b"\n")
    if seal.decode(errors="replace") != sha256(content).hexdigest():
        raise DamagedUnits(f"{folder.name}/{CAMPAIGN_FILE} is damaged: it is not what was written")
    return content


def _sealed(content: bytes) -> bytes:
    return sha256(content).hexdigest().encode() + b"\n" + content


def folder_at(place: str) -> Folder:
    """The folder of a path, or of a URL that fsspec knows. Raises ValueError with the reason."""
    if "://" not in place:
        return LocalFolder(Path(place))
    from .remote_folder import RemoteFolder

    return RemoteFolder(place)
