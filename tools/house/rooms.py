"""The folder graph: which rooms import which, its cycles, and the arrows that point up.

Rules of this file
1. The rooms of a folder are its folders and its modules. A folder without folders has no rooms.
2. The order of the rooms is read from the `layers` contracts in pyproject.toml. It is written nowhere else.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .product import FACADE, IMPORT_NAME, Product, imports

Graph = Mapping[str, frozenset[str]]


@dataclass(frozen=True, order=True)
class Arrow:
    """One import from one room of a folder into another."""

    folder: str
    origin: str
    target: str
    importer: str
    imported: str

    def __str__(self) -> str:
        return f"{self.folder or 'top'}: {self.origin} -> {self.target} ({self.importer} imports {self.imported})"


@dataclass(frozen=True)
class Layers:
    """The order of the rooms of one folder, lowest layer first."""

    folder: str
    exhaustive: bool
    order: Sequence[frozenset[str]]

    def rank(self, room: str) -> int | None:
        """The height of a room, or nothing for one that the contract does not list."""
        return next((height for height, rooms in enumerate(self.order) if room in rooms), None)


def read_layers(pyproject: Path) -> Mapping[str, Layers]:
    """Read the `layers` contracts, by the folder whose rooms they order."""
    settings = tomllib.loads(pyproject.read_text(encoding="utf-8"))
    return {
        folder: Layers(folder, contract.get("exhaustive", False), _lowest_first(contract["layers"]))
        for contract in settings["tool"]["importlinter"]["contracts"]
        if contract["type"] == "layers"
        for folder in (container.removeprefix(IMPORT_NAME).removeprefix(".") for container in contract["containers"])
    }


def _lowest_first(layers: Sequence[str]) -> Sequence[frozenset[str]]:
    return [frozenset(room.strip() for room in layer.split("|")) for layer in reversed(layers)]


def folders_with_rooms(product: Product) -> list[str]:
    """List the folders that have folders in them, the checkout itself (an empty name) first."""
    packages = (module.name for module in product.values() if module.is_package)
    return sorted({name.rpartition(".")[0] for name in packages})


def rooms_of(folder: str, product: Product) -> frozenset[str]:
    """Name the folders and modules directly in a folder."""
    return frozenset(_room(name, folder) for name in product if _stands_in(name, folder)) - {FACADE}


def _stands_in(name: str, folder: str) -> bool:
    return not folder or f"{name}.".startswith(f"{folder}.")


def _room(name: str, folder: str) -> str:
    """The room of a folder that holds a module; the folder's own `__init__.py` is a room of its own."""
    return name.removeprefix(folder).removeprefix(".").partition(".")[0] or FACADE


def arrows(product: Product) -> Iterator[Arrow]:
    """Yield every import that leads from one room into another, at each level of folders."""
    folders = folders_with_rooms(product)
    for module in product.values():
        for imported in imports(module, product):
            for folder in folders:
                if _stands_in(module.name, folder) and _stands_in(imported, folder):
                    origin, target = _room(module.name, folder), _room(imported, folder)
                    if origin != target:
                        yield Arrow(folder, origin, target, module.name, imported)


def cycles(product: Product) -> list[tuple[str, frozenset[str]]]:
    """List the sets of rooms that reach one another, each with its folder."""
    found = []
    every = list(arrows(product))
    for folder in folders_with_rooms(product):
        graph: dict[str, frozenset[str]] = {}
        for arrow in every:
            if arrow.folder == folder:
                graph[arrow.origin] = graph.get(arrow.origin, frozenset()) | {arrow.target}
        found += [(folder, rooms) for rooms in _knots(graph)]
    return found


def _knots(graph: Graph) -> list[frozenset[str]]:
    """The strongly connected components of more than one room."""
    reach = {room: _reached(room, graph) for room in graph}
    knots = {frozenset(b for b in reach[a] if a in reach.get(b, ())) for a in graph if a in reach[a]}
    return sorted(knots, key=sorted)


def _reached(start: str, graph: Graph) -> frozenset[str]:
    reached: set[str] = set()
    waiting = [start]
    while waiting:
        new = graph.get(waiting.pop(), frozenset()) - reached
        reached |= new
        waiting += new
    return frozenset(reached)


def upward(product: Product, layers: Mapping[str, Layers]) -> list[Arrow]:
    """List the imports of a room that is higher, or beside, the importer's own."""
    return sorted(
        {arrow for arrow in arrows(product) if arrow.folder in layers and _climbs(arrow, layers[arrow.folder])}
    )


def _climbs(arrow: Arrow, order: Layers) -> bool:
    origin, target = order.rank(arrow.origin), order.rank(arrow.target)
    return origin is not None and target is not None and origin <= target


def unlisted(product: Product, layers: Mapping[str, Layers]) -> list[str]:
    """List what keeps the contracts from being exhaustive: a room that none lists, or one that does not ask for it."""
    lax = [f"{folder or 'top'}: not exhaustive" for folder, order in layers.items() if not order.exhaustive]
    return lax + [
        f"{folder or 'top'}: {room}"
        for folder, order in layers.items()
        for room in sorted(rooms_of(folder, product))
        if order.rank(room) is None
    ]
