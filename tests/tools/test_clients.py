"""docs/clients.md, held against today's clients: each is measured again, as `python -m tools.clients` does.

Older versions are not installed here, and slow answers take time: the script has both.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import pytest

from tools.clients.__main__ import TABLES, table
from tools.clients.catalogue import CLIENTS, MeasuredClient
from tools.clients.measure import measure

ROOT: Final = Path(__file__).parents[2]
NODE: Final = ROOT / "tests" / "node"
PAGE: Final = (ROOT / "docs" / "clients.md").read_text(encoding="utf-8")
FAULTS: Final = ("throttling", "503", "cut")
TODAY: Final = [each for each in CLIENTS if "7.2.2" in each.name or "3.0.48" in each.name or "npm" in each.name]


def documented() -> dict[str, dict[str, str]]:
    """What the tables of the page say of each client."""
    found: dict[str, dict[str, str]] = {}
    for columns in TABLES:
        head = table({}, columns).splitlines()[0]
        assert PAGE.count(head) == 1
        for line in PAGE.partition(head)[2].splitlines()[2:]:
            if not line.startswith("|"):
                break
            name, *cells = (cell.strip() for cell in line.strip("|").split("|"))
            found.setdefault(name, {}).update(zip(columns, cells, strict=True))
    return found


def home_of(client: MeasuredClient) -> Path:
    """Where a client is installed for the tests."""
    if client.is_python:
        module = "aliyunsdkvpc" if client.kind == "core" else "alibabacloud_vpc20160428"
        if find_spec(module) is None:
            pytest.skip(f"{module} is not installed: pip install -e '.[dev]'")
        return Path(sys.prefix)
    name = client.packages[0].rpartition("@")[0]
    if shutil.which("node") is None or not (NODE / "node_modules" / name).is_dir():
        pytest.skip(f"Node or {name} is not installed: npm install --prefix tests/node")
    return NODE


def test_the_page_has_every_client() -> None:
    missing = {client.name for client in CLIENTS} - documented().keys()
    assert {name for name in missing if f"- {name}" not in PAGE} == set()


@pytest.mark.slow
@pytest.mark.parametrize("client", TODAY, ids=lambda client: client.name)
def test_the_page_says_what_a_client_does(client: MeasuredClient) -> None:
    found: Mapping[str, str] = measure(client, home_of(client), FAULTS)
    assert found == {name: documented()[client.name][name] for name in found}
    assert set(found) > {"sent as", "create", "dry run", *FAULTS}
