"""Prints the tables of docs/clients.md: `python -m tools.clients [--folder DIR] [NAME ...]`.

It installs the clients into a folder, which takes minutes and some 500 MB. Names are parts of those in the table.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from .catalogue import CLIENTS
from .measure import measure

TABLES: Final = (
    ("sent as", "false", "null", "empty", "create", "list", "delete"),
    ("refusal", "dry run", "wrong secret"),
    ("throttling", "503", "slow", "cut"),
)


def table(found: Mapping[str, Mapping[str, str]], columns: Sequence[str]) -> str:
    """One table in Markdown: a row for each client."""
    rows = [("client", *columns), ("---",) * (len(columns) + 1)]
    rows += [(name, *(cells.get(column, "–") for column in columns)) for name, cells in found.items()]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tools.clients", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--folder", type=Path, help="where clients are installed, and kept (default: nowhere)")
    arguments = parser.parse_args()
    chosen = [each for each in CLIENTS if not arguments.names or any(n in each.name for n in arguments.names)]
    found: dict[str, Mapping[str, str]] = {}
    missing: dict[str, str] = {}
    with TemporaryDirectory() as passing:
        folder = (arguments.folder or Path(passing)).absolute()
        for client in chosen:
            sys.stderr.write(f"{client.name}\n")
            why = client.install(folder)
            if why:
                missing[client.name] = why
            else:
                found[client.name] = measure(client, client.home(folder))
    sys.stdout.write("\n".join(table(found, columns) for columns in TABLES))
    sys.stdout.write("".join(f"\n- {name} cannot be installed: {why}" for name, why in missing.items()))


if __name__ == "__main__":
    main()
