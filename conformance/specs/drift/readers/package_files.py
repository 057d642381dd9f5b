"""The files of a package that may have something of the operation: of a folder, a zip (wheel, jar) or a tar archive.

Rules of this file
1. Files are found by their names. Nothing is unpacked to disk or run, and links are not followed.
2. Whatever an archive holds, no more than a bounded number of bytes and names of it is looked at.
"""

from __future__ import annotations

import os
import stat
import tarfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from gzip import GzipFile
from io import BufferedIOBase
from pathlib import Path, PurePosixPath
from posixpath import normpath
from typing import Final
from zipfile import BadZipFile, ZipFile

from pbr_conformance.conformance.specs.drift.document import Unreadable
from pbr_conformance.simulator.documentation.actions import CREATE

PackageFile = Callable[[str], bytes | None]
"""Reads a file by its path, seen from a folder of the package; None where there is none."""

TAR_SUFFIXES: Final = (".tgz", ".gz")
_MOST_FILE: Final = 32 << 20
"""Bytes of one file; that with all models of the product has about 10 million."""
_MOST_ARCHIVE: Final = 32 << 20
_MOST_UNPACKED: Final = 256 << 20
_MOST_NAMES: Final = 100_000
_DEEPEST: Final = 12


@dataclass(frozen=True, slots=True)
class PackageFiles:
    """Paths with `/`, those nearest to the top first, and what reads one of them."""

    names: tuple[str, ...]
    read: Callable[[str], bytes]

    def folders_of(self, name: str) -> Iterator[str]:
        """The folders that have a file of this name or path: empty for the top, else with a `/` at the end."""
        for each in self.names:
            if each == name or each.endswith(f"/{name}"):
                yield each.removesuffix(name)

    def within(self, folder: str) -> PackageFile:
        """What reads the files of a folder, and of those around it."""

        def opened(path: str) -> bytes | None:
            name = normpath(folder + path)
            return self.read(name) if name in self.names else None

        return opened


def of_folder(top: Path, wanted: frozenset[str]) -> PackageFiles:
    """The files of a folder and the folders in it whose names are wanted."""
    found: list[str] = []
    for count, (where, folders, files) in enumerate(os.walk(top)):
        if count > _MOST_NAMES:
            raise Unreadable(f"it has more than {_MOST_NAMES:,} folders")
        place = Path(where).relative_to(top)
        folders[:] = sorted(folders) if len(place.parts) < _DEEPEST else []
        found += [(place / name).as_posix() for name in files if name in wanted]
    return PackageFiles(_nearest_first(found), lambda name: _of_disk(top / name))


def of_neighbours(path: Path, wanted: frozenset[str]) -> PackageFiles:
    """A file, those in its folder, and those in the folder around it."""
    top = path.absolute().parent.parent
    around = [each for folder in (top, path.absolute().parent) for each in folder.iterdir() if each.name in wanted]
    names = [each.relative_to(top).as_posix() for each in around]
    return PackageFiles(_nearest_first(names), lambda name: _of_disk(top / name))


@contextmanager
def of_archive(path: Path, wanted: frozenset[str]) -> Iterator[PackageFiles]:
    """The files of a zip, or of a tar archive in gzip."""
    if path.stat().st_size > _MOST_ARCHIVE:
        raise Unreadable(f"it has more than {_MOST_ARCHIVE >> 20} MiB")
    with path.open("rb") as file:
        is_tar = path.suffix in TAR_SUFFIXES or file.read(2) == b"\x1f\x8b"
    kind = "tar archive in gzip" if is_tar else "wheel"
    try:
        if is_tar:
            files = _of_tar(path, wanted)
            yield PackageFiles(_nearest_first([*files]), files.__getitem__)
            return
        with ZipFile(path) as opened:
            names = [name for name in opened.namelist() if PurePosixPath(name).name in wanted]
            yield PackageFiles(_nearest_first(names), lambda name: _of_zip(opened, name))
    except (BadZipFile, tarfile.TarError, zlib.error, OSError, NotImplementedError, RuntimeError, EOFError) as error:
        raise Unreadable(f"it is no {kind} that can be read ({error or type(error).__name__})") from None


def _nearest_first(names: list[str]) -> tuple[str, ...]:
    return tuple(sorted(names, key=lambda name: (name.count("/"), name)))


def _of_disk(path: Path) -> bytes:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return b""
        with path.open("rb") as file:
            return _bounded(file.read(_MOST_FILE + 1))
    except OSError as error:
        raise Unreadable(f"{path.name} in it cannot be read: {error.strerror}") from None


def _of_zip(opened: ZipFile, name: str) -> bytes:
    with opened.open(name) as file:
        return _bounded(file.read(_MOST_FILE + 1))


def _of_tar(path: Path, wanted: frozenset[str]) -> Mapping[str, bytes]:
    """The wanted files that mention the operation, by path: an archive is read once, from its beginning."""
    found: dict[str, bytes] = {}
    with path.open("rb") as raw, tarfile.open(fileobj=_Unpacked(raw), mode="r|") as opened:
        for count, member in enumerate(opened):
            if count > _MOST_NAMES:
                raise Unreadable(f"it has more than {_MOST_NAMES:,} files")
            name = normpath(member.name)
            if member.isreg() and PurePosixPath(name).name in wanted:
                file = opened.extractfile(member)
                content = b"" if file is None else _bounded(file.read(_MOST_FILE + 1))
                if CREATE.encode() in content:
                    found[name] = content
    return found


class _Unpacked(GzipFile):
    """What gzip unpacks, up to a bound."""

    def __init__(self, raw: BufferedIOBase) -> None:
        super().__init__(fileobj=raw)
        self._left = _MOST_UNPACKED

    def read(self, size: int | None = -1) -> bytes:
        """At most `size` bytes. Raises Unreadable beyond the bound."""
        content = super().read(size)
        self._left -= len(content)
        if self._left < 0:
            raise Unreadable(f"unpacked it has more than {_MOST_UNPACKED >> 20} MiB")
        return content


def _bounded(source: bytes) -> bytes:
    if len(source) > _MOST_FILE:
        raise Unreadable(f"a module of it has more than {_MOST_FILE >> 20} MiB")
    return source
