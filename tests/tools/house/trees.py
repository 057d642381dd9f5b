"""Small products in a temporary folder, for the tests of tools/house."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from tools.house.product import Product, read_product


def product(checkout: Path, files: dict[str, str]) -> Product:
    """Write modules by their paths, with an `__init__.py` in each of their folders, and read them."""
    for name, text in files.items():
        path = checkout / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
        folder = path.parent
        while folder != checkout:
            (folder / "__init__.py").touch()
            folder = folder.parent
    return read_product(checkout)
