"""An SDK: an installed package, an archive, a folder or a file. It is read, and never imported."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import Final

from pbr_conformance.conformance.specs.drift.document import Document, Unreadable
from pbr_conformance.simulator.documentation.actions import CREATE

from . import core_request, models
from .other_languages import PROGRAMMING_LANGUAGES, file_names
from .package_files import PackageFile, PackageFiles, of_archive, of_folder, of_neighbours


@dataclass(frozen=True, slots=True)
class Layout:
    """Files of which a package of this layout has one, and what reads the folder that has them."""

    signs: tuple[str, ...]
    read: Callable[[PackageFile], Document | None]


_LAYOUTS: Final = (
    Layout((models.module_of(models.MODELS[0]), models.SHARED_MODULE), models.read),
    Layout((core_request.REQUEST,), core_request.read),
    *(Layout(language.signs, language.read) for language in PROGRAMMING_LANGUAGES),
)
_WANTED: Final = frozenset(
    (
        *(PurePosixPath(sign).name for layout in _LAYOUTS for sign in layout.signs),
        *(PurePosixPath(models.module_of(model)).name for model in models.MODELS),
        models.CLIENT,
        *file_names(),
    )
)
SUFFIXES: Final = (".py", ".ts", ".go", ".java", ".php")
"""What the names of sources end with."""
_NAME: Final = re.compile(r"[A-Za-z_]\w{0,100}")


def read(where: str) -> Document:
    """The document that an SDK makes: the name of an installed package, or the path of an archive or a folder."""
    path = Path(where)
    if path.is_dir():
        return _from_folder(path)
    if path.is_file():
        return from_file(path)
    if not _NAME.fullmatch(where):
        raise Unreadable("there is no such file or folder, and no package has such a name")
    try:
        found = find_spec(where)
    except ValueError:  # of __main__, and of what was put in the place of a module
        found = None
    if found is None or not found.submodule_search_locations:
        raise Unreadable("no such package is installed, and there is no such file or folder")
    return _from_folder(Path(found.submodule_search_locations[0]))


def from_file(path: Path) -> Document:
    """The document of an archive, or of a model with its neighbours."""
    if path.suffix in SUFFIXES:
        if path.name not in _WANTED:
            raise Unreadable(f"no file of this name has a model of {CREATE} in it")
        return _first(of_neighbours(path, _WANTED))
    with of_archive(path, _WANTED) as files:
        return _first(files)


def _from_folder(folder: Path) -> Document:
    document = _first(of_folder(folder, _WANTED))
    versions = [found.name.removesuffix(".dist-info") for found in folder.parent.glob(f"{folder.name}-*.dist-info")]
    version = f" {versions[0].rpartition('-')[2]}" if len(versions) == 1 else ""
    return replace(document, form=f"{document.form}{version}")


def _first(files: PackageFiles) -> Document:
    """The document of the first folder that has the operation."""
    for layout in _LAYOUTS:
        for folder in dict.fromkeys(found for sign in layout.signs for found in files.folders_of(sign)):
            document = layout.read(files.within(folder))
            if document is not None:
                return document
    raise Unreadable(f"no models of {CREATE} in Python, TypeScript, Go, Java or PHP are in it")
