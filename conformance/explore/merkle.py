"""A Merkle tree: one hash for many leaves, of which each can be shown to be among them.

Rules of this file
1. A leaf and a node never have the same hash: each is hashed with a byte of its kind before it (RFC 6962).
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256


def merkle_root(leaves: Iterable[bytes]) -> bytes:
    """The root over some leaves, in their order. A node without a neighbour goes up as it is."""
    level = [sha256(b"\0" + leaf).digest() for leaf in leaves]
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=False)
        level = [sha256(b"\1" + one + other).digest() for one, other in pairs] + level[len(level) - len(level) % 2 :]
    return level[0] if level else sha256(b"").digest()
