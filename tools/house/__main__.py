"""Counts of cycles, upward imports, double names, old identifiers and statements, with what was found.

python -m tools.house [--beside CHECKOUT] [CHECKOUT]
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from .names import double_names
from .product import Product, read_product
from .rooms import arrows, cycles, read_layers, unlisted, upward
from .size import moves_since, size_table, sizes
from .vocabulary import old_identifiers

HERE = Path(__file__).parents[2]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.house", description="Count rooms, names and statements.")
    parser.add_argument("checkout", nargs="?", type=Path, default=HERE)
    parser.add_argument("--beside", type=Path, metavar="CHECKOUT", help="compare the sizes with another checkout's")
    parsed = parser.parse_args(arguments)
    product = read_product(parsed.checkout)
    for line in [*described(product, parsed.checkout), "", *_sizes(product, parsed.checkout, parsed.beside)]:
        print(line)  # noqa: T201


def described(product: Product, checkout: Path) -> Iterator[str]:
    """Yield a line with a count for each question, and the findings below it."""
    layers = read_layers(checkout / "pyproject.toml")
    yield from _counted("imports between rooms", len(set(arrows(product))))
    knots = [f"{folder or 'top'}: {', '.join(sorted(rooms))}" for folder, rooms in cycles(product)]
    yield from _counted("cycles", len(knots), knots)
    yield from _counted("imports that point up", len(up := upward(product, layers)), map(str, up))
    yield from _counted("rooms in no contract", len(missing := unlisted(product, layers)), missing)
    doubles = double_names(product)
    yield from _counted("names with two meanings", len(doubles), (f"{k}: {', '.join(v)}" for k, v in doubles.items()))
    old = old_identifiers(product)
    yield from _counted("identifiers of the old vocabulary", len(old), map(str, old))


def _counted(what: str, count: int, found: Iterator[str] | Sequence[str] = ()) -> Iterator[str]:
    yield f"{count:>6,} {what}"
    yield from (f"         {line}" for line in found)


def _sizes(product: Product, checkout: Path, beside: Path | None) -> Iterator[str]:
    if beside is None:
        return size_table(sizes(product), None)
    return size_table(sizes(product), sizes(read_product(beside), moves_since(beside, checkout)))


if __name__ == "__main__":
    main()
