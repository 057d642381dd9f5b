"""The journal: what the suite is about to create, written down before it is sent.

Rules of this file
1. An entry is written, and handed to the system, before its request is sent; the file goes when nothing is left.
2. After a crash, the next start deletes what the journal of the last one says, if it is still there.
3. Nothing secret is in it: gateway, prefixes and next hop.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

KEY = ("VpnGatewayId", "RouteSource", "RouteDest", "NextHop")


class Journal:
    """An append-only file of creations, made when the first is noted; without a path it notes nothing."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._noted: set[tuple[str, ...]] = set()

    def note(self, parameters: Mapping[str, str]) -> None:
        """Write down that a route with these parameters may be created now."""
        key = tuple(parameters.get(name, "") for name in KEY)
        if self._path is None or key in self._noted:
            return
        self._noted.add(key)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(dict(zip(KEY, key, strict=True))) + "\n")

    def clear(self) -> None:
        """Everything that was noted is gone from the endpoint."""
        self._noted.clear()
        if self._path is not None:
            self._path.unlink(missing_ok=True)


NO_JOURNAL = Journal(None)


def left_over(directory: Path) -> Iterator[tuple[Path, list[dict[str, str]]]]:
    """The journals that an earlier run did not clear, each with what it noted. A torn last line is passed over."""
    for path in sorted(directory.glob("journal-*.jsonl")):
        noted = []
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            if isinstance(entry, dict) and all(isinstance(entry.get(name), str) for name in KEY):
                noted.append({name: entry[name] for name in KEY})
        yield path, noted
