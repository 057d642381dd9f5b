"""The size of the rooms: AST statements and lines, of one checkout or of two.

    python -m tools.house --beside CHECKOUT

Where the other checkout is a commit of this repository, each of its files counts in the room it was moved to, so that
a row shows what became of the code and not which folders were renamed.
"""

from __future__ import annotations

import ast
import subprocess
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from .product import FOLDERS, Module, Product

Moves = Mapping[str, str]
"""The path of a file before -> its path now. A file that is gone is not in it."""


@dataclass(frozen=True)
class Size:
    files: int = 0
    statements: int = 0
    lines: int = 0

    def __add__(self, other: Size) -> Size:
        return Size(self.files + other.files, self.statements + other.statements, self.lines + other.lines)

    def __str__(self) -> str:
        return f"{self.files:>5,} {self.statements:>10,} {self.lines:>7,}"


def size_of(module: Module) -> Size:
    statements = sum(isinstance(node, ast.stmt) for node in ast.walk(module.tree))
    return Size(1, statements, module.text.count("\n"))


def sizes(product: Product, moves: Moves | None = None) -> Mapping[str, Size]:
    """Add up the sizes of the modules of each room."""
    found: defaultdict[str, Size] = defaultdict(Size)
    for module in product.values():
        found[_room(str(module.file), moves)] += size_of(module)
    return found


def _room(file: str, moves: Moves | None) -> str:
    """The room of a file: its folder, and the folder or module in that."""
    if moves is not None and file not in moves:
        return "(no file now)"
    parts = Path(file if moves is None else moves[file]).with_suffix("").parts
    return parts[0] if parts[0] == "strategies" or len(parts) == 2 else "/".join(parts[:2])


def moves_since(before: Path, now: Path) -> Moves | None:
    """Ask git which files of another checkout are which files of this one; nothing if it can't tell."""
    head = _git(before, "rev-parse", "HEAD").strip()
    renames = _git(now, "diff", "-M30%", "-l9999", "--name-status", "--diff-filter=R", head, "--", *FOLDERS)
    if not head or not renames:
        return None
    renamed = {old: new for _, old, new in (line.split("\t") for line in renames.splitlines())}
    kept = _git(now, "ls-files", "--cached", "--others", "--exclude-standard", "--", *FOLDERS).split()
    return {file: file for file in kept} | renamed


def _git(checkout: Path, *arguments: str) -> str:
    """The output of a git command, or nothing where it fails."""
    command = ["git", "-C", str(checkout), *arguments]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return ""


def size_table(now: Mapping[str, Size], before: Mapping[str, Size] | None) -> Iterator[str]:
    """Render the sizes, a room a line, and their sum."""
    heading = f"{'files':>5} {'statements':>10} {'lines':>7}"
    yield f"{'':32}{heading}" + (f"  {heading}  (before, now)" if before is not None else "")
    rooms = sorted({*now, *(before or {})})
    for room in rooms:
        yield _line(room, now.get(room, Size()), None if before is None else before.get(room, Size()))
    total = None if before is None else sum(before.values(), Size())
    yield _line("all", sum(now.values(), Size()), total)
    if total is not None and total.statements:
        yield f"statements: {sum(now.values(), Size()).statements / total.statements - 1:+.1%}"


def _line(room: str, now: Size, before: Size | None) -> str:
    return f"{room:<32}{now}" if before is None else f"{room:<32}{before}  {now}"
