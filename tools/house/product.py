"""The modules of the product: read from a checkout, with what they import of one another.

Rules of this file
1. A module is named by its folders, without the import name: `conformance.engine.suite`.
2. Every import counts, wherever it stands: in a function, or under `TYPE_CHECKING`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

FOLDERS: Final = ("simulator", "strategies", "conformance", "reports")
IMPORT_NAME: Final = "pbr_conformance"
FACADE: Final = "__init__"


@dataclass(frozen=True)
class Module:
    """One file of the product. `file` is relative to the checkout."""

    name: str
    file: Path
    text: str
    tree: ast.Module

    @property
    def is_package(self) -> bool:
        return self.file.stem == FACADE

    @property
    def package(self) -> str:
        """The folder it stands in, which for a package is the folder itself."""
        return self.name if self.is_package else self.name.rpartition(".")[0]


Product = Mapping[str, Module]


def read_product(checkout: Path) -> Product:
    """Read every module in the four folders of a checkout, by name."""
    files = (file for folder in FOLDERS for file in sorted((checkout / folder).rglob("*.py")))
    return {module.name: module for module in (_read(file, checkout) for file in files)}


def _read(file: Path, checkout: Path) -> Module:
    relative, text = file.relative_to(checkout), file.read_text(encoding="utf-8")
    parts = relative.with_suffix("").parts
    name = ".".join(parts[:-1] if parts[-1] == FACADE else parts)
    return Module(name, relative, text, ast.parse(text, str(relative)))


def imports(module: Module, product: Product) -> Iterator[str]:
    """Yield the names of the modules of the product that a module imports."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            candidates = [(_without_import_name(alias.name), "") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            candidates = [(_origin(node, module), alias.name) for alias in node.names]
        else:
            continue
        for origin, name in candidates:
            target = f"{origin}.{name}" if f"{origin}.{name}" in product else origin
            if target in product:
                yield target


def _origin(node: ast.ImportFrom, module: Module) -> str:
    """The module that a `from` names, with leading dots resolved."""
    if not node.level:
        return _without_import_name(node.module or "")
    folders = module.package.split(".")
    above = folders[: len(folders) - node.level + 1]
    return ".".join([*above, *([node.module] if node.module else [])])


def _without_import_name(name: str) -> str:
    return name.removeprefix(f"{IMPORT_NAME}.")
