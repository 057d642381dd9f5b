"""An SDK: an installed package, a wheel or a folder. What of it is the operation's is found and read, never imported.

Rules of this file
1. Whatever a wheel holds, no more than _MOST_SOURCE of a module is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from zipfile import BadZipFile, ZipFile

from pbr_conformance.conformance.specs.drift.document import Document, Unreadable
from pbr_conformance.simulator.documentation.actions import CREATE

from . import core_request, models
from .models import PackageFile

_MOST_SOURCE: Final = 32 << 20
"""Bytes of one module; that with all models of the product has about 10 million."""
_MOST_WHEEL: Final = 32 << 20
_LAYOUTS: Final[tuple[Callable[[PackageFile], Document | None], ...]] = (models.read, core_request.read)
_SIGNS: Final = (models.module_of(models.MODELS[0]), models.SHARED_MODULE, core_request.REQUEST)
"""Paths of which a package that has the operation has one."""
_NAME: Final = re.compile(r"[A-Za-z_]\w{0,100}")


def read(where: str) -> Document:
    """The document that an SDK makes: the name of an installed package, or the path of a wheel or a folder."""
    path = Path(where)
    if path.is_dir():
        return _from_folder(path)
    if path.is_file():
        return _from_wheel(path)
    if not _NAME.fullmatch(where):
        raise Unreadable("there is no such file or folder, and no package has such a name")
    try:
        found = find_spec(where)
    except ValueError:  # of __main__, and of what was put in the place of a module
        found = None
    if found is None or not found.submodule_search_locations:
        raise Unreadable("no such package is installed, and there is no such file or folder")
    return _from_folder(Path(found.submodule_search_locations[0]))


def _first(openers: Iterator[PackageFile]) -> Document:
    """The document of the first package that has the operation."""
    for opened in openers:
        for layout in _LAYOUTS:
            document = layout(opened)
            if document is not None:
                return document
    raise Unreadable(f"no models of {CREATE} are in it")


# --- Folders ------------------------------------------------------------------------------------------------


def _from_folder(folder: Path) -> Document:
    """From a package, or from a folder that has one."""
    document = _first(_in(root) for root in (folder, *_packages(folder)))
    versions = [found.name.removesuffix(".dist-info") for found in folder.parent.glob(f"{folder.name}-*.dist-info")]
    version = f" {versions[0].rpartition('-')[2]}" if len(versions) == 1 else ""
    return replace(document, form=f"{document.form}{version}")


def _packages(folder: Path) -> list[Path]:
    depths = {sign: len(Path(sign).parts) for sign in _SIGNS}
    found = ((path, depth) for sign, depth in depths.items() for path in folder.glob(f"*/{sign}"))
    return sorted({path.parents[depth - 1] for path, depth in found})


def _in(root: Path) -> PackageFile:
    def opened(name: str) -> bytes | None:
        path = root / name
        if not path.is_file():
            return None
        with path.open("rb") as file:
            return _bounded(file.read(_MOST_SOURCE + 1))

    return opened


def _bounded(source: bytes) -> bytes:
    if len(source) > _MOST_SOURCE:
        raise Unreadable(f"a module of it has more than {_MOST_SOURCE >> 20} MiB")
    return source


# --- Wheels -------------------------------------------------------------------------------------------------


def _from_wheel(path: Path) -> Document:
    if path.stat().st_size > _MOST_WHEEL:
        raise Unreadable(f"it has more than {_MOST_WHEEL >> 20} MiB")
    try:
        with ZipFile(path) as wheel:
            names = frozenset(wheel.namelist())
            roots = {name.removesuffix(sign) for name in names for sign in _SIGNS if name.endswith(f"/{sign}")}
            return _first(_inside(wheel, names, root) for root in sorted(roots))
    except (BadZipFile, OSError, NotImplementedError, RuntimeError, EOFError) as error:
        raise Unreadable(f"it is no wheel that can be read ({error or type(error).__name__})") from None


def _inside(wheel: ZipFile, names: frozenset[str], root: str) -> PackageFile:
    def opened(name: str) -> bytes | None:
        if root + name not in names:
            return None
        with wheel.open(root + name) as file:
            return _bounded(file.read(_MOST_SOURCE + 1))

    return opened
